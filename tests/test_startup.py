"""Nobody waits for plugins they do not use: the time to start, with bad ones installed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

SLOW = """
import time
end = time.process_time() + 5
while time.process_time() < end:
    pass
"""
HEAVY = ("numpy", "pydantic", "av", "PIL", "cv2", "rich", "safetensors", "torch")


@pytest.fixture
def environment(site: Site) -> dict[str, str]:
    site.add("slow", SLOW)
    site.add("broken", "raise RuntimeError")
    site.add("future", "raise RuntimeError", group="a1sdk.plugins.v2")
    environment = {**os.environ, "PYTHONPATH": str(site.path)}
    del environment["A1_PLUGINS"]
    return environment


def best_of_five(environment: dict[str, str], *arguments: str) -> float:
    """Seconds of a processor that a Python with these arguments takes at best.

    Not seconds of the clock, which also tell how busy the machine is with something else.
    """
    seconds = []
    for _ in range(5):
        before = os.times()
        subprocess.run(
            [sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        after = os.times()
        user, system = after.children_user, after.children_system
        seconds.append(user + system - before.children_user - before.children_system)
    return min(seconds)


def test_bad_plugins_are_there(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "a1sdk", "plugin", "list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    states = {
        line.split()[0]: line.split()[-1] for line in done.stdout.splitlines() if "a1-" in line
    }
    assert (
        states.items()
        >= {
            "slow": "available",
            "broken": "available",
            "future": "incompatible",
        }.items()
    )


def test_help_takes_less_than_0_3_seconds(environment: dict[str, str]) -> None:
    assert best_of_five(environment, "-m", "a1sdk", "--help") < 0.3


def test_import_takes_less_than_0_15_seconds(environment: dict[str, str]) -> None:
    assert best_of_five(environment, "-c", "import a1sdk") < 0.15
    assert best_of_five(environment, "-c", "import a1sdk.plugin") < 0.15


def test_listing_plugins_takes_less_than_0_3_seconds(environment: dict[str, str]) -> None:
    assert best_of_five(environment, "-m", "a1sdk", "plugin", "list") < 0.3


@pytest.mark.parametrize("module", ["a1sdk", "a1sdk.plugin", "a1sdk.cli", "a1sdk.errors"])
def test_what_everyone_imports_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
