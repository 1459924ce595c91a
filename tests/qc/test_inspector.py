"""Several faces in one picture, and several shots in one film."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation, TargetFrame
from a1sdk.motion.blendshapes import INDEX, displacement
from a1sdk.qc.inspector import Inspector
from a1sdk.qc.model import Limit, QcProfile, QcResult
from a1sdk.qc.sight import Reference, Scene
from a1sdk.qc.sound import PER_SECOND, SoundCheck
from a1sdk.testing import portrait
from a1sdk.testing.faces import still

RATE = Fraction(25)
SIDE = 192
UNIT = SIDE * 0.26  # pixels of a face unit, see `a1sdk.testing.faces`
ALONE = portrait(SIDE, SIDE)
PAIR = np.concatenate([ALONE.pixels, ALONE.pixels[:, ::-1]], axis=1)
LEFT = ALONE.face.landmarks
RIGHT = LEFT + np.float32([SIDE, 0, 0])
NAMES = ("Ann", "Ben")

Points = Callable[[int], np.ndarray]


def talking(home: np.ndarray, n: int, speed: float = 2.1) -> np.ndarray:
    scores = np.zeros(52, np.float32)
    scores[INDEX["jawOpen"]] = 0.35 * (1 + np.sin(n / speed) * np.cos(n / 5.3))
    return (home + UNIT * displacement(scores)).astype(np.float32)


def target(n: int, points: np.ndarray) -> TargetFrame:
    return TargetFrame(n, points, still())


def face(points: np.ndarray) -> FaceObservation:
    return FaceObservation(points, 1.0)


def alive(n: int) -> np.ndarray:
    """The pair, in pictures of which no two in a row are the same."""
    return np.asarray(PAIR ^ np.uint8(n % 2))


def pair(pixels: np.ndarray = PAIR) -> Scene:
    """Ann on the left, and Ben on the right."""
    homes = zip(NAMES, (LEFT, RIGHT), strict=True)
    return Scene(pixels, RATE, [Reference(pixels, home, RATE, who) for who, home in homes])


def inspected(
    asked: tuple[Points, Points],
    seen: tuple[Points, Points],
    picture: Callable[[int], np.ndarray] = alive,
    count: int = 80,
    sound: SoundCheck | None = None,
) -> QcResult:
    inspector = Inspector(pair())
    for n in range(count):
        targets, faces = [target(n, one(n)) for one in asked], [face(one(n)) for one in seen]
        inspector.see(picture(n), targets, faces)
    return inspector.finish(sound=sound)


def values(result: QcResult, name: str, who: str | None = None) -> np.ndarray:
    (found,) = (one for one in result.series if (one.name, one.who) == (name, who))
    assert len(found.values) == result.frames
    return np.array(found.values, float)


def found(result: QcResult) -> set[tuple[str | None, str]]:
    return {(one.who, one.measure) for one in result.findings}


BOTH = (lambda n: talking(LEFT, n), lambda n: talking(RIGHT, n, 3.3))


def test_each_face_is_held_to_its_own_motion() -> None:
    result = inspected(BOTH, BOTH)
    assert result.findings == () and result.against_motion
    for who in NAMES:
        np.testing.assert_allclose(values(result, "expression", who), 0, atol=1e-3)


def test_a_finding_names_whose_face_it_is() -> None:
    dead = BOTH[0], lambda n: talking(RIGHT, 0)
    result = inspected(BOTH, dead)
    named = [one for one in result.findings if one.measure == "mouth_follow"]
    assert [one.who for one in named] == ["Ben"]
    assert named[0].sentence.startswith("Ben: in frames ") and "the mouth does not" in (
        named[0].sentence
    )
    assert {who for who, _ in found(result)} == {"Ben"}


def test_pictures_are_measured_once_and_faces_each() -> None:
    result = inspected(BOTH, BOTH)
    measured = [(one.who, one.name) for one in result.series]
    assert len(set(measured)) == len(measured)
    of_pictures = {name for who, name in measured if who is None}
    assert of_pictures == {
        *("color_outside", "flicker_outside", "repeated", "brightness", "not_numbers", "resized")
    }
    assert [(one.first, one.last, one.who) for one in result.shots] == [
        *((0, 79, None), (0, 79, "Ann"), (0, 79, "Ben"))
    ]
    assert {one.name for one in result.shots[0].figures} == {*of_pictures, "faces"}


def test_what_lies_outside_lies_outside_all_faces() -> None:
    warm = PAIR.copy()
    for middle in (SIDE // 2, SIDE + SIDE // 2):  # of both faces
        part = warm[60:140, middle - 40 : middle + 40]
        part[:] = np.clip(part * [1.25, 1, 0.8], 0, 255)
    result = inspected(BOTH, BOTH, lambda n: warm if n >= 40 else PAIR)
    np.testing.assert_allclose(values(result, "color_outside"), 0, atol=0.05)
    assert {("Ann", "color_face"), ("Ben", "color_face")} <= found(result)


def test_faces_are_told_of_by_name() -> None:
    places = {one.who: one.boxes for one in inspected(BOTH, BOTH).faces}
    assert places.keys() == set(NAMES)
    assert places["Ann"][25][2] < SIDE < places["Ben"][25][0]


def test_two_swapped_faces_are_not_their_portraits() -> None:
    rng = np.random.default_rng(3)
    other = PAIR.copy()
    noise = np.kron(rng.integers(-90, 90, (SIDE // 6, SIDE // 6, 1)), np.ones((6, 6, 1)))
    other[:, SIDE:] = np.clip(other[:, SIDE:] + noise, 0, 255)  # Ben looks otherwise than Ann
    swapped = np.concatenate([other[:, SIDE:], other[:, :SIDE]], axis=1)
    inspector = Inspector(pair(other))
    for n in range(40):
        inspector.see(swapped if 10 <= n < 20 else other, (), [face(LEFT), face(RIGHT)])
    looks = [one for one in inspector.finish().findings if one.measure == "face_looks"]
    assert [(one.who, one.first, one.last) for one in looks] == [
        *(("Ann", 10, 19), ("Ben", 10, 19))
    ]


def test_identity_is_that_of_each_face() -> None:
    def encode(pixels: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        return np.array([1.0, 0.0]) if landmarks[:, 0].mean() < SIDE else np.array([0.0, 1.0])

    limits = QcProfile(limits={"identity": Limit(fail=0.5, frames=4)})
    inspector = Inspector(pair(), limits, likeness=encode)
    for n in range(12):  # Ben is seen in both places from the middle on
        inspector.see(PAIR, (), [face(LEFT if n < 6 else RIGHT), face(RIGHT)])
    result = inspector.finish()
    np.testing.assert_allclose(values(result, "identity", "Ann"), [1] * 6 + [0] * 6)
    np.testing.assert_allclose(values(result, "identity", "Ben"), 1)
    assert ("Ann", "identity") in found(result) and ("Ben", "identity") not in found(result)


def test_a_picture_stands_still_while_any_face_was_to_move() -> None:
    rests = (lambda n: LEFT, lambda n: RIGHT + np.float32([n % 40, 0, 0]))
    result = inspected(rests, rests, lambda n: PAIR)
    assert (None, "repeated") in found(result)
    calm = (lambda n: LEFT, lambda n: RIGHT)
    assert (None, "repeated") not in found(inspected(calm, calm, lambda n: PAIR))


def test_one_face_that_stands_still_is_found_though_others_move() -> None:
    def held(n: int) -> np.ndarray:
        picture = alive(n)
        if 30 <= n < 50:
            picture[:, SIDE:] = PAIR[:, SIDE:] ^ np.uint8(2)
        return picture

    result = inspected(BOTH, BOTH, held)
    still = [one for one in result.findings if "repeated" in one.measure]
    (only,) = still
    assert (only.who, only.measure, only.last) == ("Ben", "face_repeated", 49)
    assert 31 <= only.first <= 33  # when it has to have moved
    assert "face_repeated" not in {one.name for one in by_itself().series}


def test_a_face_that_does_not_perform_has_to_stay_as_it_is() -> None:
    ann = Reference(PAIR, LEFT, RATE)
    stirred = PAIR.copy()
    mouth = RIGHT[[13, 14, 61, 291], :2].astype(int)
    (left, top), (right, bottom) = mouth.min(0) - 3, mouth.max(0) + 8
    stirred[top:bottom, left:right] //= 2

    def result_of(picture: Callable[[int], np.ndarray]) -> QcResult:
        inspector = Inspector(Scene(PAIR, RATE, [ann], others=[RIGHT]))
        for n in range(40):
            inspector.see(picture(n), [target(n, LEFT)], [face(LEFT)])
        return inspector.finish()

    result = result_of(lambda n: stirred if 10 <= n < 20 else alive(n))
    moved = [one for one in result.findings if one.measure == "others_move"]
    assert [(one.who, one.severity, one.first, one.last) for one in moved] == [
        (None, "fail", 10, 19)
    ]
    brighter = result_of(lambda n: np.minimum(alive(n), 225) + np.uint8(30 * (n > 20)))
    assert "others_move" not in {name for _, name in found(brighter)}  # it is only the light
    assert "others_move" not in {one.name for one in by_itself().series}


def test_what_a_head_that_performs_hides_of_another_face_may_change() -> None:
    behind = LEFT.copy()
    behind[:, 0] += 0.8 * np.ptp(LEFT[:, 0])  # its near side is within the other head's hair
    edge = int(LEFT[:, 0].max() + 0.3 * np.ptp(LEFT[:, 0]))
    far = int(behind[:, 0].max())

    def worst(first: int, last: int) -> float:
        changed = PAIR.copy()
        changed[:, first:last] //= 2
        inspector = Inspector(Scene(PAIR, RATE, [Reference(PAIR, LEFT, RATE)], others=[behind]))
        inspector.see(changed, [target(0, LEFT)], [face(LEFT)])
        series = next(one for one in inspector.finish().series if one.name == "others_move")
        assert series.values[0] is not None
        return series.values[0]

    assert worst(int(behind[:, 0].min()), edge) < 1.0
    assert worst(far - 12, far) > 8.0


def by_itself() -> QcResult:
    inspector = Inspector(Scene(ALONE.pixels, RATE, [Reference(ALONE.pixels, LEFT, RATE)]))
    inspector.see(ALONE.pixels, [target(0, LEFT)], [face(LEFT)])
    return inspector.finish()


def speech(count: int) -> SoundCheck:
    """Sound that is loud while the mouth of Ann moves."""
    openings = np.array([talking(LEFT, n)[14, 1] - talking(LEFT, n)[13, 1] for n in range(count)])
    moves = np.abs(np.gradient(openings))
    times = np.arange(int(count * PER_SECOND / RATE)) / PER_SECOND
    heard = np.interp(times, np.arange(count) / float(RATE), moves / moves.max())
    return SoundCheck(heard, heard)


def lips(result: QcResult) -> dict[str | None, float | None]:
    return {
        shot.who: figure.value
        for shot in result.shots
        for figure in shot.figures
        if figure.name == "lip_sync"
    }


def test_sound_is_compared_with_the_lips_of_who_moves_them_alone() -> None:
    alone = BOTH[0], lambda n: RIGHT
    result = inspected(alone, alone, count=200, sound=speech(200))
    compared = lips(result)
    assert compared["Ann"] == pytest.approx(0, abs=60) and compared["Ben"] is None
    assert not [note for note in result.notes if "lips" in note]


def test_sound_is_compared_with_nobodys_lips_where_several_move_theirs() -> None:
    result = inspected(BOTH, BOTH, count=200, sound=speech(200))
    assert lips(result) == {"Ann": None, "Ben": None}
    assert [note for note in result.notes if "Several faces move their lips" in note]
    slips = [one.value for one in result.shots[0].figures if one.name == "sound_slip"]
    assert slips == [pytest.approx(0, abs=1)]


def trembling(count: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [LEFT + np.float32([*rng.normal(0, 1.2, 2), 0]) for _ in range(count)]


def test_nothing_is_measured_across_a_cut() -> None:
    """Two shots in one film measure as they do in films of their own."""
    rng = np.random.default_rng(9)
    dark = np.clip(ALONE.pixels * 0.5 + 20, 0, 255).astype(np.uint8)
    shots = [(ALONE.pixels, 33, 1), (dark, 27, 2), (ALONE.pixels, 3, 3)]

    def frames(pixels: np.ndarray, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        noisy = (pixels + rng.integers(-2, 3, pixels.shape) for _ in range(count))
        return [
            (np.clip(one, 0, 255).astype(np.uint8), points)
            for one, points in zip(noisy, trembling(count, seed), strict=True)
        ]

    material = [frames(*shot) for shot in shots]
    scenes = [Scene(one, RATE, [Reference(one, LEFT, RATE)]) for one, _, _ in shots]

    def see(inspector: Inspector, number: int) -> None:
        for n, (pixels, points) in enumerate(material[number]):
            inspector.see(pixels, [target(n, talking(LEFT, n))], [face(points)])

    whole = Inspector(scenes[0])
    alone = []
    for number, scene in enumerate(scenes):
        if number:
            whole.cut(scene)
        see(whole, number)
        by_itself = Inspector(scene)
        see(by_itself, number)
        alone.append(by_itself.finish())
    result = whole.finish()
    assert [(one.first, one.last) for one in result.shots] == [(0, 32), (33, 59), (60, 62)]
    for series in result.series:
        own = [next(one for one in part.series if one.name == series.name) for part in alone]
        assert series.values == sum((one.values for one in own), ())
    begins = (0, 33, 60)
    moved = [
        (one.measure, one.severity, one.first + begin, one.last + begin, one.worst + begin)
        for begin, part in zip(begins, alone, strict=True)
        for one in part.findings
    ]
    kept = [(f.measure, f.severity, f.first, f.last, f.worst) for f in result.findings]
    assert sorted(kept) == sorted(moved) and kept
    for shot, part in zip(result.shots, alone, strict=True):
        assert shot.figures == part.shots[0].figures


def test_frames_in_sentences_are_those_of_the_film() -> None:
    inspector = Inspector(Scene(ALONE.pixels, RATE, [Reference(ALONE.pixels, LEFT, RATE)]))
    black = np.zeros_like(ALONE.pixels)
    for n in range(60):
        if n == 25:
            inspector.cut(Scene(ALONE.pixels, RATE, [Reference(ALONE.pixels, LEFT, RATE)]))
        scores = np.zeros(52, np.float32)
        if 40 <= n < 44:
            scores[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = 1
        asked = (LEFT + UNIT * displacement(scores)).astype(np.float32)
        inspector.see(black if n == 50 else ALONE.pixels, [target(n, asked)], [face(LEFT)])
    said = [one.sentence for one in inspector.finish().findings]
    assert "In frame 50 the picture is black, or close to it." in said
    (eyes,) = (one for one in said if "the eyes do not close" in one)
    assert eyes.startswith("In frames 40 to 43") and "in frame 4" in eyes
    assert "100 % open instead of" in eyes


def test_a_shot_may_show_no_face() -> None:
    inspector = Inspector(Scene(ALONE.pixels, RATE, [Reference(ALONE.pixels, LEFT, RATE)]))
    for n in range(20):
        if n == 10:
            inspector.cut(Scene(ALONE.pixels, RATE))
        inspector.see(ALONE.pixels, (), [face(LEFT)] if n < 10 else (), looked=n < 10)
    result = inspector.finish()
    looks = values(result, "face_looks")
    assert np.isfinite(looks[:10]).all() and np.isnan(looks[10:]).all()
    assert np.isfinite(values(result, "brightness")).all()
