"""`a1 doctor`: what this installation can do, what is wrong with it, and what mends that."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from a1sdk.components.specs import FaceTrackerSpec
from a1sdk.errors import ResourceError

if TYPE_CHECKING:
    from a1sdk.assets import AssetStore
    from a1sdk.cli.assets import Holdings
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import Kind, Spec

_NEEDED_ENCODERS = ("libx264", "aac")
_NEEDED_KINDS: tuple[Kind, ...] = ("motion_source", "face_tracker", "renderer")
_LITTLE_SPACE = 10**9


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, whether it is a problem, and what mends it."""

    topic: str
    state: Literal["ok", "problem"]
    text: str
    fix: str | None = None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check that this machine can render; exit code 4 if something keeps it from that."""
    findings = list(examine())
    healthy = all(finding.state == "ok" for finding in findings)
    if as_json:
        listed = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"healthy": healthy, "findings": listed}, indent=2))
    else:
        _print(findings)
    ctx.exit(0 if healthy else ResourceError.exit_code)


def examine() -> Iterator[Finding]:
    """Yield everything worth knowing about this installation, problems and fixes included."""
    from a1sdk.assets import AssetStore
    from a1sdk.components.registry import Registry

    registry, store = Registry(), AssetStore()
    yield from _versions()
    yield from _plugins(registry)
    yield from _components(registry)
    yield from _encoders()
    yield from _assets(registry, store)
    yield from _asset_path()
    yield from _disk(store)
    yield _machine()
    yield _devices(registry)


def _versions() -> Iterator[Finding]:
    machine = f"{platform.system()} {platform.machine()}"
    yield _ok("python", f"{platform.python_version()} on {machine}, {sys.executable}")
    yield _ok("a1sdk", metadata.version("a1sdk"))
    for requirement in metadata.requires("a1sdk") or ():
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        if "extra ==" in requirement:
            continue
        try:
            yield _ok("library", f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield _problem("library", f"{name} is not installed", f"pip install '{requirement}'")


def _plugins(registry: Registry) -> Iterator[Finding]:
    for known in registry.plugins():
        info = registry.load(known.name)
        text = f"{info.name} ({info.distribution} {info.version}): {info.state}"
        troubles = registry.diagnose(info.name) if info.error is None else [info.error]
        if not troubles:
            yield _ok("plugin", text)
        for error in troubles:
            fix = error.hint or f"pip uninstall {info.distribution}"
            yield _problem("plugin", f"{text}. {error}", fix)


def _components(registry: Registry) -> Iterator[Finding]:
    from a1sdk.components.kinds import KINDS

    for kind, about in KINDS.items():
        refs = ", ".join(registry.specs(kind))
        if refs:
            yield _ok(about.words, refs)
        elif kind in _NEEDED_KINDS:
            fix = f"install a plugin that provides a {about.words}; `make demo` installs ours"
            yield _problem(about.words, "none is installed", fix)


def _encoders() -> Iterator[Finding]:
    reinstall = "pip install --force-reinstall --only-binary=:all: av"
    try:
        found = [name for name in _used_encoders() if _has_encoder(name)]
    except ImportError as error:
        yield _problem("encoders", f"PyAV cannot be loaded: {error}", reinstall)
        return
    yield _ok("encoders", ", ".join(found))
    for name in _NEEDED_ENCODERS:
        if name not in found:
            yield _problem("encoders", f"this build of PyAV has no {name}", reinstall)


def _used_encoders() -> list[str]:
    """FFmpeg's names of all encoders that some codec of ours is written with."""
    from a1sdk.media.codecs import CODECS

    pictures = [codec.encoder for codec in CODECS.values()]
    sounds = [encoder for codec in CODECS.values() for encoder in codec.audio.values()]
    return list(dict.fromkeys([*pictures, *sounds]))


def _has_encoder(name: str) -> bool:
    import av.codec

    try:
        av.codec.Codec(name, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def _assets(registry: Registry, store: AssetStore) -> Iterator[Finding]:
    from a1sdk.cli.assets import take_stock
    from a1sdk.components.kinds import KINDS

    stock = {held.ref: held for held in take_stock(registry, store)}
    ready = {ref for ref, held in stock.items() if held.complete is not None}
    for kind in KINDS:
        specs = registry.specs(kind)
        able = {ref for ref, spec in specs.items() if kind in _NEEDED_KINDS and _serves(spec)}
        needed = able if able <= stock.keys() - ready else set()
        for held in (stock[ref] for ref in specs if ref in stock):
            yield _held(held, needed=held.ref in needed)


def _serves(spec: Spec) -> bool:
    """Whether a portrait can perform with a component; a tracker has to see expressions for it."""
    return not isinstance(spec, FaceTrackerSpec) or spec.expression


def _held(held: Holdings, *, needed: bool) -> Finding:
    """Say whether a component's files are here; `needed` if no other can do its work."""
    if held.complete is not None:
        names = ", ".join(f"{s.asset.name} ({s.state})" for s in held.complete)
        return _ok("assets", f"{held.ref}: {names}")
    if needed:
        return _problem("assets", f"files of {held.ref} are missing", held.way_here)
    return _ok("assets", f"{held.ref}: its files are not here; to use it, {held.way_here}")


def _asset_path() -> Iterator[Finding]:
    from a1sdk.assets.home import asset_path

    for folder in asset_path():
        text = f"A1_ASSET_PATH names {str(folder)!r}"
        if folder.is_dir():
            yield _ok("assets", text)
        else:
            fix = "mend or unset A1_ASSET_PATH"
            yield _problem("assets", f"{text}, which is no folder", fix)


def _disk(store: AssetStore) -> Iterator[Finding]:
    from a1sdk.cli.assets import size_text

    places = {"A1_HOME": store.home, "TMPDIR": Path(tempfile.gettempdir())}
    for variable, folder in places.items():
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(existing).free
        text = f"{size_text(free)} free for {str(folder)!r}"
        if free >= _LITTLE_SPACE and os.access(existing, os.W_OK):
            yield _ok("disk", text)
            continue
        what = text if free < _LITTLE_SPACE else f"{str(existing)!r} cannot be written to"
        yield _problem("disk", what, f"free some space, or set {variable} to another folder")


def _machine() -> Finding:
    from a1sdk.cli.assets import size_text
    from a1sdk.render.context import available_cores

    memory = ""
    if hasattr(os, "sysconf"):
        memory = f", {size_text(os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE'))} memory"
    return _ok("machine", f"{available_cores()} cores{memory}")


def _devices(registry: Registry) -> Finding:
    from a1sdk.components.kinds import KINDS

    specs: Iterable[Spec] = [spec for kind in KINDS for spec in registry.specs(kind).values()]
    others = sorted({device for spec in specs for device in spec.devices} - {"cpu"})
    if others:
        return _ok("devices", f"installed components can use {', '.join(others)} besides the cpu")
    return _ok("devices", "cpu; no installed component uses a GPU")


def _ok(topic: str, text: str) -> Finding:
    return Finding(topic, "ok", text)


def _problem(topic: str, text: str, fix: str) -> Finding:
    return Finding(topic, "problem", text, fix)


def _print(findings: Iterable[Finding]) -> None:
    problems = 0
    for finding in findings:
        mark = "ok     " if finding.state == "ok" else "PROBLEM"
        click.echo(f"{mark}  {finding.topic}: {finding.text}")
        if finding.state == "problem":
            problems += 1
            click.echo(f"         fix: {finding.fix}")
    click.echo(
        f"{problems} problem{'s' if problems != 1 else ''} found" if problems else "all well"
    )
