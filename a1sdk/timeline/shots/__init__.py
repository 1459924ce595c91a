"""Find the shots of a cut: portraits, who performs in them, and what is wrong."""

from a1sdk.timeline.shots.finding import HANDLES, Shot, Shots, find_shots

__all__ = ["HANDLES", "Shot", "Shots", "find_shots"]
