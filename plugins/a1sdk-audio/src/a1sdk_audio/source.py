"""The motion source `audio/speech`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.plugin import (
    ConfigError,
    DecodeError,
    Label,
    MotionFrame,
    MotionSource,
    Sound,
    StreamInfo,
    frame_count,
    open_sound,
)
from a1sdk_audio.articulation import Amounts, Performer
from a1sdk_audio.hearing import listen
from a1sdk_audio.recognizers import (
    QUICK,
    THOROUGH,
    MismatchError,
    PhoneRecognizer,
    Recognizer,
    WordRecognizer,
)
from a1sdk_audio.speech import RATE
from a1sdk_audio.text import spoken_words
from a1sdk_audio.transcript import TranscriptAligner

if TYPE_CHECKING:
    from a1sdk.plugin import RunContext
    from a1sdk_audio.options import Options
    from a1sdk_audio.speech import Passage, Samples

_USUAL_RATE = Fraction(25)
_SHORT = 120  # seconds of sound that are searched thoroughly where nothing else is asked
_LONGEST_TEXT = 10_000_000  # bytes
_SURE = 0.5  # confidence from which on a word is said to be heard, and not guessed


class Speech(MotionSource):
    """A face that says what is heard in a sound.

    Each passage is heard when its first frames are asked for, so that frames come before all of
    the sound is heard, and memory does not grow with it.
    """

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._sound: Sound | None = None
        self._recognizer: Recognizer | None = None
        self._labels: list[Label] = []

    def setup(self, ctx: RunContext) -> None:
        """Open the sound, read the transcript, and load the models.

        Raises:
            DecodeError: the file has no sound.
            ConfigError: it has no such channel; the transcript cannot be read, or has no words.
        """
        options = self.options
        whole = open_sound(options.path, channel=options.channel, rate=RATE)
        self._sound = _checked(whole.part(options.start, options.duration), self._rate)
        self._recognizer = self._chosen(self._sound, ctx)

    def close(self) -> None:
        """Let go of the models."""
        self._recognizer = None

    @property
    def _rate(self) -> Fraction:
        rate: Fraction = self.options.rate or _USUAL_RATE
        return rate

    @property
    def _opened(self) -> Sound:
        if self._sound is None:
            raise RuntimeError("Speech is used before setup()")
        return self._sound

    def _chosen(self, sound: Sound, ctx: RunContext) -> Recognizer:
        if self.options.scripted:
            return TranscriptAligner(self._transcript())
        if not self.options.english:
            return PhoneRecognizer()
        effort = self.options.effort
        if effort == "auto":
            effort = "thorough" if sound.duration <= _SHORT else "quick"
        return WordRecognizer(THOROUGH if effort == "thorough" else QUICK, ctx.scratch)

    def _transcript(self) -> list[str]:
        path: Path | None = self.options.transcript_path
        text = self.options.transcript if path is None else _read(path)
        words = spoken_words(text)
        if not words:
            name = "The transcript" if path is None else f"Transcript {str(path)!r}"
            raise ConfigError(f"{name} has no words.", hint="leave it out, or write what is said")
        return words

    def probe(self) -> StreamInfo:
        """Describe the motion by the length of the sound."""
        sound = self._opened
        count = frame_count(sound.duration, self._rate)
        return StreamInfo(self._rate, count, sound.start, duration=sound.duration)

    def stream(self, ctx: RunContext) -> Iterator[MotionFrame]:
        """Yield the performance; a sound without speech is a face at rest.

        Raises:
            ConfigError: the transcript is not what is said.
            DecodeError: the sound has become unreadable.
        """
        count = self.probe().count or 0
        amounts = Amounts(**{name: getattr(self.options, name) for name in Amounts.__slots__})
        performer = Performer(amounts, self._rate, ctx.seed)
        yield from ctx.track(performer.frames(self._passages(ctx), count), total=count)
        self._labels += performer.visemes

    def labels(self) -> Sequence[Label]:
        """Return the words, those that were only guessed, the phones and the visemes."""
        return tuple(self._labels)

    def _passages(self, ctx: RunContext) -> Iterator[Passage]:
        """Yield what is heard, and note its labels.

        Raises:
            ConfigError: the transcript is not what is said.
        """
        self._labels = []
        recognizer = self._recognizer
        assert recognizer is not None  # `probe` has been asked
        time = Fraction(0)
        try:
            with closing(self._opened.blocks()) as blocks:
                for passage in listen(_interruptible(blocks, ctx), recognizer):
                    self._labels += _labels_of(passage)
                    yield passage
                    time = passage.end
        except MismatchError as error:
            raise ConfigError(
                f"{str(self.options.path)!r} says something else than the transcript, from about "
                f"{float(time):.0f} s on{error}.",
                hint="correct the transcript there, or leave it out",
            ) from error


def _checked(sound: Sound, rate: Fraction) -> Sound:
    if not frame_count(sound.duration, rate):
        raise DecodeError(
            f"{str(sound.path)!r} is too short: its {len(sound)} samples do not last one frame.",
            path=str(sound.path),
            hint="give a longer sound",
        )
    return sound


def _interruptible(blocks: Iterable[Samples], ctx: RunContext) -> Iterator[Samples]:
    for block in blocks:
        ctx.check()
        yield block


def _labels_of(passage: Passage) -> Iterator[Label]:
    for utterance in passage.utterances:
        for word in utterance.words:
            track = "words" if word.confidence >= _SURE else "guesses"
            yield Label(track, word.start, word.end, word.text)
        for phone in utterance.phones:
            yield Label("phones", phone.start, phone.end, phone.symbol)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_TEXT + 1)
        if len(content) > _LONGEST_TEXT:
            raise ConfigError(f"Transcript {str(path)!r} is too long for one.")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"Transcript {str(path)!r} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"Transcript {str(path)!r} is no UTF-8 text.", hint="save it as UTF-8"
        ) from error
