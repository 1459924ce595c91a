"""Hand a cut back with its rendered shots in place: several files, each read again before it stays.

conform(find_shots(cut), rendered, Path("out"))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from a1sdk.media.files import replacing, write_error
from a1sdk.timeline.conform import edl_patch, fcp7_patch, fcpxml_patch, otio_patch, otio_write
from a1sdk.timeline.conform.otio_patch import Style
from a1sdk.timeline.conform.plan import Key, Patched, Plan, Relink, address, plan, written_at
from a1sdk.timeline.conform.verify import Expected, check_opens, opens, verify
from a1sdk.timeline.model import Cut, Dialect, Problem
from a1sdk.timeline.walk import Placed

if TYPE_CHECKING:
    from a1sdk.timeline.rendered import Rendered
    from a1sdk.timeline.shots import Shots

Flavour = Literal["resolve", "premiere"]
"""Editing programs for which an OTIO file of their own habits can be written."""


@dataclass(frozen=True)
class Relinked:
    """A clip that shows a rendered shot in a written file.

    Attributes:
        shot: the shot's id.
        origin: where the clip is written in the cut that came in.
        file: the written file.
    """

    shot: str
    origin: str
    file: Path


@dataclass(frozen=True)
class Conformed:
    """What was handed back.

    Attributes:
        files: the files that were written, the lossless master first.
        relinked: every clip that was relinked, by file.
        problems: what was not relinked, and why.
    """

    files: tuple[Path, ...] = ()
    relinked: tuple[Relinked, ...] = ()
    problems: tuple[Problem, ...] = ()


def conform(
    shots: Shots,
    rendered: Sequence[Rendered],
    folder: Path,
    *,
    flavours: Collection[Flavour] = (),
) -> Conformed:
    """Write a cut again with rendered media where its portraits were, and check what was written.

    `NAME.a1.otio` has all of the cut, with the former media beside the rendered one;
    `NAME_a1.SUFFIX` is the file that came in, changed at the relinked clips alone.

    Args:
        shots: the shots of the cut.
        rendered: those that have been rendered; all other clips stay as they are.
        folder: where the files go; it is made if it is not there.
        flavours: programs to write an OTIO file for in addition.

    Raises:
        ConformError: a written file, read again, differs from the cut in more than what was
            relinked; it is not kept.
        DecodeError: the cut's file has changed since it was read.
        StorageError: no space, no permission.
    """
    return _Handback(shots, rendered, folder).run(flavours)


_STYLES: dict[Dialect, Style] = {
    "otio": Style(),
    "hiero-otio": Style(),
    "resolve-otio": Style(addressing="path", external=True),
    "premiere-otio": Style(external=True),
}


_PATCHES: dict[Dialect, Callable[[Path, Sequence[Relink], Cut], Patched]] = {
    "fcp7": fcp7_patch.patch,
    "edl": edl_patch.patch,
    "fcpxml": fcpxml_patch.patch,
}


@dataclass(frozen=True)
class _Draft:
    """A file to be written.

    Attributes:
        name: its final name.
        patched: what is in it.
        key: what makes a key of a place in it.
        same_form: whether it has the form of the cut that came in.
        otio: whether opentimelineio itself has to open it.
    """

    name: str
    patched: Patched
    key: Callable[[Placed], Key]
    same_form: bool = True
    otio: bool = False


class _Handback:
    def __init__(self, shots: Shots, rendered: Sequence[Rendered], folder: Path) -> None:
        self._shots = shots
        self._rendered = rendered
        self._folder = folder

    @property
    def _cut(self) -> Cut:
        return self._shots.cut

    def run(self, flavours: Collection[Flavour]) -> Conformed:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(self._folder, error) from error
        files: list[Path] = []
        relinked: list[Relinked] = []
        problems: list[Problem] = []
        for draft in self._drafts(flavours):
            path = self._write(draft)
            files.append(path)
            relinked += [
                Relinked(one.rendered.shot.id, one.origin, path) for one in draft.patched.relinks
            ]
            problems += [one for one in draft.patched.problems if one not in problems]
        return Conformed(tuple(files), tuple(relinked), tuple(problems))

    def _drafts(self, flavours: Collection[Flavour]) -> Iterator[_Draft]:
        cut = self._cut
        if cut.dialect in _STYLES:
            yield from self._otio()
        else:
            yield self._master()
            yield from self._copy()

    def _otio(self) -> Iterator[_Draft]:
        """Yield the master, and the copy, of a cut that is OTIO itself."""
        cut = self._cut
        known = opens(cut.path.read_bytes())
        found = self._plan(written_at)
        for name, style in (
            (f"{cut.path.stem}.a1.otio", Style(keep=True)),
            (f"{cut.path.stem}_a1{cut.path.suffix}", _STYLES[cut.dialect]),
        ):
            patched = Patched(
                otio_patch.patch(cut.path, found.relinks, style), found.relinks, found.problems
            )
            yield _Draft(name, patched, written_at, otio=known)

    def _master(self) -> _Draft:
        """Return the master of a cut of another format."""
        cut = self._cut
        found = self._plan(address)
        data = otio_write.write(cut, {address(one.placed): one for one in found.relinks})
        patched = Patched(data, found.relinks, found.problems)
        return _Draft(f"{cut.path.stem}.a1.otio", patched, address, same_form=False, otio=True)

    def _copy(self) -> Iterator[_Draft]:
        """Yield the patched copy of a cut of another format."""
        path, patch = self._cut.path, _PATCHES[self._cut.dialect]
        found = self._plan(written_at)
        patched = patch(path, found.relinks, self._cut)
        patched = replace(patched, problems=(*found.problems, *patched.problems))
        suffix = ".fcpxml" if path.is_dir() else path.suffix
        yield _Draft(f"{path.stem}_a1{suffix}", patched, written_at)

    def _plan(self, key: Callable[[Placed], Key]) -> Plan:
        return plan(self._shots, self._rendered, key)

    def _write(self, draft: _Draft) -> Path:
        """Write a file under a name of its own, read it again, and only then let it stay."""
        path = self._folder / draft.name
        relinks = {draft.key(one.placed): one for one in draft.patched.relinks}
        with replacing(path) as partial:
            partial.write_bytes(draft.patched.data)
            if draft.otio:
                check_opens(draft.patched.data, draft.name)
            verify(partial, Expected(self._cut, draft.key, relinks, draft.same_form))
        return path
