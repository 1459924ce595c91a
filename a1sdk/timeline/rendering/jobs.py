"""The job of a shot: what `a1sdk.render` has to do for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from a1sdk.components.choice import ComponentChoice
from a1sdk.components.options import config_error
from a1sdk.components.specs import MotionSourceSpec
from a1sdk.errors import CapabilityError, ConfigError
from a1sdk.media import CODECS, Codec, open_video, probe, write_still
from a1sdk.media.codecs import sequence_pattern
from a1sdk.media.files import make_folder
from a1sdk.render.cast.sheet import Casting, CastSheet, casting
from a1sdk.render.job import Delivery, MotionLayer, Performance, RenderJob
from a1sdk.render.sound import sounding
from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.model import Clip, Problem, Span
from a1sdk.timeline.records import FOLDER, Slate
from a1sdk.timeline.rendering.clocks import FileClocks
from a1sdk.timeline.rendering.layers import Staging
from a1sdk.timeline.shots.drivers import Piece
from a1sdk.timeline.shots.films import said
from a1sdk.timeline.shots.findings import Findings
from a1sdk.timeline.shots.locate import file_kind
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from a1sdk.components.registry import Registry
    from a1sdk.qc.model import QcProfile
    from a1sdk.timeline.shots import Shot, Shots
    from a1sdk.timeline.shots.films import Film

_GAPS = {"neutral": "neutral", "hold": "hold", "error": "fail"}
_USUAL = "prores-422hq"
_WITH_ALPHA = "prores-4444"


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What every shot of a cut is delivered as.

    Attributes:
        codec: name in `a1sdk.media.CODECS`; ProRes if None, 4444 of a portrait that is transparent
            somewhere, else 422 HQ.
        size: width and height in pixels; each portrait's own if None.
        renderer: reference of the renderer, and `renderer_options` its options.
        encoders: who makes the likenesses that the renderer needs, as in a job.
        tracker: reference of the face tracker.
        device: where to work, as in a job.
        sound: whether films carry the sound of who performs.
        commercial: whether to refuse what does not allow commercial use, as in a job.
        licensed: names of what the user holds another licence for, as in a job.
        qc: whether to inspect the shots while they are made, as in a job.
        qc_page: whether to write a page of what is found in each, as in a job.
        cast: who is who, for shots that say who performs in them.
    """

    codec: str | None = None
    size: tuple[int, int] | None = None
    renderer: str = "warp/mesh"
    renderer_options: dict[str, Any] = field(default_factory=dict)
    encoders: tuple[ComponentChoice, ...] = ()
    tracker: str = "facemesh/landmarks"
    device: str = "auto"
    sound: bool = True
    commercial: bool = False
    licensed: tuple[str, ...] = ()
    qc: bool | QcProfile = False
    qc_page: bool = False
    cast: CastSheet | None = None

    def __post_init__(self) -> None:
        if self.codec is not None:
            self.suffix_of(self.codec)
        try:
            Delivery(size=self.size)
        except ValidationError as error:
            raise config_error(error) from None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a job that are the same for all shots, by name."""
        return {
            "renderer": ComponentChoice(use=self.renderer, options=self.renderer_options),
            "encoders": self.encoders,
            "tracker": ComponentChoice(use=self.tracker),
            "device": self.device,
            "commercial": self.commercial,
            "licensed": self.licensed,
            "qc": self.qc,
            "qc_page": self.qc_page,
        }

    def suffix_of(self, codec: str) -> str:
        """Return what the names of a codec's files end in: `.mov`, `.%04d.png`.

        Raises:
            ConfigError: there is no such codec.
        """
        known = CODECS.get(codec)
        if known is None:
            raise ConfigError(f"There is no codec {codec!r}.", hint=f"one of: {', '.join(CODECS)}")
        if known.sequence:
            return f".%04d{known.suffix}"
        return ".mov" if ".mov" in known.suffixes else known.suffix


@dataclass(frozen=True, kw_only=True)
class ShotJob:
    """A shot and the job that renders it.

    Attributes:
        job: its output lies in a folder of the shot where that is numbered pictures.
        codec: what the media is written with.
        alpha: whether the media keeps transparency.
        timecode: record timecode of the media's first frame.
        problems: what was found while it was made, beside the shot's own.
    """

    shot: Shot
    job: RenderJob
    codec: Codec
    alpha: bool
    timecode: Timecode
    problems: tuple[Problem, ...]

    @property
    def media(self) -> Path:
        """Where the media goes, as documents say it: absolute, and by no way around."""
        return _straight(self.job.output)

    @property
    def slate(self) -> Slate:
        """What the media is known by when it comes in again."""
        shot, head = self.shot, self.shot.head / self.shot.rate
        film = shot.film
        still = shot.binding.get("still") if shot.moving else None
        return Slate(
            name=shot.name,
            media=self.job.output.name,
            portrait=_straight(self.job.portrait),
            rate=shot.rate,
            timecode=str(self.timecode),
            handles=shot.handles,
            still=film.record.slate.still if film else still,
            said=said(shot),
            shown=tuple((at + head, time) for at, time in shot.shown.points),
        )


@dataclass(frozen=True)
class JobMaker:
    """Makes the jobs of one cut's shots.

    Attributes:
        folder: where the media go.
        shots: the shots of the cut.
        delivered: what the media are.
    """

    folder: Path
    shots: Shots
    delivered: Delivered
    registry: Registry
    clocks: FileClocks = field(default_factory=FileClocks)

    def job(self, shot: Shot, film: Film | None = None) -> ShotJob:
        """Return the job of a shot; a moving portrait's picture is written for it.

        Args:
            shot: the shot.
            film: the one that the job is to be of, where it lies; else one in the folder.

        Raises:
            A1Error: a file cannot be read, or what the shot asks for makes no sense.
        """
        found = Findings(f"{shot.placed.track.called}/{shot.name}")
        layers = Staging(self.registry, self.clocks).layers(shot, found)
        portrait = self._portrait(shot, found)
        if found.fatal:
            problem = next(one for one in found.problems if one.severity == "error")
            raise ConfigError(f"{problem.code}: {problem.message}")
        codec, alpha = self._codec(portrait, found)
        timecode = self.timecode(shot) if film is None else film.timecode
        faces = self._faces(shot, layers)
        job = RenderJob(
            portrait=portrait,
            **faces.fields,
            output=self._output(shot, codec) if film is None else self._known(film),
            performance=_performance(shot),
            delivery=self._delivery(shot, codec, timecode, self._sounds(faces, found)),
            seed=shot.binding.get("seed", 0),
            **self.delivered.fields,
        )
        return ShotJob(
            shot=shot,
            job=job,
            codec=codec,
            alpha=alpha,
            timecode=timecode,
            problems=tuple(found.problems),
        )

    def _faces(self, shot: Shot, layers: tuple[MotionLayer, ...]) -> Casting:
        """Return whose faces perform, and what: the largest, where the shot names nobody."""
        who: str | None = shot.binding.get("who")
        if who is None:
            return Casting("largest", layers)
        if self.delivered.cast is None:
            raise ConfigError(
                f"Shot {shot.name!r} says who={who}, and there is no cast sheet.",
                hint="name one with --cast",
            )
        return casting(self.delivered.cast.played_by(who), layers, self.registry)

    def _codec(self, portrait: Path, found: Findings) -> tuple[Codec, bool]:
        """Return what the media is written with, and whether it keeps transparency."""
        alpha = _has_alpha(portrait)
        codec = CODECS[self.delivered.codec or (_WITH_ALPHA if alpha else _USUAL)]
        if alpha and not codec.alpha:
            name = codec.name
            message = f"its portrait is transparent, and {name} is not: the whole picture shows"
            hint = f"--codec {_WITH_ALPHA} keeps it"
            found.add("A1-PORTRAIT-ALPHA", "warning", message, hint)
        return codec, alpha and codec.alpha

    def timecode(self, shot: Shot) -> Timecode:
        """Return the record timecode of a shot's first frame, which is a handle if it has any."""
        cut = self.shots.cut
        start = cut.start * cut.rate
        frame = round(start) + shot.frames.start
        if frame < 0:
            raise CapabilityError(
                f"The handles of {shot.name!r} begin before timecode 00:00:00:00.",
                hint="give it less of them: handles=0, or start the cut at 01:00:00:00",
            )
        return Timecode(frame, cut.rate, cut.drop_frame)

    def _output(self, shot: Shot, codec: Codec) -> Path:
        name = f"{shot.name}{self.delivered.suffix_of(codec.name)}"
        folder = self.folder / shot.name if codec.sequence else self.folder
        if any(_takes_place(name, other) for other in self._sources.get(folder.resolve(), ())):
            raise ConfigError(
                f"{name!r} would take the place of a file that the cut plays.",
                hint="call the shot something else, or choose another folder with -o",
            )
        make_folder(folder)
        return folder / name

    def _known(self, film: Film) -> Path:
        """Return where a film lies, by the folder's own path if it is in there."""
        here = film.folder == self.folder.resolve()
        return self.folder / film.path.relative_to(film.folder) if here else film.path

    @cached_property
    def _sources(self) -> Mapping[Path, frozenset[str]]:
        """Names of the files that the shots are made of, by their folders."""
        folders: dict[Path, set[str]] = defaultdict(set)
        for path in {path for shot in self.shots for path in _files_of(shot)}:
            whole = path.resolve()
            folders[whole.parent].add(whole.name)
        return {folder: frozenset(names) for folder, names in folders.items()}

    def _portrait(self, shot: Shot, found: Findings) -> Path:
        """Return the portrait's picture: the file, or the one that is chosen of a moving one."""
        path = shot.portrait
        assert path is not None  # a shot without one is blocked
        if not shot.moving:
            return path
        chosen = _chosen(shot)
        if file_kind(path.name) == "film":
            clock = self.clocks.of(chosen, found)
            return _picture_of_film(path, clock(chosen.points()[0][1]), self.folder, shot)
        return _picture_of_sequence(path, shot.placed.clip, chosen.points()[0][1])

    def _sounds(self, faces: Casting, found: Findings) -> bool:
        """Whether the film carries sound; what is retimed of it is left to the cut."""
        if not self.delivered.sound:
            return False
        stacks = (faces.motion, *(one.motion for one in faces.cast))
        people = [[(one, self._inputs(one)) for one in layers] for layers in stacks]
        heard = [one for layers in sounding(people, self.clocks.sounds) for one in layers]
        silent = [one.name for one in heard if one.time.running(None) is None]
        if silent:
            names = ", ".join(dict.fromkeys(silent))
            those = "" if len(silent) == len(heard) else f" of {names}"
            message = f"the sound{those} is retimed; the media is silent there"
            found.add("A1-SOUND-LEFT-OUT", "note", message)
        return len(silent) < len(heard)

    def _inputs(self, layer: MotionLayer) -> tuple[str, ...]:
        """Return the kinds of file that a layer's source reads."""
        spec = self.registry.spec("motion_source", layer.use)
        return spec.inputs if isinstance(spec, MotionSourceSpec) else ()

    def _delivery(self, shot: Shot, codec: Codec, timecode: Timecode, sound: bool) -> Delivery:
        film = not codec.sequence
        return Delivery(
            rate=shot.rate,
            duration=len(shot.frames) / shot.rate,
            size=self.delivered.size,
            codec=codec.name,
            timecode=str(timecode) if film else None,
            audio=sound and film,
        )


