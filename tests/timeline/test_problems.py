"""Every code that the package gives a problem is explained, and every explained code is given."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import a1sdk.timeline
from a1sdk.timeline.problems import PROBLEMS

CODE = re.compile(r"A1-[A-Z0-9]+(-[A-Z0-9]+)+")


def emitted() -> set[str]:
    """The codes in the package's source, as patterns: what is put in at run time is any word."""
    found = set()
    for path in Path(a1sdk.timeline.__file__).parent.rglob("*.py"):
        if path.name != "problems.py":
            found |= patterns(ast.parse(path.read_text("utf-8")))
    return found


def patterns(tree: ast.AST) -> set[str]:
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in node.values}  # fmt: skip
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.add("".join(_part(part) for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in within and CODE.fullmatch(node.value):
                found.add(node.value)
    return {pattern for pattern in found if pattern.startswith("A1-") and " " not in pattern}


def _part(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "[A-Z0-9-]+"


def test_source_is_searched_for_codes_that_are_put_together_too() -> None:
    source = 'add("A1-X-Y")\nadd(f"A1-{role}-Z")\n"""Says `A1-IN-TEXT`."""\nprint(f"A1 {role}")'
    assert patterns(ast.parse(source)) == {"A1-X-Y", "A1-[A-Z0-9-]+-Z"}


def test_every_code_that_is_given_is_explained() -> None:
    unknown = {p for p in emitted() if not any(re.fullmatch(p, code) for code in PROBLEMS)}
    assert not unknown


def test_every_code_that_is_explained_is_given() -> None:
    found = emitted()
    unused = {code for code in PROBLEMS if not any(re.fullmatch(p, code) for p in found)}
    assert not unused


def test_explanations_are_sentences_in_the_order_of_their_codes() -> None:
    assert list(PROBLEMS) == sorted(PROBLEMS)
    for code, text in PROBLEMS.items():
        assert CODE.fullmatch(code)
        assert text[0].isupper() or text[0] == "`", code
        assert text.endswith("."), code
        assert "  " not in text
