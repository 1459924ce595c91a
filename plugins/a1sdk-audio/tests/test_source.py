from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from a1sdk_audio.recognizers import QUICK

from a1sdk.components.registry import Registry
from a1sdk.errors import Cancelled, ConfigError, DecodeError
from a1sdk.plugin import MotionFrame, MotionSource
from a1sdk.render.context import HostContext


@contextmanager
def opened(**options: Any) -> Iterator[tuple[MotionSource, HostContext]]:
    chosen = Registry().choose("motion_source", "audio/speech", options)
    with HostContext() as host:
        ctx = host.lend(chosen.spec)
        source = chosen.build()
        source.setup(ctx)
        yield source, ctx
        source.close()


def performed(**options: Any) -> tuple[list[MotionFrame], MotionSource]:
    with opened(**options) as (source, ctx):
        return list(source.stream(ctx)), source


def silence(path: Path, samples: int) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=16000)
        stream.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, samples), np.int16), format="s16", layout="mono"
        )
        frame.sample_rate, frame.time_base, frame.pts = 16000, Fraction(1, 16000), 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("rate", ["24000/1001", "60"])
def test_frames_last_as_long_as_the_sound(voice_file: Path, said: str, rate: str) -> None:
    frames, source = performed(path=voice_file, transcript=said, rate=rate)
    info = source.probe()
    assert info.rate == Fraction(rate)
    assert len(frames) == info.count == round(info.duration * info.rate)  # type: ignore[operator]


def test_labels_tell_words_phones_and_visemes(voice_file: Path, said: str) -> None:
    _, source = performed(path=voice_file, transcript=said)
    tracks = Counter(label.track for label in source.labels())
    assert tracks["words"] == 16
    assert tracks["phones"] > 45
    assert tracks["visemes"] > 30


@pytest.mark.parametrize(("fit", "track"), [(-90.0, "words"), (90.0, "guesses")])
def test_words_in_doubt_are_labelled_as_guesses(
    voice_file: Path, monkeypatch: pytest.MonkeyPatch, fit: float, track: str
) -> None:
    monkeypatch.setattr("a1sdk_audio.source.QUICK", replace(QUICK, sure=fit))
    _, source = performed(path=voice_file, effort="quick")
    tracks = Counter(label.track for label in source.labels())
    assert tracks[track] > 8
    assert fit < 0 or not tracks["words"]


def test_a_part_is_heard_at_its_own_time(voice_file: Path, said: str) -> None:
    _, whole = performed(path=voice_file, transcript=said)
    words = [label for label in whole.labels() if label.track == "words"]
    start, stop = words[1].start - Fraction(1, 20), words[-1].end + Fraction(1, 10)
    frames, part = performed(
        path=voice_file,
        start=start,
        duration=stop - start,
        transcript=" ".join(word.text for word in words[1:]),
    )
    info = part.probe()
    assert info.start == whole.probe().start + start
    assert len(frames) == info.count == round((stop - start) * 25)
    heard = [label for label in part.labels() if label.track == "words"]
    assert [label.text for label in heard] == [label.text for label in words[1:]]
    for here, there in zip(heard, words[1:], strict=True):
        assert abs(here.start + start - there.start) <= Fraction(6, 100)
    with pytest.raises(DecodeError, match="too short"):
        performed(path=voice_file, start="9999s")


def test_silence_is_a_face_at_rest(tmp_path: Path) -> None:
    frames, source = performed(
        path=silence(tmp_path / "quiet.wav", 48000), head=0, gaze=0, blinks=0
    )
    assert len(frames) == 75
    assert source.labels() == ()
    assert max(np.abs(frame.face.expression).max() for frame in frames if frame.face) < 1e-3


def test_a_sound_shorter_than_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="too short"), opened(path=silence(tmp_path / "a.wav", 9)):
        pass


