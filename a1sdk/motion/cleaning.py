"""Clean motion: which method, and how strongly in each region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from a1sdk.errors import ConfigError
from a1sdk.motion.one_euro import one_euro
from a1sdk.motion.parts import Strengths
from a1sdk.motion.smoothing import smooth

if TYPE_CHECKING:
    from a1sdk.motion.frame import MotionFrame

Strength = float | dict[str, float]


def _possible(strength: Strength) -> Strength:
    try:
        Strengths.of(strength)
    except ConfigError as error:  # pydantic adds which field it is
        raise ValueError(f"{error} {error.hint or ''}".strip()) from error
    return strength


class Cleaning(BaseModel):
    """How jitter is taken out of motion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["savitzky-golay", "one-euro"] = Field(
        default="savitzky-golay",
        description="savitzky-golay looks 0.2 s ahead and does not lag; one-euro looks at no frame"
        " ahead, and lags.",
    )
    strength: Annotated[Strength, AfterValidator(_possible)] = Field(
        default=1.0,
        description="Factor on the size of what is taken for jitter, 0 to 4: a number, or numbers"
        " by region or group, others being 1.",
    )


def clean(
    frames: Iterable[MotionFrame], rate: Fraction, cleaning: Cleaning
) -> Iterator[MotionFrame]:
    """Yield the frames with their jitter reduced; gaps stay gaps.

    Args:
        frames: motion, gaps not filled.
        rate: its frames per second.
        cleaning: how; see `a1sdk.motion.smoothing` and `a1sdk.motion.one_euro`.
    """
    method = {"savitzky-golay": smooth, "one-euro": one_euro}[cleaning.method]
    return method(frames, rate, cleaning.strength)
