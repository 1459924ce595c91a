"""What the processes tell each other over their pipes: a few words; tensors go another way."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.plugin import A1Error, OutOfMemoryError, ResourceError
from a1sdk_dit.exhaustion import ran_out

if TYPE_CHECKING:
    import torch

    from a1sdk_dit.parallel.split import Split
    from a1sdk_dit.sampling.settings import SamplingSettings

    Form = tuple[tuple[int, ...], torch.dtype]


@dataclass(frozen=True, slots=True)
class Post:
    """What a worker process is started with.

    Attributes:
        rank: of the process, 1 or more.
        device: where it computes.
        split: who computes what.
        load: the function that loads the transformer, pickled. It stays so until the process has
            put its output away, because unpickling it imports the libraries, which may print.
        meeting: file through which the ranks find each other.
        log: file for what the process prints.
        threads: processor cores the process may keep busy.
    """

    rank: int
    device: str
    split: Split
    load: bytes
    meeting: Path
    log: Path
    threads: int


@dataclass(frozen=True, slots=True)
class Join:
    """To a worker: all have loaded, join the group."""


@dataclass(frozen=True, slots=True)
class Begin:
    """To a worker: forget the windows before.

    Attributes:
        settings: of the sampling.
        forms: of the tensors of new conditions, which follow; None if the old ones stay.
    """

    settings: SamplingSettings
    forms: tuple[Form, ...] | None


@dataclass(frozen=True, slots=True)
class Step:
    """To a worker: compute a step; latents and control of these forms follow."""

    latents: Form
    control: Form
    step: int
    timestep: int


@dataclass(frozen=True, slots=True)
class End:
    """To a worker: let go of everything that was kept for a clip."""


@dataclass(frozen=True, slots=True)
class Stop:
    """To a worker: leave the group and end."""


Order = Join | Begin | Step | End | Stop


@dataclass(frozen=True, slots=True)
class Loaded:
    """From a worker: it has its transformer."""


@dataclass(frozen=True, slots=True)
class Failed:
    """From a worker: it cannot go on.

    Attributes:
        error: why, fit to be raised.
        at: seconds since the epoch: of several failures the first is the cause of the others.
    """

    error: A1Error
    at: float = field(default_factory=time.time)

    @classmethod
    def because(cls, error: BaseException) -> Failed:
        """Return the report of an exception; its traceback goes along as a note."""
        known = error if isinstance(error, A1Error) else _as_known(error)
        known.add_note("".join(traceback.format_exception(error)))
        return cls(known)


def _as_known(error: BaseException) -> A1Error:
    text = f"{type(error).__name__}: {' '.join(str(error).split()).rstrip('.')}."
    if ran_out(error):
        return OutOfMemoryError(text, hint="choose settings that need less memory")
    return ResourceError(text)
