"""The host's side of `RunContext`: what one run lends to its components."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from a1sdk.errors import AssetMissingError, Cancelled, CapabilityError, ContractError
from a1sdk.render.permission import Permission

if TYPE_CHECKING:
    from a1sdk.assets import AssetStore
    from a1sdk.components.interfaces import FaceTracker
    from a1sdk.components.specs import AnyAsset, Spec
    from a1sdk.render.job import RenderJob

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
"""Called with what is being worked on, how much is done, and the total where known."""


def available_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class HostContext:
    """Services of one run; `lend` gives a component its own view of them.

    A context manager: leaving it removes the scratch folder.

    Attributes:
        device: of the run: the device that was asked for, or `auto`; of a view: the component's.
        used: what `AssetStore.digests` says of the assets handed out, by the view's label.
        warnings: what components told the user, each text once.
        facts: what components noted for the report, by name, by the view's label.
        faces: what they noted of one of several faces, by name, by the face, by the view's label.
    """

    def __init__(
        self,
        *,
        device: str = "auto",
        seed: int = 0,
        threads: int | None = None,
        store: AssetStore | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.device = device
        self.seed = seed
        self.threads = threads or available_cores()
        self._stores = [store] if store is not None else []  # shared by all views, like scratch
        self._progress = progress
        self._stop = threading.Event()
        self._scratch: list[Path] = []  # shared by all views, so that one close removes it
        self._lock = threading.Lock()  # of what is shared by all views and written by them
        self.used: dict[str, dict[str, str]] = {}
        self.warnings: list[str] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.faces: dict[str, dict[str, dict[str, Any]]] = {}
        self._label = self._stage = self._face = ""
        self._assets: dict[str, AnyAsset] = {}
        self._tracker: FaceTracker | None = None
        self._permission = Permission.of()

    def __enter__(self) -> HostContext:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the scratch folder. Safe to call twice."""
        while self._scratch:
            shutil.rmtree(self._scratch.pop(), ignore_errors=True)

    def cancel(self) -> None:
        """Ask the run to stop. Safe from any thread and from signal handlers."""
        self._stop.set()

    @property
    def scratch(self) -> Path:
        """Folder for temporary files, made on first use."""
        if not self._scratch:
            self._scratch.append(Path(tempfile.mkdtemp(prefix="a1-")))
        return self._scratch[0]

    def lend(
        self, spec: Spec, *, label: str = "", stage: str = "", tracker: FaceTracker | None = None
    ) -> HostContext:
        """Return the view that the component of `spec` gets.

        Args:
            spec: the component, which has access to its assets, and works on the run's device if
                it can.
            label: the component's reference; its name if empty.
            stage: what its progress is shown as; its label if empty.
            tracker: the face tracker it may use.
        """
        view = self.staged(stage or label or spec.name)
        view._label = label or spec.name
        view.device = _device_of(spec, self.device)
        groups = spec.assets.alternatives if spec.assets else ()
        view._assets = {asset.name: asset for group in groups for asset in group}
        view._tracker = tracker
        return view

    def running(self, job: RenderJob) -> HostContext:
        """Return a view for a job, which says itself where it works, and what it may use."""
        view = self.staged(self._stage)
        view.device, view.seed, view._permission = job.device, job.seed, Permission.of(job)
        return view

    @property
    def permission(self) -> Permission:
        """What the run may use."""
        return self._permission

    def lasting(self) -> HostContext:
        """Return a view for what outlives the run; its scratch folder and notes are its own."""
        view = self.staged(self._stage)
        view._scratch = []
        view.used, view.warnings, view.facts, view.faces = {}, [], {}, {}
        return view

    def include(self, other: HostContext) -> None:
        """Take over the notes of another context: what was used, warned of and recorded there."""
        for label, digests in other.used.items():
            self.used.setdefault(label, {}).update(digests)
        for text in other.warnings:
            self.warn(text)
        with self._lock:
            for label, facts in other.facts.items():
                self.facts.setdefault(label, {}).update(facts)
            for label, faces in other.faces.items():
                for face, facts in faces.items():
                    self.faces.setdefault(label, {}).setdefault(face, {}).update(facts)

    def of_face(self, face: str) -> HostContext:
        """Return a view for the work on one of several faces, shown and noted by its name."""
        view = self.staged(f"{self._stage} for {face}")
        view._face = face
        return view

    def staged(self, stage: str) -> HostContext:
        """Return a view for work of the host's own; its progress is shown as `stage`."""
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        view._stage = stage
        return view

    def asset(self, name: str) -> Path:
        """Return the verified file or folder of a declared asset, see `RunContext.asset`."""
        if name not in self._assets:
            raise AssetMissingError(f"{self._label!r} declares no asset {name!r}.")
        asset, store = self._assets[name], self._open_store()
        path = store.path(asset, self._label.partition("/")[0])
        self._permission.check(self._label, asset)  # of what is here: a missing one is missing
        self.used.setdefault(self._label, {}).update(store.digests(asset))
        return path

    def _open_store(self) -> AssetStore:
        if not self._stores:
            from a1sdk.assets import AssetStore

            self._stores.append(AssetStore())
        return self._stores[0]

    def face_tracker(self) -> FaceTracker:
        """Return the run's face tracker, see `RunContext.face_tracker`."""
        if self._tracker is None:
            raise CapabilityError(
                f"{self._label!r} asked for a face tracker, but the run has none.",
                hint="set needs_face_tracker=True in the component's spec",
            )
        return self._tracker

    def warn(self, text: str) -> None:
        """Tell the user something, see `RunContext.warn`; it is shown when the run has ended."""
        with self._lock:
            if text not in self.warnings:
                self.warnings.append(text)

    def record(self, name: str, value: Any) -> None:
        """Note a fact for the report, see `RunContext.record`."""
        try:
            kept = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ContractError(
                f"{self._label!r} recorded {name!r} as {value!r:.60}, which no report can hold.",
                plugin=self._label.partition("/")[0],
                hint="record text, finite numbers, truth values, and lists and dicts of them",
            ) from error
        with self._lock:
            if self._face:
                faces = self.faces.setdefault(self._label, {})
                faces.setdefault(self._face, {})[name] = kept
            else:
                self.facts.setdefault(self._label, {})[name] = kept

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop."""
        if self._stop.is_set():
            raise Cancelled("The run was cancelled.")

    def track(self, items: Iterable[T], *, total: int | None = None) -> Iterator[T]:
        """Yield `items`, reporting progress and raising `Cancelled` between two of them."""
        for done, item in enumerate(items, start=1):
            self.check()
            yield item
            if self._progress is not None:
                self._progress(self._stage, done, total)


def _device_of(spec: Spec, asked: str) -> str:
    """Return the device for a component: the one asked for if it runs there, else its own choice.

    A run on a GPU still has its faces tracked on the CPU by a tracker that knows nothing else.
    """
    if asked.partition(":")[0] in spec.devices:
        return asked
    return spec.devices[0] if len(spec.devices) == 1 else "auto"
