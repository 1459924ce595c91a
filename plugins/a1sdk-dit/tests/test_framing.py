from fractions import Fraction

import cv2
import numpy as np
import pytest
from a1sdk_dit.framing.anchor import ColourAnchor, still_area
from a1sdk_dit.framing.changes import Changes
from a1sdk_dit.framing.detail import Detail
from a1sdk_dit.framing.paste import Paste
from a1sdk_dit.framing.window import Window
from a1sdk_dit.model.geometry import Geometry

from a1sdk.testing import faces

GEOMETRY = Geometry(49, 13, 480, 720, 60, 90)
RATE = Fraction(25)
TINY = Geometry(17, 5, 64, 96, 8, 12)
SHAPES = [
    (540, 960, 0.5, 0.3, 210),  # a phone's photo
    (700, 700, 0.5, 0.4, 200),
    (2400, 400, 0.9, 0.5, 80),  # a panorama
    (80, 80, 0.5, 0.5, 40),
    (80, 60, 0.5, 0.5, 10),
    (500, 500, 0.02, 0.5, 150),  # a face cut by the edge
    (500, 500, 0.98, 0.02, 100),
    (400, 400, 0.5, 0.5, 380),  # nothing but a face
    (720, 480, 0.5, 0.5, 150),
]
HUGE = (8000, 6000, 0.3, 0.4, 1500)


def face_at(x: float, y: float, size: float) -> np.ndarray:
    """Landmarks whose box is centred at a place and has this longer side."""
    shape = faces.neutral_shape()
    low, high = shape[:, :2].min(0), shape[:, :2].max(0)
    placed = (shape - [*(low + high) / 2, 0]) * size / (high - low).max()
    return (placed + np.array([x, y, 0])).astype(np.float32)


def textured(width: int, height: int, dtype: type = np.uint8) -> np.ndarray:
    """A picture of soft colours, the same every time."""
    noise = np.random.default_rng(3).integers(40, 215, (7, 9, 3)).astype(np.float32)
    smooth = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(4).normal(0, 4, smooth.shape)
    return np.rint(np.clip(smooth + grain, 0, 255) * (257 if dtype is np.uint16 else 1)).astype(
        dtype
    )


def framed(width: int, height: int, x: float, y: float, size: float) -> tuple[Window, np.ndarray]:
    face = face_at(x * width, y * height, size)
    return Window.around((width, height), face, GEOMETRY, 0.36), face


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray]:
    """A picture of the model's size, and how still its pixels are."""
    window, face = framed(800, 600, 0.5, 0.5, 150)
    return window.take(textured(800, 600)), still_area(window, face)


