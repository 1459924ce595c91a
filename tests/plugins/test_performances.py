"""Performances put together of real films, takes, voices and keys, with the real plugins."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import a1sdk
from a1sdk.errors import AssetMissingError
from a1sdk.media import AudioSource, probe
from a1sdk.media.audio import SoundTrack
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.regions import point_weights
from a1sdk.render.arrange import stack_of
from a1sdk.render.extract import extract_motion
from a1sdk.render.job import LayerStack

pytestmark = [pytest.mark.shared, pytest.mark.slow]

KEYS = {
    "schema_version": "a1.keys/1",
    "channels": {"browInnerUp": [["0s", 0], ["1s", 1], ["2s", 0]], "head.yaw": 5},
}


@pytest.fixture
def files(shared, tmp_path, monkeypatch) -> dict[str, Path]:
    folders = [os.environ.get("A1_ASSET_PATH"), str(shared / "models")]
    monkeypatch.setenv("A1_ASSET_PATH", os.pathsep.join(filter(None, folders)))
    keys = tmp_path / "beat.json"
    keys.write_text(json.dumps(KEYS))
    data = shared / "data"
    return {
        "portrait": data / "portraits" / "p29_low_res_320.jpg",
        "driver": data / "driving" / "d04_grid_bbaf2n.mpg",
        "voice": data / "audio" / "a02_cards_001_16k.wav",
        "mocap": data / "mocap" / "m02_arkit_generated_shapes_60fps.csv",
        "keys": keys,
    }


@pytest.fixture
def extract(files, tmp_path):
    """Extract what performers give together."""

    def run(*names: str, take: tuple[str, ...] = ()) -> MotionClip:
        registry, output = a1sdk.Registry(), tmp_path / f"{'-'.join(names)}.a1motion"
        given = {name: files[name] for name in names}
        layers = stack_of(given.pop("driver", None), registry=registry, take=take, **given)
        with a1sdk.HostContext() as context:
            try:
                extract_motion(layers, output, registry=registry, context=context)
            except AssetMissingError as error:
                pytest.skip(str(error))
        return MotionClip.load(output)

    return run


def expressions(clip: MotionClip) -> np.ndarray:
    return np.stack([frame.face.expression for frame in clip.frames()])


def test_a_head_from_mocap_leaves_the_drivers_face_as_it_is(extract):
    alone, both = extract("driver"), extract("driver", "mocap", take=("head=mocap",))
    count = len(alone)
    assert len(both) >= count == 75
    assert np.array_equal(expressions(both)[:count], expressions(alone))
    heads = [[frame.face.rotation for frame in clip.frames(0, count)] for clip in (alone, both)]
    assert np.abs(np.array(heads[0]) - np.array(heads[1])).max() > 0.01


def test_a_voice_moves_the_mouth_and_nothing_else(extract):
    alone, both = expressions(extract("driver")), expressions(extract("driver", "voice"))
    reached = point_weights("lips") + point_weights("jaw") > 0
    assert np.array_equal(both[:, ~reached], alone[:, ~reached])
    assert np.abs(both[:20, 14] - alone[:20, 14]).max() > 0.02
    assert np.array_equal(both[40:], alone[40:])  # the voice is over after 1.1 s


def test_keys_are_added(extract):
    alone, both = expressions(extract("driver")), expressions(extract("driver", "keys"))
    raised = both[:51, 107, 1] - alone[:51, 107, 1]
    assert raised[25] < -0.02 and abs(raised[0]) < 1e-3 and abs(raised[50]) < 1e-3


def test_two_films_perform_together(files, tmp_path):
    """Each is followed in threads of its own, and gives what it gives alone."""
    other = files["driver"].with_name("d05_grid_lwbsza.mpg")
    base = {"use": "video/face", "options": {"path": files["driver"], "duration": "1s"}}
    lips = {"use": "video/face", "options": {"path": other, "duration": "1s"}, "name": "lips"}
    found = []
    for layers in ([base], [lips], [base, {**lips, "regions": {"mouth": 1}, "mode": "override"}]):
        output, registry = tmp_path / f"{len(found)}.a1motion", a1sdk.Registry()
        stack = LayerStack.model_validate({"layers": layers}).layers
        with a1sdk.HostContext() as context:
            extract_motion(stack, output, registry=registry, context=context)
        found.append([frame.face for frame in MotionClip.load(output).frames()])
    first, _, both = found
    for one, mixed in zip(first, both, strict=True):
        assert np.array_equal(mixed.rotation, one.rotation)
    opened = [[face.expression[14, 1] - face.expression[13, 1] for face in take] for take in found]
    likeness = np.corrcoef(opened)[2]
    assert likeness[1] > 0.95 and likeness[0] < 0.5


def test_all_together_make_a_film_with_the_sound_of_the_voice(files, tmp_path):
    take = ["head=mocap", "eyes,brows=keys"]
    performers = {name: files[name] for name in ("voice", "keys", "mocap")}
    try:
        report = a1sdk.animate(
            files["portrait"],
            files["driver"],
            tmp_path / "film.mp4",
            take=take,
            duration="2s",
            **performers,
        )
    except AssetMissingError as error:
        pytest.skip(str(error))
    film = probe(report.job.output)
    assert film.video.count == report.frames == 50 and film.audio.sample_rate == 16000
    assert [(one.name, one.ref) for one in report.layers] == [
        ("driver", "video/face"),
        ("mocap", "mocap/take"),
        ("voice", "audio/speech"),
        ("keys", "keyframes/keys"),
    ]
    assert report.layers[2].labels and len(report.inputs) == 5
    track = SoundTrack(AudioSource(report.job.output, film.video.start, film.video.duration))
    samples = np.abs(np.concatenate(list(track.samples()), axis=1)[0])
    track.close()
    assert samples[:16000].max() > 0.05 > samples[20000:].max()  # then the voice is over
