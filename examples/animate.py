"""Animate a portrait from Python: python examples/animate.py PORTRAIT DRIVER OUTPUT."""

import sys

import a1sdk

report = a1sdk.animate(sys.argv[1], sys.argv[2], sys.argv[3])
print(f"{report.frames} frames at {report.rate} fps, {len(report.gaps)} gaps")
