"""Run the jobs of shots, several at a time if asked, and say of each how it went."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any, Literal

from a1sdk.components.blame import describe
from a1sdk.components.registry import Registry
from a1sdk.errors import A1Error, Cancelled, ConfigError, ResourceError
from a1sdk.render.context import HostContext, Progress, available_cores
from a1sdk.render.pipeline import render
from a1sdk.render.plan import make_plan
from a1sdk.render.warm import WarmRenderer
from a1sdk.timeline.records import ShotRecord, Slate
from a1sdk.timeline.rendering.ledger import Ledger
from a1sdk.timeline.shots.films import as_filmed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event
    from pathlib import Path

    from a1sdk.render.job import RenderJob
    from a1sdk.timeline.model import Problem
    from a1sdk.timeline.rendering.jobs import JobMaker, ShotJob
    from a1sdk.timeline.shots import Shot

State = Literal["rendered", "kept", "failed", "blocked", "skipped"]
ShotProgress = Callable[[str, str, int, int | None], None]
"""Called with a shot's name, what is being worked on, how much is done, and the total if known.

The last call for a shot has the state that it came to an end with.
"""

_LOOKS = 0.5  # seconds between two looks at whether to stop


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a shot went.

    Attributes:
        made: its job; None where none could be made, or none was.
        record: its media; None where there is none.
        error: why it failed.
    """

    shot: Shot
    state: State
    made: ShotJob | None = None
    record: ShotRecord | None = None
    error: A1Error | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found wrong with the shot, and what its media differs in."""
        return (*self.shot.problems, *(self.made.problems if self.made else ()))


@dataclass(frozen=True)
class _Task:
    """What a process needs to render a shot."""

    name: str
    id: str
    job: RenderJob
    digest: str
    slate: Slate
    folder: Path
    threads: int


Submit = Callable[[_Task], Future[ShotRecord]]
"""Begins a task, in this process or another."""


@dataclass
class ShotRun:
    """Renders shots whose media is not there yet; `cancel` stops it, from any thread.

    Attributes:
        maker: makes the jobs.
        ledger: knows what is done.
        jobs: how many shots to render at a time; more than one are processes of their own.
        progress: is told how each gets on.
    """

    maker: JobMaker
    ledger: Ledger
    jobs: int = 1
    progress: ShotProgress | None = None
    _still: dict[str, Outcome | None] = field(default_factory=dict)
    _stop: Event = field(default_factory=lambda: multiprocessing.get_context("spawn").Event())

    def cancel(self) -> None:
        """Stop what is rendering and begin nothing more."""
        self._stop.set()

    def outcomes(self, shots: Sequence[Shot]) -> Iterator[Outcome]:
        """Yield how each shot went, as they come to an end.

        A shot that fails stops no other.

        Raises:
            Cancelled: the run was cancelled; media that is complete stays.
        """
        waiting = deque(shots)
        active: dict[Future[ShotRecord], tuple[Shot, ShotJob]] = {}
        cancelled = False
        with self._workers() as submit:
            while active or (waiting and not self._stop.is_set()):
                while waiting and len(active) < self.jobs and not self._stop.is_set():
                    begun = self._begin(waiting.popleft(), submit)
                    if isinstance(begun, Outcome):
                        yield begun
                    else:
                        active[begun[0]] = begun[1]
                for future in wait(active, return_when=FIRST_COMPLETED).done:
                    outcome = _outcome(*active.pop(future), future)
                    if outcome is None:
                        cancelled = True
                    else:
                        yield outcome
        if cancelled or waiting:
            hint = "run it again: shots that are complete are kept"
            raise Cancelled("The run was cancelled.", hint=hint)

    def _workers(self) -> AbstractContextManager[Submit]:
        if self.jobs == 1:
            return _here(self._stop, self.progress)
        return _in_processes(self.jobs, self._stop, self.progress)

    def kept(self, shot: Shot) -> Outcome | None:
        """Return the outcome of a shot whose media is there and is up to date; else None."""
        if shot.film is None and not self.ledger.knows(shot.id):
            return None
        looked = self._look(shot)
        return looked if isinstance(looked, Outcome) and looked.state == "kept" else None

    def _begin(
        self, shot: Shot, submit: Submit
    ) -> Outcome | tuple[Future[ShotRecord], tuple[Shot, ShotJob]]:
        """Start rendering a shot, unless it cannot or need not be."""
        looked = self._look(shot)
        if isinstance(looked, Outcome):
            return looked
        made, digest = looked
        threads = max(1, available_cores() // self.jobs)
        folder = self.ledger.folder
        task = _Task(shot.name, shot.id, made.job, digest, made.slate, folder, threads)
        return submit(task), (shot, made)

    def _look(self, shot: Shot) -> Outcome | tuple[ShotJob, str]:
        """Return how a shot goes without rendering it, or its job and digest."""
        if shot.state != "ready":
            return Outcome(shot=shot, state=shot.state)
        if shot.film is not None and (still := self._still_good(shot)) is not None:
            return still
        made = None
        try:
            made = self.maker.job(shot)
            plan = make_plan(made.job, self.maker.registry)
            digest = self.ledger.digest(plan)
        except A1Error as error:
            return Outcome(shot=shot, state="failed", made=made, error=error)
        record = self.ledger.record(shot.id, digest, plan)
        if record is not None:
            return Outcome(shot=shot, state="kept", made=made, record=record)
        if self.ledger.owns(made.job.output):
            return made, digest
        taken = ConfigError(
            f"{made.job.output.name!r} is there already, and was not rendered here.",
            hint="call the shot something else, move the file, or choose another folder with -o",
        )
        return Outcome(shot=shot, state="failed", made=made, error=taken)

    def _still_good(self, shot: Shot) -> Outcome | None:
        """Return the outcome of a shot that may go on showing its film; None if it is another now.

        Of several that show one film, all do or none does: what one is rendered to may take the
        place of that film.
        """
        film = shot.film
        assert film is not None
        alike = [one for one in self.maker.shots if one.film and one.film.path == film.path]
        for one in (one for one in alike if one.state == "ready"):
            if one.id not in self._still:
                self._still[one.id] = self._as_filmed(one)
            if self._still[one.id] is None:
                return None
        return self._still[shot.id]

    def _as_filmed(self, shot: Shot) -> Outcome | None:
        """Return the outcome of a shot whose film would be made of just the same again."""
        long, film = as_filmed(shot), shot.film
        if long is None or film is None or film.shot is None:
            return None
        ledger = self.ledger.of(film.folder)
        try:
            made = self.maker.job(long, film)
            plan = make_plan(made.job, self.maker.registry)
            record = ledger.record(film.shot, ledger.digest(plan), plan)
        except A1Error:
            return None  # rendering it says what is wrong
        if record is None:
            return None
        return Outcome(shot=long, state="kept", made=made, record=record)


def _outcome(shot: Shot, made: ShotJob, future: Future[ShotRecord]) -> Outcome | None:
    """Return how a shot went whose rendering has ended; None if it was cancelled."""
    try:
        return Outcome(shot=shot, state="rendered", made=made, record=future.result())
    except Cancelled:
        return None
    except A1Error as error:
        return Outcome(shot=shot, state="failed", made=made, error=error)
    except Exception as error:  # a process that died, or a bug: the other shots go on
        broken = ResourceError(f"Rendering broke off: {describe(error)}.")
        return Outcome(shot=shot, state="failed", made=made, error=broken)


@dataclass(frozen=True)
class _Worker:
    """What a process has for all its tasks.

    Attributes:
        stop: is set when all is to stop.
        progress: is told how each shot gets on.
        warm: keeps the renderer from shot to shot.
    """

    stop: Event
    progress: ShotProgress | None
    warm: WarmRenderer = field(default_factory=WarmRenderer)

    def render(self, task: _Task) -> ShotRecord:
        """Render a shot and write its record."""
        job = task.job
        context = HostContext(threads=task.threads, progress=self._named(task))
        with context, ExitStack() as stack:
            over = threading.Event()
            stack.callback(over.set)
            threading.Thread(target=self._watch, args=(context, over), daemon=True).start()
            report = render(job, registry=Registry(), context=context, warm=self.warm)
        ledger = Ledger(task.folder)
        record = ledger.made(task.digest, task.slate, report)
        ledger.keep(task.id, record)
        return record

    def _named(self, task: _Task) -> Progress | None:
        return None if self.progress is None else partial(self.progress, task.name)

    def _watch(self, context: HostContext, over: threading.Event) -> None:
        """Cancel a run when all is to stop, or when the process that asked for it is gone."""
        parent = multiprocessing.parent_process()
        while not over.wait(_LOOKS):
            if self.stop.is_set():
                context.cancel()
            if parent is not None and not parent.is_alive():
                os._exit(1)


@contextmanager
def _here(stop: Event, progress: ShotProgress | None) -> Iterator[Submit]:
    """Run tasks in this process, each to its end before the next."""
    worker = _Worker(stop, progress)

    def submit(task: _Task) -> Future[ShotRecord]:
        future: Future[ShotRecord] = Future()
        try:
            future.set_result(worker.render(task))
        except Exception as error:  # as a process does, it hands on whatever ends the task
            future.set_exception(error)
        return future

    with worker.warm:
        yield submit


@contextmanager
def _in_processes(jobs: int, stop: Event, progress: ShotProgress | None) -> Iterator[Submit]:
    """Run tasks in processes, and hand on what they tell of their progress."""
    with ExitStack() as stack:
        lanes = [_Lane(partial(_process, stack, stop, progress)) for _ in range(jobs)]
        yield lambda task: next(lane for lane in lanes if lane.free).submit(task)


def _process(stack: ExitStack, stop: Event, progress: ShotProgress | None) -> ProcessPoolExecutor:
    """Begin a process.

    It tells through a pipe of its own, so that one which dies while it does hinders no other.
    """
    context = multiprocessing.get_context("spawn")
    told, telling = context.Pipe(duplex=False)
    listener = threading.Thread(target=_listen, args=(told, progress), daemon=True)
    listener.start()
    stack.callback(listener.join)
    stack.callback(telling.close)  # the process has closed its own, or is dead
    return stack.enter_context(ProcessPoolExecutor(1, context, _start, (stop, telling)))


@dataclass
class _Lane:
    """One process for one task after the other; a new one where a task has killed it."""

    begin: Callable[[], ProcessPoolExecutor]
    _process: ProcessPoolExecutor | None = None
    _task: Future[ShotRecord] | None = None

    @property
    def free(self) -> bool:
        """Whether its last task has come to an end."""
        return self._task is None or self._task.done()

    def submit(self, task: _Task) -> Future[ShotRecord]:
        died = self._task is not None and isinstance(self._task.exception(), BrokenProcessPool)
        if self._process is None or died:
            self._process = self.begin()
        self._task = self._process.submit(_render, task)
        return self._task


def _listen(told: Connection, progress: ShotProgress | None) -> None:
    """Hand on what a process tells, to its end."""
    with told:
        while (one := _received(told)) is not None:
            if progress is not None:
                progress(*one)


def _received(told: Connection) -> tuple[Any, ...] | None:
    """Return what is told next, or None where the process has ended, be it in the middle."""
    try:
        said: tuple[Any, ...] = told.recv()
    except (EOFError, OSError):
        return None
    return said


_started: list[_Worker] = []
"""The worker of a process of the pool, which is given what is shared only as it starts."""


def _start(stop: Event, telling: Connection) -> None:
    """Prepare a process: stopping is decided by the one that asked for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    turn = threading.Lock()

    def tell(*progress: Any) -> None:
        with turn, suppress(OSError):  # stages tell from threads of their own; nobody may listen
            telling.send(progress)

    worker = _Worker(stop, tell)
    _started.append(worker)
    Finalize(None, worker.warm.close, exitpriority=1)  # before processes of its own are awaited


def _render(task: _Task) -> ShotRecord:
    return _started[-1].render(task)
