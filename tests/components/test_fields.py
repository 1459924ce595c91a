"""Rates and times as fields of models."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from a1sdk.components.fields import Rate, Time


class Take(BaseModel):
    rate: Rate
    length: Time


def test_fields_are_fractions_and_are_written_as_text():
    take = Take(rate="23.976", length="1500ms")
    assert (take.rate, take.length) == (Fraction(24000, 1001), Fraction(3, 2))
    assert take.model_dump_json() == '{"rate":"24000/1001","length":"3/2"}'
    assert Take.model_validate_json(take.model_dump_json()) == take


def test_whole_numbers_may_be_numbers_in_json():
    assert Take.model_validate_json('{"rate": 25, "length": 2}').length == 2


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("rate", "fast", "'fast' is not a number"),
        ("rate", 0, "not between 0 and 1000"),
        ("length", 0.1, 'no exact time in seconds. write it as text: "0.1"'),
        ("length", "1/0", "no exact time in seconds. write it as "),
        ("length", True, "no exact time"),
    ],
)
def test_what_is_wrong_is_said_of_the_field(field, value, message):
    with pytest.raises(ValidationError) as raised:
        Take.model_validate({"rate": 25, "length": 1, field: value})
    (error,) = raised.value.errors()
    assert error["loc"] == (field,) and message in error["msg"]


def test_schemas_say_how_they_are_written():
    assert TypeAdapter(Rate).json_schema() == {"type": "string", "pattern": "^[0-9]+(/[0-9]+)?$"}
    assert TypeAdapter(Time).json_schema()["type"] == ["string", "integer"]
