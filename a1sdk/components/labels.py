"""What labels of a performance have to be like, wherever they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from a1sdk.components.blame import blaming
from a1sdk.components.data import Label
from a1sdk.errors import ContractError

if TYPE_CHECKING:
    from a1sdk.components.interfaces import MotionSource

TRACK = r"[a-z][a-z0-9_-]{0,39}"
"""What the name of a track of labels looks like."""

LONGEST_TEXT = 200
"""Characters in the text of one label."""


def checked_labels(
    source: MotionSource,
    ref: str,
    *,
    frames: int | None,
    rate: Fraction,
    duration: Fraction | None = None,
) -> tuple[Label, ...]:
    """Return the labels of a motion source whose stream has ended, checked.

    Args:
        source: the source.
        ref: its reference, which is blamed.
        frames: how many frames the stream has; None where that is not known, and labels may end
            whenever they like.
        rate: frames per second.
        duration: seconds from the start to the end, where the source announced them.

    Raises:
        ContractError: a label is not as `Label` describes.
        PluginRunError: the source raised.
    """
    with blaming(ref, "in labels"):
        labels = tuple(source.labels())
    limit = None if frames is None else last_instant(frames, rate, duration)
    wrong = label_fault(labels, limit)
    if wrong is not None:
        raise ContractError(
            f"Plugin {ref!r} gave labels that are none: {wrong}.",
            plugin=ref.partition("/")[0],
            hint=f"run `a1 plugin check {ref.partition('/')[0]}`, and tell the plugin's author",
        )
    return labels


def last_instant(frames: int, rate: Fraction, duration: Fraction | None = None) -> Fraction:
    """Return the latest second at which a label of a performance may end.

    It is one frame after its end: what sounds may last a little longer than whole frames do.
    """
    return max(Fraction(frames), (duration or Fraction(0)) * rate) / rate + 1 / rate


def label_fault(labels: Iterable[Any], limit: Fraction | None) -> str | None:
    """Return what is wrong with the first impossible label, or None.

    Within a track, labels have to be in order of their start.

    Args:
        labels: the labels, of any tracks.
        limit: seconds at which all of them have ended; None where that is not known.
    """
    before: dict[str, Fraction] = {}
    for number, label in enumerate(labels):
        wrong = _fault(label, limit)
        if wrong is None and label.start < before.get(label.track, label.start):
            wrong = f"starts before the one before it in track {label.track!r}"
        if wrong is not None:
            return f"label {number} {wrong}"
        before[label.track] = label.start
    return None


def _fault(label: Any, limit: Fraction | None) -> str | None:
    if not isinstance(label, Label):
        return f"is a {type(label).__name__}, not a Label"
    if not (isinstance(label.track, str) and re.fullmatch(TRACK, label.track)):
        return f"has the track {label.track!r:.60}, which is not like 'words'"
    if not isinstance(label.text, str) or not 0 < len(label.text) <= LONGEST_TEXT:
        return f"has a text of other than 1 to {LONGEST_TEXT} characters"
    if not label.text.isprintable():
        return f"has the text {label.text!r:.60}, with characters that cannot be shown"
    if not (isinstance(label.start, Fraction) and isinstance(label.end, Fraction)):
        return f"({label.text!r:.60}) has times that are no fractions"
    if not 0 <= label.start <= label.end:
        return f"({label.text!r:.60}) lasts from {label.start} s to {label.end} s"
    if limit is not None and label.end > limit:
        return f"({label.text!r:.60}) ends at {float(label.end):.3f} s, after the performance"
    return None
