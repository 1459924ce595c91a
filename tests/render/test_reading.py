"""Which source reads a file."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.components.registry import Registry
from a1sdk.errors import ConfigError, DecodeError
from a1sdk.render.reading import schema_version, source_for


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes, name: str = "file.json"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('{"schema_version": "a1.keys/1"}', "a1.keys/1"),
        ('\ufeff\n{ "a" : [{"x": {}}], "schema_version"\n:\t"a1.keys/1", ', "a1.keys/1"),
        ('{"of": {"schema_version": "a1.job/1"}, "schema_version": "a1.keys/1"}', "a1.keys/1"),
        ('{"title": "schema_version", "schema_version": "a1.keys/1"}', "a1.keys/1"),
        (
            '{"say": "{\\"schema_version\\": \\"no/1\\"", "schema_version": "a1.keys/1"}',
            "a1.keys/1",
        ),
        ('{"of": {"schema_version": "a1.job/1"}}', ""),
        ('["schema_version", "a1.keys/1"]', ""),
        ('{"schema_version": 3}', ""),
        ('{"schema_version', ""),
        ("nonsense", ""),
        (b"\xff\xfe\x00{", ""),
    ],
)
def test_what_a_json_file_calls_itself(written, text, version):
    assert schema_version(written(text)) == version


@pytest.mark.parametrize(
    "text",
    ['{"a":' * 10**6, "[" * 10**6, '"\\"' * 10**6, '{"' + "\\" * 10**6, '{"a": "' + "x" * 10**7],
    ids=["objects", "lists", "quotes", "backslashes", "text"],
)
def test_files_of_any_size_and_depth_take_no_time(written, text):
    path = written(text)
    begin = time.monotonic()
    assert schema_version(path) == ""
    assert time.monotonic() - begin < 0.5


@given(text=st.text(alphabet='{}[]":\\a, schema_version1/'))
def test_nothing_makes_it_raise(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("x") / "a.json"
    path.write_text(text or " ", encoding="utf-8")
    assert isinstance(schema_version(path), str)


@pytest.mark.parametrize(
    ("name", "text", "source"),
    [
        ("a.json", '{"schema_version": "fake.keys/1"}', "fake/keys"),
        ("a.JSON", '{"schema_version": "fake.keys/1"}', "fake/keys"),
        ("a.json", '{"frames": []}', "fake/take"),
        ("a.json", '{"about": {"cues": 1}, "cues" : []}', "fake/keys"),
        ("a.json", '{"about": {"cues": 1}, "of": "cues"}', "fake/take"),
        ("a.json", '["cues"]', "fake/take"),
        ("a.json", '{"schema_version": "other.tool/3"}', "fake/take"),
        ("a.csv", "a,b", "fake/take"),
    ],
)
def test_json_goes_by_its_schema_and_other_files_by_their_suffix(
    written, registry, name, text, source
):
    assert source_for(written(text, name), registry) == source


def test_films_and_sounds_go_by_their_content(registry, film, tmp_path):
    driver = film(sound=True)
    disguised = driver.rename(tmp_path / "driver.unknown")
    assert source_for(disguised, registry) == "fake/motion"
    assert source_for(disguised, registry, speech=True) == "fake/voice"
    assert source_for(tmp_path / "clicks.wav", registry) == "fake/voice"


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ("a1.job/1", "a1 render"),
        ("a1.layers/1", "--layers"),
        ("a1.report/1", "no motion"),
        ("a1.keys/7", "did you mean 'fake.keys/1'?"),
        ("a1.nonsense", "'.json', 'fake.keys/1'"),
    ],
)
def test_json_that_is_no_motion_is_refused_with_what_to_do(written, registry, schema, hint):
    path = written(f'{{"schema_version": "{schema}"}}')
    with pytest.raises(ConfigError, match="which no installed motion source reads") as raised:
        source_for(path, registry)
    assert hint in str(raised.value.hint)


def test_json_that_no_source_reads_says_which_json_is_read(written):
    with pytest.raises(ConfigError, match="does not say what it is") as raised:
        source_for(written("{}"), Registry([]))
    assert str(raised.value.hint).endswith("none")


def test_files_that_are_not_there(registry, tmp_path):
    with pytest.raises(DecodeError, match=r"no.json"):
        source_for(tmp_path / "no.json", registry)


@pytest.mark.shared
def test_hostile_json_is_read_no_further_than_its_beginning(shared, registry):
    assert source_for(shared / "data" / "hostile" / "json_nan_deep.json", registry) == "fake/take"