class TestWindow:
    @pytest.mark.parametrize("shape", [*SHAPES, HUGE])
    def test_it_reaches_beyond_the_portrait_only_where_that_is_too_small(
        self, shape: tuple
    ) -> None:
        window, _ = framed(*shape)
        left, top, right, bottom = window.beyond
        assert (left, right) == (0, 0) or window.width > shape[0]
        assert (top, bottom) == (0, 0) or window.height > shape[1]
        assert max(0, window.width - shape[0]) == left + right
        assert max(0, window.height - shape[1]) == top + bottom
        assert not (left or right) or not (top or bottom)

    @pytest.mark.parametrize("shape", [*SHAPES, HUGE])
    def test_it_has_the_models_proportions_and_the_faces_size(self, shape: tuple) -> None:
        window, face = framed(*shape)
        assert window.width == pytest.approx(1.5 * window.height, abs=1)
        size = float(np.ptp(window.to_model(face)[:, 1]))
        whole = max(shape[1], shape[0] / 1.5)
        if shape[4] / 0.36 < whole:
            assert size == pytest.approx(0.36 * 480, rel=0.5 / window.height)
        else:
            assert window.height == pytest.approx(whole, abs=1)

    def test_where_there_is_room_the_face_is_in_the_middle(self) -> None:
        window, face = framed(4000, 3000, 0.4, 0.5, 300)
        placed = window.to_model(face)
        middle = (placed.min(0) + placed.max(0))[:2] / 2
        np.testing.assert_allclose(middle, (360, 240), atol=0.5)

    def test_a_face_that_lies_on_its_side_gets_no_smaller_a_window(self) -> None:
        face = face_at(1000, 1000, 300)
        lying = np.column_stack([2000 - face[:, 1], face[:, 0], face[:, 2]])
        windows = [Window.around((2000, 2000), f, GEOMETRY, 0.36) for f in (face, lying)]
        assert windows[0] == windows[1]

    @pytest.mark.parametrize("geometry", [GEOMETRY, TINY])
    @pytest.mark.parametrize(
        ("width", "height", "size"),
        [(1200, 900, 230), (400, 300, 60), (540, 960, 210), (1500, 350, 250)],
    )
    def test_what_is_drawn_at_a_landmark_is_seen_at_that_landmark(
        self, width: int, height: int, size: float, geometry: Geometry
    ) -> None:
        face = face_at(width * 0.47, height * 0.44, size)
        window = Window.around((width, height), face, geometry, 0.36)
        for point in face[[4, 33, 454]]:
            spread = 1.5 * max(1, window.height / geometry.height)
            x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
            away = ((x - point[0]) ** 2)[None] + ((y - point[1]) ** 2)[:, None]
            dot = np.exp(-away / (2 * spread**2))[..., None] * 255
            seen = window.take(np.rint(dot.repeat(3, 2)).astype(np.uint8))[..., 0].astype(float)
            rows, columns = np.indices(seen.shape) + 0.5
            found = np.array([(seen * columns).sum(), (seen * rows).sum()]) / seen.sum()
            wanted = window.to_model(point[None])[0, :2]
            assert np.abs(found - wanted).max() < 0.25

    def test_depth_is_on_the_scale_of_the_picture(self) -> None:
        window, face = framed(2000, 1500, 0.5, 0.5, 400)
        placed = window.to_model(face)
        np.testing.assert_allclose(placed[:, 2], face[:, 2] * 720 / window.width, rtol=1e-6)
        np.testing.assert_array_equal(window.to_model(face[:, :2]), placed[:, :2])

    @pytest.mark.parametrize("shape", SHAPES)
    def test_the_model_gets_its_own_size_and_no_black(self, shape: tuple) -> None:
        window, _ = framed(*shape)
        picture = window.take(np.full((shape[1], shape[0], 3), 200, np.uint8))
        assert (picture.shape, picture.dtype) == ((480, 720, 3), np.uint8)
        assert (picture == 200).all()

    def test_sixteen_bits_are_rounded_to_eight(self) -> None:
        window, _ = framed(900, 700, 0.5, 0.5, 200)
        deep, flat = textured(900, 700, np.uint16), textured(900, 700)
        difference = window.take(deep).astype(int) - window.take(flat)
        assert np.abs(difference).max() <= 1

    def test_beyond_the_edge_the_edge_goes_on_without_streaks(self) -> None:
        stripes = np.zeros((1200, 600, 3), np.uint8)
        stripes[::40], stripes[1::40] = 255, 255
        stripes = cv2.GaussianBlur(stripes, (0, 0), 3)
        window, _ = framed(600, 1200, 0.5, 0.5, 400)
        picture = window.take(stripes).astype(float)
        inside, far = picture[:, 360].std(), picture[:, 2].std()
        assert far < 0.05 * inside
        assert np.abs(picture[:, 2].mean() - picture[:, 360].mean()) < 1.0
        edge = round(window.beyond[0] * 720 / window.width)
        steps = np.abs(np.diff(picture, axis=1))[:, :edge]
        assert steps.max() < inside


