"""The worker processes, seen from the one that renders: started, watched, ended."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import torch

from a1sdk.plugin import A1Error, ResourceError
from a1sdk_dit.exhaustion import ran_out
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.parallel.devices import check_devices
from a1sdk_dit.parallel.group import Group, check_free
from a1sdk_dit.parallel.orders import Failed, Join, Order, Post, Stop
from a1sdk_dit.parallel.rank import Load, sharing
from a1sdk_dit.parallel.split import Split
from a1sdk_dit.parallel.worker import serve

if TYPE_CHECKING:
    from a1sdk_dit.sampling.predictor import Conditions

_LOOKS = 0.02
"""Seconds between two looks at the workers."""

_AFTERMATH = 0.3
"""Seconds in which the ranks that fail because of another one fail too."""

_PATIENCE = 2.0
"""Seconds in which a worker that made an exchange fail is found out."""

_GRACE = 10.0
"""Seconds that a worker which was told to stop has for it."""

_TAIL = 4000
"""Characters of a dead worker's log that its error carries."""


class _Member:
    """One worker process."""

    def __init__(self, post: Post) -> None:
        context = multiprocessing.get_context("spawn")
        self._post = post
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=serve, args=(post, theirs), name=f"a1sdk-dit-{post.rank}", daemon=True
        )
        self._process.start()
        theirs.close()
        self.failed: Failed | None = None
        self.loaded = False

    def look(self) -> bool:
        """Read what the worker has said; return whether it goes on."""
        alive = self._process.is_alive()  # asked first: what a dead one said is all there
        with suppress(EOFError, OSError):
            while self._pipe.poll():
                said = self._pipe.recv()
                if isinstance(said, Failed):
                    self.failed = said
                else:
                    self.loaded = True
        return alive and self.failed is None

    def tell(self, order: Order) -> None:
        """Give an order; a worker that is gone is found out later."""
        with suppress(OSError):
            self._pipe.send(order)

    def error(self) -> A1Error:
        """Return why the worker does not go on, naming it."""
        who = f"The transformer's part on {self._post.device} (rank {self._post.rank})"
        if self.failed is None:
            return self._death(who)
        cause = self.failed.error
        error = type(cause)(f"{who} failed: {cause}", hint=cause.hint)
        for note in getattr(cause, "__notes__", ()):
            error.add_note(note)
        return error

    def _death(self, who: str) -> ResourceError:
        self._process.join()
        code = self._process.exitcode
        how, hint = f"with exit code {code}", "this is a fault; its log is in the details"
        if code is not None and code < 0:
            how = f"by {signal.Signals(-code).name}"
            hint = "if nobody ended it, memory has run out: choose settings that need less"
        error = ResourceError(f"{who} ended {how}.", hint=hint)
        if self._post.log.exists():
            error.add_note(self._post.log.read_text("utf-8", "replace")[-_TAIL:])
        return error

    def end(self, grace: float) -> None:
        """Wait for the process to end; kill it after `grace` seconds."""
        self._process.join(max(0.0, grace))
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._pipe.close()


