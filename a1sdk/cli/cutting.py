"""What the commands of `a1 timeline` have in common: which cut, and where its media lies."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from a1sdk.timeline.model import Cut
    from a1sdk.timeline.plan import ProblemFacts
    from a1sdk.timeline.shots import Shots


def _lists(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, Path]:
    """Return edit decision lists by the names of the tracks they are: `A1 DRIVE=v1.edl`."""
    named: dict[str, Path] = {}
    for text in values:
        name, equals, path = text.partition("=")
        if not (equals and name.strip() and path):
            raise click.BadParameter(f"{text!r} names no track; write it as 'A1 DRIVE=v1.edl'.")
        if name.strip() in named:
            raise click.BadParameter(f"Two lists are called {name.strip()!r}.")
        named[name.strip()] = Path(path)
    return named


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("cut", type=click.Path(path_type=Path), required=False),
    click.option(
        "--edl",
        "lists",
        multiple=True,
        callback=_lists,
        metavar="TRACK=FILE",
        help="An edit decision list as the track of a name, as 'A1 DRIVE=v1.edl', in place of "
        "CUT; may be repeated, the lowest first.",
    ),
    click.option(
        "--media-root",
        "roots",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="A folder that media may lie in, beside the cut's own; may be repeated.",
    ),
    click.option("--rate", help="Frames per second, for cuts that do not say or say it wrong."),
    click.option(
        "--handles",
        type=click.IntRange(0, 1000),
        default=8,
        show_default=True,
        help="Frames to render beyond each end, where a shot does not say.",
    ),
    click.option("--occluded", is_flag=True, help="Render portraits too that clips above cover."),
)


def cut_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments that find the shots of a cut; it is called with `Shots`."""

    @wraps(command)
    def with_shots(
        cut: Path | None,
        lists: dict[str, Path],
        roots: tuple[Path, ...],
        rate: str | None,
        handles: int,
        occluded: bool,
        **options: Any,
    ) -> Any:
        found = open_shots(
            cut,
            lists=lists,
            roots=roots,
            rate=rate,
            folder=options.get("folder"),
            handles=handles,
            occluded=occluded,
        )
        with found as shots:
            return command(shots, **options)

    for option in reversed(_OPTIONS):
        option(with_shots)
    return with_shots


@contextmanager
def open_shots(
    cut: Path | None,
    *,
    lists: dict[str, Path] | None = None,
    roots: Sequence[Path] = (),
    rate: str | None = None,
    folder: Path | None = None,
    **sought: Any,
) -> Iterator[Shots]:
    """Lend the shots of a cut, for as long as the media that is packed with it is there.

    Args:
        cut: the cut's file; None where `lists` are the cut.
        lists: edit decision lists by the names of their tracks.
        roots: folders that media may lie in, beside the cut's own.
        rate: frames per second, for cuts that do not say.
        folder: where the media of a bundle stays; None to remove it afterwards. What has been
            rendered into it before may be in the cut, so it is a media root as well.
        **sought: as for `find_shots`.

    Raises:
        ConfigError: a root is no folder, or there is no cut.
        A1Error: the cut cannot be read.
    """
    from a1sdk.timeline.shots import find_shots

    for root in roots:
        if not root.is_dir():
            raise ConfigError(f"Media root {str(root)!r} is no folder.")
    with ExitStack() as stack:
        with _uncollected():
            read = _read(cut, lists or {}, rate)
            inside = stack.enter_context(_unpacked(read, folder))
            rendered = () if folder is None else (folder,)
            found = find_shots(read, media_roots=(*inside, *roots, *rendered), **sought)
        yield found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python's garbage collector off what is made in the block, now and later.

    A cut is a million small objects that stay until the end; looking through them again and again
    takes a third of the time of reading one.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _unpacked(cut: Cut, folder: Path | None) -> Iterator[tuple[Path, ...]]:
    """Lend the folder that the media of an `.otioz` is unpacked to, for as long as it is there.

    A render keeps it with what it has rendered; without one, it goes again.
    """
    if cut.dialect != "otioz":
        yield ()
        return
    from tempfile import TemporaryDirectory

    from a1sdk.timeline.formats.bundles import media_folder, unpack_media

    with ExitStack() as stack:
        if folder is None:
            target = Path(stack.enter_context(TemporaryDirectory(prefix="a1-")))
        else:
            target = media_folder(cut, folder)
        unpack_media(cut, target)
        yield (target,)


def _read(path: Path | None, lists: dict[str, Path], rate: str | None) -> Cut:
    from a1sdk.timing import as_rate

    exact = None if rate is None else as_rate(rate)
    if lists:
        from a1sdk.timeline.formats.edl.reader import read_edls

        if path is not None:
            raise ConfigError(f"{str(path)!r} and --edl are given; one of them is the cut.")
        return read_edls(lists, rate=exact)
    if path is None:
        raise ConfigError("No cut is given.", hint="a1 timeline inspect CUT.otio")
    from a1sdk.timeline.read import read_cut

    return read_cut(path, rate=exact)


def title(shots: Shots) -> str:
    """Return one line that says what was read."""
    cut = shots.cut
    start = cut.timecode(Fraction(0))
    tracks = f"{len(cut.tracks)} track{'s' * (len(cut.tracks) != 1)}"
    found = f"{len(shots)} shot{'s' * (len(shots) != 1)}"
    name = cut.name or cut.path.name
    return f"{name}: {cut.dialect}, {cut.rate} fps from {start}, {tracks}, {found}"


def told(problem: ProblemFacts) -> str:
    """Return one line that says what is wrong, and where."""
    where = f"{problem.where}: " if problem.where else ""
    return f"{problem.severity:7} {problem.code}  {where}{problem.message}"
