"""What cleaning does to motion: jitter, lag, blinks and closed lips before and after.

    python benchmarks/cleaning.py [--strength 1] [--plot cleaning.png] TAKE.a1motion...

Takes are tracked without cleaning, as `a1 motion extract CLIP -o TAKE.a1motion --set
driver.smoothing=0` does. Prints the table of `docs/motion.md`. Exits with 1 if Savitzky-Golay lags
by more than 0.1 frames, or if a method leaves blinks more than 0.1 of an open eye less closed than
they were, or lips 0.01 face units.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from a1sdk.motion.cleaning import Cleaning, clean
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.jitter import CleaningReport, compare
from a1sdk.motion.measure import measure

METHODS = ("savitzky-golay", "one-euro")
MOST_LAG = 0.1  # frames, of the method that looks ahead
LEAST_BLINK = 0.1  # of an open eye
LEAST_CLOSURE = 0.01  # face units
SHOWN = slice(75, 175)  # frames of the plot


@dataclass(frozen=True)
class Result:
    """One take cleaned by one method."""

    take: str
    method: str
    report: CleaningReport

    @property
    def fine(self) -> bool:
        """Whether it kept the limits."""
        report = self.report
        prompt = all(abs(region.lag) < MOST_LAG for region in report.regions)
        return (
            (prompt or self.method != "savitzky-golay")
            and report.blinks.after < report.blinks.before + LEAST_BLINK
            and report.lips.after < report.lips.before + LEAST_CLOSURE
        )

    def row(self) -> str:
        """Return the row of the table."""
        rate = float(self.report.rate)
        cells = [
            f"{1000 * one.jitter_before:.2f} > {1000 * one.jitter_after:.2f},"
            f" {1000 * one.lag / rate:+.0f} ms"
            for one in self.report.regions
        ]
        blinks, lips = self.report.blinks, self.report.lips
        closed = (
            f"{blinks.count}: {blinks.before:.2f} > {blinks.after:.2f}" if blinks.count else "none",
            f"{lips.count}: {lips.before:.3f} > {lips.after:.3f}" if lips.count else "none",
        )
        name = f"{self.take} | {self.method}"
        return f"| {name} | {' | '.join([*cells, *closed])} |"


def cleaned(take: MotionClip, method: str, strength: float) -> list[MotionFrame]:
    """Return the frames of a take, cleaned."""
    cleaning = Cleaning.model_validate({"method": method, "strength": strength})
    return list(clean(take.frames(), take.info.rate, cleaning))


def results(paths: list[Path], strength: float) -> Iterator[Result]:
    """Clean every take by every method."""
    for path in paths:
        take = MotionClip.load(path)
        for method in METHODS:
            frames = cleaned(take, method, strength)
            report = compare(take, MotionClip.from_frames(frames, take.info))
            yield Result(path.stem, method, report)


def plot(path: Path, target: Path) -> None:
    """Draw what an animator looks at: eyes, lips, yaw and chin, tracked and cleaned."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    take = MotionClip.load(path)
    curves = {"tracked": list(take.frames())}
    curves.update({method: cleaned(take, method, 1.0) for method in METHODS})
    figure, axes = pyplot.subplots(4, 1, figsize=(12, 9), sharex=True)
    for name, frames in curves.items():
        seen = measure(frames)
        chin = [frame.face.expression[152, 1] if frame.face else np.nan for frame in frames]
        signals = {
            "eyes, 1 is open": seen.eyes.max(axis=1),
            "between the lips": seen.mouth,
            "yaw, degrees": seen.angles[:, 0],
            "chin, down": np.array(chin),
        }
        for axis, (label, values) in zip(axes, signals.items(), strict=True):
            axis.plot(np.arange(len(frames))[SHOWN], values[SHOWN], label=name, linewidth=1)
            axis.set_ylabel(label)
    axes[0].legend(loc="lower right")
    axes[-1].set_xlabel("frame")
    figure.tight_layout()
    figure.savefig(target, dpi=100)


def main() -> None:
    """Print the table; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("takes", nargs="+", type=Path)
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    made = list(results(arguments.takes, arguments.strength))
    regions = [one.region for one in made[0].report.regions]
    heads = ["take", "method", *regions, "blinks, open", "lips meet at"]
    rows = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    sys.stdout.write("\n".join([*rows, *(result.row() for result in made)]) + "\n")
    if arguments.plot:
        plot(arguments.takes[0], arguments.plot)
    sys.exit(not all(result.fine for result in made))


if __name__ == "__main__":
    main()
