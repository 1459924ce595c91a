"""What every face tracker holds to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from a1sdk.components.checked import Pulled, check_observation, checked_faces
from a1sdk.components.data import FaceObservation, Portrait, TrackedFrame, VideoFrame
from a1sdk.components.interfaces import FaceTracker
from a1sdk.components.registry import Chosen
from a1sdk.components.specs import Kind
from a1sdk.errors import Cancelled
from a1sdk.render.context import HostContext
from a1sdk.testing import faces
from a1sdk.testing.contract import ComponentContract, set_up
from a1sdk.testing.doubles import Counted, open_resources, released

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels

_GREY = np.full((240, 320, 3), 128, np.uint8)


class FaceTrackerContract(ComponentContract):
    """Set `ref`, and `options` where the tracker needs any.

    Attributes:
        reads_ahead: how many pictures `track` may pull beyond the one it answers.
        precision: largest mean distance of landmarks from those of the portrait, as a share of
            the distance between the outer eye corners; it catches a wrong order or unit.
    """

    kind: ClassVar[Kind] = "face_tracker"
    reads_ahead: ClassVar[int] = 4
    precision: ClassVar[float] = 0.1

    @pytest.fixture
    def portrait(self) -> Portrait:
        """A picture of one known face; override it if your tracker needs a photograph."""
        return faces.portrait(384, 320)

    @pytest.fixture
    def found(
        self, component: FaceTracker, portrait: Portrait, ctx: HostContext
    ) -> list[FaceObservation]:
        """What the tracker finds in the portrait."""
        return component.detect(portrait.pixels, ctx)

    def _track(
        self, tracker: FaceTracker, pictures: list[Pixels], ctx: HostContext
    ) -> list[TrackedFrame]:
        with released(tracker.track(_numbered(pictures), ctx, max_faces=1)) as stream:
            return list(stream)

    def test_finds_the_face(self, found: list[FaceObservation], portrait: Portrait) -> None:
        """Return landmarks in pixels of the picture, in the order of MediaPipe's face mesh."""
        assert len(found) == 1
        known = portrait.face.landmarks[:, :2]
        distance = np.linalg.norm(found[0].landmarks[:, :2] - known, axis=1).mean()
        assert distance < self.precision * np.linalg.norm(known[33] - known[263])

    def test_observations_are_well_formed(self, found: list[FaceObservation]) -> None:
        """Return finite float32 [478, 3] landmarks, a score 0..1, 52 blendshapes or None."""
        for face in found:
            check_observation(face, self.ref, "the portrait")

    def test_depth_grows_away_from_the_camera(self, found: list[FaceObservation]) -> None:
        """Give z the scale of x, less at the tip of the nose than at the ears."""
        for face in found:
            nose, right, left = face.landmarks[[1, 234, 454], 2]
            assert nose < right and nose < left

    def test_flat_grey_shows_no_face(self, component: FaceTracker, ctx: HostContext) -> None:
        """Compare the detector's score with a threshold before you trust it."""
        assert component.detect(_GREY, ctx) == []
        assert self._track(component, [_GREY] * 3, ctx)[-1].faces == ()

    @pytest.mark.parametrize("size", [(1, 1), (3, 200), (33, 17)])
    def test_tiny_pictures_are_no_error(
        self, component: FaceTracker, size: tuple[int, int], ctx: HostContext
    ) -> None:
        """Return an empty list where there is no room for a face."""
        assert isinstance(component.detect(np.zeros((*size, 3), np.uint8), ctx), list)

    def test_largest_face_comes_first(self, component: FaceTracker, ctx: HostContext) -> None:
        """Sort by `FaceObservation.size`."""
        small, large = faces.portrait(256, 320).pixels, faces.portrait(384, 320).pixels
        found = component.detect(np.concatenate([small, large], axis=1), ctx)
        sizes = [face.size for face in found]
        assert sizes == sorted(sizes, reverse=True)

    def test_stream_has_one_answer_per_picture(
        self, component: FaceTracker, portrait: Portrait, ctx: HostContext
    ) -> None:
        """Yield one `TrackedFrame` per picture, with its `pts`, empty where there is no face."""
        pictures = [portrait.pixels, portrait.pixels, np.zeros_like(portrait.pixels)]
        pulled = Pulled(_numbered([*pictures, portrait.pixels]))
        stream = component.track(pulled, ctx)
        with closing(checked_faces(stream, self.ref, pictures=pulled)) as checked:
            assert [len(frame.faces) for frame in checked][:2] == [1, 1]

    def test_one_person_keeps_one_number(
        self, component: FaceTracker, portrait: Portrait, ctx: HostContext
    ) -> None:
        """Give a face the `track` number it had in the picture before."""
        tracked = self._track(component, [portrait.pixels] * 4, ctx)
        assert {face.track for frame in tracked for face in frame.faces} == {0}

    def test_empty_stream_gives_nothing(self, component: FaceTracker, ctx: HostContext) -> None:
        """Do not assume a first picture."""
        assert self._track(component, [], ctx) == []

    def test_is_lazy(self, component: FaceTracker, portrait: Portrait, ctx: HostContext) -> None:
        """Answer each picture before you pull many more."""
        pictures = Counted(_numbered([portrait.pixels] * 40))
        stream = component.track(pictures, ctx)
        for answered in range(3):
            next(stream)
            assert pictures.pulled <= 1 + answered + self.reads_ahead

    def test_input_is_left_alone(
        self, component: FaceTracker, portrait: Portrait, ctx: HostContext
    ) -> None:
        """Copy a picture before you write to it."""
        before = portrait.pixels.copy()
        component.detect(portrait.pixels, ctx)
        self._track(component, [portrait.pixels], ctx)
        assert np.array_equal(portrait.pixels, before)

    def test_stops_when_cancelled(
        self, component: FaceTracker, portrait: Portrait, host: HostContext, ctx: HostContext
    ) -> None:
        """Call `ctx.check()` for every picture, or loop over `ctx.track(...)`."""
        stream = component.track(_numbered([portrait.pixels] * 40), ctx)
        next(stream)
        host.cancel()
        with pytest.raises(Cancelled):
            for _ in islice(stream, 2 + self.reads_ahead):
                pass

    def test_leaves_nothing_open_when_abandoned(
        self, chosen: Chosen[Any], portrait: Portrait, ctx: HostContext
    ) -> None:
        """Let `close` release what `setup` acquired."""
        self._abandon(chosen, portrait, ctx)
        before = open_resources()
        self._abandon(chosen, portrait, ctx)
        assert not open_resources() - before

    def _abandon(self, chosen: Chosen[Any], portrait: Portrait, ctx: HostContext) -> None:
        tracker = set_up(chosen, ctx)
        with released(tracker.track(_numbered([portrait.pixels] * 9), ctx)) as stream:
            next(stream)
        tracker.close()


def _numbered(pictures: list[Pixels]) -> Iterator[VideoFrame]:
    for pts, pixels in enumerate(pictures):
        yield VideoFrame(pts, pixels)
