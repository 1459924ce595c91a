"""Who gives what when several perform."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.components.registry import Registry
from a1sdk.errors import ConfigError, DecodeError, PluginNotFoundError
from a1sdk.motion.regions import REGIONS
from a1sdk.render.animate import make_job
from a1sdk.render.arrange import arrange, stack_of
from a1sdk.render.job import MotionLayer
from a1sdk.render.jobfile import load_layers, save_layers

OVER = ("mocap", "voice", "keys")


@pytest.fixture
def files(film, tmp_path):
    """A film, a voice, keys and a take."""
    keys, take = tmp_path / "beat.json", tmp_path / "take.csv"
    keys.write_text('{"schema_version": "fake.keys/1"}')
    take.write_text("no one reads this")
    driver = film(sound=True)
    return {"driver": driver, "voice": tmp_path / "clicks.wav", "keys": keys, "mocap": take}


@pytest.fixture
def stack(registry, files):
    """Arrange the performers that are named."""

    def make(*names: str, **options):
        given = {name: files[name] for name in names}
        return stack_of(given.pop("driver", None), registry=registry, **given, **options)

    return make


def test_each_file_finds_its_source(stack):
    layers = stack("driver", "mocap", "voice", "keys")
    assert [(one.name, one.use) for one in layers] == [
        ("driver", "fake/motion"),
        ("mocap", "fake/take"),
        ("voice", "fake/voice"),
        ("keys", "fake/keys"),
    ]


@pytest.mark.parametrize(
    ("names", "base"),
    [
        (["keys", "voice", "mocap", "driver"], "driver"),
        (["keys", "voice", "mocap"], "mocap"),
        (["keys", "voice"], "voice"),
        (["keys"], "keys"),
    ],
)
def test_the_base_gives_all_of_itself(stack, names, base):
    first = stack(*names)[0]
    assert first.name == base and first.is_plain


def test_what_each_gives_over_the_base(stack):
    _, mocap, voice, keys = stack("driver", "mocap", "voice", "keys")
    assert (mocap.regions, mocap.mode, mocap.fade_out) == ({"all": 1}, "override", Fraction(1, 5))
    assert (voice.regions, voice.mode, voice.fade_out) == ({"mouth": 1}, "override", Fraction(1, 5))
    assert (keys.regions, keys.mode, keys.fade_out) == ({"all": 1}, "add", 0)


def test_what_is_named_comes_from_there_and_from_nobody_else(stack):
    take = ["head=mocap", "eyes,brows=keys*0.5"]
    _, mocap, voice, keys = stack("driver", "mocap", "voice", "keys", take=take)
    assert (mocap.regions, mocap.mode) == ({"head": 1}, "override")
    assert (voice.regions, voice.mode) == ({"mouth": 1}, "override")
    assert (keys.regions, keys.mode) == ({"eyes": 0.5, "brows": 0.5}, "override")


def test_a_region_can_be_kept_for_the_base(stack):
    _, mocap, keys = stack("driver", "mocap", "keys", take=["head,mouth=driver"])
    left = dict.fromkeys(["cheeks", "eyes", "brows", "gaze"], 1)
    assert mocap.regions == keys.regions == left and keys.mode == "add"


@given(named=st.dictionaries(st.sampled_from(REGIONS), st.sampled_from(["driver", *OVER])))
def test_every_region_comes_from_whom_it_is_named_for(named):
    performers = {name: MotionLayer(use="fake/motion") for name in ("driver", *OVER)}
    take = [f"{region}={name}" for region, name in named.items()]
    try:
        layers = arrange(performers, take, Registry([]))
    except ConfigError as error:
        assert "Nothing is left for" in str(error)
        return
    for region, name in named.items():
        gives = [one.name for one in layers[1:] if one.shares().get(region)]
        assert gives == ([] if name == "driver" else [name])


@pytest.mark.parametrize(
    ("take", "message", "hint"),
    [
        ("lips", "'lips' does not say what is from whom", "head=mocap"),
        ("lip=voice", "no region 'lip'", "'lips'"),
        ("lips=vioce", "'vioce', which does not exist", "'voice'"),
        ("lips=mocap", "'mocap', which is not given", "here: driver, voice"),
        ("lips=voice*2", "weight in 'lips=voice.2' is not between 0 and 1", "0.8"),
        ("lips=voice*nan", "is not between 0 and 1", "0.8"),
        ("lips=voice*", "does not say", "0.8"),
        ("lips=driver*0.5", "'driver' lies under the others", "--expression"),
        ("mouth=driver", "Nothing is left for 'voice'", "leave 'voice' out"),
        ("mouth,lips=voice", "'lips' is taken from 'voice' twice", ""),
    ],
)
def test_takes_that_make_no_sense_are_refused(stack, take, message, hint):
    with pytest.raises(ConfigError, match=message) as raised:
        stack("driver", "voice", take=[take])
    assert hint in str(raised.value.hint)


def test_somebody_has_to_perform(stack):
    with pytest.raises(ConfigError, match="nobody to perform") as raised:
        stack()
    assert "--voice" in str(raised.value.hint)


def test_options_go_to_the_layer_that_is_named(stack):
    driver, voice = stack("driver", "voice", layer_options={"voice": {"frames": 3}})
    assert "frames" not in driver.options and voice.options["frames"] == 3
    with pytest.raises(ConfigError, match="no layer 'vioce'") as raised:
        stack("driver", "voice", layer_options={"vioce": {"frames": 3}})
    assert raised.value.hint == "did you mean 'voice'?"
    with pytest.raises(ConfigError, match="'voice', which is 'fake/voice', has no option 'frams'"):
        stack("driver", "voice", layer_options={"voice": {"frams": 3}})


def test_layers_may_stand_in_for_files_and_keep_what_they_say(stack, files, registry):
    keys = {"use": "fake/keys", "options": {"shift": 0.1}, "regions": {"eyes": 1}}
    _, top = stack("driver", keys=keys)
    assert (top.name, top.regions, top.mode) == ("keys", {"eyes": 1}, "add")
    _, top = stack("driver", keys=MotionLayer(use="fake/keys", name="beat", mode="override"))
    assert (top.name, top.regions, top.mode) == ("beat", {"all": 1}, "override")
    with pytest.raises(ConfigError, match="modus"):
        stack("driver", keys={"use": "fake/keys", "modus": "add"})


def test_a_driver_may_be_a_whole_stack(registry, files, picture):
    layers = [{"use": "fake/keys"}, MotionLayer(use="fake/motion", mode="add")]
    made = make_job(picture, layers, "out.mp4", registry=registry)
    assert [one.name for one in made.motion] == ["keys", "motion"]
    with pytest.raises(ConfigError, match="cannot be given together with 'voice'"):
        stack_of(layers, registry=registry, voice=files["voice"])


def test_a_source_can_be_named_for_the_driver(registry, files):
    (layer,) = stack_of(files["driver"], registry=registry, source="fake/take")
    assert (layer.use, layer.path, layer.name) == ("fake/take", files["driver"], "driver")
    (alone,) = stack_of(None, registry=registry, source="fake/keys")
    assert (alone.use, alone.path) == ("fake/keys", None)


@pytest.mark.parametrize("role", ["mocap", "keys"])
def test_a_sound_speaks_and_does_nothing_else(registry, files, role):
    with pytest.raises(ConfigError, match=f"is a sound, and is given as {role}") as raised:
        stack_of(files["driver"], registry=registry, **{role: files["voice"]})
    assert "--voice" in str(raised.value.hint)


@pytest.mark.parametrize("given", ["keys", "mocap"])
def test_what_does_not_speak_is_no_voice(registry, files, given):
    with pytest.raises(ConfigError, match="does not speak, and is given as voice") as raised:
        stack_of(files["driver"], registry=registry, voice=files[given])
    assert "--keys" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": "nod", "mode": "mix"}, "layers.nod.mode"),
        ({"mode": "mix"}, "layers.keys.mode"),
        ({"name": "nod", "time": {"speed": 0}}, "layers.nod.time"),
        ({"name": "a b", "weight": 1}, "layers.1.name"),
        ({"use": "fake/motion", "mode": "mix"}, "layers.1.mode"),
    ],
)
def test_what_is_wrong_with_a_layer_is_said_by_its_name(registry, tmp_path, change, place):
    """By its number where the name is what is wrong, or is that of another."""
    stack = [{"use": "fake/motion"}, {"use": "fake/keys", **change}]
    with pytest.raises(ConfigError) as error:
        stack_of(stack, registry=registry)
    assert f"{place!r} " in str(error.value)
    path = tmp_path / "stack.json"
    path.write_text(json.dumps({"layers": stack}))
    with pytest.raises(ConfigError, match=rf"'stack\.json\.{place}'"):
        load_layers(path)


def test_files_that_are_not_there_or_unknown(registry, tmp_path):
    with pytest.raises(DecodeError, match=r"no.mp4"):
        stack_of(tmp_path / "no.mp4", registry=registry)
    with pytest.raises(DecodeError, match=r"no.json"):
        stack_of(None, registry=registry, keys=tmp_path / "no.json")


def test_names_are_made_up_where_they_lack_and_unique(registry):
    made = stack_of([{"use": "fake/keys"}, {"use": "keys"}], registry=registry)
    assert [one.name for one in made] == ["keys", "keys-2"]
    with pytest.raises(ConfigError, match="two layers are called 'a'"):
        stack_of([{"use": "keys", "name": "a"}] * 2, registry=registry)


def test_stacks_are_written_and_read_with_paths_from_their_folder(stack, registry, tmp_path):
    layers = stack("driver", "voice", take=["lips=voice*0.5"])
    path = tmp_path / "stack.json"
    save_layers(layers, path, registry)
    written = json.loads(path.read_text())
    assert written["layers"][0] == {
        "use": "fake/motion",
        "options": {"path": "driver.mkv"},
        "name": "driver",
    }
    assert load_layers(path, registry) == layers
    assert stack_of(None, registry=registry, layers=path) == layers
    outside = MotionLayer(use="fake/keys", options={"path": "/far/a.wav", "weights": "b.bin"})
    save_layers([outside], tmp_path / "deep" / "stack.json", registry)
    (again,) = load_layers(tmp_path / "deep" / "stack.json", registry)
    assert again.options == {"path": "/far/a.wav", "weights": str(Path("b.bin").absolute())}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON: EOF"),
        ("[]", "is wrong: input should be an object"),
        ('{"layers": []}', "layers"),
        ('{"layers": {"use": "a"}}', "it is a list of layers, also of one"),
        ('{"layers": [{"use": "a", "tume": 1}]}', r"no option 'stack.json.layers.a.tume'"),
        ('{"layers": [{"use": "a", "regions": {"lip": 1}}]}', "no region 'lip'"),
        ('{"layers": [{"use": "a", "weight": 2}]}', "weight"),
        ('{"layers": [{"use": "a", "time": {"offset": 0.1}}]}', "write it as text"),
        ("[" * 100_000, "stack.json"),
    ],
)
def test_stacks_that_are_none_are_refused(tmp_path, text, message):
    path = tmp_path / "stack.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_layers(path)


def test_a_stack_without_an_end_is_refused(tmp_path, monkeypatch):
    """No file system says how long a pipe or a device is."""
    path = tmp_path / "stack.json"
    os.mkfifo(path)
    monkeypatch.setattr("a1sdk.render.jobfile._LARGEST", 1000)
    writer = Thread(target=lambda: path.write_bytes(b" " * 1001))
    writer.start()
    with pytest.raises(ConfigError, match="too large to be a stack of layers"):
        load_layers(path)
    writer.join()


def test_misspelled_names_in_a_stack_are_put_right(tmp_path):
    path = tmp_path / "stack.json"
    path.write_text('{"layers": [{"use": "a", "time": {"ofset": "1s"}}]}')
    with pytest.raises(ConfigError, match=r"layers.a.time.ofset") as raised:
        load_layers(path)
    assert raised.value.hint == "did you mean 'offset'?"
    path.write_text('{"schema_version": "a1.job/1", "layers": []}')
    with pytest.raises(ConfigError, match=r"a1.job/1") as raised:
        load_layers(path)
    assert raised.value.hint == "render it with: a1 render"


def test_a_stack_is_complete_in_itself(stack, tmp_path):
    with pytest.raises(ConfigError, match="together with 'driver'") as raised:
        stack("driver", layers=tmp_path / "stack.json")
    assert "complete in itself" in str(raised.value.hint)
    with pytest.raises(ConfigError, match=r"'nowhere.json' cannot be read"):
        stack(layers="nowhere.json")


def test_no_source_at_all(files, tmp_path):
    with pytest.raises(PluginNotFoundError, match="reads 'audio'"):
        stack_of(None, registry=Registry([]), voice=files["voice"])
