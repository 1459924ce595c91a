"""What an editor says of a shot: `key=value` settings in a marker, and the same as JSON.

    A1 sh010 | drive=perf_anna_tk3 voice=dlg_anna expr=0.8 gap=hold handles=12

A note begins with the word `A1`. A first word without `=` names the shot; pairs follow, separated
by spaces, semicolons, bars or lines, keys in any case of letters, values quoted where they have
spaces. All of it may stand in the marker's name, or its comment may hold the pairs, or a JSON
object with the same keys. Edit decision lists are often upper-case throughout, so no value depends
on its case of letters either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from a1sdk.components.options import config_error, did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.timeline.remarks import is_remark

Gap = Literal["neutral", "hold", "error"]

_LONGEST = 20_000  # characters of a note
_CALLED = re.compile(r"\s*a1(?=$|[\s:|])[\s:|]*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_QUOTE = '"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}'  # as macOS types them
_PART = re.compile(
    rf"(?P<key>[A-Za-z_]+)\s*=\s*"
    rf"(?:[{_QUOTE}](?P<quoted>[^{_QUOTE}]*)[{_QUOTE}]|(?P<plain>[^\s;|{_QUOTE}]+))(?=[\s;|]|$)"
    rf"|(?P<word>[^\s;|={_QUOTE}]+)(?=[\s;|]|$)"
)
_BETWEEN = re.compile(r"[\s;|]*")
_GRAMMAR = 'write it as: A1 sh010 | drive=NAME expr=0.8 voice="a name with spaces"'
_FLAGS = frozenset({"skip"})
_SPACE, _DELETE = 32, 127  # the printable characters of ASCII lie between
LONGEST_NAME = 60
"""Characters that a shot's name may have."""
_NAME = rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST_NAME - 1}}}"
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _several(value: Any) -> Any:
    values = [value] if isinstance(value, str) else value
    return [_lower(one) for one in values] if isinstance(values, (list, tuple)) else values


def _printable(value: str) -> str:
    if any(ord(letter) < _SPACE or ord(letter) == _DELETE for letter in value):
        raise ValueError("it has control characters or several lines")
    return value


def _file_name(value: Any) -> Any:
    """Refuse, in words, what no system can call a file."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(_NAME, value):
        raise ValueError(
            f"a name has up to {LONGEST_NAME} letters from a to z, digits, '_', '-' and '.', and"
            " begins with a letter or digit"
        )
    if value.endswith(".") or reserved(value):
        raise ValueError("no file can have that name on Windows")
    return value


def reserved(name: str) -> bool:
    """Whether Windows keeps a file's name for a device: CON, NUL.mov, COM1."""
    return _DEVICE.fullmatch(name.partition(".")[0]) is not None


Name = Annotated[str, Field(pattern=f"^{_NAME}$"), BeforeValidator(_file_name)]
Identity = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$"), BeforeValidator(_lower)]
Words = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_printable)]


