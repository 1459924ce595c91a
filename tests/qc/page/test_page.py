"""The page of quality control as a file: what is in it, and what must not be."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from fractions import Fraction
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from a1sdk.components.choice import ComponentChoice
from a1sdk.errors import DecodeError
from a1sdk.media import open_footage, open_video, probe
from a1sdk.motion.timemap import TimeMap
from a1sdk.qc.model import FacePlaces, QcResult, Series
from a1sdk.qc.page import page_path, write_page
from a1sdk.qc.page.curves import packed
from a1sdk.qc.page.footage import address, footage
from a1sdk.qc.page.labels import FrameLabels
from a1sdk.qc.page.markup import Html, tag
from a1sdk.qc.page.pictures import WorstFrame, worst_frames
from a1sdk.render.job import MotionLayer, RenderJob
from a1sdk.render.licensing import Part
from a1sdk.render.report import ComponentRecord, RenderReport

NASTY = "<img src=x onerror=alert(1)>\"'&</script>"
LOADING = {"src", "href", "data", "poster", "srcset", "action", "xlink:href"}


class Page(HTMLParser):
    """A page read back: its elements, and the text of each."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("img", "input", "meta", "use", "path", "line"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.text.setdefault(self._open[-1], []).append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.elements if found == name]

    def by_id(self, name: str) -> dict[str, str | None]:
        (found,) = [attributes for _, attributes in self.elements if attributes.get("id") == name]
        return found

    @property
    def data(self) -> dict[str, object]:
        number = next(i for i, one in enumerate(self.all("script")) if one.get("id") == "data")
        return dict(json.loads(self.text["script"][number]))


def values_of(page: Page) -> list[list[float | None] | None]:
    return list(json.loads(gzip.decompress(base64.b64decode(str(page.data["values"])))))


def report_of(driver: Path, output: Path, **changes: object) -> RenderReport:
    job = RenderJob(
        portrait=Path("p.png"),
        motion=(MotionLayer(use="video/face", options={"path": str(driver)}),),
        renderer=ComponentChoice(use="warp/mesh", options={"strength": 0.5}),
        output=output,
        seed=77,
    )
    return RenderReport.model_validate(
        {
            "outcome": "done",
            "a1sdk": "0.1.0",
            "job": job,
            "components": [
                ComponentRecord(
                    ref="warp/mesh",
                    package="a1sdk-warp",
                    version="3.2.1",
                    license="Apache-2.0",
                    commercial="yes",
                )
            ],
            "licenses": [
                Part(
                    role="file",
                    name="some.task",
                    license="CC-BY-4.0",
                    license_url="https://example.org/terms",
                    commercial="yes",
                )
            ],
            "seconds": {"render": 2.5, "write": 0.5},
        }
        | changes
    )


@pytest.fixture
def films(write_film: Callable[..., Path], portrait: Path) -> dict[str, Path]:
    return {
        "film": write_film("shot.mp4"),
        "driver": write_film("driver.mp4"),
        "portrait": portrait,
    }


@pytest.fixture
def page(films: dict[str, Path], result_of: Callable[..., QcResult]) -> Page:
    output = page_path(films["film"])
    report = report_of(films["driver"], films["film"])
    write_page(result_of(*films.items()), output, report=report)
    return Page(output)


def test_a_page_lies_beside_its_film() -> None:
    assert page_path(Path("a/film.mp4")) == Path("a/film.mp4.a1qc.html")
    assert page_path(Path("a/shot.%04d.png")) == Path("a/shot.a1qc.html")


def test_it_shows_result_driver_and_portrait(page: Page) -> None:
    assert page.by_id("film")["src"] == "shot.mp4"
    assert page.by_id("driver")["src"] == "driver.mp4"
    alone = [one for one in page.all("img") if (one["alt"] or "").startswith("The portrait")]
    assert len(alone) == 1
    assert page.text["h1"] == ["shot.mp4"]


