"""Hand a cut back with its rendered shots in place: several files, each read again before it stays.

conform(find_shots(cut), rendered, Path("out"))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.media.files import make_folder, replacing
from a1sdk.timeline.conform.drafts import drafts
from a1sdk.timeline.conform.otio_nodes import Flavour
from a1sdk.timeline.conform.relative import left_behind
from a1sdk.timeline.model import Problem

if TYPE_CHECKING:
    from a1sdk.timeline.rendered import Rendered
    from a1sdk.timeline.shots import Shots


@dataclass(frozen=True)
class Relinked:
    """A clip that shows a rendered shot in a written file.

    Attributes:
        shot: the shot's id.
        origin: where the clip is written in the cut that came in.
        file: the written file.
        markers: how many remarks have a marker on it.
    """

    shot: str
    origin: str
    file: Path
    markers: int = 0


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

    @property
    def markers(self) -> dict[str, int]:
        """How many remarks have a marker in a file, by its name; files without are left out."""
        found = Counter[str]()
        for one in self.relinked:
            found[one.file.name] += one.markers
        return dict(+found)


def conform(
    shots: Shots,
    rendered: Sequence[Rendered],
    folder: Path,
    *,
    flavours: Collection[Flavour] = (),
) -> Conformed:
    """Write a cut again with rendered media where its portraits were, and check what was written.

    `NAME.a1.otio` has all of the cut, with the former media beside the rendered one;
    `NAME_a1.SUFFIX` is the file that came in, changed at the relinked clips alone (of a bundle its
    document; an AAF is answered with `NAME_a1.V1.edl` for each track, and `NAME_a1.ale`).

    What `Rendered.remarks` says of media is a marker on its clip, in place of those that were there
    from an earlier time.

    Args:
        shots: the shots of the cut.
        rendered: those that have been rendered; all other clips stay as they are.
        folder: where the files go; it is made if it is not there.
        flavours: programs to write `NAME_a1.FLAVOUR.otio` for in addition.

    Raises:
        ConformError: a written file, read again, differs from the cut in more than what was
            relinked. It is not kept; the files before it are.
        DecodeError: the cut's file has changed since it was read.
        StorageError: no space, no permission.
    """
    make_folder(folder)
    files: list[Path] = []
    relinked: list[Relinked] = []
    problems: dict[Problem, None] = {}
    for draft in drafts(shots, rendered, folder, flavours):
        path = folder / draft.name
        with replacing(path) as partial:
            partial.write_bytes(draft.patched.data)
            draft.check(partial)
        files.append(path)
        relinks = draft.patched.relinks
        for one in relinks:
            markers = len(one.remarked) if draft.marked else 0
            relinked.append(Relinked(one.rendered.shot.id, one.origin, path, markers))
        problems |= dict.fromkeys(draft.patched.problems)
    origins = {one.origin for one in relinked}
    problems |= dict.fromkeys(left_behind(shots.cut, origins, folder))
    return Conformed(tuple(files), tuple(relinked), tuple(problems))