class TestPaste:
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_outside_the_window_nothing_changes(self, shape: tuple, dtype: type) -> None:
        window, face = framed(*shape)
        portrait = textured(*shape[:2], dtype)
        kept = portrait.copy()
        white = np.full((480, 720, 3), 255, np.uint8)
        pasted = Paste(portrait, window, face, 0.12, RATE)(white, window.to_model(face))
        assert (pasted.shape, pasted.dtype) == (portrait.shape, dtype)
        np.testing.assert_array_equal(portrait, kept)
        outside = np.ones(portrait.shape[:2], bool)
        outside[window.seen] = False
        np.testing.assert_array_equal(pasted[outside], portrait[outside])
        assert (pasted[window.seen] != portrait[window.seen]).any()

    @pytest.mark.parametrize("full", [(np.uint8, 255), (np.uint16, 65535)])
    def test_the_matte_is_soft_towards_sides_inside_the_portrait(self, full: tuple) -> None:
        dtype, white = full
        window, face = framed(2000, 1500, 0.5, 0.0, 300)  # the window meets the upper border
        portrait = np.zeros((1500, 2000, 3), dtype)
        drawn = np.full((480, 720, 3), 255, np.uint8)
        pasted = Paste(portrait, window, face, 0.2, RATE)(drawn, window.to_model(face))
        region = pasted[window.seen][..., 0] / white
        height, width = region.shape
        assert (region[0, width // 4 : -width // 4] == 1).all()
        assert (region[height // 2, width // 2 :][:50] == 1).all()
        across = region[height // 2, : width // 2]
        assert across[0] < 0.01
        assert (np.diff(across) >= 0).all()
        assert np.diff(across).max() < 3 * 1.5 / (0.2 * height)
        assert across[round(0.1 * height)] == pytest.approx(0.5, abs=0.02)

    def test_without_a_feather_the_whole_window_shows(self) -> None:
        window, face = framed(2000, 1500, 0.5, 0.5, 300)
        portrait = np.zeros((1500, 2000, 3), np.uint8)
        drawn = np.full((480, 720, 3), 255, np.uint8)
        pasted = Paste(portrait, window, face, 0.0, RATE)(drawn, window.to_model(face))
        assert (pasted[window.seen] == 255).all()

    def test_what_did_not_change_keeps_the_portraits_detail(self) -> None:
        window, face = framed(800, 600, 0.5, 0.5, 150)
        portrait = textured(800, 600)
        pasted = Paste(portrait, window, face, 0.12, RATE)(
            window.take(portrait), window.to_model(face)
        )
        x, y, size = 400, 300, 150
        changed = (pasted != portrait).any(2)
        assert changed[y - 30 : y + 30, x - 30 : x + 30].mean() > 0.9
        assert changed[y + size : y + size + 30, x - 150 : x + 150].mean() > 0.9  # the shoulders
        changed[y - round(1.1 * size) : y + size, x - size : x + size] = False
        changed[y + size // 2 :] = False
        assert not changed.any()

    def test_what_changed_beside_the_head_shows(self) -> None:
        window, face = framed(800, 600, 0.5, 0.5, 150)
        portrait = textured(800, 600)
        drawn = window.take(portrait)
        drawn[200:280, 600:640] = 255
        pasted = Paste(portrait, window, face, 0.12, RATE)(drawn, window.to_model(face))
        row = window.top + 240 * window.height // 480
        column = window.left + 620 * window.width // 720
        assert (pasted[row, column] == 255).all()

    def test_pictures_are_fresh(self) -> None:
        window, face = framed(400, 300, 0.5, 0.5, 80)
        paste = Paste(textured(400, 300), window, face, 0.12, RATE)
        white = np.full((480, 720, 3), 255, np.uint8)
        first = paste(white, window.to_model(face))
        kept = first.copy()
        paste(np.zeros_like(white), window.to_model(face))
        np.testing.assert_array_equal(first, kept)


class TestDetail:
    @staticmethod
    def grained(dtype: type = np.uint8) -> tuple[Window, np.ndarray, np.ndarray]:
        """A portrait twice as fine as the model's picture."""
        window, face = framed(1600, 1200, 0.5, 0.5, 380)
        return window, face, textured(1600, 1200, dtype)

    @staticmethod
    def off(a: np.ndarray, b: np.ndarray, face: np.ndarray) -> float:
        """Mean difference around the middle of the face."""
        x, y = face[4, :2].astype(int)
        part = np.s_[y - 110 : y + 110, x - 110 : x + 110]
        return float(np.abs(a[part].astype(float) - b[part]).mean() * 255 / np.iinfo(a.dtype).max)

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_a_face_at_rest_gets_its_own_back(self, dtype: type) -> None:
        window, face, portrait = self.grained(dtype)
        drawn = window.take(portrait)
        pasted = Paste(portrait, window, face, 0.12, RATE)(drawn, window.to_model(face))
        soft = portrait.copy()
        soft[window.seen] = window.spread(drawn, cv2.INTER_CUBIC) * np.array(
            257 if dtype is np.uint16 else 1, dtype
        )
        assert self.off(soft, portrait, face) > 2.0
        gray = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (pasted, portrait)]
        assert self.off(*gray, face) < 0.8

    def test_it_goes_with_the_face(self) -> None:
        window, face, portrait = self.grained()
        x, y = face[4, :2].astype(int)
        chance = np.random.default_rng(5)  # mottled skin tells where it is, and grain is lost
        mottled = 600 * cv2.GaussianBlur(chance.normal(0, 1, (600, 460)), (0, 0), 8)
        skin = 120 + mottled + chance.normal(0, 9, mottled.shape)
        portrait[y - 300 : y + 300, x - 230 : x + 230] = np.clip(skin, 0, 255)[..., None]
        moved = np.roll(portrait, (18, 24), (0, 1))
        drawn, soft = window.take(moved), portrait.copy()
        soft[window.seen] = window.spread(drawn, cv2.INTER_CUBIC)
        paste = Paste(portrait, window, face, 0.12, RATE)
        pasted = paste(drawn, window.to_model(face + np.float32([24, 18, 0])))
        assert self.off(pasted, moved, face) < 0.5 * self.off(soft, moved, face)

    def test_there_is_none_where_something_else_was_drawn(self) -> None:
        window, face, portrait = self.grained()
        drawn = window.take(portrait)
        drawn[200:280, 320:400] = 255
        carried = Detail(portrait, window, face)(drawn, window.to_model(face))
        levels = carried.part(slice(None), slice(None))
        times = window.height / 480
        inside = np.s_[
            round(216 * times) : round(264 * times), round(336 * times) : round(384 * times)
        ]
        assert np.abs(levels[inside]).max() == 0
        assert np.abs(levels).mean() > 1

    def test_a_portrait_no_finer_than_the_model_has_none(self) -> None:
        window, face = framed(600, 400, 0.5, 0.5, 150)
        portrait = textured(600, 400)
        pasted = Paste(portrait, window, face, 0.0, RATE)(
            window.take(portrait), window.to_model(face)
        )
        again = window.spread(window.take(portrait), cv2.INTER_CUBIC)
        x, y = face[4, :2].astype(int)
        part = np.s_[y - 40 : y + 40, x - 40 : x + 40]
        np.testing.assert_array_equal(pasted[part], again[part])


class TestChanges:
    def test_grain_and_softness_are_no_change(self) -> None:
        picture = textured(720, 480)
        soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
        grain = np.random.default_rng(1).normal(0, 3, soft.shape)
        redrawn = np.clip(np.rint(soft + grain), 0, 255).astype(np.uint8)
        changes = Changes(picture, np.zeros((480, 720), np.float32), RATE)
        assert changes(redrawn).max() < 0.05

    def test_a_shape_that_moved_is_a_change_with_its_surroundings(self) -> None:
        picture = np.full((480, 720, 3), 90, np.uint8)
        moved = picture.copy()
        cv2.circle(picture, (300, 200), 30, (200, 180, 160), -1)
        cv2.circle(moved, (304, 200), 30, (200, 180, 160), -1)
        share = Changes(picture, np.zeros((480, 720), np.float32), RATE)(moved)
        share = cv2.resize(share, (720, 480))
        assert share[200, [272, 332]].min() > 0.9
        assert share[200, 400:].max() == 0.0

    @pytest.mark.parametrize("rate", [24, 60])
    def test_changes_fade_slowly_at_any_rate(self, rate: int) -> None:
        same = np.full((480, 720, 3), 90, np.uint8)
        other = same.copy()
        other[100:150, 100:150] = 200
        changes = Changes(same, np.zeros((480, 720), np.float32), Fraction(rate))
        pictures = [same, other, *[same] * (rate // 4)]
        shares = [changes(picture)[31, 31] for picture in pictures]
        np.testing.assert_allclose(shares[:2], [0, 1], atol=1e-3)
        assert shares[-1] == pytest.approx(np.exp(-0.25 / 0.4), abs=1e-3)

    def test_a_person_counts_as_changed(self) -> None:
        picture = np.full((480, 720, 3), 90, np.uint8)
        person = np.zeros((480, 720), np.float32)
        person[200:300, 300:400] = 1.0
        share = Changes(picture, person, RATE)(picture)
        assert share.shape == (120, 180)
        np.testing.assert_array_equal(share, person[::4, ::4])


class TestColourAnchor:
    @staticmethod
    def drifted(
        picture: np.ndarray, gain: tuple = (0.97, 0.93, 0.9), offset: tuple = (3, 0, -2)
    ) -> np.ndarray:
        drift = picture * np.float32(gain) + np.float32(offset)
        return np.rint(np.clip(drift, 0, 255)).astype(np.uint8)

    def test_what_is_still_has_no_padding_and_little_of_the_person(self) -> None:
        window, face = framed(1080, 1920, 0.5, 0.4, 420)
        still = still_area(window, face)
        assert still.shape == (480, 720)
        x, y = window.to_model(face)[4, :2].astype(int)
        assert 0 < still[y - 60 : y + 60, x - 60 : x + 60].max() < 0.05
        padding = window.beyond[0] * 720 / window.width
        assert still[:, : int(padding)].max() == 0
        assert still[5, x] == still[-5, x] == 1.0  # seams above, and below across the body
        assert still[300:330, x].max() < 0.05
        assert 0 < still[y, int(padding) + 5] < 0.2  # the portrait's border is none

    def test_a_drift_is_taken_back(self, scene: tuple) -> None:
        reference, still = scene
        anchor = ColourAnchor(reference, still, Fraction(12))
        corrected = anchor(self.drifted(reference)).astype(float)
        assert np.abs(corrected - reference).mean() < 1.0
        ((frame, before, after),) = anchor.curve()
        assert frame == 0
        assert before > 5
        assert after < 0.3

    def test_what_moves_does_not_count(self, scene: tuple) -> None:
        reference, still = scene
        drawn = self.drifted(reference)
        drawn[300:, 500:] = 20  # a third of what is compared
        corrected = ColourAnchor(reference, still, Fraction(12))(drawn).astype(float)
        assert np.abs(corrected - reference)[:300].mean() < 1.5

    def test_one_shade_says_nothing_of_contrast(self) -> None:
        wall = np.full((480, 720, 3), 200, np.uint8)
        anchor = ColourAnchor(wall, np.ones((480, 720), np.float32), Fraction(12))
        drawn = wall - np.uint8(12)
        drawn[200:220, 300:320] = 10
        corrected = anchor(drawn)
        assert np.abs(corrected[0, 0].astype(int) - 200).max() <= 1
        assert corrected[210, 310].max() <= 14

    def test_a_person_before_black_keeps_their_shade(self) -> None:
        window, face = framed(800, 600, 0.5, 0.5, 150)
        portrait = np.zeros((600, 800, 3), np.uint8)
        portrait[220:600, 320:480] = (210, 160, 140)
        reference = window.take(portrait)
        anchor = ColourAnchor(reference, still_area(window, face), Fraction(12))
        corrected = anchor(self.drifted(reference, (0.94, 0.94, 0.94), (0, 0, 0)))
        shade = np.array([210, 160, 140])
        x, y = window.to_model(face)[4, :2].astype(int)
        assert np.abs(corrected[y, x] - shade).max() < 0.35 * 0.06 * 210

    def test_corrections_are_limited(self, scene: tuple) -> None:
        reference, still = scene
        black = np.zeros_like(reference)
        assert ColourAnchor(reference, still, Fraction(12))(black).max() <= 24

    def test_nothing_flickers(self, scene: tuple) -> None:
        reference, still = scene
        anchor = ColourAnchor(reference, still, Fraction(12))
        steady = self.drifted(reference)
        for _ in range(3):
            first = anchor(steady)
        jumped = anchor(self.drifted(reference, (0.9, 0.9, 0.9)))
        moved = anchor(steady).astype(float) - first
        assert np.abs(moved).max() <= 4  # of the 20 levels of the jump
        assert jumped.astype(float).mean() < first.mean()

    def test_where_nothing_is_still_colours_are_left_alone(self, scene: tuple) -> None:
        reference, _ = scene
        anchor = ColourAnchor(reference, np.zeros((480, 720), np.float32), Fraction(12))
        drawn = self.drifted(reference)
        np.testing.assert_array_equal(anchor(drawn), drawn)
        assert anchor.curve() == []

    def test_the_curve_of_a_long_film_stays_short_and_even(self) -> None:
        reference = textured(96, 64)
        anchor = ColourAnchor(reference, np.ones((64, 96), np.float32), Fraction(12))
        for _ in range(1000):
            anchor(reference)
        frames = [point.frame for point in anchor.curve()]
        assert 100 <= len(frames) <= 200
        assert set(np.diff(frames)) == {8}
        assert frames[0] == 0
        assert frames[-1] > 990