def test_it_reaches_for_nothing_but_the_films(page: Page) -> None:
    allowed = {"shot.mp4", "driver.mp4"}
    for name, attributes in page.elements:
        for key in LOADING & attributes.keys():
            value = attributes[key] or ""
            inside = value.startswith(("#", "data:image/webp;base64,")) or value in allowed
            assert inside or (name, value) == ("a", "https://example.org/terms")
    assert not page.all("link") and not page.all("iframe") and not page.all("base")
    assert "@import" not in page.source and "url(" not in page.source
    (policy,) = [
        one["content"] for one in page.all("meta") if "Content-Security-Policy" in one.values()
    ]
    assert policy is not None and policy.startswith("default-src 'none'")


def test_it_has_landmarks_and_headings_and_labels(page: Page) -> None:
    assert len(page.all("main")) == 1 and len(page.all("header")) == 1
    assert page.all("html")[0]["lang"] == "en"
    ids = [one["id"] for _, one in page.elements if one.get("id")]
    assert len(ids) == len(set(ids))
    for section in page.all("section"):
        assert section["aria-labelledby"] in ids
    for picture in page.all("img"):
        assert "alt" in picture
    for plot in [one for one in page.all("div") if one.get("role") == "img"]:
        assert (plot["aria-label"] or "").startswith(("Mouth", "Jitter"))


def test_it_tells_of_each_finding_frame_timecode_measure_value_and_limit(page: Page) -> None:
    cells = page.text["td"]
    at = cells.index("01:00:01:15 – 01:00:01:24")  # noqa: RUF001
    assert cells[at + 1 : at + 3] == ["1.875 px", "1.2"]
    assert "The jitter is bad." in page.text["span"]
    jumps = [
        (one["data-finding"], one["data-frame"])
        for one in page.all("button")
        if "data-finding" in one
    ]
    assert jumps == [("0", "44"), ("1", "70"), ("2", "0")]


def test_it_says_how_the_film_was_made(page: Page) -> None:
    shown = page.source
    for text in ("a1sdk-warp", "3.2.1", "CC-BY-4.0", "some.task", "77", "2.50 s", "0" * 64):
        assert f">{text}<" in shown
    assert "Something to bear in mind." in page.text["li"]
    assert page.text["p"].count("Not measured: Gaze.") == 1


def test_all_values_are_in_it_exactly(page: Page, result_of: Callable[..., QcResult]) -> None:
    mouth, asked, jitter, none, gaze, _ = values_of(page)
    first, second, _ = result_of().series
    assert (mouth, asked, jitter) == (
        list(first.values),
        list(first.asked or ()),
        list(second.values),
    )
    assert none is None and gaze == [None] * len(jitter or ())


def cropped(one: WorstFrame) -> np.ndarray:
    shown = BytesIO(base64.b64decode(one.picture.partition(",")[2]))
    return np.asarray(Image.open(shown).convert("L"))


def places(who: str | None, **boxes: tuple[int, int, int, int]) -> FacePlaces:
    """Where a face is, by `at` and the frame."""
    return FacePlaces(who=who, boxes={int(name[2:]): box for name, box in boxes.items()})


HIGH, LOW = (0, 32, 32, 64), (192, 32, 224, 64)  # bits of a numbered picture


