"""What plugins implement (abstract classes) and what they are handed (`RunContext`).

Every component is constructed cheaply, acquires what it needs in `setup` and releases it in
`close`. The host calls `setup` once before any work and `close` once after, also when the work
failed or was cancelled. It calls a component from one thread at a time, but not always from the
same one, and other components work meanwhile in theirs. A renderer may draw for several runs, one
after the other, before it is closed, and several faces of one picture at the same time: what
belongs to a run, such as its seed, is in the context of `render`, and what belongs to a face lives
in the iterator that `render` returns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from a1sdk.components.data import (
        FaceObservation,
        Identity,
        Label,
        Pixels,
        Portrait,
        RenderEstimate,
        StreamInfo,
        TargetFrame,
        TrackedFrame,
        VideoFrame,
    )
    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.frame import MotionFrame

T = TypeVar("T")


class RunContext(Protocol):
    """What the host lends to a component for one run."""

    @property
    def device(self) -> str:
        """Device to work on: `cpu`, `cuda:0`, `mps`, always of a kind that the spec names.

        `auto`, where the spec names several, leaves it to the component to take the first of
        them that is here.
        """

    @property
    def seed(self) -> int:
        """Seed of everything random in the run."""

    @property
    def threads(self) -> int:
        """How many processor cores this component may keep busy."""

    @property
    def scratch(self) -> Path:
        """Folder for temporary files; it is removed after the run."""

    def asset(self, name: str) -> Path:
        """Return the verified file of an asset, or folder of a snapshot, that the spec declares.

        Raises:
            AssetMissingError: it is not on this machine; nothing is downloaded here.
        """

    def face_tracker(self) -> FaceTracker:
        """Return the run's face tracker, set up; the host closes it.

        Raises:
            CapabilityError: the component's spec does not say that it needs one.
        """

    def track(self, items: Iterable[T], *, total: int | None = None) -> Iterator[T]:
        """Yield `items`, reporting progress.

        Raises:
            Cancelled: the run was asked to stop.
        """

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop; call it inside long steps."""

    def warn(self, text: str) -> None:
        """Tell the user, in one sentence, what is not as they may expect; once for each text."""

    def record(self, name: str, value: Any) -> None:
        """Note a fact about the run in its report, in place of an earlier one of that name.

        Args:
            name: what the fact is called, among those of this component.
            value: text, a number, a truth value or None, or lists and dicts of them.

        Raises:
            ContractError: the value is none of these.
        """


class Component:
    """Base of all components. `options` is the model that the spec names, or None."""

    def __init__(self, options: Any = None) -> None:
        self.options = options

    def setup(self, ctx: RunContext) -> None:
        """Load models, open files and devices."""

    def close(self) -> None:
        """Release what `setup` acquired. Safe to call twice, and without `setup`."""


class MotionSource(Component, ABC):
    """Yields a performance."""

    @abstractmethod
    def probe(self) -> StreamInfo:
        """Describe the motion without computing it. Called after `setup`."""

    @abstractmethod
    def stream(self, ctx: RunContext) -> Iterator[MotionFrame]:
        """Yield every frame from 0 on in order, gaps included, as `probe` announced."""

    def labels(self) -> Sequence[Label]:
        """Return what the source knows about its time, such as words; asked when `stream` ended."""
        return ()


class MotionWriter(Component, ABC):
    """Writes a performance to a file of another program's format."""

    @abstractmethod
    def write(self, clip: MotionClip, path: Path, ctx: RunContext) -> None:
        """Write all of `clip` to `path`; the host gives it its final name when that succeeded.

        Raises:
            CapabilityError: the format cannot hold this motion, such as one without visemes.
        """


class FaceTracker(Component, ABC):
    """Finds faces in pictures and follows them through streams."""

    @abstractmethod
    def detect(self, pixels: Pixels, ctx: RunContext) -> list[FaceObservation]:
        """Return all faces of one RGB picture, uint8 [height, width, 3], largest first."""

    @abstractmethod
    def track(
        self, frames: Iterable[VideoFrame], ctx: RunContext, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        """Yield the faces of each frame of a stream, `track` numbers stable while seen."""


class IdentityEncoder(Component, ABC):
    """Turns pictures of one person into an encoded likeness."""

    @abstractmethod
    def encode(self, portraits: Sequence[Portrait], ctx: RunContext) -> Identity:
        """Encode all pictures together; they show one person and are left unchanged."""


class Renderer(Component, ABC):
    """Draws a portrait under motion."""

    @abstractmethod
    def render(
        self,
        portrait: Portrait,
        identities: Mapping[str, Identity],
        targets: Iterable[TargetFrame],
        info: StreamInfo,
        ctx: RunContext,
    ) -> Iterator[VideoFrame]:
        """Yield one picture per target, in order, with the target's `pts`.

        Pull targets as needed, at most `lookahead` beyond the picture being drawn, and yield each
        picture as soon as it is final. Pictures have the portrait's size, depth and channels.
        A yielded picture is never written to again. A renderer that draws at a rate of its own
        brings its pictures to the rate of the targets itself.

        Several of these iterators may be alive at a time, one for each face of a picture that
        performs; one thread asks them for pictures, in turns. A renderer that works in threads of
        its own lets only one of them use what they share: networks, and the run's face tracker.

        Args:
            portrait: the picture, and the face in it that is to move.
            identities: the likenesses that the renderer's spec asks for, by kind.
            targets: where the face has to be, frame by frame.
            info: rate and number of the targets.
            ctx: services of the run.
        """

    def estimate(
        self, size: tuple[int, int], info: StreamInfo, device: str, memory: int | None
    ) -> RenderEstimate | None:
        """Predict what a render would take, without doing it; None where there is nothing to say.

        Called without `setup`, and quick: it loads no weights.

        Args:
            size: width and height of the portrait.
            info: rate and number of the targets.
            device: where it would run, as `RunContext.device` says it.
            memory: bytes that the device is to be taken to have; None for what it has.
        """
        return None
