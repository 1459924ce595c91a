"""Films that others made and cut: each shot by itself, or held to a portrait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageFilter

from a1sdk import plugin
from a1sdk.cli import run as a1
from a1sdk.components.registry import Registry
from a1sdk.media import open_writer
from a1sdk.qc.model import QcResult, result_path
from a1sdk.render.basis import Basis, basis_of
from a1sdk.render.context import HostContext
from a1sdk.render.following import Shown
from a1sdk.render.inspection import inspect_film
from a1sdk.testing import portrait

ALONE = ["--tracker", "fake/tracker", "-q"]
RATE = Fraction(25)
WIDTH, HEIGHT = 160, 120

Pictures = list[np.ndarray]


def backdrop(seed: int) -> np.ndarray:
    """Soft blobs, so that two of them are two places."""
    rng = np.random.default_rng(seed)
    rough = Image.fromarray(rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    soft = np.asarray(rough.filter(ImageFilter.GaussianBlur(9))).astype(float)
    return np.clip((soft - soft.mean()) * 10 + 110, 0, 255).astype(np.uint8)


def person(seed: int | None, count: int) -> Pictures:
    """Pictures of the person of the portrait, there or in another place; no two are the same."""
    pixels = portrait(WIDTH, HEIGHT, center=(0.5, 0.5)).pixels
    if seed is not None:
        cut = portrait(WIDTH, HEIGHT, center=(0.5, 0.5), alpha=True).pixels
        opaque = cut[..., 3:] / 255
        pixels = (cut[..., :3] * opaque + backdrop(seed) * (1 - opaque) + 0.5).astype(np.uint8)
    return alive(pixels, count)


def alive(pixels: np.ndarray, count: int) -> Pictures:
    return [pixels ^ np.uint8(n % 2) for n in range(count)]


@pytest.fixture
def cut(fakes: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Write a film of shots."""

    def write(*shots: Pictures) -> Path:
        path = tmp_path / "theirs.mkv"
        with open_writer(path, rate=RATE, width=WIDTH, height=HEIGHT, codec="ffv1") as writer:
            for pixels in (one for shot in shots for one in shot):
                writer.write(pixels)
        return path

    return write


def result_of(film: Path) -> QcResult:
    return QcResult.model_validate_json(result_path(film).read_bytes())


def ranges(result: QcResult, name: str) -> list[tuple[int, int]]:
    return [(f.first, f.last) for f in result.findings if f.measure == name]


def values(result: QcResult, name: str) -> list[float | None]:
    return next(list(one.values) for one in result.series if one.name == name)


def frames(result: QcResult) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in result.shots]


def noted(result: QcResult, text: str) -> bool:
    return any(text in note for note in result.notes)


def test_each_shot_is_held_to_itself(cut) -> None:
    film = cut(person(1, 30), person(2, 20), person(None, 20))
    assert a1(["qc", str(film), *ALONE, "--fail-on", "warn"]) == 0
    result = result_of(film)
    assert result.findings == ()
    assert frames(result) == [(0, 29), (30, 49), (50, 69)]
    assert noted(result, "3 shots; it is cut at frames 30, 50.")
    assert noted(result, "each shot is compared with its own first face")
    for name in ("flicker_face", "flicker_outside"):  # of the frames before and after
        unknown = {n for n, value in enumerate(values(result, name)) if value is None}
        assert unknown == {0, 29, 30, 49, 50, 69}
    assert {0, 30, 50} <= result.faces[0].boxes.keys()


def test_what_is_wrong_in_a_later_shot_is_found_there_and_nowhere_else(cut) -> None:
    second = person(2, 40)
    second[10] = np.zeros_like(second[10])
    second[20] = np.clip(second[20] * [1.4, 1, 0.6], 0, 255).astype(np.uint8)
    film = cut(person(1, 30), second)
    assert a1(["qc", str(film), *ALONE]) == 6
    result = result_of(film)
    assert frames(result) == [(0, 29), (30, 69)]
    assert ranges(result, "brightness") == [(40, 40)]
    assert ranges(result, "flicker_outside") == [(50, 50)]
    assert all(one.first >= 30 for one in result.findings)


def test_what_stands_still_on_both_sides_of_a_cut_is_counted_anew(cut) -> None:
    first, second = person(1, 20), person(2, 20)
    film = cut(first, [first[-1]] * 20, [second[0]] * 20)
    a1(["qc", str(film), *ALONE])
    result = result_of(film)
    assert frames(result) == [(0, 39), (40, 59)]
    assert ranges(result, "repeated") == [(20, 39), (41, 59)]
    assert values(result, "repeated")[39:42] == [20.0, 0.0, 1.0]


def test_a_film_of_ours_is_one_shot_and_a_jump_in_it_is_a_finding(job, run) -> None:
    made = run(job(qc=False)).job.output
    elsewhere = person(2, 20)

    def jump(film: Iterator[Shown]) -> Iterator[Shown]:
        for n, shown in enumerate(film):
            yield shown if n < 10 else Shown(elsewhere[n], shown.targets)

    with HostContext() as context:
        registry = Registry()
        basis = basis_of(made, registry)
        result = inspect_film(made, basis, registry=registry, context=context, change=jump)
    assert frames(result) == [(0, 19)]
    assert ranges(result, "color_outside") == [(10, 19)]


