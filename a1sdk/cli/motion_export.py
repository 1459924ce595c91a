"""`a1 motion export`: hand a performance to another program."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.cli.running import cancel_on_interrupt, progress_bars

_FILE = click.Path(path_type=Path)


def _settings(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise click.BadParameter(f"{name!r} sets no option; write it as NAME=VALUE.")
    return {name: value for name, _, value in pairs}


@click.command()
@click.argument("take", type=_FILE)
@click.option("-o", "--output", type=_FILE, required=True, help="File to write.")
@click.option("--writer", help="Who writes; by the output's suffix if absent.")
@click.option(
    "--set",
    "options",
    multiple=True,
    callback=_settings,
    metavar="NAME=VALUE",
    help="An option of the writer; may be repeated.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def export(
    take: Path, output: Path, writer: str | None, options: dict[str, str], quiet: bool
) -> None:
    """Write the motion file TAKE in another program's format."""
    from a1sdk.components.registry import Registry
    from a1sdk.render.context import HostContext
    from a1sdk.render.export import export_motion

    with progress_bars(quiet) as progress, HostContext(progress=progress) as context:
        with cancel_on_interrupt(context):
            used = export_motion(
                take,
                output,
                registry=Registry(),
                context=context,
                writer=writer,
                options=options,
            )
    click.echo(f"{output}: written by {used}")
