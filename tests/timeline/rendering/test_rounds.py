"""A cut that was handed back comes in again: trimmed, moved, and with other drivers.

What is looked at is what an editor sees then: the number that each frame of the cut shows, by the
file that is handed back after the second round.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from forms import SPANS, WANTED, edl, fcp7, fcpxml, label, otio

from a1sdk.cli import run
from a1sdk.media import open_video, read_still
from a1sdk.timeline.conform import Flavour
from a1sdk.timeline.formats.edl.reader import read_edls
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.rendering.report import CutReport
from a1sdk.timeline.shots import find_shots
from a1sdk.timeline.walk import placed

FILM = {"codec": "ffv1"}
FORMS = (otio, edl, fcp7, fcpxml)
ALL = {record: number for name, (first, _) in SPANS.items()
       for record, number in enumerate(WANTED[name], start=first)}  # fmt: skip
"""The number that every frame of the cut shows."""


class Rounds:
    """A cut of any form that is rendered, and comes in again as it was handed back."""

    def __init__(self, studio: Any, form: Callable[[Path], Cut], begin: int = 90000) -> None:
        self.studio = studio
        self.form = form
        self.begin = begin

    def render(self, cut: Cut, **options: Any) -> CutReport:
        run = self.studio.prepare(cut, **{"handles": 8, "delivered": FILM, **options})
        report: CutReport = run.run()
        assert run.failed is None
        return report

    def again(self, report: CutReport, edit: Callable[[str], str] = lambda text: text) -> Cut:
        """Read what was handed back in the editor's own form, after it has been edited."""
        own = [path for path in report.handed_back if path.stem.endswith("_a1")]
        path = next(path for path in own if path.stem != "drive_a1")
        exported = self.studio.out / f"next{path.suffix}"
        exported.write_text(edit(path.read_text()))
        if path.suffix != ".edl":
            return read_cut(exported)
        drive = self.studio.folder / "drive.edl"
        return read_edls({"A1 DRIVE": drive, "A1 PORTRAIT": exported}, rate=Fraction(25))

    def seen(self, report: CutReport) -> dict[int, Fraction]:
        """The number that every frame of a cut shows that was handed back."""
        master = read_cut(report.handed_back[0])
        found: dict[int, Fraction] = {}
        for one in placed(master):
            if str(self.studio.out) not in (one.clip.media.url or ""):
                continue
            numbers = self._numbers(one.clip.media.url or "", one.clip.media)
            start = round((master.start + one.span.start) * 25) - self.begin
            for frame in range(round(one.span.duration * 25)):
                shown = one.source(Fraction(frame, 25)) - one.clip.media.start
                found[start + frame] = numbers[int(shown * 25)]
        return found

    def _numbers(self, url: str, media: Any) -> list[Fraction]:
        path = Path(url.removeprefix("file://"))
        if media.kind == "sequence":
            files = sorted(path.glob("*.png"))
            return [self.studio.counting.read_number(read_still(one).pixels) for one in files]
        with open_video(path) as reader:
            return [self.studio.counting.read_number(one.pixels) for one in reader.frames()]


@pytest.fixture(params=FORMS, ids=lambda form: form.__name__)
def rounds(studio, driver, request):
    driver()
    return Rounds(studio, request.param)


def outcomes(report: CutReport) -> dict[str, str]:
    return {one.shot.name: one.outcome for one in report.shots}


def kept(*rendered: str) -> dict[str, str]:
    return {name: "rendered" if name in rendered else "kept" for name in SPANS}


@pytest.mark.parametrize("codec", ["ffv1", "png"])
def test_what_was_handed_back_is_as_it_was(rounds: Rounds, codec: str) -> None:
    delivered = {"codec": codec}
    first = rounds.render(rounds.form(rounds.studio.folder), delivered=delivered)
    assert rounds.seen(first) == ALL
    cut = rounds.again(first)
    second = rounds.render(cut, delivered=delivered)
    assert outcomes(second) == kept()
    assert rounds.seen(second) == ALL
    assert [(one.media, one.timecode) for one in second.shots] == [
        (one.media, one.timecode) for one in first.shots
    ]


TRIM = 10


def trimmed(form: Callable[[Path], Cut], text: str, by: int = TRIM) -> str:
    """Return a document whose first shot, sh010, begins `by` frames later and ends earlier."""
    return {otio: _otio, edl: _edl, fcp7: _fcp7, fcpxml: _fcpxml}[form](text, by)  # type: ignore[index]