def test_worst_frames_are_cut_out_round_the_face(
    films: dict[str, Path], result_of: Callable[..., QcResult]
) -> None:
    result = result_of().model_copy(update={"faces": (places(None, at40=HIGH, at90=LOW),)})
    shown = worst_frames(films["film"], result)
    assert [(one.frame, one.reasons[0].measure) for one in shown] == [(44, "jitter"), (70, "mouth")]
    pictures = [cropped(one) for one in shown]
    assert all(picture.shape[0] == picture.shape[1] for picture in pictures)
    assert pictures[0].mean() < 100  # the highest bit of 44 is not set
    assert pictures[1][len(pictures[1]) // 2].min() < 30  # nor is the lowest of 70


def test_each_face_that_is_bad_is_cut_out_by_itself(
    films: dict[str, Path], result_of: Callable[..., QcResult]
) -> None:
    jitter, *_ = result_of().findings
    found = [
        jitter.model_copy(update={"who": who, "first": 65, "last": 65, "worst": 65})
        for who in ("Ann", "Bob", None)
    ]
    faces = places("Ann", at65=HIGH), places("Bob", at65=LOW)  # whose bits are both lit
    result = result_of().model_copy(update={"findings": tuple(found), "faces": faces})
    shown = worst_frames(films["film"], result)
    assert [(one.frame, one.who) for one in shown] == [(65, "Ann"), (65, "Bob"), (65, None)]
    ann, bob, whole = (cropped(one) for one in shown)
    assert ann.max() > 200 and bob.max() > 200
    assert ann[:, :10].mean() > bob[:, :10].mean() and bob[:, -10:].mean() > ann[:, -10:].mean()
    assert whole.shape[1] > whole.shape[0]


def test_a_face_of_another_shot_does_not_count(
    films: dict[str, Path], result_of: Callable[..., QcResult]
) -> None:
    result = result_of()
    shots = [
        result.shots[0].model_copy(update={"first": first, "last": last})
        for first, last in ((0, 43), (44, 95))
    ]
    faces = (places(None, at43=HIGH, at95=LOW),)
    result = result.model_copy(update={"shots": tuple(shots), "faces": faces})
    shown = worst_frames(films["film"], result)[0]
    assert shown.frame == 44 and cropped(shown)[:, -10:].mean() < 100  # the lowest bit, not lit


def test_a_driver_to_the_left_of_the_result_is_cut_off(
    films: dict[str, Path], result_of: Callable[..., QcResult]
) -> None:
    width = 7 * 32 - 32
    box = (192 - 32, 32, 224 - 32, 64)  # the lowest bit, of a result that begins at the second one
    changes = {"size": (width, 96), "faces": (places(None, at44=box),)}
    shown = worst_frames(films["film"], result_of().model_copy(update=changes))[0]
    alone = result_of().model_copy(update={"faces": (places(None, at44=LOW),)})
    same = worst_frames(films["film"], alone)[0]
    assert np.abs(cropped(shown).astype(int) - cropped(same)).mean() < 2


def test_a_film_without_findings_shows_what_comes_nearest_to_a_limit(
    films: dict[str, Path], result_of: Callable[..., QcResult]
) -> None:
    result = result_of().model_copy(update={"findings": (), "verdict": "pass"})
    (shown,) = worst_frames(films["film"], result)
    assert shown.frame == 44 and shown.reasons[0].severity == "pass"


def test_curves_are_grouped_by_whose_they_are(
    films: dict[str, Path], cast_result: Callable[..., QcResult]
) -> None:
    output = page_path(films["film"])
    write_page(cast_result(*films.items()), output)
    page = Page(output)
    groups = [text for text in page.text["h3"] if text in ("Ann", "Ben", "Pictures")]
    assert groups == ["Ann", "Ben", "Pictures"]
    labels = [one["aria-label"] for one in page.all("div") if one.get("role") == "img"]
    assert [(text or "").partition(": from")[0] for text in labels] == [
        *("Ann: Mouth opening", "Ann: Jitter", "Ben: Jitter", "Ben: Mouth opening", "Brightness")
    ]
    bad = [text for text in labels if "Bad in frames" in (text or "")]
    assert bad == [text for text in labels if (text or "").startswith("Ben: Jitter")]
    assert page.data["ranges"] == [[4, "fail", 40, 49]]  # of Ben's series, not of Ann's
    assert "Ben: the jitter is bad." in page.text["span"]
    assert "Not measured: Ann: Gaze, Ben: Gaze." in page.text["p"]


def test_cuts_are_told_of_and_figures_are_of_shots_and_faces(
    films: dict[str, Path], cast_result: Callable[..., QcResult]
) -> None:
    output = page_path(films["film"])
    write_page(cast_result(*films.items()), output)
    page = Page(output)
    assert page.data["cuts"] == [30]
    assert {"2 shots", "2 faces perform"} <= set(page.text["li"])
    titles = [text for text in page.text["summary"] if text.startswith("Frames")]
    assert [title.rpartition(": ")[2] for title in titles] == ["Pictures", "Ann", "Ben"] * 2
    assert titles[3].startswith("Frames 30 – 95, 01:00:01:05")  # noqa: RUF001


def test_what_comes_from_files_is_text_and_nothing_else(
    films: dict[str, Path], result_of: Callable[..., QcResult], tmp_path: Path
) -> None:
    result = result_of(("portrait", films["portrait"]), name=NASTY)
    findings = [one.model_copy(update={"sentence": NASTY}) for one in result.findings]
    result = result.model_copy(
        update={"findings": tuple(findings), "notes": (NASTY,), "timecode": NASTY}
    )
    report = report_of(tmp_path / NASTY.replace("/", ""), tmp_path / "x.mp4", warnings=[NASTY])
    report.licenses = [
        Part(
            role="own",
            name=NASTY,
            license="MIT",
            license_url="javascript:alert(1)",
            commercial="no",
        )
    ]
    output = tmp_path / "nasty.a1qc.html"
    write_page(result, output, report=report)
    page = Page(output)
    assert len(page.all("script")) == 2
    assert not [one for one in page.all("img") if "onerror" in one]
    assert not page.all("a")
    assert NASTY in page.text["li"]
    assert page.data["findings"][0]["sentence"] == NASTY  # type: ignore[index]


def test_text_is_escaped_and_html_is_not() -> None:
    assert tag("p", "<b>", Html("<i></i>"), title='"') == '<p title="&quot;">&lt;b&gt;<i></i></p>'
    assert tag("input", disabled=True, value=0, hidden=None) == '<input disabled value="0">'


def long_result(result_of: Callable[..., QcResult], minutes: int) -> QcResult:
    """What a long film gives: as many curves as there are measures, with noise in all digits."""
    frames, noise = minutes * 60 * 25, np.random.default_rng(3)
    series = [
        Series(
            name=f"m{number}",
            label=f"Measure {number}",
            about="Noise.",
            unit="px",
            values=tuple(float(f"{value:.4g}") for value in noise.normal(1, 0.3, frames)),
            asked=tuple(float(f"{value:.4g}") for value in noise.normal(1, 0.3, frames))
            if number % 4 == 0
            else None,
            warn=0.9,
        )
        for number in range(20)
    ]
    result = result_of(frames=frames)
    found = result.findings[0].model_copy(update={"measure": "m3"})
    return result.model_copy(update={"series": tuple(series), "findings": (found,) * 12_000})


@pytest.mark.parametrize("minutes", [10, 20])
def test_long_films_stay_under_three_megabytes(
    minutes: int, result_of: Callable[..., QcResult], tmp_path: Path
) -> None:
    output = tmp_path / "long.a1qc.html"
    write_page(long_result(result_of, minutes), output)
    assert output.stat().st_size < 3_000_000
    page = Page(output)
    assert page.data["bucket"] == (1 if minutes == 10 else 2)
    assert "11500 more are in the result file; of all, curves shade 10000." in page.text["p"]


def test_what_has_to_be_left_out_is_not_the_worst(result_of: Callable[..., QcResult]) -> None:
    result = result_of()
    whole = packed(result)
    some = packed(result, len(whole.text) // 2)
    assert whole.bucket == 1 and some.bucket > 1
    _, _, jitter, *_ = json.loads(gzip.decompress(base64.b64decode(some.text)))
    assert jitter[44 // some.bucket] == 1.875
    assert len(jitter) == -(-result.frames // some.bucket)


def test_a_film_that_browsers_do_not_play_is_copied_frame_by_frame(
    write_film: Callable[..., Path], result_of: Callable[..., QcResult], portrait: Path
) -> None:
    film = write_film("shot.mov", codec="prores-422hq", count=12)
    output = page_path(film)
    write_page(result_of(("film", film), frames=12).model_copy(update={"findings": ()}), output)
    copy = film.with_name("shot.mov.a1qc.film.mp4")
    assert Page(output).by_id("film")["src"] == copy.name
    assert "browsers do not play prores" in output.read_text(encoding="utf-8")
    facts = probe(copy).video
    assert facts is not None and (facts.codec, facts.count) == ("h264", 12)
    with open_video(copy) as reader, open_video(film) as original:
        for frame in (0, 5, 11):
            apart = reader.frame_at(frame).pixels.astype(int) - original.frame_at(frame).pixels
            assert np.abs(apart).mean() < 4


def test_a_driver_that_is_retimed_by_points_is_copied_as_it_is_shown(
    write_film: Callable[..., Path], result_of: Callable[..., QcResult], tmp_path: Path
) -> None:
    driver = write_film("driver.mp4")
    result = result_of(frames=20).model_copy(update={"findings": ()})
    back = TimeMap(points=((Fraction(0), Fraction(2)), (Fraction(1), Fraction(1))))
    shown = footage(driver, "driver", result, tmp_path / "x.a1qc.html", back)
    assert shown.src == "x.a1qc.driver.mp4" and "retimed by points" in shown.note
    with open_video(tmp_path / shown.src) as reader, open_video(driver) as original:
        apart = reader.frame_at(10).pixels.astype(int) - original.frame_at(40).pixels
        assert np.abs(apart).mean() < 4


def test_a_driver_that_begins_later_is_played_later(
    films: dict[str, Path], result_of: Callable[..., QcResult]
) -> None:
    report = report_of(films["driver"], films["film"])
    layer = report.job.motion[0].model_copy(update={"time": TimeMap(offset=Fraction(1, 2))})
    report.job = report.job.model_copy(update={"motion": (layer,)})
    output = page_path(films["film"])
    write_page(result_of(*films.items()), output, report=report)
    assert Page(output).data["driver"] == {"start": 0.0, "offset": 0.5, "speed": 1.0}


def test_a_driver_that_is_no_film_is_not_shown(
    films: dict[str, Path], result_of: Callable[..., QcResult], tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    output = tmp_path / "x.a1qc.html"
    write_page(result_of(("driver", keys), ("film", films["film"])), output)
    assert [one["id"] for one in Page(output).all("video")] == ["film"]


def test_numbered_pictures_are_shown_as_a_film(
    write_film: Callable[..., Path], result_of: Callable[..., QcResult], tmp_path: Path
) -> None:
    pattern = write_film("shot.%04d.png", codec="png", count=12)
    result = result_of(frames=12).model_copy(update={"findings": ()})
    write_page(result, page_path(pattern), film=pattern)
    page, copy = Page(tmp_path / "shot.a1qc.html"), tmp_path / "shot.a1qc.film.mp4"
    assert page.by_id("film")["src"] == copy.name
    assert "browsers do not play numbered pictures" in page.source
    with open_video(copy) as reader, open_footage(pattern, result.rate) as original:
        assert reader.count() == 12
        for frame in (0, 5, 11):
            apart = reader.frame_at(frame).pixels.astype(int) - original.frame_at(frame).pixels
            assert np.abs(apart).mean() < 4


def test_files_that_are_gone_are_an_error(
    films: dict[str, Path], result_of: Callable[..., QcResult]
) -> None:
    films["driver"].unlink()
    with pytest.raises(DecodeError, match=r"driver\.mp4"):
        write_page(result_of(*films.items()), page_path(films["film"]))
    films["film"].unlink()
    with pytest.raises(DecodeError, match=r"shot\.mp4"):
        write_page(result_of(("film", films["film"])), page_path(films["film"]))
    assert not page_path(films["film"]).exists()


def test_addresses_are_relative_and_quoted(tmp_path: Path) -> None:
    page = tmp_path / "out" / "x.html"
    assert address(tmp_path / "out" / "a b#1%.mp4", page) == "a%20b%231%25.mp4"
    assert address(tmp_path / "drivers" / "d.mp4", page) == "../drivers/d.mp4"


def test_a_film_without_timecode_is_counted_from_zero(result_of: Callable[..., QcResult]) -> None:
    times = FrameLabels.of(result_of().model_copy(update={"timecode": None}))
    assert (times.at(26), times.own) == ("00:00:01:01", False)
