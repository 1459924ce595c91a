"""Check options against their pydantic models, and say what is wrong by the option's full name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails


def validated(
    model: type[BaseModel], options: Mapping[str, Any] | BaseModel | None, where: str
) -> BaseModel:
    """Return `options` as an instance of `model`.

    Args:
        model: the options model.
        options: values by name; an instance of the model is returned as it is.
        where: name of the options in messages, such as `renderer.options`.

    Raises:
        ConfigError: an option is unknown, missing or out of range.
    """
    from pydantic import ValidationError

    if isinstance(options, model):
        return options
    given = dict(options or {})
    if model.model_config.get("extra") != "allow":
        _refuse_unknown(model, given, where)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise config_error(error, where) from error


def path_fields(model: type[BaseModel]) -> dict[str, str]:
    """Return the fields of an options model that are paths, and the name that each is given by.

    These are the files and folders that a component reads: fields of the type `Path`, or of `Path`
    or None. In a job they start from the job's folder, and what they hold belongs to its record.
    """
    fields = model.model_fields.items()
    return {name: field.alias or name for name, field in fields if _is_path(field.annotation)}


def _is_path(annotation: Any) -> bool:
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return any(_is_path(part) for part in get_args(annotation))
    return isinstance(annotation, type) and issubclass(annotation, Path)


def config_error(error: ValidationError, where: str = "", given: object = None) -> ConfigError:
    """Return the `ConfigError` that says what pydantic found wrong, first thing first.

    Args:
        error: what pydantic found.
        where: name of the whole in messages, such as `renderer.options`.
        given: what was checked; things in its lists that have a name, such as layers and people,
            go by it, and others by their number.
    """
    details = error.errors(include_url=False)
    places = [".".join(filter(None, (where, *_named(one["loc"], given)))) for one in details]
    message = _sentence(details[0], places[0] or "options")
    others = sorted({place or "options" for place in places[1:]})
    hint = f"also wrong: {', '.join(others)}" if others else None
    return ConfigError(message, hint=hint)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint that names the closest of the known names, or None."""
    close = get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else None


def _refuse_unknown(model: type[BaseModel], given: Mapping[str, Any], where: str) -> None:
    known = {field.alias or name for name, field in model.model_fields.items()}
    if model.model_config.get("populate_by_name"):
        known |= set(model.model_fields)
    for name in given:
        if name not in known:
            listed = ", ".join(sorted(known)) or "there are none"
            raise ConfigError(
                f"There is no option {f'{where}.{name}'!r}.",
                hint=did_you_mean(name, known) or f"options: {listed}",
            )


def _named(location: Sequence[int | str], given: object) -> Iterator[str]:
    """Yield the parts of a location in what was given."""
    for place, part in enumerate(location):
        if isinstance(given, list | tuple) and isinstance(part, int) and part < len(given):
            of_name = location[place + 1 :] == ("name",)
            yield str(part) if of_name else _called(given, part)
            given = given[part]
        else:
            yield str(part)
            given = given.get(part) if isinstance(given, Mapping) else None


def _called(items: Sequence[object], number: int) -> str:
    """Return the name of a thing, or of its component; its number if it has none of its own."""
    names = [
        str(one.get("name") or str(one.get("use", "")).rpartition("/")[2])
        if isinstance(one, Mapping)
        else ""
        for one in items
    ]
    name = names[number]
    return name if name and names.count(name) == 1 else str(number)


def _sentence(detail: ErrorDetails, location: str) -> str:
    if detail["type"] == "missing":
        return f"Option {location!r} is missing."
    if detail["type"] == "extra_forbidden":
        return f"There is no option {location!r}."
    if detail["type"] == "json_invalid":
        return f"{location!r} is no JSON: {detail['ctx']['error']}."
    reason = _reason(detail)
    if not detail["loc"] or isinstance(detail["input"], Mapping | list | tuple):
        return f"{location!r} is wrong: {reason}."  # what it is as a whole says nothing
    return f"Option {location!r} cannot be {detail['input']!r:.80}: {reason}."


def _reason(detail: ErrorDetails) -> str:
    counts = detail.get("ctx", {})
    if detail["type"] in ("too_long", "too_short"):
        most = detail["type"] == "too_long"
        limit = counts["max_length"] if most else counts["min_length"]
        bound = f"at {'most' if most else 'least'} {limit}"
        return f"it takes {bound}, and has {counts['actual_length']}"
    reason = detail["msg"].removeprefix("Value error, ").rstrip(".")
    return reason[:1].lower() + reason[1:]
