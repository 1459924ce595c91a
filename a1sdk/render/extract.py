"""Keep a performance in a file, to look at it or to use it again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.media.files import same_file, sha256
from a1sdk.motion.clip import save_clip
from a1sdk.render.cast.recognizer import Recognizer, choose_recognizer
from a1sdk.render.cast.sheet import following, sheet_of
from a1sdk.render.cast.trackers import Trackers
from a1sdk.render.commerce import require_commercial
from a1sdk.render.inputs import check_files, paths_of
from a1sdk.render.opening import Opener
from a1sdk.render.performance import LayeredPerformance
from a1sdk.render.permission import Permission
from a1sdk.render.plan import choose_tracker, plan_layers

if TYPE_CHECKING:
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import FaceTrackerSpec, IdentityEncoderSpec
    from a1sdk.motion.clipformat import ClipHeader
    from a1sdk.motion.gaps import GapPolicy
    from a1sdk.render.cast.sheet import CastSheet, Sheet
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import MotionLayer
    from a1sdk.render.performance import Lending, OpenLayer
    from a1sdk.render.plan import PlannedLayer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Extracted:
    """A performance that was written to a motion file.

    Attributes:
        header: what the file says of itself.
        layers: the layers it was mixed from, the base first; their sources are closed.
        reads: the files that were read for it, pictures of people among them.
    """

    header: ClipHeader
    layers: Sequence[OpenLayer]
    reads: Sequence[Path]


def extract_motion(
    layers: Sequence[MotionLayer],
    output: Path,
    *,
    registry: Registry,
    context: HostContext,
    cast: Sheet | None = None,
    who: str | None = None,
    tracker: str = "facemesh/landmarks",
    rate: Fraction | None = None,
    duration: Fraction | None = None,
    gaps: GapPolicy = "interpolate",
) -> Extracted:
    """Write the motion that layers give together, with its labels, to a motion file.

    Of one layer that is taken as it is, gaps stay gaps; of several that are mixed they are filled.

    Args:
        layers: the layers, the base first, as `stack_of` returns them.
        output: where to; ends with `.a1motion`.
        registry: where the components are looked up.
        context: the run; cancelling it leaves no file.
        cast: who is who, for `who` and for layers that name somebody: a file `a1.cast/1`, a
            mapping, or a `CastSheet`. Its parts are not asked for.
        who: person of the cast whom the layers follow that look at a film's faces, and name nobody
            themselves; if None they follow the face that their sources choose.
        tracker: reference of the face tracker, which is built if a source needs one.
        rate: frames per second; those of the first layer that has a rate of its own if None.
        duration: seconds; those of the longest layer if None.
        gaps: how gaps are filled where layers are mixed.

    Raises:
        A1Error: whatever went wrong; nothing is left under the output's name then.
    """
    sheet = None if cast is None else sheet_of(cast, registry)
    if who is not None:
        layers = following(_known(who, sheet), layers, registry)
    take = _Take.of(layers, sheet, registry, tracker)
    if sheet is not None and take.sheet is None:
        raise _nobody(who, sheet)
    take.check(output, registry)
    with ExitStack() as stack:
        warnings: list[str] = []
        opener = Opener(context, stack, warnings)
        performance = LayeredPerformance(
            take.layers,
            opener,
            trackers=take.trackers(opener),
            rate=rate,
            duration=duration,
        )
        frames = opener.closed(performance.frames(None if performance.is_plain else gaps))
        header = save_clip(output, frames, performance.info, take.about(), performance.labels)
    for warning in (*warnings, *context.warnings):
        logger.warning(warning)
    return Extracted(header, performance.layers, take.reads)


@dataclass(frozen=True)
class _Take:
    """What a motion file is made from.

    Attributes:
        layers: the layers with their sources.
        finder: who finds faces; None where no source looks at any.
        sheet: the people, where somebody is named.
        recognizer: who tells them apart then.
    """

    layers: tuple[PlannedLayer, ...]
    finder: Chosen[FaceTrackerSpec] | None
    sheet: CastSheet | None
    recognizer: Chosen[IdentityEncoderSpec] | None

    @classmethod
    def of(
        cls,
        layers: Sequence[MotionLayer],
        sheet: CastSheet | None,
        registry: Registry,
        tracker: str,
    ) -> _Take:
        """Choose the components, and refuse names of people of whom there is no picture."""
        planned = plan_layers(layers, registry)
        named = [one.layer for one in planned if one.layer.who]
        for layer in named:
            _known(layer.who, sheet, f"Layer {layer.name!r} names {layer.who!r}, and")
        needed = any(one.chosen.spec.needs_face_tracker for one in planned)
        return cls(
            planned,
            choose_tracker(registry, tracker) if needed else None,
            sheet if named else None,
            choose_recognizer(sheet.roster, registry) if named and sheet is not None else None,
        )

    @property
    def files(self) -> list[Path]:
        """What the layers read."""
        return paths_of(one.chosen for one in self.layers)

    @property
    def reads(self) -> list[Path]:
        """What the layers read, and the pictures that people are recognised by."""
        people = () if self.sheet is None else self.sheet.people
        return [*self.files, *(path for one in people for path in one.pictures)]

    def check(self, output: Path, registry: Registry) -> None:
        """Refuse what would fail later, or is not allowed."""
        check_files(self.reads)
        if any(same_file(path, output) for path in self.reads):
            raise ConfigError(
                f"The output {str(output)!r} is one of the inputs.", hint="choose another name"
            )
        used: list[Chosen[Any]] = [one.chosen for one in self.layers]
        used += [one for one in (self.finder, self.recognizer) if one is not None]
        require_commercial(used, Permission.of(), registry)

    def trackers(self, opener: Opener) -> Lending:
        """Set up who finds faces, and who recognises the people that layers name, if any do."""
        if self.finder is None:
            return lambda _: None
        tracker, recognizer = opener.tracker(self.finder), None
        if self.sheet is not None and self.recognizer is not None:
            view = opener.lend(self.finder)
            recognizer = Recognizer(self.recognizer, self.sheet.roster, opener, tracker, view)
        return Trackers(self.finder, opener, recognizer, tracker).lend

    def about(self) -> dict[str, str]:
        """What the motion file says about where it comes from."""
        files = self.files
        about = {"source": ", ".join(one.chosen.ref for one in self.layers)}
        if files:
            about["driver"] = ", ".join(path.name for path in files)
        if len(files) == 1:
            about["sha256"] = sha256(files[0])
        people = dict.fromkeys(one.layer.who for one in self.layers if one.layer.who)
        if people:
            about["who"] = ", ".join(people)
        return about


def _nobody(who: str | None, sheet: CastSheet) -> ConfigError:
    """Return the error for a cast sheet that no layer has a use for."""
    if who is None:
        return ConfigError(
            "A cast sheet is given, and nobody of it is named.",
            hint=f"name whose face performs, with --who; people: {', '.join(sheet.names)}",
        )
    return ConfigError(
        f"{who!r} is to perform, and no layer looks at a film's faces.",
        hint="give a film as the driver, or leave the name out",
    )


def _known(name: str, sheet: CastSheet | None, what: str = "") -> str:
    """Return a person's name, or say that nobody knows who that is."""
    if sheet is None:
        what = what or f"{name!r} is to perform, and"
        raise ConfigError(
            f"{what} no cast sheet says who that is.",
            hint="name one with --cast, or choose a face by its place: --set driver.face=X,Y",
        )
    if name not in sheet.names:
        raise ConfigError(
            f"{name!r} is nobody of the cast sheet.",
            hint=did_you_mean(name, sheet.names) or f"people: {', '.join(sheet.names)}",
        )
    return name
