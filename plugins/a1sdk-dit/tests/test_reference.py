import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from a1sdk_dit import reference
from a1sdk_dit.conditioning.drawing import draw, draw_frame, draw_reference
from a1sdk_dit.conditioning.topology import DRAWN
from safetensors.numpy import load_file

from a1sdk.plugin import ConfigError, rotation_exp
from a1sdk.testing import faces

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def motion(shared: Path) -> Arrays:
    return load_file(shared / "parity" / "motion" / "motion.safetensors")


@pytest.fixture(scope="module")
def drawn(shared: Path) -> Arrays:
    return load_file(shared / "parity" / "draw" / "draw.safetensors")


def table_of(shared: Path, name: str) -> Any:
    return json.loads((shared / "parity" / name).read_text())


def faded(first: np.ndarray, second: np.ndarray, weight: float) -> np.ndarray:
    return np.asarray(first * np.float32(1 - weight) + second * np.float32(weight))


@pytest.mark.shared
class TestParity:
    def test_frame_tables(self, shared: Path) -> None:
        for name, told in table_of(shared, "motion/frame_tables.json").items():
            count, rate = name.split("f@")
            table = reference.frame_table(int(count), Fraction(rate))
            assert table == told["sampled"], name
            assert reference.control_list(table) == told["control48"], name

    def test_order_of_interpolation(self, shared: Path) -> None:
        for rate, told in table_of(shared, "fps/info.json").items():
            order = reference.interpolation_order(-(-int(rate) // 12) - 1)
            assert [step.weight for step in order] == told["dts_first_pair"], rate

    def test_other_rates(self, shared: Path) -> None:
        arrays = load_file(shared / "parity" / "fps" / "multi_fps.safetensors")
        frames = list(arrays["frames"] / np.float32(255))
        for rate in (12, 24, 25, 30, 36, 48, 60):
            made = np.array(reference.retimed(frames, Fraction(rate), faded)) * np.float32(255)
            np.testing.assert_array_equal(made.astype(np.uint8), arrays[f"fps{rate}"])

    @pytest.mark.parametrize("name", ["exact", "slightly_tall", "tall", "wide"])
    def test_fit(self, shared: Path, name: str) -> None:
        arrays = load_file(shared / "parity" / "motion" / "fit_480x720_scaled.safetensors")
        wanted = arrays[f"{name}.out"]
        fitted = reference.fit_picture(arrays[f"{name}.in"], *wanted.shape[:2])
        np.testing.assert_array_equal(fitted, wanted)

    def test_face_crops(self, motion: Arrays) -> None:
        crops = [
            reference.face_crop(tuple(box.tolist()), *size.tolist())
            for box, size in zip(
                motion["face_crop.bbox"], motion["face_crop.image_hw"], strict=True
            )
        ]
        assert crops == [tuple(crop) for crop in motion["face_crop.x1_y1_w_h"].tolist()]

    def test_crop_of_the_tracked_face_and_its_way_back(self, motion: Arrays, drawn: Arrays) -> None:
        crop = reference.tracking_crop(motion["crop_face.landmarks_px"])
        np.testing.assert_allclose(crop, motion["crop_face.tform"], atol=1e-9)
        points = reference.from_camera(drawn["flame105.points113_ndc"], crop)
        np.testing.assert_allclose(points, drawn["flame105.points113_px"], atol=1e-4)

    def test_places_of_pupils(self, motion: Arrays, drawn: Arrays) -> None:
        places = reference.pupil_places(drawn["flame105.driver_landmarks_px"])
        wanted = [motion["relation468"], motion["relation473"]]
        np.testing.assert_allclose(places, wanted, atol=1e-12)

    def test_axis_angles_are_the_cores(self, motion: Arrays) -> None:
        turned = [rotation_exp(vector) for vector in motion["aa"]]
        np.testing.assert_allclose(turned, motion["matrix"], atol=1e-6)
        # the released code comes back 2e-4 off near half a turn
        back = [rotation_exp(vector) for vector in motion["aa_back"]]
        np.testing.assert_allclose(turned, back, atol=5e-4)

    def test_poses(self, motion: Arrays) -> None:
        smoothed = reference.smooth_pose(motion["drive_pose"])
        np.testing.assert_allclose(smoothed, motion["drive_pose_smoothed"], atol=1e-6)
        turned = reference.transfer_pose(motion["source_pose"][0], smoothed)
        wanted = [rotation_exp(vector) for vector in motion["transferred_pose"]]
        np.testing.assert_allclose(turned, wanted, atol=1e-6)

    def test_a_frame_of_the_video_script_from_projected_points(
        self, motion: Arrays, drawn: Arrays
    ) -> None:
        points = np.full((478, 2), np.nan)
        camera = reference.from_camera(drawn["flame105.points113_ndc"], motion["crop_face.tform"])
        points[list(DRAWN)] = camera[: len(DRAWN)]
        pupils = reference.carried_pupils(drawn["flame105.driver_landmarks_px"], points)
        wanted = [drawn["flame105.pupil468_px"], drawn["flame105.pupil473_px"]]
        np.testing.assert_allclose(pupils, wanted, atol=1e-4)
        points[[468, 473]] = pupils
        picture = drawn["flame105.image_video"]
        np.testing.assert_array_equal(draw_frame(points, *picture.shape[:2]), picture)

    def test_a_frame_of_the_audio_script(self, motion: Arrays, drawn: Arrays) -> None:
        points = np.full((478, 2), np.nan)
        points[list(DRAWN)] = drawn["flame105.points113_px"][: len(DRAWN)]
        eyes = drawn["flame105.vertices_4597_4051_ndc"]
        points[[468, 473]] = reference.from_camera(eyes, motion["crop_face.tform"])
        picture = drawn["flame105.image_audio"]
        made = draw(points, *picture.shape[:2], reference.AUDIO_FRAME)
        np.testing.assert_array_equal(made, picture)


class TestFrames:
    def test_a_window_doubles_its_first_frame_and_leaves_the_last_out(self) -> None:
        assert reference.control_list(range(60)) == [0, *range(47)]
        assert reference.control_list([3, 5]) == [3, 3, *[5] * 46]
        with pytest.raises(ConfigError, match="needs a driving frame"):
            reference.control_list([])

    def test_counting_in_floats_takes_some_frames_early(self) -> None:
        assert reference.frame_table(24, Fraction(24)) == [*range(0, 14, 2), 13, *range(16, 24, 2)]

    @pytest.mark.parametrize("between", range(12))
    def test_every_picture_is_made_once_of_pictures_that_are_there(self, between: int) -> None:
        there = {0, between + 1}
        for step in reference.interpolation_order(between):
            assert {step.after, step.before} <= there
            span = step.before - step.after
            assert step.weight == pytest.approx((step.number - step.after) / span, abs=1e-6)
            there.add(step.number)
        assert there == set(range(between + 2))
        assert len(reference.interpolation_order(between)) == between

    def test_a_ramp_keeps_its_slope_at_the_multiple_of_twelve(self) -> None:
        made = reference.retimed([0.0, 1.0, 2.0], Fraction(48), lambda a, b, w: a + (b - a) * w)
        np.testing.assert_allclose(made, np.arange(9) / 4, atol=1e-6)
        made = reference.retimed([0.0, 1.0], Fraction(25), lambda a, b, w: a + (b - a) * w)
        np.testing.assert_allclose(made, [0, 1 / 3, 2 / 3], atol=1e-6)  # never late: 36 to 25


class TestPictures:
    def test_tall_pictures_get_black_bars_and_wide_ones_are_cut(self) -> None:
        tall = reference.fit_picture(np.full((90, 60, 3), 200, np.uint8), 48, 72)
        assert (tall[:, :18] == 0).all()
        assert (tall[:, 22:50] == 200).all()
        wide = np.full((60, 200, 3), 200, np.uint8)
        wide[:, :50] = 0
        assert (reference.fit_picture(wide, 48, 72) == 200).all()

    def test_the_crop_is_twice_the_faces_width(self) -> None:
        assert reference.face_crop((300.0, 180.0, 400.0, 300.0), 480, 720) == (250, 140, 200, 200)

    def test_the_tracking_crop_holds_the_face(self) -> None:
        points = faces.neutral_shape() * 100 + 200
        crop = reference.tracking_crop(points)
        ends = np.array([points[:, :2].min(0), points[:, :2].max(0)])
        placed = ends @ crop[:2, :2].T + crop[:2, 2]
        np.testing.assert_allclose(placed.sum(0), 223, atol=1e-3)
        back = reference.from_camera(placed / 224 * 2 - 1, crop)
        np.testing.assert_allclose(back, ends, atol=1e-4)

    def test_pupils_go_with_the_eyes(self) -> None:
        points = faces.neutral_shape()[:, :2].astype(np.float64) * 100 + 200
        bent = np.array([[1.1, 0.2], [-0.1, 0.8]])
        pupils = reference.carried_pupils(points, points @ bent.T + 7)
        np.testing.assert_allclose(pupils, points[[468, 473]] @ bent.T + 7, atol=1e-3)
        turn = np.array([[0.0, -1.0], [1.0, 0.0]]) * 3
        np.testing.assert_allclose(
            reference.pupil_places(points @ turn.T), reference.pupil_places(points), atol=1e-9
        )

    def test_eyes_that_are_lines_carry_no_pupils(self) -> None:
        points = faces.neutral_shape()
        with pytest.raises(ConfigError, match="on one line"):
            reference.carried_pupils(points * [1, 0, 1], points)


class TestPoses:
    def test_smoothing_keeps_what_holds_still(self) -> None:
        still = np.tile([0.1, -0.2, 0.3], (5, 1))
        np.testing.assert_allclose(reference.smooth_pose(still), still)
        step = np.array([[0.0, 0, 0], [1.0, 0, 0], [1.0, 0, 0]])
        np.testing.assert_allclose(reference.smooth_pose(step)[:, 0], [0, 0.7, 0.91])

    def test_the_portrait_starts_from_its_own_pose(self) -> None:
        portrait, driver = np.array([0.2, 0.1, 0.0]), np.array([[0.0, 0.3, 0.0], [0.0, 0.5, 0.0]])
        first, second = reference.transfer_pose(portrait, driver)
        np.testing.assert_allclose(first, rotation_exp(portrait), atol=1e-12)
        np.testing.assert_allclose(first.T @ second, rotation_exp([0.0, 0.2, 0.0]), atol=1e-12)


def test_a_windows_control_pictures() -> None:
    rest = faces.neutral_shape() * 20 + [48, 32, 0]
    frames = np.stack([rest + np.array([x / 10, 0, 0]) for x in range(100)])
    pictures = list(reference.control_pictures(rest, frames, Fraction(25), 64, 96))
    assert len(pictures) == 49
    np.testing.assert_array_equal(pictures[0], draw_reference(rest, 64, 96))
    np.testing.assert_array_equal(pictures[1], pictures[2])
    np.testing.assert_array_equal(pictures[3], draw_frame(frames[2], 64, 96))
    np.testing.assert_array_equal(pictures[48], draw_frame(frames[95], 64, 96))
