"""Every problem a cut can have, by its stable code: what it means and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "A1-AAF-DATA": (
            "A track of an AAF carries neither picture nor sound; it is left out. Nothing needs to "
            "be done."
        ),
        "A1-AAF-NEAR-RATE": (
            "Media and sequence differ in rate by a thousandth, as 24 and 23.976 do; a frame of "
            "the one is read as a frame of the other, as Avid plays them."
        ),
        "A1-AAF-SEQUENCES": (
            "The file holds several sequences; the first one was read. Export the one that is "
            "meant."
        ),
        "A1-AAF-UNKNOWN": (
            "A component is of a kind that is not known here; it is read as a gap of its length."
        ),
        "A1-CONFORM-NEST": (
            "A clip lies in a nested sequence where its shot cannot be put in place of it: the "
            "sequence is retimed, is used elsewhere too, or cuts off what was not rendered. Unnest "
            "it, or put the render in by hand."
        ),
        "A1-DRIVE-AMBIGUOUS": (
            "`drive=` names something that lies at several places of the cut, none of them "
            "nearest. Say where: `drive=V1@01:00:04:00`."
        ),
        "A1-DRIVE-DISABLED": (
            "The driver under a shot is switched off in the editing program, so that it drives "
            "nothing. Switch it on, or say `drive=none`."
        ),
        "A1-DRIVE-GAP": (
            "No driver lies under a part of a shot. The face rests there, or as `gap=` says."
        ),
        "A1-DRIVE-MISSING": (
            "`drive=` names no clip, no track and no file that is there. Correct it, or put the "
            "file into a media root."
        ),
        "A1-DRIVE-SHORT": (
            "A driver has less media than the cut shows of it; its first or last frame is held. "
            "Check the edit, or relink the whole recording."
        ),
        "A1-EDL-KEY": (
            "Events of a list are keys: the picture over the one below. They are read as cuts "
            "on a track above."
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
            "The source timecode of a reel has frames that the cut's rate has not; it is "
            "counted at the next rate that has them."
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
            "The channels of stereo tracks are written as tracks of their own; they are read as "
            "one track. Nothing needs to be done."
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
            "A speed may be a factor or a percentage, and nothing in the file decides. Check "
            "the clip's last frame."
        ),
        "A1-FCP7-TICKS": (
            "Premiere's exact first frame differs from the rounded one; the exact one was "
            "taken, as Premiere does."
        ),
        "A1-KEYS-AMBIGUOUS": (
            "`keys=` names something that lies at several places of the cut, none of them "
            "nearest. Say where: `keys=V1@01:00:04:00`."
        ),
        "A1-KEYS-INVALID": (
            "The keyframes that a clip carries cannot be read; the message says why. Write them "
            "again."
        ),
        "A1-KEYS-MISSING": (
            "`keys=` names no track and no file that is there. Correct it, or put the file into "
            "a media root."
        ),
        "A1-MEDIA-ACTIVE-KEY": (
            "A clip names a media reference that it does not have; another of its references, "
            "or none, is used. Relink the clip."
        ),
        "A1-MEDIA-AMBIGUOUS": (
            "Several files within the media roots fit what a clip plays. Move or rename the "
            "ones that are not meant."
        ),
        "A1-MEDIA-MISSING": (
            "A clip has no media reference. Relink it in the editing program, or say where its "
            "media is."
        ),
        "A1-MEDIA-OFFLINE": (
            "What a clip plays is neither where the cut says nor within the media roots. Give "
            "its folder as a media root."
        ),
        "A1-MEDIA-REFUSED": (
            "The path of a clip's media leads out of the media roots, or is an address on a "
            "network. Give its folder as a media root, or relink the clip."
        ),
        "A1-MEDIA-RELINKED": (
            "What a clip plays was found elsewhere than the cut says, by its name. Check that "
            "it is what is meant."
        ),
        "A1-MEDIA-UNKNOWN": (
            "A media reference is of a kind that is not known here; the clip counts as offline, "
            "and what the file says is kept in its metadata."
        ),
        "A1-NEST-RETIME": (
            "A nested sequence is frozen, reversed or ramped; its clips are placed as if it "
            "played at full speed. Render the nested sequence by itself, or unnest it."
        ),
        "A1-OTIO-COLLECTION": (
            "The file holds several timelines; the first one was read. Export the one that is "
            "meant."
        ),
        "A1-OTIO-INCOMPLETE": (
            "Something the format requires is left out of the file; its usual value was taken."
        ),
        "A1-OTIO-NEWER": (
            "The file is written by a newer OpenTimelineIO; what is new in it is kept, but not "
            "understood."
        ),
        "A1-OTIO-RECORD-TIME": (
            "The tracks start at minus their record time, as opentimelineio's reader of edit "
            "decision lists leaves them. They are put where they were recorded; nothing needs "
            "to be done."
        ),
        "A1-OTIO-RETIME-AMBIGUOUS": (
            "Premiere and other programs mean different things by the range of a retimed clip, "
            "and nothing in the file decides. Check the clip's first and last frame."
        ),
        "A1-OTIO-UNKNOWN": (
            "An object is of a kind that is not known here; a gap or an effect of its length "
            "stands for it, and what the file says is kept in its metadata."
        ),
        "A1-PORTRAIT-MOVING": (
            "The portrait of a shot is a film. Say which of its pictures is to be animated: "
            "`still=0` takes the first."
        ),
        "A1-PORTRAIT-RETIME": (
            "A still portrait has a speed, which changes nothing. Nothing needs to be done."
        ),
        "A1-RETIME-REVERSE": (
            "A driver is played backwards, which no performance can be yet. Turn its media "
            "round and relink the clip."
        ),
        "A1-RETIME-REVERSED": (
            "A clip is reversed, and the file does not say which frame it begins with; it was "
            "counted back from the end of the media. Check the clip's first frame."
        ),
        "A1-RETIME-UNSUPPORTED": (
            "A clip has a speed ramp that cannot be followed; it is read at its first speed. "
            "Bake the ramp in the editing program, or give the driver as a file."
        ),
        "A1-SHOT-CUT-MARKER": (
            "A marker of the cut lies over several portraits or none, so that it cannot be told "
            "whose it is. Put it on the clip."
        ),
        "A1-SHOT-DISABLED": ("A portrait is switched off in the editing program; it is no shot."),
        "A1-SHOT-ID": (
            "Two shots have the same `id=`, as copies of a clip do; the later one was given "
            "another. Give each its own."
        ),
        "A1-SHOT-NAME": (
            "Two shots have the same name; the later one was given a number. Name it by `shot=`."
        ),
        "A1-SHOT-NO-DRIVER": (
            "Nothing drives a shot: no driver, voice or keys. Put one on a track of its group, "
            "or name it by `drive=`."
        ),
        "A1-SHOT-SETTINGS": (
            "What a shot's metadata, marker or sidecar says cannot be understood; the message "
            "says what. Correct it."
        ),
        "A1-SHOT-TRACK-NAME": (
            "The name of a track begins with `A1` and names no role. Correct it, or take `A1` off."
        ),
        "A1-SHOT-UNMATCHED": (
            "An entry of the sidecar is of no portrait in the cut. Correct its track, timecode "
            "or name, or remove it."
        ),
        "A1-TIME-FRACTIONAL": (
            "An item starts or ends between two frames of the cut; the nearest frame is taken, "
            "half frames up."
        ),
        "A1-TIME-MIXED-RATES": (
            "The cut does not say its frame rate and its items disagree; the first item's rate "
            "was taken. Say which it is with `--rate`."
        ),
        "A1-TIME-NEGATIVE": (
            "Something lasts less than no time; it is read as lasting none. Correct it in the "
            "editing program."
        ),
        "A1-TIME-NO-RATE": (
            "Nothing in the file says its frame rate; 24 was taken. Say which it is with `--rate`."
        ),
        "A1-TIME-OVERLAP": (
            "An item starts before the one ahead of it on its track has ended. Move one of them "
            "to another track."
        ),
        "A1-TIME-OVERLONG-TRANSITION": (
            "A transition is longer than the clip beside it; it is cut off where the clip ends."
        ),
        "A1-VOICE-AMBIGUOUS": (
            "`voice=` names something that lies at several places of the cut, none of them "
            "nearest. Say where: `voice=A1@01:00:04:00`."
        ),
        "A1-VOICE-MISSING": (
            "`voice=` names no clip, no track and no file that is there. Correct it, or put the "
            "file into a media root."
        ),
        "A1-VOICE-RETIME": (
            "A voice is played at another speed. The mouth follows it; its sound is left out of "
            "what is rendered."
        ),
    }
)
"""Code -> what it means and what to do, in the order of their codes."""
