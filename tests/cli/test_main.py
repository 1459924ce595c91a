from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from a1sdk import __version__, cli
from a1sdk.errors import Cancelled, ConfigError, MediaError, PluginError, ResourceError

if TYPE_CHECKING:
    from conftest import Site


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Make `a1 doctor` raise what is put into this list."""
    errors: list[BaseException] = []

    @click.command()
    def doctor() -> None:
        raise errors[0]

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: doctor)
    return errors


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(
        f"  {name}" in text and summary in text for name, (_, summary) in cli.COMMANDS.items()
    )


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_is_there_and_helps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([name, "--help"]) == 0
    assert f"Usage: a1 {name}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"a1 {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["plugin", "nonsense"], ["--nonsense"], ["plugin", "new"]]
)
def test_wrong_usage_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    assert "Usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("No."), 2),
        (PluginError("No."), 3),
        (ResourceError("No."), 4),
        (MediaError("No."), 5),
        (Cancelled("No."), 130),
    ],
)
def test_errors_are_one_line_a_hint_and_an_exit_code(
    fails: list[BaseException],
    error: ConfigError,
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    error.hint = "do that"
    fails.append(error)
    assert cli.run(["doctor"]) == code
    assert capsys.readouterr().err == "error: No.\nhint: do that\n"


def test_tracebacks_of_users_mistakes_only_when_debugging(
    fails: list[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fails.append(ConfigError("No."))
    monkeypatch.setenv("A1_DEBUG", "1")
    assert cli.run(["doctor"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_shows_where_it_is(
    fails: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    fails.append(ZeroDivisionError("oh"))
    assert cli.run(["doctor"]) == 1
    text = capsys.readouterr().err
    assert "Traceback" in text
    assert text.endswith("error: ZeroDivisionError: oh; " + cli._BUG + "\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_ctrl_c_exits_130(
    fails: list[BaseException], error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    fails.append(error)
    assert cli.run(["doctor"]) == 130
    assert capsys.readouterr().err.strip() == "error: Stopped."


def test_a_reader_that_leaves_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "a1sdk", "schema", "a1.job-1"], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_broken_plugin_is_one_line_of_warning(site: Site) -> None:
    site.add("broken", "import a_module_that_is_not_there")
    command = [sys.executable, "-m", "a1sdk", "schema"]
    environment = {**os.environ, "PYTHONPATH": str(site.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == (
        "warning: Plugin 'broken' (a1-broken 0.1.0) could not be imported: ModuleNotFoundError:"
        " No module named 'a_module_that_is_not_there'. It is left out.\n"
    )
