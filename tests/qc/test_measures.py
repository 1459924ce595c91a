"""Every measure on faces and pictures whose defect is known."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation, TargetFrame
from a1sdk.motion.blendshapes import INDEX, displacement
from a1sdk.motion.landmarks import IRISES, LOWER_LIP, STABLE, UPPER_LIP
from a1sdk.motion.rotation import from_euler
from a1sdk.qc.color import delta_e_2000, lab
from a1sdk.qc.inspector import Inspector
from a1sdk.qc.model import Limit, QcProfile, QcResult
from a1sdk.qc.sight import Reference, Scene
from a1sdk.testing import portrait
from a1sdk.testing.faces import neutral_shape, still

PORTRAIT = portrait(256, 256)
RATE = Fraction(25)
UNIT = 256 * 0.26  # pixels of a face unit, see `a1sdk.testing.faces`
CENTER = np.array([128, 0.52 * 256, 0], np.float32)
POINTS = PORTRAIT.face.landmarks


def scene(pixels: np.ndarray = PORTRAIT.pixels) -> Scene:
    return Scene(pixels, RATE, [Reference(pixels, POINTS, RATE)])


def target(pts: int, landmarks: np.ndarray) -> TargetFrame:
    return TargetFrame(pts, landmarks.astype(np.float32), still())


def face(landmarks: np.ndarray) -> FaceObservation:
    return FaceObservation(landmarks.astype(np.float32), 1.0)


def posed(*, yaw: float = 0.0, scores: dict[str, float] | None = None) -> np.ndarray:
    """The portrait's landmarks under blendshapes and a turn of the head."""
    coefficients = np.zeros(52, np.float32)
    for name, value in (scores or {}).items():
        coefficients[INDEX[name]] = value
    shape = neutral_shape() + displacement(coefficients)
    return np.asarray(UNIT * shape @ from_euler(yaw, 0, 0).T + CENTER, np.float32)


def inspected(
    asked: Callable[[int], np.ndarray] | None = None,
    seen: Callable[[int], np.ndarray | None] = lambda n: POINTS,
    picture: Callable[[int], np.ndarray] = lambda n: PORTRAIT.pixels,
    count: int = 60,
    every: int = 1,
) -> QcResult:
    inspector = Inspector(scene(), every=every)
    for n in range(count):
        wanted = [] if asked is None else [target(n, asked(n))]
        landmarks, looked = seen(n), n % every == 0
        found = face(landmarks) if landmarks is not None and looked else None
        inspector.see(picture(n), wanted, [found], looked=looked)
    return inspector.finish()


def values(result: QcResult, name: str) -> np.ndarray:
    series = next(one for one in result.series if one.name == name)
    assert len(series.values) == result.frames
    return np.array(series.values, float)


def ranges(result: QcResult, name: str) -> list[tuple[str, int, int]]:
    return [(f.severity, f.first, f.last) for f in result.findings if f.measure == name]


def test_a_film_that_is_what_was_asked_passes() -> None:
    rocking = [posed(yaw=2 * np.sin(n / 7)) for n in range(60)]
    noise = np.random.default_rng(4)
    result = inspected(
        rocking.__getitem__,
        rocking.__getitem__,
        lambda n: np.clip(PORTRAIT.pixels + noise.normal(0, 1, (256, 256, 3)), 0, 255).astype("u1"),
    )
    assert result.findings == ()
    assert result.verdict == "pass" and result.against_motion
    for name in ("expression", "head", "gaze", "eyes_off", "mouth_off", "face_lost"):
        np.testing.assert_allclose(values(result, name), 0, atol=1e-3)


def test_expression_distance_is_the_root_mean_square_in_face_units() -> None:
    moved = POINTS.copy()
    lips = [point for ring in LOWER_LIP for point in ring]
    moved[lips, 1] += 0.3 * UNIT
    result = inspected(lambda n: POINTS, lambda n: moved if 20 <= n < 30 else POINTS)
    expected = 0.3 * np.sqrt(len(lips) / 478)
    assert values(result, "expression")[25] == pytest.approx(expected, rel=0.02)
    assert ranges(result, "mouth_off") == [("fail", 20, 29)]


