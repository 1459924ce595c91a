"""Asking for consent: a licence shown on the terminal, and accepted there or by an option."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from a1sdk.cli.assets import size_text
from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from a1sdk.assets.licenses import Consent, Offer
    from a1sdk.components.specs import CommercialUse

_COMMERCIAL: dict[CommercialUse, str] = {
    "yes": "It allows commercial use.",
    "no": "It does not allow commercial use.",
    "terms": "It allows commercial use on conditions.",
    "unknown": "Whether it allows commercial use is not known.",
}


def asking(*, accept: bool) -> Consent:
    """Return what shows a licence and asks the user, once for each text.

    Args:
        accept: whether the user accepts all of them, and is not asked.
    """
    answers: dict[str, bool] = {}

    def consent(offer: Offer) -> bool:
        key = f"{offer.snapshot.license} {offer.sha256}"
        if key not in answers:
            click.echo(shown(offer), err=True)
            answers[key] = accept or _answer(offer)
        return answers[key]

    return consent


def _answer(offer: Offer) -> bool:
    if not sys.stdin.isatty():
        raise ConfigError(
            f"The licence {offer.snapshot.license} of {offer.snapshot.name!r} has to be accepted"
            " before it is fetched, and there is no terminal to ask on.",
            hint="read it above, then add --accept-license",
        )
    return click.confirm("Do you accept this licence?", err=True)


def shown(offer: Offer) -> str:
    """Return what a user has to see before accepting."""
    snapshot = offer.snapshot
    lines = [
        f"{snapshot.name!r} is {snapshot.repo} at {offer.commit}, {size_text(offer.size)}.",
        f"Licence: {snapshot.license} {snapshot.license_url}".rstrip(),
        f"{_COMMERCIAL[snapshot.use]} {snapshot.license_notes}".rstrip(),
        "",
        _printable(offer.text) or "The repository holds no text of it.",
        "",
    ]
    return "\n".join(lines)


def _printable(text: str) -> str:
    """Return a text from elsewhere without what could command a terminal."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t").strip()
