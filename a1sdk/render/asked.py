"""What a job asks for: the portrait as it is delivered, and where its face has to be when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from a1sdk.components.data import Portrait, TargetFrame
from a1sdk.media import read_still
from a1sdk.motion.retarget import Retarget
from a1sdk.render.performance import LayeredPerformance
from a1sdk.render.portrait import (
    LIPS_AT_REST,
    choose_face,
    detect_faces,
    face_share,
    fit,
    flatten,
    is_expressive,
    lips_apart,
    size_of_film,
    to_depth,
)

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels
    from a1sdk.components.interfaces import FaceTracker
    from a1sdk.motion.frame import MotionFrame
    from a1sdk.render.job import Mode
    from a1sdk.render.opening import Opener
    from a1sdk.render.plan import RenderPlan


class Asked:
    """Portrait, performance and targets of a plan.

    Attributes:
        faces: how many faces the portrait's picture has; known when the portrait is.
    """

    def __init__(self, plan: RenderPlan, opener: Opener, warnings: list[str]) -> None:
        """Take the plan of a run; `warnings` gets what is not as one may expect."""
        self.plan, self.job = plan, plan.job
        self.opener, self.warnings = opener, warnings
        self.faces = 0

    def portrait(self, tracker: FaceTracker) -> Portrait:
        """Return the portrait in the size and depth of the film.

        Raises:
            NoFaceError: it shows no face.
            ConfigError: it has not the face that the job names.
            CapabilityError: the renderer draws no picture of this size.
            DecodeError: it cannot be read.
        """
        job = self.job
        pixels = self._deliverable(read_still(job.portrait).pixels)
        faces = detect_faces(pixels, tracker, self.opener.lend(self.plan.tracker))
        self.faces = len(faces)
        whole = Portrait(pixels, choose_face(faces, job.face, job.portrait))
        portrait = fit(whole, job.delivery.size or self._size_of(whole), job.delivery.fit)
        if face_share(portrait) < face_share(whole):
            self.warnings.append(
                "The face does not fit into the size asked for; fit pad shows all of it."
            )
        self.plan.check_size(portrait.size)
        portrait.pixels.setflags(write=False)
        return portrait

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

    def performance(self, tracker: FaceTracker) -> LayeredPerformance:
        """Open the layers of motion; the opener closes them.

        Raises:
            ConfigError: nothing says how long the film is.
            CapabilityError: head motion is not as the job asks.
            PluginRunError: a source raised.
        """
        delivery = self.job.delivery
        performance = LayeredPerformance(
            self.plan.layers,
            self.opener,
            tracker=tracker,
            rate=delivery.rate,
            duration=delivery.duration,
        )
        performance.check_head(self.job.performance.head)
        rate = performance.info.rate
        if rate.denominator not in (1, 1001):  # a take's clock, which no editor plays at
            self.warnings.append(
                f"The film has {rate} frames per second, as its performance has; "
                f"{round(rate)} would be usual. Ask for another rate to change that."
            )
        return performance

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
        self.warnings.append(
            "The portrait smiles or speaks; the performance replaces its expression."
            " Expression mode relative adds to it instead."
        )
        return "absolute"