def test_head_difference_is_the_angle_between() -> None:
    result = inspected(lambda n: posed(yaw=5), lambda n: posed(yaw=30 if n >= 40 else 5))
    assert values(result, "head")[10] == pytest.approx(0, abs=0.01)
    assert values(result, "head")[50] == pytest.approx(25, abs=0.2)
    assert values(result, "expression")[50] == pytest.approx(0, abs=1e-3)
    assert ranges(result, "head") == [("fail", 40, 59)]


def test_gaze_difference_in_degrees() -> None:
    looking = POINTS.copy()
    looking[[point for iris in IRISES for point in iris], 0] += 0.1125 * UNIT * np.sin(np.pi / 6)
    result = inspected(lambda n: POINTS, lambda n: looking if n < 20 else POINTS)
    assert values(result, "gaze")[0] == pytest.approx(30, abs=0.1)
    assert ranges(result, "gaze") == [("fail", 0, 19)]


def blink(n: int) -> np.ndarray:
    shut = {28: 0.5, 29: 1.0, 30: 1.0, 31: 0.5}.get(n, 0.0)
    return posed(scores={"eyeBlinkLeft": shut, "eyeBlinkRight": shut})


def test_eyes_that_do_not_close() -> None:
    result = inspected(blink, lambda n: POINTS)
    eyes = next(one for one in result.series if one.name == "eyes")
    assert eyes.values[30] == pytest.approx(1.0, abs=0.01)
    assert eyes.asked is not None and eyes.asked[30] < 0.3
    [(severity, first, last)] = ranges(result, "eyes_off")
    assert severity == "fail" and 28 <= first <= 29 and 30 <= last <= 31
    assert any("do not close" in finding.sentence for finding in result.findings)
    assert ranges(inspected(blink, blink), "eyes_off") == []


def talk(n: int) -> np.ndarray:
    return posed(scores={"jawOpen": 0.35 * (1 + np.sin(n / 2.1) * np.cos(n / 5.3))})


def test_a_mouth_that_does_not_move() -> None:
    dead = inspected(talk, lambda n: talk(0) if 50 <= n < 100 else talk(n), moving, count=150)
    [(severity, first, last)] = ranges(dead, "mouth_follow")
    assert severity == "fail"
    assert 45 <= first <= 62 and 87 <= last <= 104
    assert ranges(inspected(talk, talk, count=150), "mouth_follow") == []


@pytest.mark.parametrize("every", [1, 2])
def test_a_mouth_that_is_late(every: int) -> None:
    result = inspected(talk, lambda n: talk(n - 3), count=150, every=every)
    [late] = [one for one in result.shots[0].figures if one.name == "mouth_lag"]
    assert late.value == pytest.approx(3, abs=0.2)
    assert ranges(result, "mouth_lag") == [("fail", 0, 149)]


def test_the_shape_of_another_face() -> None:
    other = POINTS.copy()
    other[list(STABLE), 0] += 0.3 * UNIT * np.sign(np.arange(len(STABLE)) % 2 - 0.5)
    result = inspected(seen=lambda n: other if 20 <= n < 30 else POINTS)
    assert ranges(result, "face_shape") == [("fail", 20, 29)]
    assert values(result, "face_shape")[10] == pytest.approx(0, abs=1e-4)


