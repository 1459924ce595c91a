"""`a1 assets`: the files that components need, where they are, and getting them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from a1sdk.errors import A1Error, AssetMissingError, ConfigError, PluginNotFoundError

if TYPE_CHECKING:
    from a1sdk.assets import AssetStore, Progress, Status
    from a1sdk.assets.licenses import Consent
    from a1sdk.assets.snapshots import SnapshotStatus
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import AssetGroup, Kind, Spec

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
    alternatives: tuple[tuple[Status, ...], ...]

    @property
    def complete(self) -> tuple[Status, ...] | None:
        """The best alternative whose files are all here."""
        for alternative in self.alternatives:
            if all(status.path is not None for status in alternative):
                return alternative
        return None

    @property
    def way_here(self) -> str:
        """What has to be done to have the files here, in words."""
        from a1sdk.assets.folders import how_to_bring, is_brought

        if not is_brought(self.group):
            return f"run `a1 assets pull {self.ref}`"
        return how_to_bring(one for some in self.group.alternatives for one in some)


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
    A1_ASSET_PATH names, whatever they are called there. A1_OFFLINE=1 forbids fetching. A snapshot
    is a folder of files from one commit of a model hub's repository; its licence is shown before
    it is fetched, and accepted once.
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
@click.option("--accept-license", is_flag=True, help="Accept the licences of snapshots unasked.")
@click.option(
    "--revision",
    metavar="COMMIT",
    help="Commit, tag or branch of a snapshot that its plugin leaves open; it is used from then"
    " on. Without it the one that an earlier pull chose, or the newest.",
)
def pull(refs: tuple[str, ...], accept_license: bool, revision: str | None) -> None:
    """Fetch what is not here yet; of alternatives, the first that can be had."""
    from a1sdk.assets.folders import is_brought
    from a1sdk.cli.consent import asking

    registry, store = _open()
    chosen = {ref: spec.assets for ref, spec in _chosen(registry, refs).items() if spec.assets}
    if not refs:  # what nobody can fetch is an error only where it is asked for
        chosen = {ref: group for ref, group in chosen.items() if not is_brought(group)}
    if revision is not None:
        chosen = _of_one_repository(chosen)
    consent = asking(accept=accept_license)
    failures: dict[str, A1Error] = {}
    for ref, group in chosen.items():
        try:
            _pull(ref, group, store, consent, revision)
        except A1Error as error:  # what others need is fetched all the same
            failures[str(error)] = error
    for failure in list(failures.values())[:-1]:
        click.echo(f"error: {failure}", err=True)
    for failure in list(failures.values())[-1:]:
        raise failure


def _pull(
    ref: str, group: AssetGroup, store: AssetStore, consent: Consent, revision: str | None
) -> None:
    from a1sdk.assets.folders import is_brought

    if revision is None and _holdings(ref, group, store).complete is not None:
        click.echo(f"{ref}: its files are here")
        return
    with nullcontext() if is_brought(group) else _progress_bar(ref) as progress:
        store.pull(group, progress, consent=consent, revision=revision)
    for status in _holdings(ref, group, store).complete or ():
        click.echo(f"{ref}: fetched {_described(status)}")


def _of_one_repository(chosen: Mapping[str, AssetGroup]) -> dict[str, AssetGroup]:
    """Return the groups that hold a snapshot.

    Raises:
        ConfigError: they are of several repositories, or there are none.
    """
    repos = {ref: _repositories(group) for ref, group in chosen.items()}
    if len({repo for found in repos.values() for repo in found}) != 1:
        raise ConfigError(
            "--revision needs to know of which repository.",
            hint="name a component that `a1 assets list` shows with one",
        )
    return {ref: group for ref, group in chosen.items() if repos[ref]}


def _repositories(group: AssetGroup) -> set[str]:
    from a1sdk.components.specs import Snapshot

    assets = (asset for alternative in group.alternatives for asset in alternative)
    return {asset.repo for asset in assets if isinstance(asset, Snapshot)}


@assets.command()
@_REFS
def verify(refs: tuple[str, ...]) -> None:
    """Read every file again and compare its SHA-256; exit code 4 if something is amiss."""
    registry, store = _open()
    stock = take_stock(registry, store, refs, rehash=True)
    _print(stock)
    amiss = [held for held in stock if held.complete is None]
    if amiss:
        ways = dict.fromkeys(held.way_here for held in amiss)
        raise AssetMissingError(
            f"Files of {', '.join(held.ref for held in amiss)} are missing or damaged.",
            hint="; ".join(ways),
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
                click.echo(f"  {status.state:<8} {_described(status)}{where}")


def _described(status: Status) -> str:
    from a1sdk.assets import AssetStatus
    from a1sdk.assets.folders import FolderStatus

    asset = status.asset
    use = {"no": ", not for commercial use", "terms": ", commercial use on conditions"}
    terms = f"{asset.license}{use.get(asset.use, '')}"
    if isinstance(status, AssetStatus):
        return f"{asset.name}  {size_text(status.asset.size)}  {terms}"
    if isinstance(status, FolderStatus):
        held = f"{size_text(sum(status.sizes.values()))} in {len(status.sizes)} files"
        return f"{asset.name}  {held if status.sizes else 'to be brought'}  {terms}"
    about = f"about {size_text(status.asset.approximate_size)}"
    if status.sizes:
        about = f"{size_text(sum(status.sizes.values()))} in {len(status.sizes)} files"
    day = f"accepted {status.accepted}" if status.accepted else "not accepted yet"
    return f"{asset.name}  {about}  {terms}, {day}  {status.revision}"


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


def _asset_as_json(status: Status) -> dict[str, Any]:
    from a1sdk.assets import AssetStatus
    from a1sdk.assets.folders import FolderStatus

    asset = status.asset
    about: dict[str, Any] = {
        "name": asset.name,
        "state": status.state,
        "path": None if status.path is None else str(status.path),
        "license": asset.license,
        "license_url": asset.license_url,
        "license_notes": asset.license_notes,
        "commercial": asset.use,
    }
    if isinstance(status, AssetStatus):
        file = status.asset
        return about | {"size": file.size, "sha256": file.sha256, "urls": list(file.urls)}
    if isinstance(status, FolderStatus):
        files = [{"path": path, "size": size} for path, size in status.sizes.items()]
        return about | {"source": status.asset.source, "files": files}
    return about | _snapshot_as_json(status)


def _snapshot_as_json(status: SnapshotStatus) -> dict[str, Any]:
    """Return what only snapshots have; digests where a lock file states them."""
    digests = {file.path: file.sha256 for file in status.lock.files} if status.lock else {}
    return {
        "repo": status.asset.repo,
        "commit": status.lock.commit if status.lock else None,
        "approximate_size": status.asset.approximate_size,
        "files": [
            {"path": path, "size": size, "sha256": digests.get(path)}
            for path, size in status.sizes.items()
        ],
        "accepted": None if status.accepted is None else str(status.accepted),
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
    bars = progress.Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    )
    task = bars.add_task(ref, total=None)

    def advance(name: str, done: int, total: int) -> None:
        bars.start()  # not before, so that a question can be asked without a bar below it
        bars.update(task, description=name, total=total, completed=done)

    try:
        yield advance
    finally:
        bars.stop()
