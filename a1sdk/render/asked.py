"""What a job asks for: the portrait as it is delivered, and where its face has to be when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk.components.data import Portrait, TargetFrame
from a1sdk.errors import ConfigError
from a1sdk.media import read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.motion.retarget import Retarget
from a1sdk.render.cast.finding import cast_of
from a1sdk.render.cast.recognizer import Recognizer
from a1sdk.render.cast.trackers import Trackers
from a1sdk.render.job import is_name
from a1sdk.render.performance import LayeredPerformance
from a1sdk.render.portrait import (
    LIPS_AT_REST,
    detect_faces,
    face_share,
    fit_all,
    is_expressive,
    lips_apart,
    size_of_film,
)

if TYPE_CHECKING:
    from fractions import Fraction

    from a1sdk.components.data import FaceObservation, Pixels
    from a1sdk.components.interfaces import FaceTracker
    from a1sdk.motion.frame import MotionFrame
    from a1sdk.render.job import Mode
    from a1sdk.render.opening import Opener
    from a1sdk.render.plan import PlannedMember, RenderPlan


@dataclass(frozen=True, eq=False)
class Role:
    """A face of the portrait, and what it performs.

    Attributes:
        portrait: with the face in it.
        performance: what it performs.
        who: what people call it: the person's name, or where the face is.
    """

    portrait: Portrait
    performance: LayeredPerformance
    who: str


class Asked:
    """Portrait, performance and targets of a plan.

    Attributes:
        faces: how many faces the portrait's picture has; known when the portrait is.
        others: those that do not perform, in the portrait as delivered; known then too.
    """

    def __init__(self, plan: RenderPlan, opener: Opener, warnings: list[str]) -> None:
        """Take the plan of a run; `warnings` gets what is not as one may expect."""
        self.plan, self.job = plan, plan.job
        self.opener, self.warnings = opener, warnings
        self.faces = 0
        self.others: list[FaceObservation] = []
        self._recognizer: Recognizer | None = None

    def portraits(self, tracker: FaceTracker) -> list[tuple[PlannedMember, Portrait]]:
        """Return the faces that perform, each in the portrait in the size and depth of the film.

        People of the cast who are not in the portrait are left out, and warned of.

        Raises:
            NoFaceError: it shows no face, or nobody who is to perform.
            ConfigError: it has not a face that the job names.
            CapabilityError: the renderer draws no picture of this size.
            DecodeError: it cannot be read.
        """
        self._recognizer = self._recognizing(tracker)
        job = self.job
        pixels = self._deliverable(read_still(job.portrait).pixels)
        faces = detect_faces(pixels, tracker, self.opener.lend(self.plan.tracker))
        self.faces = len(faces)
        cast = cast_of(self.plan.members, pixels, faces, self._recognizer, job.portrait)
        self.warnings += cast.notes
        whole = [Portrait(pixels, face) for _, face in cast.found]
        size = job.delivery.size or self._size_of(whole[0])
        performing = [one.face for one in whole]
        others = [face for face in faces if not any(face is one for one in performing)]
        all_fitted = fit_all(pixels, [*performing, *others], size, job.delivery.fit)
        fitted = all_fitted[: len(whole)]
        self.others = [one.face for one in all_fitted[len(whole) :]]
        if any(face_share(a) < face_share(b) for a, b in zip(fitted, whole, strict=True)):
            self.warnings.append(
                "The face does not fit into the size asked for; fit pad shows all of it."
            )
        self.plan.check_size(fitted[0].size)
        fitted[0].pixels.setflags(write=False)
        return [(member, one) for (member, _), one in zip(cast.found, fitted, strict=True)]

    def _deliverable(self, pixels: Pixels) -> Pixels:
        """The portrait's depth and alpha, as far as renderer and codec keep them."""
        plan = self.plan
        if pixels.shape[2] == 4 and not plan.alpha:
            lacking = plan.renderer.ref if plan.codec.alpha else plan.codec.name
            self.warnings.append(
                f"The portrait's transparency is laid over black: {lacking} has none."
            )
            pixels = flatten(pixels)
        return to_depth(pixels, min(plan.depth, pixels.itemsize * 8))

    def _size_of(self, portrait: Portrait) -> tuple[int, int]:
        """The portrait's own size, or as much of it as makes a film that can be played."""
        (width, height), size = portrait.size, size_of_film(portrait.size)
        if size != portrait.size:
            self.warnings.append(
                f"The portrait has {width}x{height} pixels; the film has {size[0]}x{size[1]}."
                " Ask for another size to change that."
            )
        return size

    def _recognizing(self, tracker: FaceTracker) -> Recognizer | None:
        """Who knows the people that the job names, if it names any."""
        chosen, roster = self.plan.recognizer, self.job.roster
        if chosen is None or roster is None:
            return None
        view = self.opener.lend(self.plan.tracker)
        return Recognizer(chosen, roster, self.opener, tracker, view)

    def roles(
        self, found: Sequence[tuple[PlannedMember, Portrait]], tracker: FaceTracker
    ) -> list[Role]:
        """Return the faces that were found with what they perform.

        Opens their layers of motion, which the opener closes. All have the first one's rate, and
        last as long as the longest.

        Raises:
            ConfigError: nothing says how long the film is.
            CapabilityError: head motion is not as the job asks.
            PluginRunError: a source raised.
        """
        trackers = Trackers(self.plan.tracker, self.opener, self._recognizer, tracker)
        (member, portrait), *others = found
        roles = [_role(member, portrait, self._performance(member, trackers))]
        rate = roles[0].performance.info.rate
        self._check_rate(rate)
        for member, portrait in others:
            roles.append(_role(member, portrait, self._performance(member, trackers, rate)))
        if others:
            _end_together([role.performance for role in roles])
        return roles

    def _performance(
        self, member: PlannedMember, trackers: Trackers, rate: Fraction | None = None
    ) -> LayeredPerformance:
        """Open the layers of motion of a face, at the rate of the first one's."""
        delivery = self.job.delivery
        performance = LayeredPerformance(
            member.layers,
            self.opener,
            trackers=trackers.lend,
            rate=rate or delivery.rate,
            duration=delivery.duration,
        )
        performance.check_head(self.job.performance.head)
        return performance

    def _check_rate(self, rate: Fraction) -> None:
        """Warn of a rate that no editor plays at."""
        if rate.denominator not in (1, 1001):  # a take's clock, which no editor plays at
            self.warnings.append(
                f"The film has {rate} frames per second, as its performance has; "
                f"{round(rate)} would be usual. Ask for another rate to change that."
            )

    def wanted_of(self, role: Role) -> Iterator[TargetFrame]:
        """Yield where the face of a role has to be, frame by frame."""
        motion = role.performance.frames(self.job.performance.gaps)
        return self.targets(motion, role.portrait, role.performance)

    def targets(
        self, motion: Iterator[MotionFrame], portrait: Portrait, performance: LayeredPerformance
    ) -> Iterator[TargetFrame]:
        """Yield the performance's motion as it is on the portrait's face."""
        first = next(motion, None)
        if first is None:
            return
        manner = self.job.performance
        retarget = Retarget(
            portrait.face,
            expression_gain=manner.expression_gain,
            head_gain=manner.head_gain,
            expression=self._expression(portrait, first, performance),
            head=manner.head,
            speaks=performance.speaks,
        )
        yield retarget(first)
        for frame in motion:
            yield retarget(frame)

    def _expression(
        self, portrait: Portrait, first: MotionFrame, performance: LayeredPerformance
    ) -> Mode:
        """How the performed expression joins the portrait's: two smiles are one too many."""
        wanted = self.job.performance.expression
        if wanted != "auto":
            return wanted
        neutral = first.face.neutral if first.face is not None else None
        resting = neutral is None or lips_apart(neutral) < LIPS_AT_REST  # no subject, no smile
        if not (resting and performance.moves_mouth and is_expressive(portrait.face)):
            return "relative"  # a driver who smiles all along adds little to a smile
        note = (
            "The portrait smiles or speaks; the performance replaces its expression."
            " Expression mode relative adds to it instead."
        )
        if note not in self.warnings:  # of another face that does
            self.warnings.append(note)
        return "absolute"


def _role(member: PlannedMember, portrait: Portrait, performance: LayeredPerformance) -> Role:
    x, y = portrait.face.center
    who = member.face if is_name(member.face) else f"Face at {x:.0f},{y:.0f}"
    return Role(portrait, performance, who)


def _end_together(performances: Sequence[LayeredPerformance]) -> None:
    """Let all last as long as the longest of them."""
    durations = [one.info.duration for one in performances]
    known = [one for one in durations if one is not None]
    if len(known) < len(durations):
        raise ConfigError(
            "Several faces perform, and not all performances say how long they are.",
            hint="give --duration 10s, in a job delivery.duration",
        )
    for performance in performances:
        if performance.info.duration != max(known):
            performance.last(max(known))
