"""What a cut says of a shot, on opentimelineio's clips: settings, and keyframes.

clip = timeline.find_clips()[0]
set_note(clip, shot="sh010", drive="perf_anna_tk3", expr=0.8)
set_curves(clip, {"channels": {"smile": [["0s", 0], ["0.6s", 0.8]]}})
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from a1sdk.components.options import config_error
from a1sdk.errors import ConfigError
from a1sdk.timeline.shots.binding import SHOT_SCHEMA
from a1sdk.timeline.shots.grammar import note_of
from a1sdk.timeline.shots.sidecar import Curves

_NAME, _EFFECT = "a1 curves", "a1sdk.curves"


def set_note(clip: Any, **settings: Any) -> None:
    """Say who performs in a clip, and how, in place of what its metadata said before.

    Args:
        clip: the portrait, an `opentimelineio.schema.Clip`.
        settings: the keys of a note, as `drive`, `expr`, `handles`; `from_` for `from`.

    Raises:
        ConfigError: there is no such key, or its value is none it can have.
    """
    named = {("from" if key == "from_" else key): value for key, value in settings.items()}
    said = note_of(named).model_dump(mode="json", by_alias=True, exclude_unset=True)
    clip.metadata["a1sdk"] = {"schema_version": SHOT_SCHEMA, **said}


def set_curves(
    clip: Any, keys: Mapping[str, Any], space: Literal["record", "media"] = "record"
) -> None:
    """Let a clip carry keyframes, in place of those it carried before.

    They are a plain effect with metadata, which opentimelineio reads without the SDK as well.

    Args:
        clip: the portrait, an `opentimelineio.schema.Clip`.
        keys: what a file `a1.keys/1` has; that it is one is said where it does not say so.
        space: whether their times count from the shot's first frame, or from the beginning of the
            portrait's media at the speed the clip has.

    Raises:
        ConfigError: `keys` is no object of JSON, or `space` is neither of the two.
    """
    from opentimelineio.schema import Effect

    said = {"space": space, "keys": _json({"schema_version": "a1.keys/1", **keys})}
    metadata = {"a1sdk": _curves(said).model_dump(mode="json")}
    kept = [one for one in clip.effects if not _carries(one)]
    effect = Effect(name=_NAME, effect_name=_EFFECT, metadata=metadata)
    clip.effects[:] = [*kept, effect]


def curves_of(clip: Any) -> Curves | None:
    """Return the keyframes that a clip carries; None if it carries none.

    Raises:
        ConfigError: it carries some that are not understood.
    """
    found = next((one for one in clip.effects if _carries(one)), None)
    if found is None:
        return None
    return _curves(json.loads(found.to_json_string())["metadata"]["a1sdk"])


def _carries(effect: Any) -> bool:
    ours = effect.metadata.get("a1sdk")
    said = ours.get("schema_version") if isinstance(ours, Mapping) else None
    return isinstance(said, str) and said.startswith("a1.curves/")


def _curves(said: Mapping[str, Any]) -> Curves:
    try:
        return Curves.model_validate(said)
    except ValidationError as error:
        raise config_error(error, "curves") from None


def _json(keys: Mapping[str, Any]) -> Any:
    """Return keyframes as JSON has them: what it has not cannot be carried."""
    try:
        return json.loads(json.dumps(keys, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"Keyframes cannot be carried: {error}.") from None