def _otio(text: str, by: int) -> str:
    document = json.loads(text)
    (track,) = (one for one in document["tracks"]["children"] if one["name"] == "A1 PORTRAIT")
    before, clip, *others = track["children"]
    window = clip["source_range"]
    window["start_time"]["value"] += by
    window["duration"]["value"] -= 2 * by
    before["source_range"]["duration"]["value"] += by
    after = {
        "OTIO_SCHEMA": "Gap.1",
        "source_range": {**window, "duration": {**window["duration"], "value": by}},
    }
    track["children"] = [before, clip, *([after, *others] if by > 0 else others[1:])]
    return json.dumps(document)


def _edl(text: str, by: int) -> str:
    line = next(line for line in text.splitlines() if line.startswith("001"))
    codes = re.findall(r"\d\d:\d\d:\d\d:\d\d", line)
    frames = [
        sum(int(n) * k for n, k in zip(code.split(":"), (90000, 1500, 25, 1), strict=True))
        for code in codes
    ]
    moved = [label(frame + (by, -by)[n % 2]) for n, frame in enumerate(frames)]
    return text.replace(line, line.replace(" ".join(codes), " ".join(moved)))


def _fcp7(text: str, by: int) -> str:
    begin = text.index('<clipitem id="sh010">')
    head, item, rest = text[:begin], *text[begin:].split("</clipitem>", 1)  # type: ignore[misc]
    for tag, more in (("start", by), ("end", -by), ("in", by), ("out", -by)):
        item = re.sub(
            rf"<{tag}>(\d+)</{tag}>",
            lambda m, t=tag, d=more: f"<{t}>{int(m[1]) + d}</{t}>",
            item,
            count=1,
        )
    return f"{head}{item}</clipitem>{rest}"


def _fcpxml(text: str, by: int) -> str:
    def later(item: str, name: str, more: int) -> str:
        old = re.search(rf' {name}="(\d+)(/25)?s"', item)
        assert old is not None
        frames = int(old[1]) * (1 if old[2] else 25) + more
        return item.replace(old[0], f' {name}="{frames}/25s"', 1)

    opening = re.search(r"<(asset-clip|video|clip) [^>]*?name=\"sh010[^>]*>", text)
    assert opening is not None
    item = later(later(later(opening[0], "offset", by), "start", by), "duration", -2 * by)
    return text.replace(opening[0], item)


def shown(names: dict[str, tuple[int, int]]) -> dict[int, Fraction]:
    return {record: ALL[record] for first, last in names.values() for record in range(first, last)}


def test_what_was_trimmed_within_its_film_is_not_rendered_again(rounds: Rounds) -> None:
    first = rounds.render(rounds.form(rounds.studio.folder))
    cut = rounds.again(first, lambda text: trimmed(rounds.form, text))
    second = rounds.render(cut)
    assert outcomes(second) == kept()
    assert (second.shots[0].shot.head, second.shots[0].shot.frames) == (8 + TRIM, 50 - 2 * TRIM)
    assert rounds.seen(second) == shown({**SPANS, "sh010": (10 + TRIM, 60 - TRIM)})


def test_what_needs_more_than_its_film_has_is_rendered_and_nothing_else(rounds: Rounds) -> None:
    first = rounds.render(rounds.form(rounds.studio.folder))
    short = rounds.again(first, lambda text: trimmed(rounds.form, text))
    second = rounds.render(short, handles=2)
    assert outcomes(second) == kept(*SPANS)  # other handles are asked for
    long = rounds.again(second, lambda text: trimmed(rounds.form, text, -TRIM))
    third = rounds.render(long, handles=2)
    assert outcomes(third) == kept("sh010")
    assert rounds.seen(third) == ALL
    assert [one.shot.id for one in third.shots] == [one.shot.id for one in first.shots]


def test_another_driver_makes_another_film_of_that_shot_alone(rounds: Rounds, driver: Any) -> None:
    first = rounds.render(rounds.form(rounds.studio.folder))
    driver("other.mkv")
    cut = rounds.again(first, lambda text: re.sub("(A1:? sh020)", r"\1 drive=other.mkv", text))
    second = rounds.render(cut)
    assert outcomes(second) == kept("sh020")
    begin, stop = SPANS["sh020"]
    assert rounds.seen(second) == ALL | {begin + n: Fraction(n) for n in range(stop - begin)}
    assert outcomes(rounds.render(cut)) == kept()  # the film is newer than the cut that shows it


@pytest.fixture
def simple(studio, driver):
    driver()
    return Rounds(studio, otio)


def tracks(text: str) -> tuple[Any, list[Any], list[Any]]:
    """Return an OTIO document, and what is on its tracks: drivers and portraits."""
    document = json.loads(text)
    drivers, portraits = (one["children"] for one in document["tracks"]["children"])
    return document, drivers, portraits