def test_a_film_of_ours_stays_one_shot_where_its_files_are_gone(job, run, tmp_path) -> None:
    made = run(job(qc=False)).job.output
    (tmp_path / "portrait.png").unlink()
    basis = basis_of(made, Registry())
    assert basis.one_shot and (basis.job, basis.portrait) == (None, None)
    assert not basis_of(tmp_path / "other.mkv", Registry()).one_shot


@pytest.fixture
def strangers(fakes: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tracker see a face where pixels in the middle are those of skin or grey."""
    detect = fakes.Tracker.detect

    def seen(self, pixels, ctx):
        bright = pixels[HEIGHT // 2, WIDTH // 2].max() > 100
        return detect(self, pixels, ctx) if bright else []

    monkeypatch.setattr(fakes.Tracker, "detect", seen)


def nobody(count: int) -> Pictures:
    picture = backdrop(5)
    picture[40:80, 60:100] //= 4
    return alive(picture, count)


def stranger(count: int) -> Pictures:
    picture = backdrop(6)
    picture[40:80, 60:100] = 128 + backdrop(7)[40:80, 60:100] // 2
    return alive(picture, count)


def test_a_shot_without_a_face_is_inspected_as_pictures(cut, strangers) -> None:
    shot = nobody(20)
    shot[10] = shot[10] * 0
    film = cut(person(1, 20), shot, person(2, 20))
    assert a1(["qc", str(film), *ALONE]) == 6
    result = result_of(film)
    assert frames(result) == [(0, 19), (20, 39), (40, 59)]
    assert ranges(result, "brightness") == [(30, 30)]
    assert {one.measure for one in result.findings} <= {"brightness", "flicker_outside"}
    looks = values(result, "face_looks")
    assert set(looks[20:40]) == {None} and None not in looks[:20] + looks[40:]
    assert noted(result, "of the shot that begins at frame 20: no face was found")


def test_shots_are_held_to_a_portrait_where_they_show_it(cut, strangers) -> None:
    film = cut(person(None, 20), person(1, 20), stranger(20), nobody(20))
    assert a1(["qc", str(film), *ALONE, "--portrait", "portrait.png", "--fail-on", "warn"]) == 0
    result = result_of(film)
    assert frames(result) == [(0, 19), (20, 39), (40, 59), (60, 79)]
    looks = values(result, "face_looks")
    assert min(looks[:40]) > 0.9 and set(looks[40:]) == {None}
    unseen = "shots that begin at frames 40, 60: the portrait's face was not recognised"
    assert noted(result, unseen)
    # The second is framed otherwise: its background is its own, and its person the portrait's.
    assert max(values(result, "color_outside")[20:40]) < 0.5


def test_a_portrait_that_no_shot_shows_is_missing_from_all(cut, strangers) -> None:
    film = cut(stranger(20), nobody(20))
    assert a1(["qc", str(film), *ALONE, "--portrait", "portrait.png"]) == 6
    result = result_of(film)
    assert ranges(result, "face_looks")[0][0] == 0
    assert ranges(result, "face_lost") == [(20, 39)]


class Knows(plugin.IdentityEncoder):
    """Tells the portrait's person by the skin, whatever the light."""

    def encode(self, portraits, ctx):
        x, y = (int(part) for part in portraits[0].face.center)
        red, _, blue = portraits[0].pixels[y - 4 : y + 4, x - 4 : x + 4].mean((0, 1))
        return plugin.Identity("faces/1", {"who": np.array([red > 1.2 * blue, red <= 1.2 * blue])})


def test_an_identity_encoder_recognises_the_portraits_face(
    cut, strangers, fakes, monkeypatch
) -> None:
    @plugin.hookimpl
    def a1_register_identity_encoders():
        alike = plugin.Comparison(array="who", same_from=0.5)
        made = {"factory": Knows, "produces": "faces/1", "summary": "Knows a person."}
        return [plugin.IdentityEncoderSpec(name="knows", comparison=alike, **made)]

    monkeypatch.setattr(fakes, "a1_register_identity_encoders", a1_register_identity_encoders)
    dim = [one // 2 + 20 for one in person(1, 20)]
    film = cut(person(None, 20), dim, stranger(20))
    told = ["--portrait", "portrait.png", "--identity", "fake/knows"]
    a1(["qc", str(film), *ALONE, *told])
    identity = values(result_of(film), "identity")
    assert identity[:40] == [1.0] * 40 and set(identity[40:]) == {None}


def test_motion_is_compared_where_a_shot_is_framed_as_the_portrait(cut, strangers, job) -> None:
    film = cut(person(None, 20), person(1, 20))
    asked = job(motion=[{"use": "fake/motion", "options": {"frames": 40}}])
    with HostContext() as context:
        registry = Registry()
        basis = Basis(asked, made=False, portrait=asked.portrait)
        result = inspect_film(film, basis, registry=registry, context=context)
    assert result.against_motion and frames(result) == [(0, 19), (20, 39)]
    mouth = next(one for one in result.series if one.name == "mouth")
    assert mouth.asked is not None
    assert None not in mouth.asked[:20] and set(mouth.asked[20:]) == {None}
    assert None not in mouth.values
