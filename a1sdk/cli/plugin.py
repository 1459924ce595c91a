"""`a1 plugin`: what is installed, whether it keeps its contract, and how to begin another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.errors import ConfigError, PluginError, ResourceError

if TYPE_CHECKING:
    from a1sdk.cli.contracts import CheckResult, Subject
    from a1sdk.components.registry import PluginInfo, Registry
    from a1sdk.components.specs import Kind, Spec


@click.group()
def plugin() -> None:
    """List, check and create plugins."""


@plugin.command("list")
@click.option("--components", is_flag=True, help="Import the plugins; show their components.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_plugins(components: bool, as_json: bool) -> None:
    """Show the installed plugins. Without --components, none is imported."""
    from a1sdk.components.registry import Registry

    registry = Registry()
    names = [info.name for info in registry.plugins()]
    if components:
        for name in names:
            registry.load(name)
    records = [_record(registry, info, components) for info in registry.plugins()]
    if as_json:
        click.echo(json.dumps(records, indent=2))
    elif not records:
        click.echo("No plugins are installed.")
    else:
        click.echo("\n".join(_table(records)))


def _record(registry: Registry, info: PluginInfo, components: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": info.name,
        "package": info.distribution,
        "version": info.version,
        "api": info.api,
        "state": info.state,
    }
    if info.error is not None:
        record |= {"error": str(info.error), "hint": info.error.hint}
    elif components:
        record["components"] = list(_components(registry, info.name))
    return record


def _components(registry: Registry, name: str) -> Iterator[dict[str, Any]]:
    from a1sdk.components.kinds import KINDS

    for kind, about in KINDS.items():
        for ref, spec in registry.specs(kind, name).items():
            yield {
                "ref": ref,
                "kind": about.words,
                "summary": spec.summary,
                "license": spec.license,
                **_files(spec),
                "options": _options(registry, kind, ref),
            }


def _files(spec: Spec) -> dict[str, Any]:
    """Return the kinds of file that a component reads or writes."""
    from a1sdk.components.specs import MotionSourceSpec, MotionWriterSpec

    if isinstance(spec, MotionSourceSpec):
        return {"inputs": list(spec.inputs)}
    return {"outputs": list(spec.outputs)} if isinstance(spec, MotionWriterSpec) else {}


def _options(registry: Registry, kind: Kind, ref: str) -> dict[str, Any]:
    """Return the JSON Schema of each option, or what is wrong with the model."""
    try:
        model = registry.options_model(kind, ref)
    except PluginError as error:
        return {"error": {"description": str(error)}}
    return model.model_json_schema().get("properties", {}) if model is not None else {}


def _table(records: list[dict[str, Any]]) -> Iterator[str]:
    columns = ("name", "package", "version", "state")
    width = {name: max(len(str(record[name])) for record in records) for name in columns}
    for record in records:
        yield "  ".join(str(record[name]).ljust(width[name]) for name in columns).rstrip()
        if "error" in record:
            yield f"    {record['error']}"
            yield f"    hint: {record['hint']}"
        for component in record.get("components", []):
            yield from _describe(component)


def _describe(component: dict[str, Any]) -> Iterator[str]:
    words = [component["kind"]]
    for verb, key in (("reads", "inputs"), ("writes", "outputs")):
        if component.get(key):
            words.append(f"{verb} {', '.join(component[key])}")
    yield f"    {component['ref']} ({', '.join(words)})"
    yield f"        {component['summary']}"
    for name, schema in component["options"].items():
        default = f" [{json.dumps(schema['default'])}]" if "default" in schema else " [required]"
        yield f"        {name}{default}  {schema.get('description', '')}".rstrip()


@plugin.command()
@click.argument("name")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="COMPONENT.OPTION=VALUE",
    help="An option to build a component with; may be repeated.",
)
@click.option("-v", "--verbose", is_flag=True, help="Also show what passed and was skipped.")
def check(name: str, settings: tuple[str, ...], verbose: bool) -> None:
    """Run the contract kit on an installed plugin; exit code 3 if it fails."""
    try:
        from a1sdk.cli import contracts as kit
    except ModuleNotFoundError as error:
        raise ResourceError(
            f"The contract kit needs {error.name}, which is not installed.",
            hint="pip install 'a1sdk[testing]'",
        ) from None
    from a1sdk.components.registry import Registry

    registry = Registry()
    found = kit.subjects_of(registry, name, _settings(settings))
    ready = [subject for subject in found if _has_its_options(registry, subject)]
    for subject in ready:  # what cannot be built would fail every check, each time with one reason
        registry.choose(subject.kind, subject.ref, subject.options).build()
    results = kit.run_contracts(ready)
    for subject in ready:
        click.echo("\n".join(_verdict(subject.ref, results, verbose)))
    if any(result.outcome == "failed" for result in results):
        raise click.exceptions.Exit(PluginError.exit_code)


def _settings(settings: tuple[str, ...]) -> dict[str, dict[str, str]]:
    options: dict[str, dict[str, str]] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        component, dot, option = name.partition(".")
        if not (equals and dot and component and option):
            raise ConfigError(
                f"{setting!r} sets no option.", hint="write it as --set COMPONENT.OPTION=VALUE"
            )
        options.setdefault(component, {})[option] = value
    return options


def _has_its_options(registry: Registry, subject: Subject) -> bool:
    """Say so and return False where a component needs options that were not given."""
    try:
        registry.choose(subject.kind, subject.ref, subject.options)
    except ConfigError as error:
        if subject.options:
            raise
        component = subject.ref.partition("/")[2]
        click.echo(f"{subject.ref}: not checked. {error} Give it with --set {component}.NAME=VALUE")
        return False
    return True


def _verdict(ref: str, results: list[CheckResult], verbose: bool) -> Iterator[str]:
    mine = [result for result in results if result.ref == ref]
    count = Counter(result.outcome for result in mine)
    yield f"{ref}: " + ", ".join(f"{count[o]} {o}" for o in ("passed", "failed", "skipped"))
    for result in mine:
        if result.outcome == "failed":
            yield f"    FAILED {result.check}: {result.reason}"
            yield f"        {result.advice}"
        elif verbose:
            reason = f": {result.reason}" if result.reason else ""
            yield f"    {result.outcome} {result.check}{reason}"


@plugin.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="Folder to write to; a1sdk-NAME here if absent.",
)
def new(name: str, into: Path | None) -> None:
    """Write a working plugin package: a motion source of 25 lines and its test."""
    from a1sdk.cli.scaffold import scaffold

    folder = into or Path(f"a1sdk-{name}")
    for path in scaffold(name, folder):
        click.echo(path)
    click.echo(f"Next: pip install -e '{folder}[testing]' && pytest {folder}")
