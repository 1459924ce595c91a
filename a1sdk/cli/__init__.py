"""The command line `a1`. Each command has a module of its own, imported when it is run."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from a1sdk.errors import A1Error

COMMANDS = {
    "animate": ("a1sdk.cli.animate:animate", "Animate a portrait with a driving video."),
    "assets": ("a1sdk.cli.assets:assets", "List, fetch and verify the files components need."),
    "doctor": ("a1sdk.cli.doctor:doctor", "Check that this machine can render."),
    "licences": ("a1sdk.cli.licences:licences", "Show under which licences a render would work."),
    "motion": ("a1sdk.cli.motion:motion", "Extract, show, plot and export motion."),
    "plan": ("a1sdk.cli.plan:plan", "Say what a render would make and take."),
    "plugin": ("a1sdk.cli.plugin:plugin", "List, check and create plugins."),
    "qc": ("a1sdk.cli.qc:qc", "Measure films against what was asked of them."),
    "render": ("a1sdk.cli.render:render", "Render a job file."),
    "schema": ("a1sdk.cli.schema:schema", "Print the JSON Schemas of files and options."),
    "timeline": ("a1sdk.cli.timeline:timeline", "Render the shots of an editing timeline."),
}
"""Every command: where it is, and its line in `a1 --help`, so that help imports none of them."""

_ALIASES = {"licenses": "licences"}

_BUG = "this is a bug in a1sdk; please report it with the lines above"


class LazyGroup(click.Group):
    """A group that imports a command when it is run, not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order they are shown."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None when there is none of that name."""
        name = _ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from a1sdk import __version__

        click.echo(f"a1 {__version__}")
        ctx.exit()


@click.group(
    name="a1",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say what is being decided and done.")
def cli(verbose: bool) -> None:
    """Make a portrait perform: pictures plus performances become frame-exact media."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines("%(levelname)s: %(message)s"))
    logging.basicConfig(handlers=[handler])
    level = logging.DEBUG if _debugging() else logging.INFO if verbose else logging.WARNING
    logging.getLogger("a1sdk").setLevel(level)


class _Lines(logging.Formatter):
    """Log lines that look like the errors: `warning: ...`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the level in small letters."""
        level, colon, message = super().format(record).partition(":")
        return level.lower() + colon + message


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0, or the exit code of what went wrong."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; say on stderr what went wrong.

    Args:
        arguments: what follows `a1`; None takes them from `sys.argv`.
    """
    try:
        result = cli.main(arguments, prog_name="a1", standalone_mode=False)
    except Exception as error:
        return _report(error)
    except KeyboardInterrupt:
        return _stopped()
    return result if isinstance(result, int) else 0


def _report(error: Exception) -> int:
    """Say on stderr what went wrong and return the exit code for it."""
    if isinstance(error, A1Error):
        return _explain(error)
    if isinstance(error, click.Abort):  # how click passes Ctrl-C on
        return _stopped()
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    traceback.print_exception(error)
    click.echo(f"error: {type(error).__name__}: {error}; {_BUG}", err=True)
    return 1


def _explain(error: A1Error) -> int:
    if _debugging():
        traceback.print_exception(error)
    click.echo(f"error: {error}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
    return error.exit_code


def _stopped() -> int:
    click.echo("error: Stopped.", err=True)
    return 130


def _debugging() -> bool:
    return os.environ.get("A1_DEBUG") == "1"
