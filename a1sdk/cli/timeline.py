"""`a1 timeline`: shots of an editing timeline. A module for each command."""

from __future__ import annotations

import click

from a1sdk.cli.timeline_inspect import inspect
from a1sdk.cli.timeline_render import render


@click.group()
def timeline() -> None:
    """Find the shots of an editing timeline, render them, and hand it back."""


for _command in (inspect, render):
    timeline.add_command(_command)
