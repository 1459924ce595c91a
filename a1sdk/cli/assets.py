"""`a1 assets`: the files that components need, where they are, and getting them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from a1sdk.errors import AssetMissingError, PluginNotFoundError

if TYPE_CHECKING:
    from a1sdk.assets import AssetStatus, AssetStore, Progress
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import Asset, AssetGroup, Kind, Spec

_REFS = click.argument("refs", nargs=-1, metavar="[PLUGIN[/COMPONENT]]...")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one component needs, and what of it is here.

    Attributes:
        ref: the component.
        group: what it declares.
        alternatives: the state of each asset, in the order of the group.
    """

    ref: str
    group: AssetGroup
    alternatives: tuple[tuple[AssetStatus, ...], ...]

    @property
    def complete(self) -> tuple[AssetStatus, ...] | None:
        """The best alternative whose files are all here."""
        for alternative in self.alternatives:
            if all(status.path is not None for status in alternative):
                return alternative
        return None


def take_stock(
    registry: Registry, store: AssetStore, refs: Sequence[str] = (), *, rehash: bool = False
) -> list[Holdings]:
    """Return the state of the assets of all components, or of those that `refs` name.

    Raises:
        PluginNotFoundError: a reference names nothing that is installed.
        PluginError: a plugin named cannot be used.
    """
    return [
        _holdings(ref, spec.assets, store, rehash=rehash)
        for ref, spec in _chosen(registry, refs).items()
        if spec.assets is not None
    ]


def _holdings(ref: str, group: AssetGroup, store: AssetStore, *, rehash: bool = False) -> Holdings:
    states = tuple(
        tuple(store.status(asset, rehash=rehash) for asset in alternative)
        for alternative in group.alternatives
    )
    return Holdings(ref, group, states)


def _chosen(registry: Registry, refs: Sequence[str]) -> dict[str, Spec]:
    """Return the specs that `refs` name, by reference; all without any."""
    if not refs:
        return _specs(registry, None)
    chosen: dict[str, Spec] = {}
    for wanted in refs:
        plugin, slash, _ = wanted.partition("/")
        offered = _specs(registry, plugin)
        if slash and wanted not in offered:
            raise PluginNotFoundError(
                f"No plugin provides {wanted!r}.",
                plugin=plugin,
                hint="run `a1 plugin list --components`",
            )
        chosen |= {wanted: offered[wanted]} if slash else offered
    return chosen


def _specs(registry: Registry, plugin: str | None) -> dict[str, Spec]:
    from a1sdk.components.kinds import KINDS

    kinds: list[Kind] = list(KINDS)
    return {ref: spec for kind in kinds for ref, spec in registry.specs(kind, plugin).items()}


@click.group()
def assets() -> None:
    """List, fetch and verify the files that components need.

    Files are kept under A1_HOME; those already on this machine are found in the folders that
    A1_ASSET_PATH names, whatever they are called there. A1_OFFLINE=1 forbids fetching.
    """


@assets.command("list")
@_REFS
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_assets(refs: tuple[str, ...], as_json: bool) -> None:
    """Show each component's files: size, licence, and where they are."""
    registry, store = _open()
    stock = take_stock(registry, store, refs)
    if as_json:
        click.echo(json.dumps({"components": [_as_json(held) for held in stock]}, indent=2))
    else:
        _print(stock)


@assets.command()
@_REFS
def pull(refs: tuple[str, ...]) -> None:
    """Fetch what is not here yet; of alternatives, the first that can be had."""
    registry, store = _open()
    for held in take_stock(registry, store, refs):
        if held.complete is not None:
            click.echo(f"{held.ref}: its files are here")
            continue
        with _progress_bar(held.ref) as progress:
            store.pull(held.group, progress)
        for status in _holdings(held.ref, held.group, store).complete or ():
            click.echo(f"{held.ref}: fetched {_described(status.asset)}")


@assets.command()
@_REFS
def verify(refs: tuple[str, ...]) -> None:
    """Read every file again and compare its SHA-256; exit code 4 if something is amiss."""
    registry, store = _open()
    stock = take_stock(registry, store, refs, rehash=True)
    _print(stock)
    amiss = [held.ref for held in stock if held.complete is None]
    if amiss:
        raise AssetMissingError(
            f"Files of {', '.join(amiss)} are missing or damaged.",
            hint=f"run `a1 assets pull {' '.join(amiss)}`",
        )


def _open() -> tuple[Registry, AssetStore]:
    from a1sdk.assets import AssetStore
    from a1sdk.components.registry import Registry

    return Registry(), AssetStore()


def _print(stock: Sequence[Holdings]) -> None:
    for held in stock:
        click.echo(held.ref)
        for number, alternative in enumerate(held.alternatives):
            if number:
                click.echo("  or")
            for status in alternative:
                path = status.path
                where = f"  {click.format_filename(path)}" if path is not None else ""
                click.echo(f"  {status.state:<8} {_described(status.asset)}{where}")


def _described(asset: Asset) -> str:
    terms = asset.license if asset.commercial else f"{asset.license}, not for commercial use"
    return f"{asset.name}  {size_text(asset.size)}  {terms}"


def size_text(size: int) -> str:
    """Return a number of bytes as people write it, such as `3.8 MB`."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if size >= 10**power:
            return f"{size / 10**power:.1f} {unit}"
    return f"{size} B"


def _as_json(held: Holdings) -> dict[str, Any]:
    return {
        "ref": held.ref,
        "complete": held.complete is not None,
        "alternatives": [
            [_asset_as_json(status) for status in alternative] for alternative in held.alternatives
        ],
    }


def _asset_as_json(status: AssetStatus) -> dict[str, Any]:
    asset = status.asset
    return {
        "name": asset.name,
        "state": status.state,
        "path": None if status.path is None else str(status.path),
        "size": asset.size,
        "sha256": asset.sha256,
        "license": asset.license,
        "license_url": asset.license_url,
        "commercial": asset.commercial,
        "urls": list(asset.urls),
    }


@contextmanager
def _progress_bar(ref: str) -> Iterator[Progress]:
    """Show what is being fetched: a bar on a terminal, one line elsewhere."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        click.echo(f"{ref}: fetching its files ...", err=True)
    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        task = bars.add_task(ref, total=None)

        def advance(asset: Asset, done: int) -> None:
            bars.update(task, description=asset.name, total=asset.size, completed=done)

        yield advance
