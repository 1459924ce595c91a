"""What a measure is, and the memory it keeps: one number for each frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import numpy as np

from a1sdk.qc.sight import FaceSight, Sight

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.qc.model import Direction, Limit
    from a1sdk.qc.sight import Reference, Scene

    Values = npt.NDArray[np.float64]

NAN = float("nan")

Looked = TypeVar("Looked")
"""What a measure looks at in each frame."""


class Track:
    """Numbers that are appended, `width` for each frame, kept in four bytes each."""

    def __init__(self, width: int = 1) -> None:
        self._width = width
        self._kept = array("f")

    def add(self, *values: float) -> None:
        """Append the numbers of one frame; not a number is one that is not known."""
        self._kept.extend(values)

    def values(self) -> Values:
        """Return float64 [frames, width], or [frames] where the width is 1."""
        table = np.array(self._kept, np.float64)
        return table if self._width == 1 else table.reshape(-1, self._width)


@dataclass(frozen=True, slots=True)
class Run:
    """Frames of one finding.

    Attributes:
        first: the first of them.
        last: the last of them.
        worst: the worst of them.
        value: of the measure, at the worst.
        limit: that it passed.
        begin: number that the first frame of the shot has in the film.
    """

    first: int
    last: int
    worst: int
    value: float
    limit: float
    begin: int = 0

    def within(self, begin: int) -> Run:
        """Return the same run with frames counted in the film, of a shot that begins there."""
        first, last, worst = (frame + begin for frame in (self.first, self.last, self.worst))
        return replace(self, first=first, last=last, worst=worst, begin=begin)

    @property
    def place(self) -> int:
        """The worst frame, counted in its shot, as the values of measures are."""
        return self.worst - self.begin

    @property
    def count(self) -> int:
        """How many frames there are."""
        return self.last - self.first + 1

    @property
    def frames(self) -> str:
        """The frames, in words."""
        if self.first == self.last:
            return f"In frame {self.first}"
        return f"In frames {self.first} to {self.last}"


class Measure(ABC, Generic[Looked]):
    """Looks at every frame of a shot and gives each a number.

    Attributes:
        name: of its series and findings.
        label: what people call it.
        about: its definition, and the source of that.
        unit: of its values.
        bad: on which side of a limit a value is bad.
        needs_face: whether there is a value only where a face was looked for.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    about: ClassVar[str]
    unit: ClassVar[str] = ""
    bad: ClassVar[Direction] = "above"
    needs_face: ClassVar[bool] = False

    def __init__(self) -> None:
        self._track = Track()

    @property
    def reach(self) -> int:
        """How many frames before and after it a value is also of."""
        return 1

    def limit(self, usual: Limit) -> Limit:
        """Return the limit that values can be held to, given the usual one."""
        return usual

    def see(self, sight: Looked) -> None:
        """Take in the next frame."""
        self._track.add(self.value(sight))

    def value(self, sight: Looked) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        raise NotImplementedError

    def values(self) -> Values:
        """Return the values of all frames of the shot."""
        return self._track.values()

    def asked(self) -> Values | None:
        """Return the same quantity in the motion that was asked for, where it is one."""
        return None

    @abstractmethod
    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""


class FaceMeasure(Measure[FaceSight]):
    """Looks at one face. `reference` is what it is held to."""

    def __init__(self, reference: Reference) -> None:
        super().__init__()
        self.reference = reference


class PictureMeasure(Measure[Sight]):
    """Looks at pictures as a whole. `scene` is what they are held to."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
