"""Write a performance to a file of another program's format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.components.blame import blaming
from a1sdk.errors import ConfigError, ContractError
from a1sdk.media.files import replacing, same_file, write_error
from a1sdk.motion.clip import MotionClip

if TYPE_CHECKING:
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import MotionWriterSpec
    from a1sdk.render.context import HostContext


def export_motion(
    take: Path,
    output: Path,
    *,
    registry: Registry,
    context: HostContext,
    writer: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> str:
    """Write the motion of a motion file with a motion writer, and return the writer's reference.

    Args:
        take: the motion file.
        output: where to; it appears when it is complete.
        registry: where the writer is looked up.
        context: the run; cancelling it leaves no file.
        writer: reference of the motion writer; by the suffix of `output` if absent.
        options: options of the writer.

    Raises:
        A1Error: whatever went wrong; nothing is left under the output's name then.
    """
    if same_file(take, output):
        raise ConfigError(f"The output {str(output)!r} is the take.", hint="choose another name")
    chosen = writer_of(output, registry, writer, options)
    clip = MotionClip.load(take)
    view = context.lend(chosen.spec, label=chosen.ref)
    with closing(chosen.build()) as component, replacing(output) as partial:
        with blaming(chosen.ref, "in setup"):
            component.setup(view)
        with blaming(chosen.ref, "in write"), _storing(output, partial):
            component.write(clip, partial, view)
        if not partial.is_file():
            raise ContractError(
                f"Plugin {chosen.ref!r} wrote no file.",
                plugin=chosen.plugin.name,
                hint=f"run `a1 plugin check {chosen.plugin.name}`, and tell the plugin's author",
            )
    return chosen.ref


@contextmanager
def _storing(output: Path, partial: Path) -> Iterator[None]:
    """Say of a full disk that it is full, and not that the plugin failed."""
    try:
        yield
    except OSError as error:
        if error.filename not in (None, str(partial)):  # it is another file's
            raise
        raise write_error(output, error) from error


def writer_of(
    output: Path, registry: Registry, writer: str | None, options: Mapping[str, Any] | None = None
) -> Chosen[MotionWriterSpec]:
    """Return the motion writer for a file: the one named, or the one for its suffix.

    Raises:
        ConfigError: the writer does not write such files, or an option is wrong.
        PluginError: the writer is not there or cannot be used.
    """
    suffix = output.suffix.lower()
    reference = writer or registry.writer_for(suffix)
    chosen = registry.choose("motion_writer", reference, options)
    if suffix not in chosen.spec.outputs:
        fitting = [output.with_suffix(one).name for one in chosen.spec.outputs]
        raise ConfigError(
            f"{chosen.ref!r} does not write {suffix or 'files without a suffix'!r}.",
            hint=f"write to {' or '.join(map(repr, fitting))}",
        )
    return chosen
