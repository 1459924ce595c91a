"""The files a cut is handed back as, one after another, each with what it is checked by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.timeline.conform import (
    edl_patch,
    fcp7_patch,
    fcpxml_patch,
    lists,
    otio_patch,
    otio_write,
)
from a1sdk.timeline.conform.flavours import flavoured
from a1sdk.timeline.conform.otio_nodes import Flavour
from a1sdk.timeline.conform.otio_patch import Style
from a1sdk.timeline.conform.relinks import Patched, Relink, address, in_file, relinks_of, written_at
from a1sdk.timeline.conform.verify import Expected, check_opens, day_of, opens, verify, verify_list
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.formats.bundles import document_of, media_folder, unpack_media
from a1sdk.timeline.formats.otio.rescue import parse
from a1sdk.timeline.model import Cut, Dialect, Problem
from a1sdk.timeline.read import read_cut

if TYPE_CHECKING:
    from a1sdk.timeline.rendered import Rendered
    from a1sdk.timeline.shots import Shots

Check = Callable[[Path], None]

_STYLES: dict[Dialect, Style] = {
    "otio": Style(),
    "hiero-otio": Style(),
    "otioz": Style(),
    "otiod": Style(),
    "resolve-otio": Style(addressing="path", external=True, noting=True),
    "premiere-otio": Style(external=True),
}
_PATCHES: dict[Dialect, Callable[[Path, Sequence[Relink], Cut], Patched]] = {
    "fcp7": fcp7_patch.patch,
    "edl": edl_patch.patch,
    "fcpxml": fcpxml_patch.patch,
}
_BUNDLES = ("otioz", "otiod")


@dataclass(frozen=True)
class Draft:
    """A file to be written.

    Attributes:
        name: its final name.
        patched: what is in it.
        check: what reads it, still under another name, and raises `ConformError`.
        marked: whether remarks have markers in it; a log has none.
    """

    name: str
    patched: Patched
    check: Check
    marked: bool = True


def drafts(
    shots: Shots, rendered: Sequence[Rendered], folder: Path, flavours: Collection[Flavour]
) -> Iterator[Draft]:
    """Yield the files that a cut is handed back as: the master first, then what came in, patched.

    Args:
        shots: the shots of the cut.
        rendered: those that have been rendered.
        folder: where the files go, and the media of a bundle.
        flavours: programs that get an OTIO file of their own.
    """
    cut = shots.cut
    if cut.dialect in _STYLES:
        written = list(_otio(shots, rendered, folder))
        yield from written
        master = written[0]
    else:
        master = _master(shots, rendered)
        yield master
        yield from _avid(shots, rendered) if cut.dialect == "aaf" else _copies(shots, rendered)
    key = written_at if cut.dialect in _STYLES else address
    known = opens(master.patched.data)
    for flavour in dict.fromkeys(flavours):
        patched = replace(master.patched, data=flavoured(master.patched.data, flavour))
        relinks = {key(one.placed): one for one in patched.relinks}
        expected = Expected(cut, key, relinks, same_form=False, same_paths=False)
        name = f"{cut.path.stem}_a1.{flavour}.otio"
        yield Draft(name, patched, _otio_check(name, patched, expected, known))


def _otio(shots: Shots, rendered: Sequence[Rendered], folder: Path) -> Iterator[Draft]:
    """Yield the master, and the copy, of a cut that is OTIO itself: changed where it has to be."""
    cut = shots.cut
    found = relinks_of(shots, rendered, written_at)
    bundled = cut.dialect in _BUNDLES
    data = _unbundled(cut, folder) if bundled else read_bytes(cut.path)
    parse(data)  # it is JSON still, however long ago it was read
    known = opens(data)
    suffix = ".otio" if bundled else cut.path.suffix
    relinks = {written_at(one.placed): one for one in found.relinks}
    expected = Expected(cut, written_at, relinks, same_paths=not bundled)
    for name, style in (
        (f"{cut.path.stem}.a1.otio", Style(keep=True)),
        (f"{cut.path.stem}_a1{suffix}", _STYLES[cut.dialect]),
    ):
        changed = otio_patch.patch(data, found.relinks, style)
        patched = Patched(changed, found.relinks, found.problems)
        yield Draft(name, patched, _otio_check(name, patched, expected, known))


def _unbundled(cut: Cut, folder: Path) -> bytes:
    """Return a bundle's document with its media's paths made absolute; an archive is unpacked."""
    media = cut.path
    if cut.dialect == "otioz":
        media = media_folder(cut, folder)
        unpack_media(cut, media)
    return otio_patch.with_absolute_paths(document_of(cut.path), media)


def _master(shots: Shots, rendered: Sequence[Rendered]) -> Draft:
    """Return the master of a cut of another format, in which every use of a clip is its own."""
    cut = shots.cut
    found = relinks_of(shots, rendered, address)
    relinks = {address(one.placed): one for one in found.relinks}
    name = f"{cut.path.stem}.a1.otio"
    problems = (*found.problems, *_silent(cut, found.relinks))
    patched = Patched(otio_write.write(cut, relinks), found.relinks, problems)
    expected = Expected(cut, address, relinks, same_form=False)
    return Draft(name, patched, _otio_check(name, patched, expected, True))


def _silent(cut: Cut, relinks: Sequence[Relink]) -> Iterator[Problem]:
    """Yield which relinked clips had sound of their own, which the master then has not."""
    for one in relinks:
        if cut.dialect == "fcpxml" and "audioSources" in one.clip.media.metadata:
            message = f"The sound of {one.clip.name!r:.60} is in the patched copy, not the master."
            yield Problem("A1-CONFORM-SILENT", "note", message, one.placed.where(cut))


def _copies(shots: Shots, rendered: Sequence[Rendered]) -> Iterator[Draft]:
    """Yield what came in, patched: of several lists that were read as one cut, each."""
    cut = shots.cut
    found = relinks_of(shots, rendered, written_at)
    listed = {track.origin for track in cut.tracks} if cut.dialect == "edl" else {""}
    for origin in sorted(listed):
        path = Path(origin) if origin else cut.path
        relinks = [one for one in found.relinks if origin in ("", one.placed.outermost.origin)]
        patched = _PATCHES[cut.dialect](path, relinks, cut)
        own = read_cut(path, rate=cut.rate) if origin else cut
        done = {in_file(one.placed): one for one in patched.relinks}
        sounding = frozenset(in_file(one.placed) for one in patched.sounding)
        expected = Expected(own, in_file, done, sounding=sounding)
        if cut.dialect == "edl":
            located = partial(edl_patch.located, rate=cut.rate)
            expected = replace(expected, marker=located, day=day_of(cut))
        elif cut.dialect == "fcp7":
            expected = replace(expected, kept=fcp7_patch.kept)
        check = partial(verify, expected=expected)
        suffix = ".fcpxml" if path.is_dir() else path.suffix
        patched = replace(patched, problems=(*found.problems, *patched.problems))
        yield Draft(f"{path.stem}_a1{suffix}", patched, check)


def _avid(shots: Shots, rendered: Sequence[Rendered]) -> Iterator[Draft]:
    """Yield what an AAF is answered with: a list for each track, and a log of the media."""
    cut = shots.cut
    found = relinks_of(shots, rendered, address)
    tracks: dict[str, list[Relink]] = defaultdict(list)
    for one in found.relinks:
        tracks[one.placed.outermost.label].append(one)
    for label, relinks in tracks.items():
        patched = Patched(lists.edl(cut, relinks).encode(), tuple(relinks), found.problems)
        check = partial(verify_list, cut=cut, relinks=relinks)
        yield Draft(f"{cut.path.stem}_a1.{label}.edl", patched, check)
    if found.relinks:
        media = [one.rendered for one in found.relinks]
        patched = Patched(lists.ale(media).encode(), found.relinks, found.problems)
        check = partial(lists.check_ale, rendered=media)
        yield Draft(f"{cut.path.stem}_a1.ale", patched, check, marked=False)


def _otio_check(name: str, patched: Patched, expected: Expected, known: bool) -> Check:
    """Return the check of an OTIO file, which opentimelineio has to open if it did the input."""

    def check(path: Path) -> None:
        if known:
            check_opens(patched.data, name)
        verify(path, expected)

    return check
