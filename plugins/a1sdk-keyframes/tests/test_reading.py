from __future__ import annotations

import json
from fractions import Fraction
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from a1sdk_keyframes.performance import Performance
from a1sdk_keyframes.reading import MOST_BYTES, parse_keys, read_keys
from hypothesis import example, given, settings
from hypothesis import strategies as st

from a1sdk.plugin import A1Error, ConfigError, DecodeError


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        ({"channels": {"smiel": 1}}, ["'smiel'", "did you mean 'smile'"]),
        ({"channels": {"eyeBlinkleft": 1}}, ["did you mean 'eyeBlinkLeft'"]),
        ({"channels": {"eyeBlink_R": 1}}, ["did you mean 'eyeBlinkRight'"]),
        ({"channels": {"yaw": 1}}, ["did you mean 'head.yaw' or 'gaze.yaw'"]),
        ({"channels": {"smile": [["0.5s", True]]}}, ["'smile' at 0.5s value", "valid number"]),
        ({"channels": {"smile": [["0.5s", "1"]]}}, ["'smile' at 0.5s value", "valid number"]),
        ({"channels": {"smile": [[0, 1], [90000, 1]]}}, ["'smile'", "key at 90000s", "86400s"]),
        ({"channels": {"smile": [["0.5s", 1.4]]}}, ["'smile' at 0.5s", "1.4 is not in 0 to 1"]),
        ({"channels": {"head.yaw": [["1/3s", 400]]}}, ["'head.yaw' at 1/3s", "-180 to 180"]),
        ({"channels": {"smile": [["0.5s", "x"]]}}, ["'smile' at 0.5s value", "valid number"]),
        ({"channels": {"smile": [[0.5, 1]]}}, ["'smile' key 1", "no exact time"]),
        ({"channels": {"smile": [[1, 1], ["1s", 0]]}}, ["'smile'", "1s does not come after"]),
        ({"channels": {"smile": [[1, 1], ["0.5s", 0]]}}, ["'smile'", "0.5s does not come after"]),
        ({"channels": {"smile": [[1, 1, "cubic"]]}}, ["'smile' at 1 interpolation", "'bezier'"]),
        ({"channels": {"smile": [["12f", 1]]}}, ["'12f'", "no rate"]),
        ({"rate": "x", "channels": {"smile": [["12f", 1]]}}, ["rate 'x'"]),
        ({"channels": {"smile": [[-1, 1]]}}, ["'smile'", "key at -1s", "between 0s"]),
        ({"channels": {"smile": []}}, ["'smile' keys", "there is none"]),
        ({"channels": {"smile": "much"}}, ["'smile'", "'much'"]),
        ({"presets": [{"preset": "blnik", "at": 1}]}, ["preset blnik at 1", "no preset 'blnik'"]),
        ({"presets": [{"preset": "blink", "at": 1, "amount": 9}]}, ["preset blink at 1 amount"]),
        ({"presets": [{"preset": "blink"}]}, ["preset blink at", "missing"]),
        ({"presets": ["blink"]}, ["preset 1", "names no preset"]),
        ({"idle": {"blinks": {"per_minute": 900}}}, ["idle.blinks.per_minute"]),
        ({"loop": {"from": 2, "to": 1}}, ["a loop from 2s to 1s"]),
        ({"duration": "-1s"}, ["duration -1s"]),
        ({"schema_version": "a1.keys/2"}, ["schema_version", "'a1.keys/1'"]),
    ],
)
def test_what_is_wrong_is_said_by_channel_and_time(
    read: Any, data: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(**data)
    for part in ["'beat.json'", *parts]:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        ({"channels": {"smile": [[0, 0, "lineer"], [1, 1]]}}, "'linear'"),
        ({"presets": [{"preset": "blink", "at": 1, "side": "rigth"}]}, "'right'"),
        ({"presets": [{"preset": "blnik", "at": 1}]}, "'blink'"),
        ({"channel": {}}, "'channels'"),
    ],
)
def test_misspelled_words_get_a_suggestion(read: Any, data: dict[str, Any], meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(**data)
    assert caught.value.hint == f"did you mean {meant}?"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ([{"at": 0, "value": 0, "handle_out": [1, 0]}, [2, 0]], "handle_out, and the curve is s"),
        ([{"at": 0, "value": 0, "handle_in": [1, 0]}, [2, 0]], "handle_in, and there is no curve"),
        ([{"at": 0, "value": 0, "interpolation": "hold", "slope_out": 1}, [2, 0]], "curve is hold"),
        (
            [{"at": 0, "value": 0, "interpolation": "bezier", "handle_out": ["3s", 0]}, [2, 0]],
            "reaches 3s, which is not within the 2s",
        ),
    ],
)
def test_tangents_that_nothing_would_use_are_refused(
    read: Any, keys: list[Any], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        read(channels={"smile": keys})


@pytest.mark.parametrize("field", ["slope_out", "handle_out"])
def test_tangents_that_are_no_numbers(field: str) -> None:
    given_as = {"slope_out": '"slope_out": NaN', "handle_out": '"handle_out": ["1s", Infinity]'}
    kind = {"slope_out": "smooth", "handle_out": "bezier"}[field]
    key = f'{{"at": 0, "value": 0, "interpolation": "{kind}", {given_as[field]}}}'
    with pytest.raises(ConfigError, match=rf"'beat.json': channel 'smile' at 0 {field}"):
        parse_keys(f'{{"channels": {{"smile": [{key}, [2, 1]]}}}}', "beat.json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_values_that_are_no_numbers(number: str) -> None:
    with pytest.raises(ConfigError, match=r"'beat.json': channel 'smile' at 2s: .* finite"):
        parse_keys(f'{{"channels": {{"smile": [[0, 1], [2, {number}]]}}}}', "beat.json")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{\n "channels": {"smile": [[0, 1] [1, 2]]}}', "line 2, column 32"),
        ("", "line 1, column 1"),
        ("[1]", "no JSON object"),
        ('{"a":' * 5000, "nested too deeply"),
        ('{"channels": {"smile": 1, "smile": 0}}', "'smile' twice"),
        ('{"channels": {"smile": ' + "[" * 900 + "]" * 900 + "}}", "not what belongs there"),
        ('{"channels": {"smile": ' + "9" * 5000 + "}}", "cannot be read"),
    ],
)
def test_text_that_is_no_file_of_keys(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        parse_keys(text, "beat.json")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"presets": [{"preset": "blink", "at": 0, "count": 1000}] * 101},
            "play 101000 times in all, and 100000 is the most",
        ),
        ({"presets": [{"preset": "blink", "at": 86400}]}, "'blink' at 86400s does not end by"),
        (
            {"presets": [{"preset": "nod", "at": 0, "duration": 3600, "count": 25}]},
            "'nod' at 0s does not end by 86400s",
        ),
        ({"loop": {"from": 0, "to": 1, "count": 10**9}}, "less than or equal to 1000000"),
    ],
)
def test_small_files_do_not_ask_for_more_than_a_day(read: Any, changes: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read(**changes)


def test_a_name_that_comes_twice_among_many_is_found_at_once() -> None:
    many = ", ".join(f'"{number}": 0' for number in range(200_000))
    began = perf_counter()
    with pytest.raises(ConfigError, match="'last' twice"):
        parse_keys(f'{{"channels": {{{many}, "last": 1, "last": 0}}}}', "beat.json")
    assert perf_counter() - began < 10  # by pairs, it takes hours


WORDS = st.sampled_from(
    "rate 25 channels presets loop idle smile head.yaw keys at value interpolation bezier hold"
    " slope_in handle_out from to count preset blink look yaw amount blinks per_minute 0.5s 12f"
    " 1/0 -1s 1s 2s".split()
)
LEAVES = st.none() | st.booleans() | st.integers(-3, 10**30) | st.floats() | WORDS
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4)
)
KEYS = st.lists(
    st.tuples(LEAVES, LEAVES)
    | st.tuples(st.sampled_from(["0s", "1s", "2f"]), st.floats(0, 1))
    | st.dictionaries(WORDS, LEAVES)
    | ANYTHING,
    max_size=3,
)
FIELDS = {
    "rate": LEAVES | st.just("25"),
    "duration": LEAVES,
    "channels": ANYTHING | st.dictionaries(WORDS, KEYS | st.dictionaries(WORDS, KEYS), max_size=3),
    "presets": ANYTHING | st.lists(st.dictionaries(WORDS, LEAVES) | ANYTHING, max_size=3),
    "loop": ANYTHING | st.fixed_dictionaries({"from": LEAVES, "to": LEAVES}),
    "idle": ANYTHING,
}


