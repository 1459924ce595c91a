"""HTML as values: what is text is escaped, and only what was made here is taken as it is."""

from __future__ import annotations

import html
from collections.abc import Iterable

_VOID = frozenset({"img", "input", "meta", "line", "path", "use"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | Iterable[str] | None
"""Text, HTML, several of them, or nothing."""


def tag(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Html:
    """Return an element with its children, escaped.

    Args:
        name: of the element.
        children: text is escaped, `Html` is not.
        attributes: an underscore at the end of a name is dropped, others become hyphens; True is an
            attribute without a value, None and False are none.
    """
    opened = Html(f"<{name}{''.join(_attribute(*item) for item in attributes.items())}>")
    return opened if name in _VOID else Html(f"{opened}{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Return children one after the other, escaped."""
    return Html("".join(_escaped(text) for child in children for text in _texts(child)))


def _texts(child: Child) -> Iterable[str]:
    return () if child is None else (child,) if isinstance(child, str) else child


def _escaped(text: str) -> str:
    return text if isinstance(text, Html) else html.escape(text)


def _attribute(name: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    shown = name.rstrip("_").replace("_", "-")
    return f" {shown}" if value is True else f' {shown}="{html.escape(str(value))}"'
