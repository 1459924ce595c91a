"""FCPXML: what Final Cut Pro exports, versions 1.8 to 1.13, and what Resolve writes as such.

Of a file with projects the first is read; of one with clips alone, as Final Cut Pro writes them
when clips of an event are exported, those, one after another.

An item's origin is the path of its element from the root, each step a tag and how many siblings of
that tag are ahead of it: `/fcpxml/library[0]/event[1]/project[0]/sequence[0]/spine[0]/clip[3]`.
After: Apple, "FCPXML Reference".
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcpxml.document import CLIPS, DOCUMENT, addresses, notes, seconds
from a1sdk.timeline.formats.fcpxml.lanes import marked_gaps, tracks
from a1sdk.timeline.formats.fcpxml.media import Resources
from a1sdk.timeline.formats.fcpxml.story import Story
from a1sdk.timeline.formats.fcpxml.timeline import Document, Timeline
from a1sdk.timeline.formats.xml_document import parse
from a1sdk.timeline.model import Cut
from a1sdk.timing import DROP_FRAME_RATES

_NEWEST = (1, 13)


def read(path: Path, rate: Fraction | None) -> Cut:
    """Read the first project of an FCPXML, or its clips where it has no project.

    Args:
        path: the file, or the folder `.fcpxmld`.
        rate: frames per second of the cut in place of what the file says.

    Raises:
        DecodeError: no XML, nothing to play in it, a clip inside itself, or times that are none.
    """
    root = parse(path / DOCUMENT if path.is_dir() else path)
    if root.tag != "fcpxml":
        raise DecodeError(
            f"The file is a fragment of FCPXML: its root is <{root.tag}>, not <fcpxml>.",
            hint="export the whole project",
        )
    document = Document(Resources(root), addresses(root))
    _check_version(document, root)
    projects = list(root.iter("project"))
    clips = [one for parent in _holders(root) for one in parent if one.tag in CLIPS]
    if projects:
        _note_others(document, projects, clips)
        return _project(path, document, projects[0], rate)
    if not clips:
        raise DecodeError(
            "The file has no project and no clips.", hint="select a project and export it again"
        )
    return _clips(path, document, clips, rate)


def _check_version(document: Document, root: Element) -> None:
    written = root.get("version", "")
    parts = written.split(".")
    if len(parts) == 2 and all(part.isdecimal() and len(part) < 4 for part in parts):
        if (int(parts[0]), int(parts[1])) <= _NEWEST:
            return
    message = f"The file is FCPXML {written!r:.20}; read as 1.13, which is the newest one known."
    document.problem("A1-FCPXML-VERSION", "note", message)


def _holders(root: Element) -> list[Element]:
    """Return the elements that clips may lie in outside of projects."""
    events = [*root.findall("event"), *root.findall("library/event")]
    return [root, *events]


def _note_others(document: Document, projects: list[Element], clips: list[Element]) -> None:
    if len(projects) > 1:
        names = ", ".join(f"{one.get('name', '')!r:.60}" for one in projects[:5])
        message = f"The file has {len(projects)} projects ({names}); the first one was read."
        document.problem("A1-FCPXML-PROJECTS", "warning", message)
    if clips:
        message = f"{len(clips)} clips lie in events, beside the project; they are no part of it."
        document.problem("A1-FCPXML-EVENT-CLIPS", "note", message)


def _project(path: Path, document: Document, project: Element, given: Fraction | None) -> Cut:
    sequence = project.find("sequence")
    if sequence is None:
        raise DecodeError(f"Project {project.get('name', '')!r:.60} has no sequence.")
    written = document.resources.rate(sequence) or given
    if written is None:
        raise DecodeError(
            f"Project {project.get('name', '')!r:.60} has no frame rate.",
            hint="say which it is with --rate",
        )
    own = given or written
    start = (seconds(sequence, "tcStart") or Fraction(0)) * written / own
    drop_frame = sequence.get("tcFormat") == "DF" and own in DROP_FRAME_RATES
    timeline = Timeline(written, start=start, drop_frame=drop_frame, nesting=(sequence,))
    Story(document).sequence(sequence, timeline)
    return _cut(path, document, timeline, own, project)


def _clips(path: Path, document: Document, clips: list[Element], given: Fraction | None) -> Cut:
    rates = (_own_rate(document.resources, one) for one in clips)
    written = next((rate for rate in rates if rate is not None), given)
    if written is None:
        raise DecodeError("None of its clips has a frame rate.", hint="say which with --rate")
    timeline = Timeline(written)
    Story(document).line(clips, Fraction(0), (), timeline)
    message = f"The file has no project; its {len(clips)} clips are read one after another."
    document.problem("A1-FCPXML-CLIPS", "note", message)
    return _cut(path, document, timeline, given or written, clips[0])


def _own_rate(resources: Resources, clip: Element) -> Fraction | None:
    """Return the frames per second of a clip that lies in no sequence."""
    media = resources.find("media", clip.get("ref"))
    inner = media if media is None else next(iter(media), None)
    found = (resources.rate(one) for one in (clip, resources.find("asset", clip.get("ref")), inner))
    return next((rate for rate in found if rate is not None), None)


def _cut(path: Path, document: Document, timeline: Timeline, rate: Fraction, told: Element) -> Cut:
    """Return the cut of what was laid; `told` has its name and its notes."""
    found = tracks(timeline.rows)
    if not found:
        document.problem("A1-FCPXML-EMPTY", "warning", "Nothing of the project is to be played.")
    if document.captions:
        message = f"{document.captions} captions are left out."
        document.problem("A1-FCPXML-CAPTIONS", "note", message)
    return Cut(
        path=path,
        dialect="fcpxml",
        name=told.get("name", ""),
        rate=rate,
        start=timeline.start,
        drop_frame=timeline.drop_frame,
        tracks=found,
        markers=tuple(one for gap in marked_gaps(timeline.rows) for one in gap.markers),
        problems=tuple(document.problems),
        metadata={"origin": f"{document.origins.get(told, '')}"} | notes(told),
    )