def test_what_moves_with_its_driver_is_the_same_film(simple: Rounds) -> None:
    first = simple.render(otio(simple.studio.folder))

    def later(text: str) -> str:
        document, *both = tracks(text)
        for children in both:
            children[0]["source_range"]["duration"]["value"] += 25
        return json.dumps(document)

    second = simple.render(simple.again(first, later))
    assert outcomes(second) == kept()
    assert simple.seen(second) == {record + 25: number for record, number in ALL.items()}
    assert [one.timecode for one in second.shots] == [one.timecode for one in first.shots]


def razored(text: str, at: int = 20) -> str:
    """Cut sh010 in two; the note stays on the first half."""
    document, _, portraits = tracks(text)
    whole = portraits[1]
    half = json.loads(json.dumps({**whole, "markers": []}))
    whole["source_range"]["duration"]["value"] = at
    half["source_range"]["start_time"]["value"] += at
    half["source_range"]["duration"]["value"] -= at
    portraits.insert(2, half)
    return json.dumps(document)


def test_halves_of_a_film_go_on_showing_it(simple: Rounds) -> None:
    first = simple.render(otio(simple.studio.folder))
    second = simple.render(simple.again(first, razored))
    assert set(outcomes(second).values()) == {"kept"} and len(second.shots) == 4
    assert simple.seen(second) == ALL


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("half", [0, 1])
def test_no_half_takes_the_film_of_the_other(
    simple: Rounds, driver: Any, half: int, jobs: int
) -> None:
    first = simple.render(otio(simple.studio.folder))
    driver("other.mkv")

    def edited(text: str) -> str:
        document, _, portraits = tracks(razored(text))
        window = portraits[1 + half]["source_range"]
        note = {"OTIO_SCHEMA": "Marker.2", "name": "A1 drive=other.mkv", "marked_range": window}
        portraits[1 + half]["markers"].append(note)
        return json.dumps(document)

    second = simple.render(simple.again(first, edited), jobs=jobs)
    begin, stop = ((10, 30), (30, 60))[half]
    assert simple.seen(second) == ALL | {begin + n: Fraction(n) for n in range(stop - begin)}
    assert len({one.media for one in second.shots}) == 4


def test_a_film_that_was_changed_is_not_written_over(simple: Rounds) -> None:
    first = simple.render(otio(simple.studio.folder))
    film = simple.studio.out / "sh010.mkv"
    graded = film.read_bytes() + b"graded"
    film.write_bytes(graded)
    second = simple.render(simple.again(first))
    assert outcomes(second) == {**kept(), "sh010": "blocked"}
    assert "A1-SHOT-FILM-CHANGED" in {one.code for one in second.shots[0].shot.problems}
    assert film.read_bytes() == graded


def test_films_stay_where_they_are_when_others_go_elsewhere(simple: Rounds, driver: Any) -> None:
    first = simple.render(otio(simple.studio.folder))
    driver("other.mkv")
    cut = simple.again(first, lambda text: text.replace("A1 sh020", "A1 sh020 drive=other.mkv"))
    before = {path: path.read_bytes() for path in simple.studio.out.glob("*.mkv")}
    simple.studio = replace(simple.studio, out=simple.studio.out.with_name("retakes"))
    second = simple.render(cut)
    folders = [one.media.parent.name for one in second.shots if one.media]
    assert folders == ["out", "retakes", "out"]
    assert {path: path.read_bytes() for path in before} == before


def test_a_film_that_was_copied_is_known_by_its_content(simple: Rounds) -> None:
    first = simple.render(otio(simple.studio.folder))
    film = simple.studio.out / "sh010.mkv"
    os.utime(film, (1, 1))
    assert outcomes(simple.render(simple.again(first))) == kept()


@pytest.mark.parametrize("after", [30, 75, 100])
def test_films_may_play_through_midnight(studio: Any, driver: Any, after: int) -> None:
    driver()
    rounds = Rounds(studio, edl, 24 * 90000 - after)
    first = rounds.render(edl(studio.folder, rounds.begin))
    assert rounds.seen(first) == ALL
    second = rounds.render(rounds.again(first))
    assert outcomes(second) == kept()
    assert rounds.seen(second) == ALL


def test_paths_of_films_lead_there_straight(simple: Rounds) -> None:
    simple.studio = replace(simple.studio, out=simple.studio.folder / ".." / "out")
    first = simple.render(otio(simple.studio.folder))
    assert ".." not in "".join(path.read_text() for path in first.handed_back)
    assert all(".." not in str(one.media) for one in first.shots)
    assert outcomes(simple.render(simple.again(first))) == kept()


