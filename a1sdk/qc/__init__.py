"""Quality control: measure a film against what was asked of it, and say where it is bad."""

from __future__ import annotations