def _straight(path: Path) -> Path:
    """Return an absolute path without `..`; links in it stay, for others may have them as well."""
    whole = path.absolute()
    return whole.parent.resolve() / whole.name if ".." in whole.parts else whole


def _performance(shot: Shot) -> Performance:
    get = shot.binding.get
    return Performance(
        expression_gain=get("expr", 1.0),
        head_gain=get("head", 1.0),
        gaps=_GAPS.get(get("gap"), "interpolate"),
    )


def _files_of(shot: Shot) -> Iterator[Path]:
    """Yield what a shot plays: portrait, who performs, and the film of one that is left alone."""
    pieces = (*shot.cast.drivers, *shot.cast.voices, *shot.cast.keys)
    yield from (path for path in (shot.portrait, *(one.path for one in pieces)) if path)
    if shot.film is not None and shot.state != "ready":  # it goes on showing that
        yield shot.film.path


def _takes_place(name: str, other: str) -> bool:
    """Whether media of a name is or may become a file of another, in any case of letters."""
    pattern, other = sequence_pattern(Path(name.lower())), other.lower()
    if pattern is None:
        return name.lower() == other
    return other.startswith(pattern[0]) and other.endswith(pattern[2])


def _chosen(shot: Shot) -> Piece:
    """Return the frame of a moving portrait that is animated, as a piece of it."""
    one = shot.placed
    begin = one.span.start + shot.binding.get("still", 0) / shot.rate
    return Piece(
        name=one.clip.called,
        span=Span(begin, begin + 1 / shot.rate),
        origin=one.span.start,
        source=one.source,
        media=one.clip.media,
        layer=shot.binding.layer("still") or "default",
        clip=one.clip,
        path=shot.portrait,
    )


def _picture_of_film(path: Path, at: Fraction, folder: Path, shot: Shot) -> Path:
    """Write the picture that a film shows at a time, in seconds after its first, as a PNG."""
    target = folder / FOLDER / f"{shot.id}.png"
    make_folder(target.parent)
    with open_video(path) as reader:
        write_still(target, reader.still(at))
    return target


def _picture_of_sequence(first: Path, clip: Clip, at: Fraction) -> Path:
    """Return the file of the picture that numbered pictures show at a time of their clock."""
    media = clip.media
    number = media.first + floor((at - media.start) * (media.rate or 1))
    pictures = PictureName.parsed(media.pattern or "")
    digits = pictures.digits if pictures is not None else 0
    before, _, after = first.name.rpartition(f"{media.first:0{digits}}")
    return first.with_name(f"{before}{number:0{digits}}{after}")


def _has_alpha(portrait: Path) -> bool:
    still = probe(portrait).still
    return still is not None and still.alpha
