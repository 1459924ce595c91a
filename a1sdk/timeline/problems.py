"""Every problem a cut can have, by its stable code: what it means and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "A1-AAF-DATA": (
            "A track of an AAF carries neither picture nor sound; it is left out. Nothing needs "
            "to be done."
        ),
        "A1-AAF-NEAR-RATE": (
            "Media and sequence differ in rate by a thousandth, as 24 and 23.976 do; a frame of "
            "the one is read as a frame of the other. Check the clip's first frame."
        ),
        "A1-AAF-SEQUENCES": (
            "The file holds several sequences; the first one was read. Export the one that is "
            "meant."
        ),
        "A1-AAF-UNKNOWN": (
            "A component is of a kind that is not known here; it is read as a gap of its length."
        ),
        "A1-CONFORM-HANDLES": (
            "A transition shows more of a clip than its render has; the clip was left as it was. "
            "Render it with longer handles."
        ),
        "A1-CONFORM-MEDIA": (
            "A clip is a title or a generator, which names no media that could be replaced; it was "
            "left as it was. Use the OTIO master."
        ),
        "A1-CONFORM-NEST": (
            "A clip lies in a nested sequence where its shot cannot be put in place of it: the "
            "sequence is retimed, is used elsewhere too, or cuts off what was not rendered. "
            "Render it with longer handles, unnest it, or put the render in by hand."
        ),
        "A1-CONFORM-RELATIVE": (
            "Clips name their media relative to the cut's own folder, and the cut is handed back "
            "into another. Move the files that are handed back beside the cut, or relink the clips."
        ),
        "A1-CONFORM-SILENT": (
            "A relinked clip had picture and sound in one; in the OTIO master its render is silent."
            " Take the patched copy, where its sound is a clip of its own."
        ),
        "A1-CONFORM-SOUND": (
            "A clip has picture and sound in one, in a place where they cannot be taken apart; it "
            "was left as it was. Detach its sound, or use the OTIO master."
        ),
        "A1-DRIVE-AMBIGUOUS": (
            "Several clips have the name that `drive=` asks for, and none is nearest. Say which "
            "by its place: `drive=V1@01:00:04:00`."
        ),
        "A1-DRIVE-DISABLED": (
            "The driver of a shot is switched off, so that nobody drives. Switch the clip on; its "
            "track may stay off."
        ),
        "A1-DRIVE-GAP": (
            "The driver does not last as long as the shot. `gap=` says what happens there: rest, "
            "hold, or refuse the shot."
        ),
        "A1-DRIVE-MISSING": (
            "What `drive=` names is no clip, no track and no file. Check its spelling, or name a "
            "place: `drive=V1@01:00:04:00`."
        ),
        "A1-DRIVE-SHORT": (
            "The cut shows more of a driver than its media has; the nearest frame there is is held."
        ),
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
            "A speed may be a factor or a percentage, and nothing in the file decides. Check the "
            "clip's last frame."
        ),
        "A1-FCP7-TICKS": (
            "Premiere's exact first frame differs from the rounded one; the exact one was taken, "
            "as Premiere does."
        ),
        "A1-FCPXML-ANGLE": (
            "A multicam clip names none of its angles; the first one was taken. Switch it to the "
            "angle that is meant and export again."
        ),
        "A1-FCPXML-CAPTIONS": ("Captions are left out. Nothing needs to be done."),
        "A1-FCPXML-CLIPS": (
            "The file holds clips and no project; they are read one after another. Export the "
            "project if that was not meant."
        ),
        "A1-FCPXML-CONFORM": (
            "A clip's rate is conformed to another in a way that is not known here; it is read as "
            "played in real time. Check its last frame."
        ),
        "A1-FCPXML-EMPTY": ("There is nothing to play in the project. Export another one."),
        "A1-FCPXML-EVENT-CLIPS": (
            "The file holds clips of an event beside its project; they are no part of the cut. "
            "Nothing needs to be done."
        ),
        "A1-FCPXML-OFFSET": (
            "The items of a storyline have times before its start timecode, as some programs write "
            "that count from 0; its first item is taken to lie at its start."
        ),
        "A1-FCPXML-PROJECTS": (
            "The file holds several projects; the first one was read. Export the one that is meant."
        ),
        "A1-FCPXML-VERSION": (
            "The file is of a version that is not known here; it was read as the newest that is. "
            "Export an earlier version if something is missing."
        ),
        "A1-KEYS-INVALID": (
            "The keyframes that an effect of the clip carries are not understood. They are "
            "`a1.curves/1`."
        ),
        "A1-KEYS-MISSING": (
            "What `keys=` names is no track and no file. Check its spelling and the media roots."
        ),
        "A1-MEDIA-ACTIVE-KEY": (
            "A clip names a media reference that it does not have; another of its references, or "
            "none, is used. Relink the clip."
        ),
        "A1-MEDIA-AMBIGUOUS": (
            "Several files have the name of one that is not where it is written to be. Relink it, "
            "or declare only the folder that is meant."
        ),
        "A1-MEDIA-MISSING": (
            "A clip has no media reference. Relink it in the editing program, or say where its "
            "media is."
        ),
        "A1-MEDIA-OFFLINE": (
            "A media file is not there, and no media root has a file of its name. Relink it, or "
            "declare its folder with `--media-root`."
        ),
        "A1-MEDIA-RATE": (
            "A file has nearly the frame rate that the cut says, as 24 and 23.976; its frames are "
            "counted. Relink it, or interpret it in the editing program as it is."
        ),
        "A1-MEDIA-REFUSED": (
            "A path leads out of the media roots, to a network or through a link out of them, and "
            "is not followed. Declare the folder with `--media-root` if it is meant."
        ),
        "A1-MEDIA-RELINKED": (
            "A media file is not where it is written to be; the one of its name in the media "
            "roots was taken."
        ),
        "A1-MEDIA-TIMECODE": (
            "What a clip shows is not in its file: the file's timecode or its length is another "
            "than the cut says. Relink the clip."
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
            "decision lists leaves them. They are put where they were recorded; nothing needs to "
            "be done."
        ),
        "A1-OTIO-RETIME-AMBIGUOUS": (
            "Premiere and other programs mean different things by the range of a retimed clip, "
            "and nothing in the file decides. Check the clip's first and last frame."
        ),
        "A1-OTIO-UNKNOWN": (
            "An object is of a kind that is not known here; a gap or an effect of its length "
            "stands for it, and what the file says is kept in its metadata."
        ),
        "A1-PORTRAIT-ALPHA": (
            "The portrait is transparent somewhere, and the codec that was asked for is not, so "
            "that what lies under the transparent parts shows. Leave `--codec` out, or take one "
            "with alpha."
        ),
        "A1-PORTRAIT-MOVING": (
            "The portrait is a film or numbered pictures. `still=` says which picture of it to "
            "animate."
        ),
        "A1-PORTRAIT-RETIME": ("A still has a speed, which means nothing; it is ignored."),
        "A1-QC-UNMARKED": (
            "Quality control found more in a shot than is marked in the cut: in its handles, which "
            "the cut does not show, or in more places than a shot has markers. All of it lies "
            "beside the shot, `SHOT.a1qc.json`."
        ),
        "A1-RETIME-REVERSED": (
            "A clip is reversed, and the file does not say which frame it begins with; it was "
            "counted back from the end of the media. Check the clip's first frame."
        ),
        "A1-RETIME-UNSUPPORTED": (
            "A clip has a speed ramp that cannot be followed; it is read at its first speed. Bake "
            "the ramp in the editing program, or give the driver as a file."
        ),
        "A1-SHOT-CUT-MARKER": (
            "An `A1` marker on the cut or on a nested sequence lies in no portrait or in several, "
            "and is not followed. Put it on the clip."
        ),
        "A1-SHOT-DISABLED": ("A portrait is switched off, or its track is; it is no shot."),
        "A1-SHOT-FILM-CHANGED": (
            "A portrait's clip shows a film that was rendered of it and has been changed since, by "
            "a grade for instance. Put the portrait back to have it rendered again, or say `skip` "
            "to leave it as it is."
        ),
        "A1-SHOT-FILM-SYNC": (
            "A film that was rendered before is retimed or slipped, and who performs in it is not: "
            "it is handed back in sync with that. Retime or slip the driver instead."
        ),
        "A1-SHOT-GROUP": (
            "A note names a group that no DRIVE, VOICE or KEYS track has; the tracks without a "
            "group perform."
        ),
        "A1-SHOT-ID": (
            "Several shots have one `id=`, as copies of a clip do; all but the first are told "
            "apart by where they lie. Give each its own."
        ),
        "A1-SHOT-NAME": (
            "Several shots have one name; all but the first get a number. Give each its own."
        ),
        "A1-SHOT-NO-DRIVER": (
            "Nobody performs in a shot. Put a driver on a track `A1 DRIVE` below it, or name one "
            "with `drive=`, `voice=` or `keys=`."
        ),
        "A1-SHOT-NOTE-UNUSED": (
            "A clip that is no portrait has settings of a shot. Move them to the portrait clip."
        ),
        "A1-SHOT-OCCLUDED": (
            "Clips on tracks above hide a portrait all the time; it is left alone unless it is "
            "asked for."
        ),
        "A1-SHOT-SETTINGS": (
            "The settings of a shot cannot be understood, or two notes of it disagree. The "
            "message says which key."
        ),
        "A1-SHOT-TRACK-NAME": (
            "A track's name begins with `A1` and is nearly the name of a role. Correct it; it has "
            "no role until then."
        ),
        "A1-SHOT-UNMATCHED": (
            "An entry of the sidecar means no clip, or several. Add its track, timecode or clip "
            "name."
        ),
        "A1-SOUND-LEFT-OUT": (
            "The sound of a shot is retimed, all of it or in pieces; its media is silent there. "
            "The cut's own sound tracks are left as they are."
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
            "Several clips have the name that `voice=` asks for, and none is nearest. Say which "
            "by its place: `voice=A1@01:00:04:00`."
        ),
        "A1-VOICE-MISSING": (
            "What `voice=` names is no clip, no track and no file. Check its spelling, or name a "
            "place: `voice=A1@01:00:04:00`."
        ),
        "A1-VOICE-OVERLAP": (
            "Several voices speak at once on VOICE tracks, and one mouth moves; the one on the "
            "track above is taken. Give each speaker a group."
        ),
        "A1-VOICE-RETIME": (
            "A voice is played at another speed or backwards: the mouth follows it, and its sound "
            "is left out."
        ),
    }
)
"""Code -> what it means and what to do, in the order of their codes."""
