r"""Measure how well `audio/speech` times words, and how fast it hears.

    python benchmarks/speech.py --data FOLDER [--long SECONDS] [--write PAGE]

`FOLDER` holds `audio/transcripts.tsv` (file, text, language, ...) and the sounds it names. Words
are timed three ways: with the transcript, and without it by a thorough and by a quick search. They
are compared with a forced alignment of the whole file in one piece, without any pruning of the
search, and where the data has them with word times that others made: pocketsphinx's own for one
LibriVox sentence, and the GRID corpus's for one of its films. Of what is recognised without a
transcript, only the right words are compared; how many of all they are is said too. Nor does a
wrong word show a wrong mouth all the time: a second table says in how many of the steps of speech
the right one of eight groups of mouth shapes is shown.

With `--long` the same sounds, one after the other, are heard for so many seconds, to tell speed
and memory.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
from a1sdk_audio.engine import Engine
from a1sdk_audio.hearing import listen
from a1sdk_audio.levels import as_pcm
from a1sdk_audio.recognizers import (
    QUICK,
    THOROUGH,
    PhoneRecognizer,
    Recognizer,
    WordRecognizer,
)
from a1sdk_audio.speech import GRID, RATE, Phone, Utterance, Word
from a1sdk_audio.spelling import pronunciation
from a1sdk_audio.text import spoken_words
from a1sdk_audio.transcript import TranscriptAligner

from a1sdk.plugin import cues_of, open_sound

LIMIT = Fraction(60, 1000)
"""Seconds that a word's start and end may be off."""

MEASURED = ("a02", "a03", "a04", "a13")
"""Beginnings of the names of the files that words are compared in."""

FILM = "driving/d06_grid_swwp2s.mpg"
NO_PRUNING = {"lm": None, "bestpath": False, "beam": 0.0, "wbeam": 0.0, "pbeam": 0.0}

LOOK_ALIKE = ("PP", "FF", "TH DD kk SS nn", "CH RR", "aa", "E", "ih", "oh ou")
"""Groups of mouth shapes."""

Samples = npt.NDArray[np.float32]
Times = list[tuple[str, Fraction, Fraction]]


@dataclass(frozen=True)
class Row:
    """One way to time words, against one reference.

    Attributes:
        name: what is compared.
        said: how many words the reference has.
        errors: of the words found, the larger of the errors at start and end, in ms.
        far: those beyond the limit, as they are to be shown.
    """

    name: str
    said: int
    errors: Sequence[float]
    far: Sequence[str]

    def __str__(self) -> str:
        errors = np.array(self.errors or [np.nan])
        within = np.mean(errors <= float(LIMIT) * 1000)
        return (
            f"| {self.name} | {len(self.errors)} of {self.said} | {np.median(errors):.0f} | "
            f"{np.percentile(errors, 95):.0f} | {errors.max():.0f} | {100 * within:.1f} % |"
        )


def forced_alignment(samples: Samples, words: Sequence[str]) -> tuple[Times, list[Phone]]:
    """Return when each word and phone is said: one alignment of all of it, nothing pruned."""
    engine = Engine(**NO_PRUNING)
    for word in words:
        if engine.pronunciation(word) is None:
            engine.learn(word, pronunciation(word) or "")
    engine.expect(words, all_of_them=True)
    found = engine.decode(as_pcm(samples))
    phones = engine.phones(as_pcm(samples), found).phones
    return (
        [(word.text, Fraction(word.start, GRID), Fraction(word.end, GRID)) for word in found],
        [Phone(Fraction(p.start, GRID), Fraction(p.end, GRID), p.symbol) for p in phones],
    )


