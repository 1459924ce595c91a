"""Run the contract kit on an installed plugin, without a test file of its author's.

Importing this does not import the kit: pytest has to do so, to show the values that a check saw.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest

import a1sdk
from a1sdk.components.kinds import KINDS
from a1sdk.components.registry import Registry
from a1sdk.components.specs import Kind
from a1sdk.errors import ConfigError, ResourceError

Outcome = Literal["passed", "failed", "skipped"]
_CONTRACTS: dict[Kind, str] = {
    "motion_source": "MotionSourceContract",
    "motion_writer": "MotionWriterContract",
    "face_tracker": "FaceTrackerContract",
    "identity_encoder": "IdentityEncoderContract",
    "renderer": "RendererContract",
}
_CORE = Path(a1sdk.__file__).parent
_CONFIG = "[pytest]\nfilterwarnings = error\n"


@dataclass(frozen=True, slots=True)
class Subject:
    """A component to check, and the options to check it with."""

    kind: Kind
    ref: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check of one component came out.

    Attributes:
        ref: reference of the component.
        check: the check's name, without `test_`.
        outcome: how it came out.
        reason: why it failed or was skipped; empty when it passed.
        advice: what to do when it fails.
    """

    ref: str
    check: str
    outcome: Outcome
    reason: str
    advice: str


def subjects_of(
    registry: Registry, plugin: str, options: Mapping[str, Mapping[str, Any]]
) -> list[Subject]:
    """Return all components of a plugin, to be checked.

    Args:
        registry: where the plugin is.
        plugin: its name.
        options: options by the component's name, without the plugin's.

    Raises:
        PluginError: the plugin cannot be used.
        ConfigError: `options` names a component that the plugin has not.
    """
    subjects = [
        Subject(kind, ref, options.get(ref.partition("/")[2], {}))
        for kind in KINDS
        for ref in registry.specs(kind, plugin)
    ]
    for name in options:
        if not any(subject.ref == f"{plugin}/{name}" for subject in subjects):
            raise ConfigError(f"Plugin {plugin!r} has no component {name!r}.")
    return subjects


def run_contracts(subjects: Sequence[Subject]) -> list[CheckResult]:
    """Run the checks for every subject in a pytest session of their own, silently.

    Raises:
        ResourceError: pytest could not run all of them.
    """
    if not subjects:
        return []
    recorder = _Recorder()
    with TemporaryDirectory(prefix="a1-check-") as folder:
        Path(folder, "pytest.ini").write_text(_CONFIG, encoding="utf-8")
        test = Path(folder, "test_contracts.py")
        test.write_text(_test_file(subjects), encoding="utf-8")
        before = set(sys.modules)
        arguments = [str(test), "-p", "no:terminal", "-p", "no:cacheprovider"]
        arguments += ["-c", str(Path(folder, "pytest.ini")), "--import-mode=importlib"]
        code = pytest.main(arguments, plugins=[recorder])
        for name in set(sys.modules) - before:
            if name.endswith("test_contracts"):
                del sys.modules[name]
    _expect_complete(subjects, recorder.results, code)
    return recorder.results


def _expect_complete(
    subjects: Sequence[Subject], results: Sequence[CheckResult], code: int | pytest.ExitCode
) -> None:
    checked = {result.ref for result in results}
    missing = [subject.ref for subject in subjects if subject.ref not in checked]
    if missing or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise ResourceError(
            f"pytest did not run the checks of {', '.join(missing) or 'all components'}"
            f" (exit code {int(code)}).",
            hint="unset PYTEST_ADDOPTS, and look for pytest plugins that do not fit this pytest",
        )


def _test_file(subjects: Sequence[Subject]) -> str:
    lines = ["from a1sdk import testing"]
    for number, subject in enumerate(subjects):
        lines += [
            f"class Test{number}(testing.{_CONTRACTS[subject.kind]}):",
            f"    ref = {subject.ref!r}",
            f"    options = {dict(subject.options)!r}",
        ]
    return "\n".join(lines) + "\n"


class _Recorder:
    """A pytest plugin that keeps the outcome of every test."""

    def __init__(self) -> None:
        self.results: list[CheckResult] = []
        self._items: dict[str, pytest.Item] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._items = {item.nodeid: item for item in items}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            raise RuntimeError(f"the contract kit could not be collected: {report.longreprtext}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # setup tells of what fails or skips before the test; teardown only of what fails after
        if report.when == "call" or report.failed or (report.skipped and report.when == "setup"):
            self.results.append(self._result(report))

    def _result(self, report: pytest.TestReport) -> CheckResult:
        item = self._items[report.nodeid]
        function: Any = item.obj  # type: ignore[attr-defined]
        advice = " ".join((function.__doc__ or "").split())
        ref = type(function.__self__).ref
        name = item.name.removeprefix("test_")
        return CheckResult(ref, name, report.outcome, _reason(report), advice)


def _reason(report: pytest.TestReport) -> str:
    if report.passed:
        return ""
    if isinstance(report.longrepr, tuple):  # of a skip: file, line, reason
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        return report.longreprtext
    told: str = crash.message.strip().splitlines()[0]
    return told if _CORE in Path(crash.path).parents else f"{told} ({crash.path}:{crash.lineno})"