def test_the_looks_of_another_face() -> None:
    rng = np.random.default_rng(5)
    other = np.kron(rng.integers(0, 255, (32, 32, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    result = inspected(picture=lambda n: other if 20 <= n < 30 else PORTRAIT.pixels)
    looks = values(result, "face_looks")
    assert looks[0] == pytest.approx(1.0)
    assert abs(looks[25]) < 0.3
    assert ranges(result, "face_looks") == [("fail", 20, 29)]
    brighter = inspected(picture=lambda n: (PORTRAIT.pixels * 0.8).astype(np.uint8))
    assert values(brighter, "face_looks")[0] == pytest.approx(1.0, abs=1e-3)


def test_identity_is_the_cosine_of_whatever_vectors_a_network_gives() -> None:
    def encode(pixels: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        here = float(landmarks[0, 0])
        if here == 0:
            return None
        turned = 0.0 if here == float(POINTS[0, 0]) else np.pi / 3
        return np.array([np.cos(turned), np.sin(turned)])

    inspector = Inspector(scene(), likeness=encode)
    for landmarks in (POINTS, POINTS + 1, POINTS - POINTS[:1]):
        inspector.see(PORTRAIT.pixels, faces=[face(landmarks)])
    np.testing.assert_allclose(values(inspector.finish(), "identity"), [1, 0.5, np.nan], atol=1e-3)


def trembling(size: float, count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(6)
    steps = rng.normal(0, size, (count, 1, 2))
    return [posed() + np.concatenate([step, [[0]]], 1) for step in steps]


@pytest.mark.parametrize("every", [1, 2])
def test_jitter_is_the_deviation_of_noise(every: int) -> None:
    noisy = trembling(1.5, 400)
    result = inspected(lambda n: POINTS, noisy.__getitem__, count=400, every=every)
    found = np.nanmean(values(result, "jitter"))
    expected = np.sqrt(np.log(2)) * 100 * 1.5 / UNIT  # the median of a Rayleigh distribution
    assert found == pytest.approx(expected, rel=0.12)
    assert ranges(result, "jitter")[0][0] == "fail"
    assert np.nanmax(values(result, "wobble")) < 1e-4


def test_jitter_below_what_a_tracker_can_tell_is_none() -> None:
    """0.1 pixels are 2 % of the eye distance of a face of a dozen pixels, and none at all."""
    rng = np.random.default_rng(8)
    small = POINTS * np.float32(0.1)
    held = Reference(PORTRAIT.pixels, small, RATE)
    noise = rng.normal(0, 0.1, (60, 1, 2))
    inspector = Inspector(Scene(PORTRAIT.pixels, RATE, [held]))
    for n in range(60):
        shaken = small.copy()
        shaken[:, :2] += noise[n]
        inspector.see(alive(n), [target(n, small)], [face(shaken)])
    result = inspector.finish()
    assert np.nanmax(values(result, "jitter")) > 1
    assert ranges(result, "jitter") == []
    (series,) = (one for one in result.series if one.name == "jitter")
    assert series.warn == pytest.approx(30 / held.pose.scale)
    assert series.fail == pytest.approx(45 / held.pose.scale)


def test_wobble_is_the_deviation_of_noise_of_every_point() -> None:
    rng = np.random.default_rng(8)
    noisy = [posed() + rng.normal(0, 1.5, (478, 3)) for _ in range(200)]
    result = inspected(lambda n: POINTS, noisy.__getitem__, count=200)
    assert np.nanmean(values(result, "wobble")) == pytest.approx(100 * 1.5 / UNIT, rel=0.05)
    assert np.nanmax(values(result, "jitter")) < 0.6
    assert ranges(result, "wobble")[0][0] == "fail"


def test_jitter_that_was_asked_for_is_none() -> None:
    noisy = trembling(1.5, 100)
    result = inspected(noisy.__getitem__, noisy.__getitem__, count=100)
    np.testing.assert_allclose(values(result, "jitter")[3:], 0, atol=1e-4)
    jitter = next(one for one in result.series if one.name == "jitter")
    assert jitter.asked is not None and min(jitter.asked[3:]) > 0.8


def tinted(gain: tuple[float, float, float]) -> np.ndarray:
    return np.clip(PORTRAIT.pixels * np.array(gain) + 0.5, 0, 255).astype(np.uint8)


def test_colour_drift_is_that_of_an_even_colour() -> None:
    grey, warm = (
        np.full((256, 256, 3), 120, np.uint8),
        np.full((256, 256, 3), (132, 120, 112), "u1"),
    )
    inspector = Inspector(scene(grey))
    for n in range(20):
        inspector.see(warm if n >= 10 else grey, [target(n, POINTS)], [face(POINTS)])
    result = inspector.finish()
    expected = delta_e_2000(lab(grey[0, 0]), lab(warm[0, 0]))
    assert expected > 4
    for name in ("color_face", "color_outside"):
        np.testing.assert_allclose(values(result, name)[:10], 0, atol=1e-6)
        np.testing.assert_allclose(values(result, name)[10:], expected, rtol=1e-3)
    assert [r[1:] for r in ranges(result, "color_outside")] == [(10, 19)]
    assert ranges(result, "color_face") == []  # one cause, one finding


def test_colours_of_face_and_surroundings_are_told_apart() -> None:
    warm = PORTRAIT.pixels.copy()
    warm[:30] = np.clip(warm[:30] * 1.3 + 10, 0, 255)
    result = inspected(picture=lambda n: warm)
    np.testing.assert_allclose(values(result, "color_face"), 0, atol=1e-6)


def test_flicker_is_the_distance_from_the_frames_beside() -> None:
    dark = tinted((0.9, 0.9, 0.9))
    result = inspected(lambda n: POINTS, picture=lambda n: dark if n == 30 else PORTRAIT.pixels)
    for name in ("flicker_face", "flicker_outside"):
        found = values(result, name)
        assert np.nanargmax(found) == 30
        np.testing.assert_allclose(np.delete(found, 30)[1:-1], 0, atol=1e-6)
    assert [r[1:] for r in ranges(result, "flicker_outside")] == [(30, 30)]
    assert ranges(result, "flicker_face") == []  # one cause, one finding


def test_what_changes_for_good_does_not_flicker() -> None:
    slow = inspected(picture=lambda n: tinted((1 - n / 600,) * 3))
    assert np.nanmax(values(slow, "flicker_face")) < 0.4
    dark = tinted((0.9, 0.9, 0.9))
    at_once = inspected(picture=lambda n: dark if n >= 30 else PORTRAIT.pixels)
    np.testing.assert_allclose(values(at_once, "flicker_outside")[1:-1], 0, atol=1e-6)


@pytest.mark.parametrize(("period", "length"), [(2, 1), (9, 2)])
def test_flicker_that_comes_back_or_lasts_two_frames_is_found(period: int, length: int) -> None:
    dark = tinted((0.9, 0.9, 0.9))
    result = inspected(picture=lambda n: dark if n % period < length else PORTRAIT.pixels)
    found = values(result, "flicker_outside")
    once = inspected(picture=lambda n: dark if n == 30 else PORTRAIT.pixels)
    whole = values(once, "flicker_outside")[30]
    bad = [n for n in range(4, 56) if n % period < length]
    np.testing.assert_allclose(found[bad], whole, rtol=0.02)


def test_sharpness_beside_the_portrait() -> None:
    rng = np.random.default_rng(7)
    fine = rng.integers(100, 140, (256, 256, 3)).astype(np.uint8)
    flat = ((fine.astype(int) - 120) // 4 + 120).astype(np.uint8)
    inspector = Inspector(scene(fine))
    for n in range(20):
        inspector.see(flat if n >= 12 else fine, [target(n, POINTS)], [face(POINTS)])
    result = inspector.finish()
    assert values(result, "sharpness")[0] == pytest.approx(1)
    assert values(result, "sharpness")[15] == pytest.approx(0.25, abs=0.03)
    assert ranges(result, "sharpness") == [("fail", 12, 19)]


def moving(n: int) -> np.ndarray:
    return np.roll(PORTRAIT.pixels, 2 * n, axis=1)


def slid(n: int) -> np.ndarray:
    return np.asarray(POINTS + np.array([2 * n % 60, 0, 0], np.float32))


def test_frozen_and_duplicated_frames() -> None:
    result = inspected(slid, slid, lambda n: moving(20 if 20 <= n < 30 else 39 if n == 40 else n))
    assert values(result, "repeated")[29] == 9
    assert ranges(result, "repeated") == [("fail", 21, 29), ("warn", 40, 40)]


def test_a_face_that_is_to_be_still_may_be() -> None:
    assert ranges(inspected(lambda n: POINTS), "repeated") == []
    assert ranges(inspected(None), "repeated") == [("fail", 1, 59)]
    assert ranges(inspected(None, picture=lambda n: moving(n // 2)), "repeated") == []
    held = inspected(None, picture=lambda n: moving(5 if 20 <= n < 40 else n // 2))
    assert ranges(held, "repeated") == [("fail", 21, 39)]


def alive(n: int) -> np.ndarray:
    return np.asarray(PORTRAIT.pixels ^ np.uint8(n % 2))


def test_black_frames() -> None:
    black = np.zeros_like(PORTRAIT.pixels)
    result = inspected(picture=lambda n: black if n in (7, 8) else PORTRAIT.pixels)
    assert ranges(result, "brightness") == [("fail", 7, 8)]
    assert values(result, "brightness")[0] == pytest.approx(1)
    asked = inspected(lambda n: POINTS, picture=lambda n: black if n in (7, 8) else alive(n))
    there = {one.measure for one in asked.findings if 5 <= one.first <= 10}
    assert there == {"brightness"}  # one cause, one finding


def test_a_film_that_is_black_throughout_is_found_though_it_begins_so() -> None:
    inspector = Inspector(Scene(np.zeros_like(PORTRAIT.pixels), RATE))
    for _ in range(8):
        inspector.see(np.zeros_like(PORTRAIT.pixels), looked=False)
    assert ranges(inspector.finish(), "brightness") == [("fail", 0, 7)]


def test_pictures_of_another_size_are_found() -> None:
    inspector = Inspector(scene())
    for n in range(20):
        inspector.see(moving(n), [target(n, POINTS)], [face(POINTS)], resized=n >= 12)
    result = inspector.finish()
    assert ranges(result, "resized") == [("warn", 12, 19)]
    told = next(one.sentence for one in result.findings if one.measure == "resized")
    assert "another size than those the film begins with" in told


def test_what_is_no_number() -> None:
    broken = PORTRAIT.pixels / np.float32(255)
    broken[3, 4] = np.nan
    broken[5, 6] = np.inf
    asked = POINTS.copy()
    asked[7] = np.nan
    result = inspected(
        lambda n: asked if n == 30 else POINTS,
        picture=lambda n: broken if n == 10 else PORTRAIT.pixels,
    )
    assert values(result, "not_numbers")[10] == pytest.approx(2 / 256**2, rel=1e-3)
    assert ranges(result, "not_numbers") == [("fail", 10, 10), ("fail", 30, 30)]


@pytest.mark.parametrize("every", [1, 2])
def test_faces_that_are_lost(every: int) -> None:
    result = inspected(seen=lambda n: None if 10 <= n < 20 else POINTS, every=every)
    assert ranges(result, "face_lost") == [("fail", 10, 20 - every)]
    once = inspected(seen=lambda n: None if n == 10 else POINTS)
    assert ranges(once, "face_lost") == []


def test_a_face_that_comes_is_not_lost_unless_it_was_to_be_there() -> None:
    comes = lambda n: None if n < 20 else POINTS  # noqa: E731
    assert ranges(inspected(seen=comes), "face_lost") == []
    asked = inspected(lambda n: POINTS, comes, moving)
    assert ranges(asked, "face_lost") == [("fail", 0, 19)]
    never = inspected(seen=lambda n: None)
    assert ranges(never, "face_lost") == [("fail", 0, 59)]


def test_nothing_is_measured_of_a_face_where_it_is_not_found() -> None:
    result = inspected(seen=lambda n: None if 10 <= n < 20 else POINTS)
    unknown = set(np.flatnonzero(np.isnan(values(result, "color_face"))))
    assert unknown == set(range(10, 20))


def test_sixteen_bits_are_inspected_as_eight() -> None:
    deep = PORTRAIT.pixels.astype(np.uint16) * np.uint16(257)
    result = inspected(lambda n: POINTS, picture=lambda n: deep)
    assert result.verdict == "pass"
    np.testing.assert_allclose(values(result, "color_face"), 0, atol=1e-6)


def test_without_motion_what_changes_is_found_all_the_same() -> None:
    inspector = Inspector(scene())
    for n in range(30):
        inspector.see(np.roll(tinted((0.85, 1, 1)) if n >= 20 else PORTRAIT.pixels, n % 2, 0))
    result = inspector.finish()
    assert not result.against_motion
    assert [note for note in result.notes if "nothing is compared with it" in note]
    assert ranges(result, "color_outside")[0][1:] == (20, 29)


def test_without_a_face_the_pictures_are_inspected_all_the_same() -> None:
    inspector = Inspector(Scene(PORTRAIT.pixels, RATE))
    for n in range(20):
        picture = np.zeros_like(PORTRAIT.pixels) if n == 9 else moving(n)
        inspector.see(picture, looked=False)
    result = inspector.finish()
    assert ranges(result, "brightness") == [("fail", 9, 9)]
    assert "expression" not in {one.name for one in result.series} and result.faces == ()
    assert result.shots[0].held_to == "nothing"
    assert ranges(result, "faces") == [("warn", 0, 19)]
    told = next(one for one in result.findings if one.measure == "faces")
    assert "No face is known to look for" in told.sentence and told.value == 0


def test_that_no_face_is_known_can_be_made_to_fail_or_to_be_no_matter() -> None:
    for limit, verdict in ((Limit(fail=0.0), "fail"), (Limit(), "pass")):
        inspector = Inspector(Scene(PORTRAIT.pixels, RATE), QcProfile(limits={"faces": limit}))
        for n in range(8):
            inspector.see(moving(n), looked=False)
        assert inspector.finish().verdict == verdict


def test_a_film_of_no_frames_has_a_result() -> None:
    result = inspected(count=0)
    assert result.frames == 0 and result.verdict == "pass"


def test_mouth_opening_in_face_units() -> None:
    opened = POINTS.copy()
    opened[list(UPPER_LIP[0]), 1] -= 0.1 * UNIT
    opened[list(LOWER_LIP[0]), 1] += 0.15 * UNIT
    before = values(inspected(count=3), "mouth")[0]
    after = values(inspected(seen=lambda n: opened, count=3), "mouth")[0]
    assert after - before == pytest.approx(0.25, abs=1e-3)


def test_a_face_is_told_of_every_second_and_where_a_finding_is_worst() -> None:
    def seen(n: int) -> np.ndarray | None:
        return POINTS + np.float32([n, 0, 0])

    black = np.zeros_like(PORTRAIT.pixels)
    result = inspected(None, seen, lambda n: black if n == 33 else PORTRAIT.pixels, 55)
    (found,) = result.faces
    assert found.who is None and found.boxes.keys() == {
        0,
        25,
        50,
        *(one.worst for one in result.findings),
    }
    assert 33 in found.boxes
    low, high = POINTS[:, :2].min(0), POINTS[:, :2].max(0)
    for frame, (left, top, right, bottom) in found.boxes.items():
        assert (left, top) == (int(low[0] + frame), int(low[1]))
        assert (right, bottom) == (np.ceil(high[0] + frame), np.ceil(high[1]))


def test_where_no_face_is_known_none_is_told_of() -> None:
    assert inspected(None, lambda n: None, count=30).faces == ()


def test_results_are_read_back_as_they_were_written() -> None:
    result = inspected(blink, lambda n: POINTS)
    assert QcResult.model_validate_json(result.model_dump_json()) == result
