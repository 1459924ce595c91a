"""What the commands have in common that take a performance and make no portrait perform it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.cli.jobs import device_option
from a1sdk.cli.performance import Performers, performance_options
from a1sdk.cli.running import cancel_on_interrupt, progress_bars
from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from a1sdk.media import Audio
    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.gaps import GapPolicy
    from a1sdk.render.context import HostContext
    from a1sdk.render.extract import Extracted
    from a1sdk.render.performance import OpenLayer

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--cast",
        type=click.Path(path_type=Path),
        help="A cast sheet, a1.cast/1 JSON: people with pictures of them.",
    ),
    click.option(
        "--who", metavar="NAME", help="Whose face of DRIVER's film performs: a person of --cast."
    ),
    click.option(
        "--tracker", default="facemesh/landmarks", show_default=True, help="Who finds faces."
    ),
    click.option(
        "--gaps",
        type=click.Choice(["hold", "interpolate", "neutral", "fail"]),
        default="interpolate",
        show_default=True,
        help="What to do where a face is lost and layers are mixed.",
    ),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Seed of everything random."
    ),
    device_option,
    click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
)


@dataclass(frozen=True)
class Taken:
    """A performance in a motion file.

    Attributes:
        clip: the performance.
        path: its file.
        layers: what it was mixed from; none where it was in a motion file already.
        context: the run.
    """

    clip: MotionClip
    path: Path
    layers: Sequence[OpenLayer]
    context: HostContext

    def sound(self, file: Path | None) -> Audio | None:
        """Return what is heard: of a file that is named, else of the performers, if any."""
        from a1sdk.media import AudioSource
        from a1sdk.render.sound import sound_of

        duration = len(self.clip) / self.clip.info.rate
        if file is not None:
            return AudioSource(file, self.clip.info.start, duration)
        warnings: list[str] = []
        sound = sound_of([self.layers], duration, warnings)
        for warning in warnings:
            click.echo(f"note: {warning}", err=True)
        return sound


@dataclass(frozen=True)
class Recording:
    """What the command line says about a performance and how it is taken."""

    performers: Performers
    cast: Path | None
    who: str | None
    rate: str | None
    duration: str | None
    tracker: str
    gaps: GapPolicy
    seed: int
    device: str
    quiet: bool

    def without(self, name: str) -> tuple[Recording, Mapping[str, str]]:
        """Return this without the settings made for `name`, which is no layer, and those."""
        performers, own = self.performers.without(name)
        return replace(self, performers=performers), own

    @contextmanager
    def running(self) -> Iterator[HostContext]:
        """Lend a run that shows its progress and stops at Ctrl-C."""
        from a1sdk.render.context import HostContext

        with progress_bars(self.quiet) as progress:
            context = HostContext(device=self.device, seed=self.seed, progress=progress)
            with context, cancel_on_interrupt(context):
                yield context

    def write(self, output: Path, context: HostContext) -> Extracted:
        """Write the performance to a motion file."""
        from a1sdk.components.registry import Registry
        from a1sdk.render.arrange import stack_of
        from a1sdk.render.extract import extract_motion
        from a1sdk.timing import as_rate, as_time

        registry = Registry()
        return extract_motion(
            stack_of(self.performers.driver, registry=registry, **self.performers.others),
            output,
            registry=registry,
            context=context,
            cast=self.cast,
            who=self.who,
            tracker=self.tracker,
            rate=None if self.rate is None else as_rate(self.rate),
            duration=None if self.duration is None else as_time(self.duration),
            gaps=self.gaps,
        )

    @contextmanager
    def taken(self, output: Path) -> Iterator[Taken]:
        """Lend the performance, to make `output` of it.

        Raises:
            ConfigError: the output is one of the performers' files.
            A1Error: whatever went wrong with the performance.
        """
        from a1sdk.media import same_file
        from a1sdk.motion.clip import MotionClip

        with self.running() as context:
            path, layers, files = self._file(context)
            if any(same_file(file, output) for file in files):
                raise ConfigError(
                    f"The output {str(output)!r} is one of the inputs.", hint="choose another name"
                )
            yield Taken(MotionClip.load(path), path, layers, context)

    def _file(self, context: HostContext) -> tuple[Path, Sequence[OpenLayer], Sequence[Path]]:
        """Return a motion file of the performance, its layers, and the files that were read.

        A motion file alone is its own, as it stands.
        """
        from a1sdk.motion.clipformat import SUFFIX

        driver = self.performers.driver
        changed = (self.rate, self.duration, self.cast, self.who)
        alone = self.performers == Performers(driver=driver) and not any(changed)
        if driver is not None and alone and driver.suffix == SUFFIX:
            return driver, (), [driver]
        path = context.scratch / f"take{SUFFIX}"
        extracted = self.write(path, context)
        given = [file for file in (self.cast, self.performers.layers) if file is not None]
        return path, extracted.layers, [*extracted.reads, *given]


def recording_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments of a performance; it is called with a `Recording` first."""

    @wraps(command)
    def with_recording(performers: Performers, **options: Any) -> Any:
        names = ("cast", "who", "rate", "duration", "tracker", "gaps", "seed", "device", "quiet")
        given = {name: options.pop(name) for name in names}
        return command(Recording(performers, **given), **options)

    for option in reversed(_OPTIONS):
        with_recording = option(with_recording)
    return performance_options(with_recording)