def test_films_are_called_as_the_folder_is_that_links_to_them(simple: Rounds) -> None:
    link = simple.studio.out.with_name("show")
    simple.studio.out.mkdir()
    link.symlink_to(simple.studio.out)
    simple.studio = replace(simple.studio, out=link)
    first = simple.render(otio(simple.studio.folder))
    second = simple.render(simple.again(first))
    assert outcomes(second) == kept()
    for report in (first, second):
        assert {one.media.parent for one in report.shots if one.media} == {link}


@pytest.mark.parametrize("codec", ["ffv1", "png"])
@pytest.mark.parametrize("flavour", ["resolve", "premiere"])
def test_what_programs_were_handed_comes_in_again(
    simple: Rounds, flavour: Flavour, codec: str
) -> None:
    delivered = {"codec": codec}
    cut = otio(simple.studio.folder)
    first = simple.render(cut, flavours=[flavour], delivered=delivered)
    path = next(one for one in first.handed_back if one.name == f"cut_a1.{flavour}.otio")
    second = simple.render(read_cut(path), delivered=delivered)
    assert outcomes(second) == kept()
    assert simple.seen(second) == ALL


def test_the_list_that_answers_an_aaf_comes_in_again(simple: Rounds) -> None:
    folder = simple.studio.folder
    edl(folder)
    first = simple.render(replace(otio(folder), dialect="aaf"))
    (portraits,) = (one for one in first.handed_back if one.suffix == ".edl")
    lists = {"A1 DRIVE": folder / "drive.edl", "A1 PORTRAIT": portraits}
    second = simple.render(read_edls(lists, rate=Fraction(25)))
    assert simple.seen(second) == ALL
    assert outcomes(second) == kept()


def test_a_picture_of_a_film_stays_the_portrait(simple: Rounds, driver: Any) -> None:
    driver("moving.mkv")
    cut = otio(simple.studio.folder)
    text = cut.path.read_text().replace("anna.png", "moving.mkv")
    cut.path.write_text(re.sub(r"(A1 sh\d+)", r"\1 still=7", text))
    first = simple.render(read_cut(cut.path))
    second = simple.render(simple.again(first, lambda text: trimmed(otio, text)))
    assert outcomes(second) == kept()
    other = simple.again(first, lambda text: text.replace("sh020 still=7", "sh020 still=8"))
    third = simple.render(other)
    assert outcomes(third) == {**kept(), "sh020": "blocked"}
    assert any("was rendered of still=7" in one.message for one in third.shots[1].shot.problems)


def test_keys_of_the_portrait_stay_where_they_were_in_it(simple: Rounds) -> None:
    cut = otio(simple.studio.folder)
    document, _, portraits = tracks(cut.path.read_text())
    keys = {"schema_version": "a1.keys/1", "channels": {"smile": [["0s", 0], ["1s", 0.8]]}}
    ours = {"schema_version": "a1.curves/1", "space": "media", "keys": keys}
    portraits[1]["effects"] = [{"OTIO_SCHEMA": "Effect.1", "metadata": {"a1sdk": ours}}]
    cut.path.write_text(json.dumps(document))
    shots = find_shots(read_cut(cut.path), media_roots=[simple.studio.folder])
    times = [shots.shots[0].shown(Fraction(n, 25)) for n in (0, 12)]
    portraits[1]["effects"] = []
    cut.path.write_text(json.dumps(document))
    first = simple.render(read_cut(cut.path))
    again = simple.again(first, lambda text: trimmed(otio, text))
    film = find_shots(again, media_roots=[simple.studio.folder]).shots[0]
    assert [film.shown(Fraction(n - TRIM, 25)) for n in (0, 12)] == times


def test_a_film_that_was_retimed_is_handed_back_in_sync(simple: Rounds) -> None:
    first = simple.render(otio(simple.studio.folder))

    def slower(text: str) -> str:
        document, _, portraits = tracks(text)
        portraits[1]["effects"] = [{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 0.5}]
        return json.dumps(document)

    second = simple.render(simple.again(first, slower))
    assert outcomes(second) == kept()
    assert [one.code for one in second.shots[0].shot.problems] == ["A1-SHOT-FILM-SYNC"]
    assert simple.seen(second) == ALL


