"""A performance: layers of motion, opened, brought to one rate and one length, and mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from a1sdk.components.blame import blaming
from a1sdk.components.checked import check_stream_info, checked_motion
from a1sdk.components.data import Label, StreamInfo
from a1sdk.components.labels import checked_labels
from a1sdk.errors import CapabilityError, ConfigError, NoFaceError
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.gaps import GapLog, fill_gaps
from a1sdk.motion.layers import LayerInput, layered, padded
from a1sdk.motion.resample import frames_of, resample
from a1sdk.motion.spool import Spool
from a1sdk.timing import FrameRange, frame_count

if TYPE_CHECKING:
    from a1sdk.components.data import HeadReference
    from a1sdk.components.interfaces import FaceTracker, MotionSource
    from a1sdk.motion.gaps import GapPolicy
    from a1sdk.motion.timemap import Span
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import MotionLayer
    from a1sdk.render.opening import Opener
    from a1sdk.render.plan import PlannedLayer

    Lending = Callable[[PlannedLayer], FaceTracker | None]

USUAL_RATE = Fraction(25)
"""Frames per second where no layer has or names a rate and none is asked for."""


@dataclass(eq=False)
class OpenLayer:
    """A layer whose source is set up.

    Attributes:
        planned: the layer, and the component that was chosen for it.
        source: the component.
        view: what the component is lent.
        info: what the source says of its motion.
        gaps: where its face was lost; complete when its stream has ended.
    """

    planned: PlannedLayer
    source: MotionSource
    view: HostContext
    info: StreamInfo
    gaps: GapLog = field(default_factory=GapLog)
    _pulled: int = 0
    _faces: int = 0

    @property
    def layer(self) -> MotionLayer:
        """What the job says of the layer."""
        return self.planned.layer

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def called(self) -> str:
        """What errors call the source."""
        return self.planned.called

    @property
    def span(self) -> Span:
        """When in the film the layer is there."""
        return self.layer.time.span(self.duration)

    @property
    def duration(self) -> Fraction | None:
        """Seconds of the source's motion; None where it does not say."""
        info = self.info
        if info.duration is None and info.count is not None:
            return info.count / info.rate
        return info.duration

    def seen(self, frames: Iterable[MotionFrame]) -> Iterator[MotionFrame]:
        """Yield `frames`, counting faces."""
        for frame in frames:
            self._pulled += 1
            self._faces += frame.face is not None
            yield frame

    def check_seen(self) -> None:
        """Raise `NoFaceError` if no frame that was pulled had a face: that is no performance."""
        if self._faces or not self._pulled:
            return
        driver = str(self.layer.path or self.layer.use)
        raise NoFaceError(
            f"No frame of {driver!r} has a face.",
            path=driver,
            hint="use a driver that shows a face",
        )

    def labels(self) -> list[Label]:
        """Return the labels of the source, where they are in the film."""
        known = checked_labels(
            self.source,
            self.called,
            frames=self.info.count,
            rate=self.info.rate,
            duration=self.info.duration,
        )
        return self.layer.time.labels(known, self.duration)


