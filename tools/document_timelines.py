"""Write the tables of `docs/timelines.md` anew: the keys of a note, and the problems of a cut.

    python tools/document_timelines.py

The keys are those of `a1sdk.timeline.shots.grammar.ShotNote`, the problems those of
`a1sdk.timeline.problems`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from a1sdk.timeline.problems import PROBLEMS
from a1sdk.timeline.shots.grammar import ShotNote

PAGE = Path(__file__).parents[1] / "docs" / "timelines.md"


def renewed(page: str) -> str:
    """Return the page with its tables as they are now; `<!-- NAME -->` lines are around each."""
    for name, table in (("keys", keys()), ("problems", problems())):
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->\n")
        if not (begin and end):
            raise ValueError(f"{PAGE} has no lines <!-- {name} --> and <!-- /{name} -->")
        page = before + begin + table + end + after
    return page


def keys() -> str:
    """Return the table of a note's keys."""
    fields = ShotNote.model_json_schema()["properties"]
    rows = ((f"`{key}`", _values(about), _plain(about)) for key, about in fields.items())
    return _table(("key", "value", "meaning"), rows)


def problems() -> str:
    """Return the table of problems."""
    return _table(("code", "meaning"), ((f"`{code}`", text) for code, text in PROBLEMS.items()))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = tuple(head)
    lines = [titles, ("---",) * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _plain(about: dict[str, Any]) -> str:
    return str(about["description"]).replace("|", "\\|")


def _values(about: dict[str, Any]) -> str:
    """Say which values a key has, from its JSON Schema."""
    (kind,) = (one for one in about["anyOf"] if one["type"] != "null")
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    match kind["type"]:
        case "array":
            return "text; may be repeated"
        case "boolean":
            return "`yes`, `no`; alone: yes"
        case "string":
            return "text"
    lowest, highest = kind["minimum"], kind.get("maximum")
    span = f"from {lowest:g}" + (f" to {highest:g}" if highest is not None else "")
    return f"whole number {span}" if kind["type"] == "integer" else f"number {span}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