@pytest.mark.parametrize("trim", [0, 5])
@pytest.mark.parametrize(("by", "words"), [(5, "5 frames later"), (-3, "3 frames earlier")])
def test_a_film_that_was_slipped_is_handed_back_in_sync(
    simple: Rounds, by: int, words: str, trim: int
) -> None:
    first = simple.render(otio(simple.studio.folder))

    def slipped(text: str) -> str:
        document, _, portraits = tracks(trimmed(otio, text, trim) if trim else text)
        portraits[1]["source_range"]["start_time"]["value"] += by
        return json.dumps(document)

    second = simple.render(simple.again(first, slipped))
    (problem,) = second.shots[0].shot.problems
    assert problem.code == "A1-SHOT-FILM-SYNC" and words in problem.message
    assert simple.seen(second) == shown({**SPANS, "sh010": (10 + trim, 60 - trim)})


def test_the_master_of_a_second_round_has_the_portrait_still(rounds: Rounds) -> None:
    first = rounds.render(rounds.form(rounds.studio.folder))
    second = rounds.render(rounds.again(first))
    for one in placed(read_cut(second.handed_back[0])):
        if str(rounds.studio.out) in (one.clip.media.url or ""):
            former = one.clip.alternatives["a1_source"]
            assert former.url == (rounds.studio.folder / "anna.png").as_uri()


def test_the_report_beside_a_film_tells_its_portrait(rounds: Rounds) -> None:
    first = rounds.render(rounds.form(rounds.studio.folder))
    shutil.rmtree(rounds.studio.out / ".a1")
    second = rounds.render(rounds.again(first))
    assert outcomes(second) == kept(*SPANS)
    assert {one.shot.portrait for one in second.shots} == {rounds.studio.folder / "anna.png"}
    assert rounds.seen(second) == ALL


def test_a_film_that_was_changed_is_not_taken_for_its_report(simple: Rounds) -> None:
    first = simple.render(otio(simple.studio.folder))
    shutil.rmtree(simple.studio.out / ".a1")
    film = simple.studio.out / "sh010.mkv"
    film.write_bytes(film.read_bytes()[:-1] + b"!")
    second = simple.render(simple.again(first))
    assert outcomes(second) == {**kept(*SPANS), "sh010": "blocked"}


def test_a_master_knows_the_portraits_of_films_that_are_gone(rounds: Rounds) -> None:
    first = rounds.render(rounds.form(rounds.studio.folder))
    for film in rounds.studio.out.glob("*.mkv"):
        film.unlink()
    second = rounds.render(read_cut(first.handed_back[0]))
    assert outcomes(second) == kept(*SPANS)
    assert [one.shot.id for one in second.shots] == [one.shot.id for one in first.shots]
    assert rounds.seen(second) == ALL


def test_inspect_says_what_is_unchanged(
    rounds: Rounds, driver: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first = rounds.render(rounds.form(rounds.studio.folder))
    driver("other.mkv")

    def edited(text: str) -> str:
        return re.sub("(A1:? sh020)", r"\1 drive=other.mkv", trimmed(rounds.form, text))

    path = rounds.again(first, edited).path
    given = [str(path)]
    if rounds.form is edl:
        lists = {"A1 DRIVE": path, "A1 PORTRAIT": rounds.studio.out / "next.edl"}
        given = [part for name, one in lists.items() for part in ("--edl", f"{name}={one}")]
    roots = ["--media-root", str(rounds.studio.folder), "--media-root", str(rounds.studio.out)]
    assert run(["timeline", "inspect", *given, "--rate", "25", *roots]) == 0
    said = capsys.readouterr().out
    states = dict(line.split()[:2] for line in said.splitlines() if line.startswith("sh0"))
    assert states == {"sh010": "unchanged", "sh020": "changed", "sh030": "unchanged"}
    assert "Rendered before: 2 unchanged, 1 changed." in said
    assert "A1-PORTRAIT" not in said


@pytest.mark.parametrize("form", [otio, fcp7])
@pytest.mark.parametrize("rate", ["23.976", "29.97"])
def test_films_of_fractional_rates_are_known(
    studio: Any, driver: Any, form: Callable[[Path], Cut], rate: str
) -> None:
    driver()
    rounds = Rounds(studio, form)
    path = form(studio.folder).path
    text = path.read_text().replace('"rate": 25.0', f'"rate": {rate}')
    base = str(round(float(rate)))
    ntsc = f"<timebase>{base}</timebase><ntsc>TRUE</ntsc>"
    text = text.replace("<timebase>25</timebase><ntsc>FALSE</ntsc>", ntsc)
    path.write_text(text)
    assert read_cut(path).rate.denominator == 1001
    first = rounds.render(read_cut(path))
    second = rounds.render(rounds.again(first, lambda text: trimmed(form, text)))
    assert outcomes(second) == kept()
    assert (second.shots[0].shot.head, second.shots[0].shot.frames) == (8 + TRIM, 50 - 2 * TRIM)
