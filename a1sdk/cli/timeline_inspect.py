"""`a1 timeline inspect`: the shots of a cut, who performs in them, and what is wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from a1sdk.cli.cutting import cut_options, title, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from a1sdk.timeline.plan import CutPlan, PieceFacts, ProblemFacts, ShotFacts, TrackFacts
    from a1sdk.timeline.shots import Shots

_HEAD = ("shot", "state", "track", "record in", "frames", "portrait", "performed by", "problems")

_ALIKE = 4  # problems of one code that are told before the rest is counted


@click.command()
@cut_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as schema a1.cut-plan-1 says.")
def inspect(shots: Shots, as_json: bool) -> None:
    """Show the shots of CUT, who performs in them, and what is wrong, without rendering.

    CUT is OpenTimelineIO (.otio, .otioz, .otiod), FCP 7 XML, FCPXML, AAF or a CMX 3600 EDL. No
    media is opened.
    """
    from a1sdk.timeline.plan import plan_of

    plan = plan_of(shots)
    if as_json:
        click.echo(plan.model_dump_json(indent=2))
        return
    click.echo(title(shots))
    click.echo("\n".join(_lines(plan)))


def _lines(plan: CutPlan) -> Iterator[str]:
    if plan.shots:
        yield from ["", *_table([_HEAD, *(_row(shot) for shot in plan.shots)])]
    yield from _rounds(plan)
    problems = [*plan.problems, *(problem for shot in plan.shots for problem in shot.problems)]
    if problems:
        yield ""
        yield from _folded(problems)
    if not plan.shots:
        yield "No clip is a portrait: name its track A1 PORTRAIT, or mark it A1."
        yield from _tracks(plan.tracks)


def _rounds(plan: CutPlan) -> Iterator[str]:
    """Yield what will become of films that were rendered before."""
    states = Counter(map(_state, plan.shots))
    told = [f"{states[name]} {name}" for name in ("unchanged", "changed") if states[name]]
    if told:
        yield ""
        yield (
            f"Rendered before: {', '.join(told)}. Films of what is unchanged stay, unless a file"
            " that they were made of is another now."
        )


def _folded(problems: Sequence[ProblemFacts]) -> Iterator[str]:
    """Yield a line for each problem, but of a code that many have for the first few only."""
    often, seen = Counter(one.code for one in problems), Counter[str]()
    for problem in problems:
        code = problem.code
        seen[code] += 1
        if seen[code] <= _ALIKE or often[code] == _ALIKE + 1:
            yield told(problem)
        elif seen[code] == _ALIKE + 1:
            more = often[code] - _ALIKE
            yield f"{problem.severity:7} {code}  {more} more of them; --json has all"


def _row(shot: ShotFacts) -> tuple[str, ...]:
    codes = {problem.code: None for problem in shot.problems if problem.severity != "note"}
    return (
        shot.name,
        _state(shot),
        shot.track,
        shot.start,
        f"{shot.head}+{shot.frames}+{shot.tail}",
        shot.portrait.name if shot.portrait else "-",
        ", ".join(_performed(shot)) or "-",
        " ".join(codes) or "-",
    )


def _state(shot: ShotFacts) -> str:
    """Return the state of a shot; of one whose film is in the cut, whether that will do."""
    if shot.film is None or shot.state != "ready":
        return shot.state
    return "unchanged" if shot.film.unchanged else "changed"


def _tracks(tracks: Sequence[TrackFacts]) -> Iterator[str]:
    """Yield a line for each track, as programs show them: the highest picture first."""
    pictures = [one for one in reversed(tracks) if one.label.startswith("V")]
    sounds = [one for one in tracks if not one.label.startswith("V")]
    rows = []
    for track in (*pictures, *sounds):
        clips = f"{track.clips} clip{'s' * (track.clips != 1)}"
        rows.append((f"  {track.label}", clips if track.enabled else f"{clips}, off", track.name))
    if rows:
        yield from ["", "The tracks are:", *_table(rows)]


def _performed(shot: ShotFacts) -> Iterator[str]:
    for role, called in (("driver", "drive"), ("voice", "voice"), ("keys", "keys")):
        pieces = [piece for piece in shot.performers if piece.role == role]
        if pieces:
            yield f"{called} {' | '.join(_named(piece) for piece in pieces)}"
    if shot.carries_keys:
        yield "keys of the cut"


def _named(piece: PieceFacts) -> str:
    speeds = [] if piece.speeds == ("1",) else [f"x{speed}" for speed in piece.speeds[:3]]
    return " ".join([piece.name, *speeds])


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
