"""One shot: its targets become landmark pictures, and the model's pictures become its film."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from a1sdk.plugin import VideoFrame, prefetch
from a1sdk_dit.conditioning.drawing import draw_frame, draw_reference
from a1sdk_dit.framing.anchor import ColourAnchor, still_area
from a1sdk_dit.framing.paste import Paste
from a1sdk_dit.framing.window import Window
from a1sdk_dit.timing import NativeTrack, Target, native_pictures, native_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from a1sdk.plugin import Portrait, StreamInfo, TargetFrame
    from a1sdk_dit.framing.resampling import Floats, Picture
    from a1sdk_dit.interpolation.protocol import InBetween
    from a1sdk_dit.model.geometry import Geometry
    from a1sdk_dit.options import RendererOptions

    Pictures = Generator[Picture, None, None]
    Draw = Callable[[Pictures, int | None], Pictures]


AHEAD = 8
"""Pictures that the model draws ahead of the film: as many as it decodes in one go."""


class Shot:
    """What is fixed for one shot: where the model looks, and how its pictures go back.

    Attributes:
        window: the part of the portrait that the model sees.
        image: the model's picture of the portrait.
        neutral: landmarks of the portrait, [478, 3], pixels of that.
        reference: the landmark picture of the portrait.
        native: pictures per second that the model draws.
    """

    def __init__(
        self, portrait: Portrait, info: StreamInfo, geometry: Geometry, options: RendererOptions
    ) -> None:
        face = portrait.face.landmarks
        self.window = Window.around(portrait.size, face, geometry, options.face_share)
        self.image = self.window.take(portrait.pixels)
        self.neutral = self.window.to_model(face)
        self.reference = draw_reference(self.neutral, geometry.height, geometry.width)
        self.native = native_rate(info.rate)
        self._info, self._geometry = info, geometry
        self._paste = Paste(portrait.pixels, self.window, face, options.feather, info.rate)
        still = still_area(self.window, face)
        self.anchor = ColourAnchor(self.image, still, self.native) if options.anchor else None

    @property
    def count(self) -> int | None:
        """How many pictures the model draws, where that is known beforehand."""
        if self._info.count is None:
            return None
        return native_pictures(self._info.count, self._info.rate)

    @property
    def placed(self) -> dict[str, int]:
        """The part of the portrait that the model sees, in its pixels."""
        window = self.window
        names = ("left", "top", "width", "height")
        return {name: int(getattr(window, name)) for name in names}

    def film(
        self, targets: Iterable[TargetFrame], draw: Draw, between: InBetween
    ) -> Generator[VideoFrame, None, None]:
        """Yield one full-size picture for each target.

        Args:
            targets: where the face has to be, in pixels of the portrait.
            draw: makes pictures of the model from landmark pictures, and how many these are.
            between: makes pictures between those.
        """
        track = NativeTrack(map(self._placed, targets), self._info.rate, self.native)
        controls = (self.control(points) for points in track.controls())
        ahead = prefetch(draw(controls, self.count), AHEAD)  # a GPU is not to wait for the paste
        with closing(self._anchored(ahead)) as pictures:
            for delivery in track.deliveries(pictures):
                target = delivery.target
                yield VideoFrame(target.pts, self._paste(delivery.draw(between), target.landmarks))

    def control(self, points: Floats) -> Picture:
        """Return the landmark picture of a face in pixels of the model's picture."""
        return draw_frame(points, self._geometry.height, self._geometry.width)

    def _placed(self, target: TargetFrame) -> Target:
        return Target(target.pts, self.window.to_model(target.landmarks))

    def _anchored(self, pictures: Pictures) -> Pictures:
        with closing(pictures):
            for picture in pictures:
                yield picture if self.anchor is None else self.anchor(picture)
