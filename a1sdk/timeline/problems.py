"""Every problem a cut can have, by its stable code: what it means and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "A1-EDL-KEY": (
            "Events of a list are keys: the picture over the one below. They are read as cuts on "
            "a track above."
        ),
        "A1-EDL-LINE": (
            "A line begins as an event does and cannot be read as one; it is left out. Correct "
            "it, or export the list again."
        ),
        "A1-EDL-LOCATOR-OUTSIDE": (
            "Events have a locator whose time is not theirs; the list writes it under them, so "
            "that it is taken for one at their start."
        ),
        "A1-EDL-NO-CHANNEL": (
            "Events of a list go to neither picture nor sound; they are left out."
        ),
        "A1-EDL-OVERLAP": (
            "Two events of a list are at the same time on one channel; the later is put on a "
            "track above."
        ),
        "A1-EDL-RATE-GUESSED": (
            "An edit decision list has no frame rate in it; this one was found out from its "
            "times, and 24 may be 23.976. Say which it is with `--rate`."
        ),
        "A1-EDL-RECORD-BACKWARDS": (
            "An event of a list ends before it starts, which no cut can have; it is left out."
        ),
        "A1-EDL-SOURCE-EMPTY": (
            "Events of a list have no length of source, as stills and sound without timecode "
            "have; they are read as played at full speed."
        ),
        "A1-EDL-SOURCE-RATE": (
            "The source timecode of a reel has frames that the cut's rate has not; it is counted "
            "at the next rate that has them."
        ),
        "A1-EDL-SOURCE-ROUNDED": (
            "Events of a list have one frame more or less of source than of record, as lists of "
            "sound do; they are read as played at full speed."
        ),
        "A1-EDL-SPEED-IMPLIED": (
            "An event has more or less source than record and no `M2` line that says why; the "
            "plainest speed that fits was taken. Check its last frame."
        ),
        "A1-EDL-SPEED-MISMATCH": (
            "The speed that an `M2` line says does not fit the source times of its event; the "
            "speed was taken. Check its last frame."
        ),
        "A1-FCP7-CHANNELS": (
            "The channels of stereo tracks are written as tracks of their own; they are read as one"
            " track. Nothing needs to be done."
        ),
        "A1-FCP7-EDGE": (
            "An item has no start or no end, and no transition beside it; its in and out were "
            "taken. Check where it lies."
        ),
        "A1-FCP7-EMPTY": ("The sequence has no tracks. Export the whole sequence."),
        "A1-FCP7-SEQUENCES": (
            "The file holds several sequences; the first one was read. Export the one that is "
            "meant."
        ),
        "A1-FCP7-SPEED-UNIT": (
            "A speed may be a factor or a percentage, and nothing in the file decides. Check the "
            "clip's last frame."
        ),
        "A1-FCP7-TICKS": (
            "Premiere's exact first frame differs from the rounded one; the exact one was taken, as"
            " Premiere does."
        ),
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
        "A1-RETIME-REVERSED": (
            "A clip is reversed, and the file does not say which frame it begins with; it was "
            "counted back from the end of the media. Check the clip's first frame."
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
        "A1-TIME-OVERLAP": (
            "An item starts before the one ahead of it on its track has ended. Move one of them to "
            "another track."
        ),
        "A1-TIME-OVERLONG-TRANSITION": (
            "A transition is longer than the clip beside it; it is cut off where the clip ends."
        ),
    }
)
"""Code -> what it means and what to do, in the order of their codes."""