class ShotNote(BaseModel):
    """Settings of a shot; whatever is absent is decided by a lower layer, or by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shot: Name | None = Field(
        default=None, description="Name of the shot, which its files are called after."
    )
    id: Identity | None = Field(
        default=None,
        description="What the shot is recognised by in the next version of the cut; capitals count"
        " as small letters.",
    )
    drive: Words | None = Field(
        default=None,
        description="Who drives: name of a clip, a media file or a track; a place, as"
        " V1@01:00:04:00; or none.",
    )
    voice: Words | None = Field(default=None, description="Who speaks, said in the same ways.")
    keys: Words | None = Field(
        default=None,
        description="Keyframes: a file a1.keys/1, timed from the shot's first frame; or none.",
    )
    group: Words | None = Field(
        default=None, description="Whose DRIVE, VOICE and KEYS tracks belong to it, by their group."
    )
    who: Words | None = Field(
        default=None,
        description="Whose faces of the portrait perform, by their names in the cast sheet, with"
        " commas between them; or all who have a part there.",
    )
    still: int | None = Field(
        default=None,
        ge=0,
        description="Which picture of a moving portrait to animate: frames of the cut after the"
        " shot's first.",
    )
    expr: float | None = Field(
        default=None, ge=0, le=3, description="Strength of the expression; 1 if absent."
    )
    head: float | None = Field(
        default=None, ge=0, le=3, description="Strength of the head motion; 1 if absent."
    )
    gaze: float | None = Field(
        default=None, ge=0, le=1, description="Share of the driver's gaze; 1 if absent."
    )
    gap: Annotated[Gap, BeforeValidator(_lower)] | None = Field(
        default=None,
        description="Where the driver leaves a gap: neutral rests, hold keeps the last pose, error"
        " refuses the shot; neutral if absent.",
    )
    retime: Annotated[Literal["drive", "ignore"], BeforeValidator(_lower)] | None = Field(
        default=None,
        description="Whether the driver plays at the speed it has in the cut (drive), or at its"
        " own from the first of the frames it shows (ignore); drive if absent.",
    )
    handles: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Frames to render beyond each end; a dissolve that needs more has them.",
    )
    skip: bool | None = Field(default=None, description="Whether to leave the shot alone.")
    seed: int | None = Field(default=None, ge=0, description="Seed of everything random.")
    preset: Words | None = Field(
        default=None, description="Name of settings in the sidecar, which count below all others."
    )
    take: Annotated[tuple[Words, ...], BeforeValidator(_several)] | None = Field(
        default=None,
        alias="from",
        description="Who gives what, as `a1 animate --from` takes it: lips,jaw=voice*0.8. Those who"
        " perform are driver, voice and keys.",
    )


class ScriptedNote(ShotNote):
    """Settings of a shot that scripts write: metadata `a1sdk` of the portrait clip."""

    schema_version: Literal["a1.shot/1"]


KEYS = tuple(field.alias or name for name, field in ShotNote.model_fields.items())
"""The keys of a note, in the order of their documentation."""


def read_note(name: str, comment: str = "") -> ShotNote | None:
    """Return the settings in a marker's name and comment; None where it is no `A1` marker.

    A marker whose name is something else may have its note in the comment: some programs let
    nobody name markers. What quality control wrote into the cut is no note.

    Raises:
        ConfigError: it is an `A1` marker, and something in it cannot be understood.
    """
    called, told = _CALLED.match(name), _CALLED.match(comment)
    if called is None and told is None:
        return None
    if is_remark(name if called else comment):
        return None
    if len(name) + len(comment) > _LONGEST:
        raise ConfigError(f"The note of marker {name!r:.60} has more than {_LONGEST} characters.")
    texts = [called["rest"] if called else "", told["rest"] if told else comment if called else ""]
    settings: dict[str, Any] = {}
    for text in texts:
        _merge(settings, _settings(text))
    return note_of(settings)


def note_of(settings: Mapping[str, Any]) -> ShotNote:
    """Return the note that settings by key make; keys in any case of letters.

    Raises:
        ConfigError: a key is unknown, twice there, or has a value it cannot have.
    """
    known: dict[str, Any] = {}
    for key, value in settings.items():
        if key.lower() not in KEYS:
            hint = did_you_mean(key.lower(), KEYS) or f"keys: {', '.join(KEYS)}"
            raise ConfigError(f"There is no key {key!r:.40}.", hint=hint)
        if not _plain(value):
            raise ConfigError(f"Key {key!r} has neither text nor a number.", hint=_GRAMMAR)
        _merge(known, {key.lower(): value})
    try:
        return ShotNote.model_validate(known)
    except ValidationError as error:
        wrong = config_error(error)
        raise ConfigError(str(wrong).replace("Option ", "Key ", 1), hint=wrong.hint) from None


def _settings(text: str) -> dict[str, Any]:
    """Return the settings in a text by key: one JSON object, or pairs."""
    if text.lstrip().startswith("{"):
        return _object(text)
    settings: dict[str, Any] = {}
    for key, value in _pairs(text):
        if key == "from":
            settings[key] = (*settings.get(key, ()), value)
        else:
            _merge(settings, {key: value})
    return settings


def _plain(value: Any) -> bool:
    """Whether a value is one a note may have; it keeps hostile nests away from what prints them."""
    several = value if isinstance(value, (list, tuple)) else [value]
    return all(one is None or isinstance(one, (str, int, float)) for one in several)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The note is no JSON object: {error}.") from None
    assert isinstance(found, dict)  # it begins with a brace
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        _merge(found, {key: value})
    return found


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the pairs of a text; a first word without `=` is the shot's name, `skip` is a flag."""
    place, first = _past(text, 0), True
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            raise ConfigError(f"{text[place : place + 40]!r} is no key=value.", hint=_GRAMMAR)
        yield _pair(part, first)
        place, first = _past(text, part.end()), False


def _past(text: str, place: int) -> int:
    """Return where the next part of a text begins."""
    between = _BETWEEN.match(text, place)
    return between.end() if between else place


def _pair(part: re.Match[str], first: bool) -> tuple[str, Any]:
    word = part["word"]
    if word is None:
        plain = part["plain"]
        return part["key"].lower(), part["quoted"] if plain is None else plain
    if word.lower() in _FLAGS:
        return word.lower(), True
    if not first:
        raise ConfigError(f"{word!r:.40} stands alone, without a key.", hint=_GRAMMAR)
    return "shot", word


def _merge(settings: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if key in settings and settings[key] != value:
            raise ConfigError(f"Key {key!r:.40} is there twice.", hint="leave one of them out")
        settings[key] = value
