"""Draw the regions of a face for `docs/motion.md`: which landmark belongs to which, and how far.

    python tools/draw_regions.py docs/images/motion-regions.png

Needs matplotlib, which comes with the development tools.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot
from matplotlib.tri import LinearTriInterpolator, Triangulation, UniformTriRefiner

from a1sdk.motion.blendshapes import reference_face
from a1sdk.motion.landmarks import EYES, outlines
from a1sdk.motion.regions import REGIONS, point_weights

COLORS = {
    "lips": (0.80, 0.25, 0.30),
    "jaw": (0.93, 0.62, 0.25),
    "cheeks": (0.95, 0.86, 0.55),
    "eyes": (0.25, 0.55, 0.75),
    "brows": (0.45, 0.68, 0.42),
    "gaze": (0.15, 0.15, 0.35),
}
NAMES_AT = {
    "lips": (0.0, 0.56),
    "jaw": (0.0, 0.9),
    "cheeks": (0.45, 0.1),
    "eyes": (-0.36, -0.17),
    "brows": (0.0, -0.65),
    "gaze": (0.36, -0.44),
}


def draw(target: Path) -> None:
    """Shade each triangle by the mean weights of its corners; dots are landmarks."""
    face = reference_face()
    colors = sum(
        point_weights(region)[:, None] * np.array(COLORS[region])
        for region in REGIONS
        if region in COLORS
    )
    skin = np.setdiff1d(np.arange(len(face)), EYES)
    mesh = Triangulation(face[skin, 0], face[skin, 1])
    fine = UniformTriRefiner(mesh).refine_triangulation(subdiv=4)
    centers = fine.x[fine.triangles].mean(axis=1), fine.y[fine.triangles].mean(axis=1)
    shades = [LinearTriInterpolator(mesh, channel)(*centers) for channel in colors[skin].T]
    figure, axis = pyplot.subplots(figsize=(6, 7))
    shaded = axis.tripcolor(fine, facecolors=np.zeros(len(fine.triangles)))
    shaded.set(array=None, facecolors=np.stack(shades, axis=1).clip(0, 1), edgecolors="face")
    for line in outlines():
        axis.plot(*face[list(line), :2].T, color="white", linewidth=1)
    axis.scatter(*face[:, :2].T, s=4, color=np.clip(colors * 0.6, 0, 1))
    for region, (x, y) in NAMES_AT.items():
        axis.text(x, y, region, ha="center", va="center", fontsize=11, weight="bold")
    axis.set_aspect("equal")
    axis.invert_yaxis()
    axis.axis("off")
    figure.tight_layout()
    figure.savefig(target, dpi=90)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path)
    draw(parser.parse_args().target)