class Crew:
    """Further ranks of a transformer, each a process with a device of its own.

    Starting it starts the processes, which load at once; meanwhile this process loads its own
    transformer, and `join` brings all together. A context manager; leaving it ends the processes.
    They also end with this process, however it ends, and on Ctrl-C only through it.

    As everything that starts processes, it needs a script's own work to stand under
    `if __name__ == "__main__":`, because each new process imports the script.

    Attributes:
        conditions: what the workers hold of the clip that was worked on last; its predictor says.
    """

    def __init__(
        self,
        devices: Sequence[str],
        load: Load,
        *,
        guided: bool,
        scratch: Path,
        threads: int = 1,
    ) -> None:
        """Start the workers.

        Args:
            devices: of all ranks; the first is this process's.
            load: loads the transformer onto a device, ready to run; picklable.
            guided: whether steps will be guided, which decides how the work is split.
            scratch: folder for temporary files.
            threads: processor cores that all ranks together may keep busy.

        Raises:
            DeviceUnavailableError: a device is not there.
            CapabilityError: the devices cannot share the work, or this process is in a group.
        """
        check_devices(devices)
        check_free()
        self.split = Split.of(len(devices), guided=guided)
        self._device = torch.device(devices[0])
        self._members: list[_Member] = []
        self._group: Group | None = None
        self._sound = True
        self.conditions: Conditions | None = None
        self._stack = ExitStack()  # undoes in the opposite order what has been done
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="ranks-", dir=scratch)))
        self._stack.callback(self._end_members)
        self._meeting = folder / "meeting"
        pickled, cores = pickle.dumps(load), max(1, threads // len(devices))
        try:
            for rank, device in enumerate(devices[1:], 1):
                log = folder / f"{rank}.log"
                post = Post(rank, device, self.split, pickled, self._meeting, log, cores)
                self._members.append(_Member(post))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def join(self, transformer: A1Transformer3DModel, check: Callable[[], None]) -> None:
        """Wait until the workers have loaded, and form the group with them.

        Args:
            transformer: of this process; while the crew works, its forward passes are shared.
            check: called while waiting; what it raises ends the wait.

        Raises:
            CapabilityError: the transformer cannot be shared by so many.
            A1Error: a worker failed; the message names its rank and device.
        """
        config = transformer.config
        self.split.check(config.num_attention_heads, config.max_text_seq_length)
        while not all(member.loaded for member in self._members):
            self.check()
            check()
            time.sleep(_LOOKS)
        with self.working():
            self.tell(Join())
            self._group = Group(self._meeting, 0, self._device, self.split)
            self._stack.callback(self._leave)
        self._stack.enter_context(sharing(transformer, self._group, self.split))

    @property
    def group(self) -> Group:
        """The group of all ranks, of which this process is the first; there after `join`."""
        if self._group is None:
            raise RuntimeError("join was not called, or the crew is closed")
        return self._group

    @property
    def sound(self) -> bool:
        """Whether all ranks wait for the next order."""
        return self._sound and self._group is not None

    def tell(self, order: Order) -> None:
        """Give all workers an order."""
        for member in self._members:
            member.tell(order)

    def check(self) -> None:
        """Check that all workers go on.

        Raises:
            A1Error: one failed; the message names its rank and device.
        """
        if (failure := self._first_failure(0)) is not None:
            self._sound = False
            raise failure

    @contextmanager
    def working(self) -> Iterator[None]:
        """Do something with all ranks; a worker's failure is raised in place of what it caused.

        Raises:
            A1Error: a worker failed; the message names its rank and device.
            ResourceError: something went wrong earlier.
        """
        if not self._sound:
            raise ResourceError("The devices are out of step after a failure.", hint="start anew")
        self.check()
        self._sound = False
        try:
            yield
        except Exception as error:
            own = isinstance(error, A1Error) or ran_out(error)
            failure = None if own else self._first_failure(_PATIENCE)
            if failure is None:
                raise
            raise failure from error
        self._sound = True

    def _first_failure(self, patience: float) -> A1Error | None:
        """Return why the first of the workers to fail did; None if none does for so long.

        One that ended without a word was killed, and counts as first: the others still report.
        """
        deadline = time.monotonic() + patience
        while all(member.look() for member in self._members):
            if time.monotonic() >= deadline:
                return None
            time.sleep(_LOOKS)
        time.sleep(_AFTERMATH)
        over = [member for member in self._members if not member.look()]
        return min(over, key=lambda one: one.failed.at if one.failed else 0).error()

    def close(self) -> None:
        """End the workers and remove what they left. Safe to call twice."""
        self.tell(Stop())
        self._stack.close()

    def _leave(self) -> None:
        self.group.leave(broken=not self._sound)

    def _end_members(self) -> None:
        until = time.monotonic() + (_GRACE if self.sound else 0.0)
        while self._members:
            self._members.pop().end(until - time.monotonic())
        self._group = None