def utterances(samples: Samples, recognizer: Recognizer) -> Iterator[Utterance]:
    """Yield what is said, as `audio/speech` hears it."""
    blocks = iter(np.array_split(samples, max(1, len(samples) // 4000)))
    return chain.from_iterable(passage.utterances for passage in listen(blocks, recognizer))


def heard(samples: Samples, recognizer: Recognizer) -> Times:
    """Return when each word is said, as `audio/speech` hears it."""
    words: Iterator[Word] = chain.from_iterable(
        part.words for part in utterances(samples, recognizer)
    )
    return [(word.text, word.start, word.end) for word in words]


def compared(name: str, found: Times, right: Times) -> Row:
    """Compare the words that both have, in order."""
    texts = [[word for word, _, _ in times] for times in (found, right)]
    errors, far = [], []
    for at, of, length in SequenceMatcher(None, *texts, autojunk=False).get_matching_blocks():
        for (word, *times), (_, *others) in zip(
            found[at : at + length], right[of : of + length], strict=True
        ):
            error = max(abs(a - b) for a, b in zip(times, others, strict=True))
            errors.append(float(error * 1000))
            if error > LIMIT:
                start, end = (float(a - b) * 1000 for a, b in zip(times, others, strict=True))
                far.append(f"{word} at {float(others[0]):.2f} s ({start:+.0f}, {end:+.0f} ms)")
    return Row(name, len(right), errors, far)


def together(name: str, rows: Sequence[Row]) -> Row:
    """Sum up."""
    return Row(
        name,
        sum(row.said for row in rows),
        list(chain.from_iterable(row.errors for row in rows)),
        list(chain.from_iterable(row.far for row in rows)),
    )


def samples_of(path: Path) -> Samples:
    """Return all of a sound."""
    return np.concatenate(list(open_sound(path, rate=RATE).blocks()))


def transcripts(data: Path) -> dict[str, str]:
    """Return what is said in each file."""
    with (data / "audio" / "transcripts.tsv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["text"] for row in csv.DictReader(file, delimiter="\t")}


def timing_table(data: Path, scratch: Path) -> Iterator[str]:
    """Yield the lines of the table of words."""
    ways: dict[str, Callable[[list[str]], Recognizer]] = {
        "transcript": TranscriptAligner,
        "thorough": lambda _: WordRecognizer(THOROUGH, scratch),
        "quick": lambda _: WordRecognizer(QUICK, scratch),
    }
    rows: dict[str, list[Row]] = {way: [] for way in ways}
    lines: list[str] = []
    for file, text in transcripts(data).items():
        if not file.startswith(MEASURED):
            continue
        words, samples = spoken_words(text), samples_of(data / "audio" / file)
        right, _ = forced_alignment(samples, words)
        for way, make in ways.items():
            row = compared(
                f"{file.split('_')[0]} {file.split('.')[0][-8:]}, {way}",
                heard(samples, make(words)),
                right,
            )
            rows[way].append(row)
            lines.append(str(row))
    sums = [together(f"**all, {way}**", found) for way, found in rows.items()]
    extra = [compared_with_others(data, name) for name in ("LibriVox", "GRID")]
    yield "| file, how | words | median ms | 95 % | most | within 60 ms |"
    yield "|---|---|---|---|---|---|"
    yield from (*lines, *map(str, sums), *map(str, extra))
    for row in (*sums, *extra):
        yield f"\nBeyond it, {row.name.strip('*')}: {'; '.join(row.far) or 'none'}."


def shapes_table(data: Path, scratch: Path) -> Iterator[str]:
    """Yield the lines of the table of mouth shapes."""
    ways: dict[str, Recognizer] = {
        "thorough": WordRecognizer(THOROUGH, scratch),
        "quick": WordRecognizer(QUICK, scratch),
        "sounds only": PhoneRecognizer(),
    }
    alike: dict[str, list[npt.NDArray[np.bool_]]] = {way: [] for way in ways}
    for file, text in transcripts(data).items():
        if file.startswith(MEASURED):
            samples = samples_of(data / "audio" / file)
            right = shown(forced_alignment(samples, spoken_words(text))[1], len(samples))
            for way, recognizer in ways.items():
                phones = [p for part in utterances(samples, recognizer) for p in part.phones]
                alike[way].append((shown(phones, len(samples)) == right)[right >= 0])
    yield "\n| how | steps of speech | right group of mouth shapes |"
    yield "|---|---|---|"
    for way, found in alike.items():
        steps = np.concatenate(found)
        yield f"| {way} | {len(steps)} | {100 * steps.mean():.1f} % |"


def shown(phones: Sequence[Phone], samples: int) -> npt.NDArray[np.int8]:
    """Return which group of mouth shapes is shown in each step, -1 for none."""
    groups = {viseme: at for at, names in enumerate(LOOK_ALIKE) for viseme in names.split()}
    steps = np.full(samples * GRID // RATE + 1, -1, np.int8)
    for cue in cues_of(phones):
        steps[round(cue.start * GRID) : round(cue.end * GRID)] = groups[cue.viseme]
    return steps


def compared_with_others(data: Path, name: str) -> Row:
    """Compare the transcript's times with ones that others have published."""
    if name == "GRID":
        file, right = FILM, _grid_times(data / "mocap" / "m08_grid_swwp2s.align")
    else:
        file = "audio/a03_librivox_0870_16k.wav"
        right = _json_times(data / "mocap" / "m07_librivox_0870.words.json")
    found = heard(samples_of(data / file), TranscriptAligner([word for word, _, _ in right]))
    return compared(f"{name}'s own times, transcript", found, right)


def _json_times(path: Path) -> Times:
    return [
        (item["t"].split("(")[0], begin, begin + Fraction(str(item["d"])))
        for item in json.loads(path.read_text("utf-8"))["w"]
        if item["t"][0] not in "<[" and (begin := Fraction(str(item["b"]))) is not None
    ]


def _grid_times(path: Path) -> Times:
    """Read the corpus's times, in 1/25000 s."""
    rows = (line.split() for line in path.read_text("utf-8").splitlines())
    return [
        (row[2], Fraction(int(row[0]), 25000), Fraction(int(row[1]), 25000))
        for row in rows
        if len(row) == 3 and row[2] != "sil"
    ]


def speed_table(data: Path, seconds: int, scratch: Path) -> Iterator[str]:
    """Yield the lines of the table of speed and memory; the sound is played without a file."""
    known = transcripts(data)
    files = [file for file in known if file.startswith(MEASURED)]
    sounds = [samples_of(data / "audio" / file) for file in files]
    texts = [spoken_words(known[file]) for file in files]
    rounds = -(-seconds * RATE // sum(map(len, sounds)))
    ways: dict[str, Callable[[], Recognizer]] = {
        "quick": lambda: WordRecognizer(QUICK, scratch),
        "sounds only": PhoneRecognizer,
        "transcript": lambda: TranscriptAligner([*chain.from_iterable(texts * rounds)]),
    }
    length = rounds * sum(map(len, sounds)) / RATE
    yield f"\n| {length:.0f} s of speech | wall s | x real time | CPU | MB after 1/4 | at the end |"
    yield "|---|---|---|---|---|---|"
    for way, make in ways.items():
        recognizer = make()
        wall, cpu, early = time.perf_counter(), time.process_time(), 0.0
        for passage in listen(chain.from_iterable(sounds for _ in range(rounds)), recognizer):
            if not early and passage.end * 4 > length:
                early = _megabytes()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        yield (
            f"| {way} | {wall:.0f} | {length / wall:.1f} | {length / cpu:.1f} | {early:.0f} | "
            f"{_megabytes():.0f} |"
        )


def _megabytes() -> float:
    """Most memory that the process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--long", type=int, default=0, help="seconds to measure speed over")
    parser.add_argument("--write", type=Path, help="write the tables to this page too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = [
            timing_table(arguments.data, Path(folder)),
            shapes_table(arguments.data, Path(folder)),
        ]
        if arguments.long:
            tables.append(speed_table(arguments.data, arguments.long, Path(folder)))
        lines = []
        for line in chain.from_iterable(tables):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            lines.append(line)
    if arguments.write is not None:
        arguments.write.write_text("\n".join([*lines, ""]), "utf-8")


if __name__ == "__main__":
    main()
