"""Every problem a cut can have, by its stable code: what it means and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "A1-MEDIA-ACTIVE-KEY": (
            "A clip names a media reference that it does not have; another of its references, or "
            "none, is used. Relink the clip."
        ),
        "A1-MEDIA-MISSING": (
            "A clip has no media reference. Relink it in the editing program, or say where its "
            "media is."
        ),
        "A1-MEDIA-UNKNOWN": (
            "A media reference is of a kind that is not known here; the clip counts as offline, "
            "and what the file says is kept in its metadata."
        ),
        "A1-NEST-RETIME": (
            "A nested sequence is frozen, reversed or ramped; its clips are placed as if it "
            "played at full speed. Render the nested sequence by itself, or unnest it."
        ),
        "A1-OTIO-INCOMPLETE": (
            "Something the format requires is left out of the file; its usual value was taken."
        ),
        "A1-OTIO-NEWER": (
            "The file is written by a newer OpenTimelineIO; what is new in it is kept, but not "
            "understood."
        ),
        "A1-OTIO-RETIME-AMBIGUOUS": (
            "Premiere and other programs mean different things by the range of a retimed clip, "
            "and nothing in the file decides. Check the clip's first and last frame."
        ),
        "A1-OTIO-UNKNOWN": (
            "An object is of a kind that is not known here; a gap or an effect of its length "
            "stands for it, and what the file says is kept in its metadata."
        ),
        "A1-RETIME-UNSUPPORTED": (
            "A clip has a speed ramp that cannot be followed; it is read at its first speed. "
            "Bake the ramp in the editing program, or give the driver as a file."
        ),
        "A1-TIME-FRACTIONAL": (
            "An item starts or ends between two frames of the cut; the nearest frame is taken, "
            "half frames up."
        ),
        "A1-TIME-MIXED-RATES": (
            "The cut does not say its frame rate and its items disagree; the first item's rate "
            "was taken. Say which it is with `--rate`."
        ),
        "A1-TIME-OVERLONG-TRANSITION": (
            "A transition is longer than the clip beside it; it is cut off where the clip ends."
        ),
    }
)
"""Code -> what it means and what to do, in the order of their codes."""
