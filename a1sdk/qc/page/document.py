"""A page as one file: style and scripts are in it, and nothing else may run or load."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from a1sdk.qc.page.markup import Html, tag

_POLICY = (
    "default-src 'none'; img-src data:; media-src 'self' file:; style-src '{style}';"
    " script-src {script}; base-uri 'none'; form-action 'none'"
)


def document(
    title: str, body: Html, *, scripts: Sequence[str] = (), data: Mapping[str, Any] | None = None
) -> str:
    """Return a page.

    Args:
        title: of its window.
        body: what it shows.
        scripts: names of those that run in it, in order.
        data: what they work with.
    """
    style = Html(_resource("page.css"))
    script = Html("".join(_resource(name) for name in scripts))
    allowed = f"'{_digest(script)}'" if scripts else "'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag(
            "meta",
            http_equiv="Content-Security-Policy",
            content=_POLICY.format(style=_digest(style), script=allowed),
        ),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", style),
    )
    shown = tag(
        "body",
        Html(_resource("icons.svg")),
        body,
        None if data is None else tag("script", _json(data), id="data", type="application/json"),
        tag("script", script) if scripts else None,
    )
    return f"<!DOCTYPE html>\n{tag('html', head, shown, lang='en')}\n"


def _json(data: Mapping[str, Any]) -> Html:
    """Return JSON that cannot end the element that it is in."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Html(text)


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
