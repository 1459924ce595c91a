"""Run `a1` in folders of its own, and say what it did wrong there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECONDS, MEGABYTES = 10, 1500
"""What no picture and no film may make `a1` take; longer drivers take longer."""

_KILL_AFTER = 120
_CACHE = ".cache/a1sdk/digests.json"  # in the home folder, where it belongs
_REFUSALS = range(2, 6)


@dataclass(frozen=True)
class Outcome:
    """How a run of `a1` ended.

    Attributes:
        code: exit code; the negative number of the signal that killed it.
        memory: peak resident memory in megabytes.
        left: names of what lies in the output's folder afterwards.
        strays: what lies anywhere else that was empty before.
    """

    code: int
    seconds: float
    memory: int
    out: str
    err: str
    left: list[str]
    strays: list[str]

    def faults(self, output: str, *, seconds: float = SECONDS) -> list[str]:
        """Return what a user could not accept, whether the job was done or refused."""
        wrong = [f"left {name} behind" for name in self.strays]
        if self.seconds > seconds:
            wrong.append(f"took {self.seconds:.1f} s")
        if self.memory > MEGABYTES:
            wrong.append(f"took {self.memory} MB")
        if "Traceback" in self.err:
            wrong.append("showed a traceback")
        return wrong + (self._bad_film(output) if self.code == 0 else self._bad_refusal())

    def _bad_film(self, output: str) -> list[str]:
        expected = {output, f"{Path(output).name}.a1report.json"}
        return [] if set(self.left) == expected else [f"wrote {self.left}, not {sorted(expected)}"]

    def _bad_refusal(self) -> list[str]:
        wrong = [f"left {name}" for name in self.left]
        if self.code not in (*_REFUSALS, 130):
            wrong.append(f"exit code {self.code}")
        if sum(line.startswith("error: ") for line in self.err.splitlines()) != 1:
            wrong.append(f"said {self.err!r}")
        return wrong

    @property
    def message(self) -> str:
        """The error, without its label; empty where there was none."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        return lines[0].removeprefix("error: ") if lines else ""


@dataclass
class Sandbox:
    """Empty folders to run in: `out` for results, others that have to stay empty."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("out", "home", "tmp", "cwd"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    @property
    def out(self) -> Path:
        """Folder for results."""
        return self.root / "out"

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        meanwhile: Callable[[subprocess.Popen[bytes]], None] = lambda process: None,
        prepare: Callable[[], None] | None = None,
        before: Sequence[str] = (),
    ) -> Outcome:
        """Run `a1` with these arguments.

        Args:
            meanwhile: called with the process once it runs, to disturb it.
            prepare: called in the process before `a1` begins, to limit it.
            before: a command that is to run `a1`, such as `strace -f`.
        """
        said = [self.root / "stdout", self.root / "stderr"]
        begin = time.monotonic()
        with said[0].open("wb") as out, said[1].open("wb") as err:
            process = subprocess.Popen(
                [*before, sys.executable, "-m", "a1sdk", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.root / "cwd",
                env=self._environment(),
                preexec_fn=prepare,
            )
            meanwhile(process)
            code, memory = _wait(process, begin + _KILL_AFTER)
        out, err = (path.read_text("utf-8", "replace") for path in said)
        seconds = time.monotonic() - begin
        return Outcome(code, seconds, memory, out, err, _names(self.out), self._strays())

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        home, scratch = str(self.root / "home"), str(self.root / "tmp")
        return {**kept, "HOME": home, "TMPDIR": scratch, "LC_ALL": "C.UTF-8", **self.environment}

    def _strays(self) -> list[str]:
        return [f"{name}/{one}" for name in ("home", "tmp", "cwd") for one in self._files(name)]

    def _files(self, name: str) -> list[str]:
        folder = self.root / name
        found = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
        return [path for path in found if path != _CACHE]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _wait(process: subprocess.Popen[bytes], until: float) -> tuple[int, int]:
    """Wait, killing the process when its time is up; return exit code and peak megabytes."""
    memory = 0
    while process.poll() is None:
        memory = _peak(process.pid) or memory
        if time.monotonic() > until:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.02)
    return process.returncode, memory


def _peak(pid: int) -> int:
    """Return the megabytes that a running process has had at most; 0 where that cannot be told.

    What `wait4` says of it afterwards begins with what the process that started it had.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines())
    return next((int(line[1]) // 1024 for line in lines if line[0] == "VmHWM:"), 0)
