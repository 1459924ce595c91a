"""Asking for consent: a licence shown on the terminal, and accepted there or by an option."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from a1sdk.cli.assets import size_text
from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from a1sdk.assets.licenses import Consent, Terms


def asking(*, accept: bool) -> Consent:
    """Return what shows a licence and asks the user, once for each text.

    Args:
        accept: whether the user accepts all of them, and is not asked.
    """
    answers: dict[str, bool] = {}

    def consent(terms: Terms) -> bool:
        key = f"{terms.snapshot.license} {terms.sha256}"
        if key not in answers:
            click.echo(shown(terms), err=True)
            answers[key] = accept or _answer(terms)
        return answers[key]

    return consent


def _answer(terms: Terms) -> bool:
    if not sys.stdin.isatty():
        raise ConfigError(
            f"The licence {terms.snapshot.license} of {terms.snapshot.name!r} has to be accepted"
            " before it is fetched, and there is no terminal to ask on.",
            hint="read it above, then add --accept-license",
        )
    return click.confirm("Do you accept this licence?", err=True)


def shown(terms: Terms) -> str:
    """Return what a user has to see before accepting."""
    snapshot = terms.snapshot
    use = "allows" if snapshot.commercial else "does not allow"
    lines = [
        f"{snapshot.name!r} is {snapshot.repo} at {terms.commit}, {size_text(terms.size)}.",
        f"Licence: {snapshot.license} {snapshot.license_url}".rstrip(),
        f"It {use} commercial use. {snapshot.license_notes}".rstrip(),
        "",
        _printable(terms.text) or "The repository holds no text of it.",
        "",
    ]
    return "\n".join(lines)


def _printable(text: str) -> str:
    """Return a text from elsewhere without what could command a terminal."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t").strip()
