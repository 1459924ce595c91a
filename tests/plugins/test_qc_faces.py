"""Quality control of real faces: two who perform in one picture, and films that were cut."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a1sdk.components.registry import Registry
from a1sdk.media import open_video, open_writer
from a1sdk.qc.model import QcResult, result_path
from a1sdk.render.basis import Basis, basis_of
from a1sdk.render.context import HostContext
from a1sdk.render.following import Shown
from a1sdk.render.inspection import inspect_film
from a1sdk.render.job import RenderJob
from a1sdk.render.pipeline import render

pytestmark = [pytest.mark.shared, pytest.mark.slow]

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
RATE = Fraction(25)


@pytest.fixture(scope="module")
def data(shared: Path) -> Iterator[Path]:
    folders = [os.environ.get("A1_ASSET_PATH"), str(shared / "models")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A1_ASSET_PATH", os.pathsep.join(filter(None, folders)))
        yield shared / "data"


def first(folder: Path, name: str) -> Path:
    return next(folder.glob(f"{name}*"))


def inspected(
    film: Path,
    change: Callable[[int, Pixels], Pixels] = lambda _, pixels: pixels,
    basis: Basis | None = None,
) -> QcResult:
    def changed(shown: Iterator[Shown]) -> Iterator[Shown]:
        for n, one in enumerate(shown):
            yield Shown(change(n, one.pixels.astype(np.uint8, copy=True)), one.targets)

    registry = Registry()
    with HostContext() as context:
        held = basis or basis_of(film, registry)
        return inspect_film(film, held, registry=registry, context=context, change=changed)


def ranges(result: QcResult, name: str) -> list[tuple[str | None, int, int]]:
    return [(one.who, one.first, one.last) for one in result.findings if one.measure == name]


LEFT, RIGHT = "Face at 309,133", "Face at 863,164"
HERE, THERE = (slice(20, 260), slice(200, 420)), (slice(45, 285), slice(755, 975))


@pytest.fixture(scope="module")
def couple(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people in one picture, who perform what two others do in a film."""
    driver = first(data / "driving", "z04")

    def motion(place: str) -> list[dict[str, object]]:
        return [{"use": "video/face", "options": {"path": str(driver), "face": place}}]

    job = RenderJob.model_validate(
        {
            "portrait": first(data / "portraits", "p05"),
            "output": tmp_path_factory.mktemp("couple") / "film.mp4",
            "face": "0",
            "motion": motion("25%,50%"),
            "cast": [{"face": "1", "motion": motion("75%,50%")}],
            "renderer": {"use": "warp/mesh"},
            "tracker": {"use": "facemesh/landmarks"},
            "qc": True,
        }
    )
    with HostContext() as context:
        render(job, registry=Registry(), context=context)
    return job.output


def test_each_of_two_people_is_held_to_what_was_asked_of_them(couple: Path) -> None:
    while_made = QcResult.model_validate_json(result_path(couple).read_bytes())
    assert while_made.findings == ()
    clean = inspected(couple)
    assert clean.findings == () and {one.who for one in clean.shots} == {None, LEFT, RIGHT}
    assert any("Several faces move their lips" in note for note in clean.notes)

    def still(n: int, pixels: Pixels) -> Pixels:
        held["right"] = pixels[:, 600:] if n == 15 else held.get("right", pixels)
        if 15 < n < 70:
            pixels[:, 600:] = held["right"]
        return pixels

    held: dict[str, Pixels] = {}
    frozen = inspected(couple, still)
    assert {one.who for one in frozen.findings} == {RIGHT}
    assert "mouth_follow" in {one.measure for one in frozen.findings}
    (alike,) = ranges(frozen, "face_repeated")
    assert 16 <= alike[1] <= 20 and alike[2] == 69

    def tinted(n: int, pixels: Pixels) -> Pixels:
        if 20 <= n < 40:
            right = pixels[:, 600:] * [1.12, 1, 0.9]
            pixels[:, 600:] = np.clip(right, 0, 255).astype(np.uint8)
        return pixels

    assert ranges(inspected(couple, tinted), "color_face") == [(RIGHT, 20, 39)]


def test_faces_that_were_swapped_are_found(couple: Path) -> None:
    def swapped(n: int, pixels: Pixels) -> Pixels:
        if 30 <= n < 45:
            pixels[HERE], pixels[THERE] = pixels[THERE].copy(), pixels[HERE].copy()
        return pixels

    result = inspected(couple, swapped)
    assert result.verdict == "fail"
    assert set(ranges(result, "face_looks")) == {(LEFT, 30, 44), (RIGHT, 30, 44)}


def test_who_does_not_perform_has_to_stay_still(couple: Path) -> None:
    basis = basis_of(couple, Registry())
    assert basis.job is not None
    alone = basis.job.model_copy(update={"cast": ()})  # the second is not to perform, and does
    result = inspected(couple, basis=replace(basis, job=alone))
    assert {(one.who, one.measure) for one in result.findings} == {(None, "others_move")}
    assert sum(last - begin + 1 for _, begin, last in ranges(result, "others_move")) > 20
    assert result.verdict == "fail"


@pytest.fixture
def spliced(data: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes a film of the first 50 frames of others, scaled to one size."""
    from PIL import Image

    def write(*names: str) -> Path:
        path = tmp_path / "spliced.mp4"
        with open_writer(path, rate=RATE, width=480, height=480) as writer:
            for name in names:
                with open_video(first(data / "driving", name)) as reader:
                    for number in range(50):
                        picture = Image.fromarray(reader.frame_at(number).pixels)
                        writer.write(np.asarray(picture.resize((480, 480))))
        return path

    return write


def test_cuts_between_people_are_no_defects(spliced: Callable[..., Path]) -> None:
    film = spliced("d11", "d04", "d09", "d02")
    clean = inspected(film)
    assert [(one.first, one.last) for one in clean.shots] == [
        *((0, 49), (50, 99), (100, 149), (150, 199))
    ]
    cuts = {49, 50, 99, 100, 149, 150}
    assert not [one for one in clean.findings if cuts & set(range(one.first, one.last + 1))]

    def damaged(n: int, pixels: Pixels) -> Pixels:
        if n == 80:
            return pixels * np.uint8(0)
        if n == 110:
            return np.clip(pixels * [1.15, 1, 0.85], 0, 255).astype(np.uint8)
        return pixels

    result = inspected(film, damaged)
    assert ranges(result, "brightness") == [(None, 80, 80)]
    assert (None, 110, 110) in ranges(result, "flicker_outside")
    known = {(one.measure, one.first) for one in clean.findings}
    new = [one for one in result.findings if (one.measure, one.first) not in known]
    assert all(78 <= one.first <= 82 or 105 <= one.first <= 130 for one in new), new


def test_shots_of_somebody_else_are_not_held_to_the_portrait(
    spliced: Callable[..., Path], data: Path, tmp_path: Path
) -> None:
    from a1sdk.media import write_still

    film = spliced("d11", "d04", "d11")
    with open_video(film) as reader:
        write_still(tmp_path / "portrait.png", reader.frame_at(10).pixels)
    result = inspected(film, basis=Basis(portrait=tmp_path / "portrait.png"))
    looks = next(one.values for one in result.series if one.name == "face_looks")
    assert set(looks[50:100]) == {None}
    assert None not in looks[:50] + looks[100:]
    assert any(
        "begins at frame 50: the portrait's face was not recognised" in note
        for note in result.notes
    )
    assert not ranges(result, "face_looks") and not ranges(result, "face_lost")
