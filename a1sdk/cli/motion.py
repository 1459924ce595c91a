"""`a1 motion`: take motion from drivers, look at it, hand it on. A module for each command."""

from __future__ import annotations

import click

from a1sdk.cli.motion_clean import clean
from a1sdk.cli.motion_export import export
from a1sdk.cli.motion_extract import extract
from a1sdk.cli.motion_info import info
from a1sdk.cli.motion_plot import plot
from a1sdk.cli.motion_show import show


@click.group()
def motion() -> None:
    """Extract, clean, show, plot and export motion."""


for _command in (clean, export, extract, info, plot, show):
    motion.add_command(_command)