@example({"channels": {"smile": [[]]}})
@given(ANYTHING | st.fixed_dictionaries({}, optional=FIELDS))
@settings(max_examples=300)
def test_whatever_is_in_a_file_costs_one_clear_error(data: Any) -> None:
    try:
        file = parse_keys(json.dumps(data), "beat.json")
    except ConfigError as error:
        assert "'beat.json'" in str(error) and len(str(error)) < 400
    else:
        values = Performance(file, 0).values(Fraction(1, 3))
        assert all(map(isfinite, values))
        assert all(0 <= value <= 1 for value in values[:52])


def test_misspelled_fields_and_presets_are_put_right(read: Any) -> None:
    for data, hint in (
        ({"chanels": {}}, "did you mean 'channels'?"),
        ({"presets": [{"preset": "brow_flash", "at": 0}]}, "did you mean 'brow-flash'?"),
        ({"channels": {"smile": [{"at": 0, "value": 1, "hanlde_in": 1}]}}, "'handle_in'"),
    ):
        with pytest.raises(ConfigError) as caught:
            read(**data)
        assert hint in (caught.value.hint or "")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    huge, binary = tmp_path / "huge.json", tmp_path / "binary.json"
    with huge.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    binary.write_bytes(b"\x89PNG\xff")
    for path in (huge, binary, tmp_path, tmp_path / "none.json"):
        with pytest.raises(DecodeError) as caught:
            read_keys(path)
        assert path.name in str(caught.value) and caught.value.path == str(path)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "beat.json"
    path.write_text(json.dumps({"channels": {"smile": 1}}), "utf-8-sig")
    assert list(read_keys(path).channels) == ["smile"]


@pytest.mark.shared
def test_hostile_files(shared: Path) -> None:
    for name in (
        "json_nan_deep.json",
        "zero_byte.png",
        "one_pixel.png",
        "motion_pickle_executes.pkl",
    ):
        with pytest.raises(A1Error, match=name):
            read_keys(shared / "data" / "hostile" / name)


def test_inline_keys_are_checked_the_same_way() -> None:
    from a1sdk import Registry

    options = {"keys": {"channels": {"smile": [["0.5s", 1.4]]}}}
    with pytest.raises(ConfigError, match=r"channel 'smile' at 0\.5s: 1\.4 is not in 0 to 1"):
        Registry().choose("motion_source", "keyframes/keys", options).build()
    for options in ({}, {"path": "a.json", "keys": {}}):
        with pytest.raises(ConfigError, match="either path or keys"):
            Registry().choose("motion_source", "keyframes/keys", options).build()