class LayeredPerformance:
    """The layers of a job, open, and their motion as one stream.

    Attributes:
        layers: the layers, the base first.
        info: rate, length and head reference of the stream.
    """

    def __init__(
        self,
        planned: Sequence[PlannedLayer],
        opener: Opener,
        *,
        trackers: Lending = lambda _: None,
        rate: Fraction | None = None,
        duration: Fraction | None = None,
    ) -> None:
        """Set up every source; `opener` closes them.

        Args:
            planned: the layers, the base first.
            opener: the run's.
            trackers: returns the face tracker for a layer whose source needs one.
            rate: frames per second asked for; if None, that of the first layer that has one, or
                else that its file names.
            duration: seconds asked for; those of the longest layer that ends if None.

        Raises:
            ConfigError: no layer ends, and no duration is asked for.
            PluginRunError: a source raised.
        """
        self._opener, self._trackers = opener, trackers
        opened = {one.layer.name: self._open(one) for one in planned if _has_rate(one)}
        if rate is None and not opened:
            opened = self._suggesting(planned)
        rate = rate or next((layer.info.rate for layer in opened.values()), USUAL_RATE)
        for one in planned:
            if one.layer.name not in opened:
                opened[one.layer.name] = self._open(_at_rate(one, rate))
        self.layers = [opened[one.layer.name] for one in planned]
        self._cut = duration is not None
        self.info = self._described(rate, self._longest() if duration is None else duration)

    @property
    def is_plain(self) -> bool:
        """Whether there is one layer, whose motion is taken as it is."""
        return len(self.layers) == 1 and self.layers[0].layer.is_plain

    @property
    def speaks(self) -> bool:
        """Whether a layer's mouth is made from speech."""
        return any(layer.planned.chosen.spec.speaks for layer in self.layers)

    @property
    def moves_mouth(self) -> bool:
        """Whether a layer reaches the mouth at all."""
        return any(layer.layer.moves_mouth for layer in self.layers)

    def frames(self, gaps: GapPolicy | None) -> Iterator[MotionFrame]:
        """Return the motion, mixed, with the gaps of every layer filled.

        All streams are opened here, so that what pulls them can be closed before them.

        Args:
            gaps: how gaps are filled; None leaves those of a plain performance open.

        Raises:
            NoFaceError: no frame of a layer has a face, or `gaps` forbids that one has none.
        """
        if gaps == "fail":
            self._check_covered()
        if self.is_plain:
            return self._checked(self._plain(self.layers[0], gaps))
        policy = gaps or "interpolate"
        inputs = [self._input(layer, policy) for layer in self.layers]
        return self._checked(layered(inputs, self.info.rate, self.info.count, gaps=policy))

    def labels(self) -> list[Label]:
        """Return what the sources know about the time of the film; ask when the stream ended."""
        known = [label for layer in self.layers for label in layer.labels()]
        end = self.info.duration
        if end is not None:
            known = [replace(one, end=min(one.end, end)) for one in known if one.start < end]
        return sorted(known, key=lambda one: (one.start, one.end))

    def check_head(self, wanted: HeadReference) -> None:
        """Raise `CapabilityError` unless the base measures the head from what is wanted.

        That the layers over it fit the base is seen to where they are mixed.
        """
        base = self.layers[0]
        if base.info.head != wanted:
            raise CapabilityError(
                f"Motion source {base.called!r} gives {base.info.head} head motion,"
                f" and the job asks for {wanted}.",
                hint=f"use --head-mode {base.info.head}, in a job performance.head",
            )

    def _suggesting(self, planned: Sequence[PlannedLayer]) -> dict[str, OpenLayer]:
        """Open layers of any rate that would all play at the one rate their files ask for.

        A file of keys may name a rate. The first that is not the usual one counts, so that a voice,
        which would be played at any rate, does not decide before keys that would not.
        """
        found = [self._open(one) for one in planned]
        rate = next((one.info.rate for one in found if one.info.rate != USUAL_RATE), USUAL_RATE)
        return {one.name: one for one in found if one.info.rate == rate}

    def _open(self, one: PlannedLayer) -> OpenLayer:
        view = self._opener.context.lend(
            one.chosen.spec, label=one.chosen.ref, stage=one.stage, tracker=self._trackers(one)
        )
        source = self._opener.open(one.chosen, view, one.called)
        with blaming(one.called, "in probe"):
            info = source.probe()
        check_stream_info(info, one.called)
        return OpenLayer(one, source, view, info)

    def last(self, duration: Fraction) -> None:
        """Let the performance go on, or end, so that it lasts so many seconds."""
        self._cut = True
        self.info = self._described(self.info.rate, duration)

    def _described(self, rate: Fraction, duration: Fraction | None) -> StreamInfo:
        base = self.layers[0].info
        count = None if duration is None else frame_count(duration, rate)
        if count is not None and count < 1:
            raise ConfigError(
                f"The film would have no frame: its motion is over at {duration} s.",
                hint="give --duration 10s, in a job delivery.duration, or begin layers later",
            )
        if self.is_plain:
            same = rate == base.rate and base.count is not None and not self._cut
            return base if same else replace(base, rate=rate, count=count, duration=duration)
        return StreamInfo(rate, count, head=base.head, duration=duration)

    def _longest(self) -> Fraction | None:
        """When the last layer that ends has ended; None where only its stream can tell."""
        ends = [end for layer in self.layers if (end := layer.span.end) is not None]
        if ends:
            return max(ends)
        if self.is_plain and not self.layers[0].planned.chosen.spec.any_rate:
            return None
        endless = ", ".join(repr(layer.name) for layer in self.layers)
        raise ConfigError(
            f"Nothing says how long the film is: {endless} does not end.",
            hint="give --duration 10s, in a job delivery.duration",
        )

    def _check_covered(self) -> None:
        """Refuse a film that begins before its base does, or goes on after it."""
        base, count = self.layers[0], self.info.count
        first, stop = frames_of(base.span, self.info.rate)
        if first > 0 or (count is not None and stop is not None and stop < count):
            raise NoFaceError(
                f"Layer {base.name!r} has motion for frames {first} to {stop}, and the film has"
                f" {count}.",
                hint="choose gap policy interpolate, hold or neutral",
            )

    def _checked(self, frames: Iterator[MotionFrame]) -> Iterator[MotionFrame]:
        yield from frames
        for layer in self.layers:
            layer.check_seen()

    def _plain(self, layer: OpenLayer, gaps: GapPolicy | None) -> Iterator[MotionFrame]:
        """The motion of the only layer, at the rate and of the length that was asked for."""
        info, out = layer.info, self.info
        timed = resample(self._seen(layer, gaps), info.rate, out.rate, info.duration)
        if not self._cut:
            return timed
        whole = padded(timed, out.count)
        return whole if gaps is None else fill_gaps(whole, gaps, out.rate)

    def _input(self, layer: OpenLayer, gaps: GapPolicy) -> LayerInput:
        blend, end, film = layer.layer, layer.span.end, self.info.duration
        if end is not None and film is not None and end >= film:
            blend = blend.model_copy(update={"fade_out": Fraction(0)})
        frames = self._seen(layer, gaps)
        if not blend.time.goes_back:
            return LayerInput(frames, layer.info, blend, layer.name)
        spool = Spool(frames, self._shown(layer), self._opener.context.scratch)
        return LayerInput(self._opener.closed(spool), layer.info, blend, layer.name)

    def _shown(self, layer: OpenLayer) -> FrameRange:
        """The frames of a source that the film shows of a layer, and those around them."""
        time, film, rate = layer.layer.time, self.info.duration, layer.info.rate
        start, end = layer.span
        assert end is not None  # what goes back does so by points
        if film is not None:
            end = min(end, film + 1 / self.info.rate)  # one frame more is asked for, to see the end
        first, last = (
            max(0, int(shown * rate)) for shown in time.reach(max(start, Fraction(0)), end)
        )
        return FrameRange(first, last + 2)

    def _seen(self, layer: OpenLayer, gaps: GapPolicy | None) -> Iterator[MotionFrame]:
        """The motion of a layer at its own rate, checked, with its gaps filled."""
        with blaming(layer.called, "when its stream was opened"):
            stream = layer.source.stream(layer.view)
        checked = self._opener.closed(checked_motion(stream, layer.called, layer.info.count))
        seen = layer.seen(checked)
        return seen if gaps is None else fill_gaps(seen, gaps, layer.info.rate, layer.gaps)


def _has_rate(one: PlannedLayer) -> bool:
    """Whether the layer's rate is its own, and not whatever it is asked for."""
    return not one.chosen.spec.any_rate or getattr(one.chosen.options, "rate", None) is not None


def _at_rate(one: PlannedLayer, rate: Fraction) -> PlannedLayer:
    options = one.chosen.options
    assert options is not None  # the contract of `any_rate` is an option
    asked = options.model_copy(update={"rate": rate})
    return replace(one, chosen=replace(one.chosen, options=asked))