def test_a_wrong_transcript_is_refused_by_time(voice_file: Path) -> None:
    with pytest.raises(ConfigError, match="something else than the transcript, from about 0 s"):
        performed(path=voice_file, transcript="nothing of the kind was ever heard from anybody")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"transcript": "..."}, "has no words"),
        ({"transcript": "one", "transcript_path": "x.txt"}, "one of them is enough"),
        ({"transcript": "un", "language": "fr"}, "in English only"),
        ({"transcript_path": "/missing.txt"}, "cannot be read"),
        ({"channel": 3}, "no channel 3"),
        ({"language": "English"}, "language.*codes of two or three letters"),
        ({"mouth": 3}, "mouth"),
    ],
)
def test_wrong_options_are_explained(voice_file: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said), opened(path=voice_file, **options):
        pass


def test_a_transcript_can_be_a_file(voice_file: Path, said: str, tmp_path: Path) -> None:
    text = tmp_path / "line.txt"
    text.write_bytes(b"\xef\xbb\xbf" + said.encode())
    _, source = performed(path=voice_file, transcript_path=text)
    assert sum(label.track == "words" for label in source.labels()) == 16
    text.write_bytes(b"\xff\xfe\x00")
    with (
        pytest.raises(ConfigError, match="no UTF-8"),
        opened(path=voice_file, transcript_path=text),
    ):
        pass


def test_a_transcript_is_no_book(
    voice_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("a1sdk_audio.source._LONGEST_TEXT", 10)
    text = tmp_path / "line.txt"
    text.write_text("eleven more")
    with (
        pytest.raises(ConfigError, match="too long"),
        opened(path=voice_file, transcript_path=text),
    ):
        pass


def test_hearing_can_be_cancelled(voice_file: Path) -> None:
    with opened(path=voice_file, language="other") as (source, ctx):
        ctx.cancel()
        with pytest.raises(Cancelled):
            next(source.stream(ctx))


@pytest.mark.shared
def test_music_and_silence_leave_the_mouth_shut(shared: Path) -> None:
    for name in ("neg01_silence_44k.wav", "neg02_tones_music_44k.wav"):
        for language in ("en", "other"):
            _, source = performed(path=shared / "data" / "audio" / name, language=language)
            assert source.labels() == ()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("data_size_lies.wav", None),
        ("nan_inf_float32.wav", None),
        ("one_sample.wav", "too short"),
        ("pocketsphinx_awful.wav", "too short"),
        ("pocketsphinx_bad.wav", "no film or sound file"),
        ("sample_rate_0.wav", "no film or sound file"),
        ("zero_byte.wav", "is empty"),
        ("zero_samples.wav", "too short"),
    ],
)
def test_hostile_sounds(shared: Path, name: str, refused: str | None) -> None:
    path = shared / "data" / "hostile" / name
    if refused is None:
        assert performed(path=path, language="other")[0]
    else:
        with pytest.raises(DecodeError, match=refused), opened(path=path):
            pass


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    ["s01_goforward_16k.wav", "s02_goforward_f32_left_only.wav", "s03_goforward_8k_mulaw.wav",
     "s04_clipped_dc.wav"],
)  # fmt: skip
def test_one_voice_in_many_files(shared: Path, name: str) -> None:
    words: Callable[[MotionSource], list[Any]] = lambda source: [  # noqa: E731
        label for label in source.labels() if label.track == "words"
    ]
    text = "go forward ten meters"
    folder = shared / "data" / "audio"
    _, right = performed(path=folder / "s01_goforward_16k.wav", transcript=text)
    _, other = performed(path=folder / name, transcript=text)
    for one, two in zip(words(right), words(other), strict=True):
        assert abs(one.start - two.start) <= Fraction(6, 100)
        assert abs(one.end - two.end) <= Fraction(6, 100)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["a06_french_44k.aiff", "a12_singing_44k_stereo.mp3", "a08_chinese_24k_mono.wav"]
)
def test_any_language_moves_the_mouth_while_it_is_heard(shared: Path, name: str) -> None:
    _, source = performed(path=shared / "data" / "audio" / name, language="other")
    phones = [label for label in source.labels() if label.track == "phones"]
    spoken = float(sum((label.end - label.start for label in phones), Fraction(0)))
    assert spoken > 0.6 * float(source.probe().duration or 0)
