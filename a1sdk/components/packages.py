"""What one may do with installed packages, as their metadata says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from a1sdk.components.specs import UNSTATED, CommercialUse

_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w.-]+)["']""")
_NOT_COMMERCIAL = re.compile(r"-NC(?![A-Za-z0-9])|noncommercial", re.IGNORECASE)
_FREE = re.compile(
    r"0BSD|AFL-.*|AGPL-.*|Apache-.*|Artistic-.*|BSD-[1-4]-Clause.*|BSL-1\.0|CC0-1\.0"
    r"|CC-BY(-SA)?-\d.*|EPL-.*|EUPL-.*|GPL-.*|HPND|ISC|LGPL-.*|MIT|MIT-0|MIT-CMU|MPL-.*|NCSA"
    r"|OFL-.*|PSF-.*|Python-2.*|Unlicense|WTFPL|X11|Zlib|ZPL-.*"
)
"""Identifiers of licences that allow commercial use to whoever keeps their conditions."""


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package, and what its metadata says of its licence.

    Attributes:
        license: an SPDX expression, where the package has one; else whatever it says.
        commercial: whether the licence allows commercial use, as far as its name tells.
    """

    name: str
    version: str
    license: str = UNSTATED
    license_url: str = ""
    commercial: CommercialUse = "unknown"


def package(name: str) -> Package:
    """Return an installed package; its licence is not known where nothing is installed of it."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return Package(name, "")
    homes = [line.partition(",") for line in about.get_all("Project-URL") or ()]
    urls = [url.strip() for label, _, url in homes if "licen" in label.lower()]
    license = _license_of(about)
    return Package(
        name=_field(about, "Name") or name,
        version=_field(about, "Version"),
        license=license,
        license_url=urls[0] if urls else "",
        commercial=commerce_under(license),
    )


def dependencies(names: list[str]) -> list[Package]:
    """Return what packages need that is installed, however indirectly, by name.

    What belongs to an extra is among it where a package asks for that extra.
    """
    found: dict[str, Package] = {}
    known = {(_plain(name), "") for name in names}
    waiting = sorted(known)
    while waiting:
        for needed in _needs(*waiting.pop()):
            if needed in known:
                continue
            known.add(needed)
            waiting.append(needed)
            found.setdefault(needed[0], package(needed[0]))
    own = {_plain(name) for name in names}
    return [one for name, one in sorted(found.items()) if one.version and name not in own]


def commerce_under(license: str) -> CommercialUse:
    """Say whether a licence allows commercial use, as far as its SPDX expression tells."""
    if all(_NOT_COMMERCIAL.search(choice) for choice in license.split(" OR ")):
        return "no"
    words = re.sub(r"[()]", " ", re.sub(r"\bWITH\s+\S+", "", license)).split()
    names = [word for word in words if word not in ("AND", "OR")]
    return "yes" if names and all(_FREE.fullmatch(name) for name in names) else "unknown"


def _license_of(about: metadata.PackageMetadata) -> str:
    """The licence expression; else what older packages say in a line, or by their classifiers."""
    if stated := _field(about, "License-Expression"):
        return stated
    line = _field(about, "License")
    if line and "\n" not in line and len(line) <= 80 and line.upper() != "UNKNOWN":
        return line
    marks = [mark for mark in about.get_all("Classifier") or () if mark.startswith("License ::")]
    names = [mark.rpartition(" :: ")[2] for mark in marks]
    return " OR ".join(names) or UNSTATED


def _field(about: metadata.PackageMetadata, name: str) -> str:
    return about[name].strip() if name in about else ""


def _needs(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """Yield what a package needs for one of its extras, or without any, and which extras of it."""
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for line in lines:
        requirement, _, marker = line.partition(";")
        of = _EXTRA.search(marker)
        match = _REQUIREMENT.match(requirement)
        if match is None or _plain(of[1] if of else "") != extra:
            continue
        yield _plain(match[1]), ""
        for one in (match[2] or "").split(","):
            if one.strip():
                yield _plain(match[1]), _plain(one.strip())


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
