from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.components.data import Label, StreamInfo
from a1sdk.components.interfaces import MotionSource, RunContext
from a1sdk.components.labels import checked_labels, label_fault, last_instant
from a1sdk.errors import CapabilityError, ContractError, PluginRunError
from a1sdk.motion.frame import MotionFrame

RATE = Fraction(25)
GOOD = Label("words", Fraction(1), Fraction(2), "hello")


class Labelled(MotionSource):
    def __init__(self, labels: Any) -> None:
        super().__init__()
        self._labels = labels

    def probe(self) -> StreamInfo:
        return StreamInfo(RATE)

    def stream(self, ctx: RunContext) -> Iterator[MotionFrame]:
        return iter(())

    def labels(self) -> Sequence[Label]:
        if isinstance(self._labels, Exception):
            raise self._labels
        return self._labels  # type: ignore[no-any-return]


def checked(labels: Any, frames: int | None = 50) -> tuple[Label, ...]:
    return checked_labels(Labelled(labels), "talk/speech", frames=frames, rate=RATE)


def test_good_labels_pass() -> None:
    others = [Label("phones", Fraction(0), Fraction(0), "p"), GOOD, replace(GOOD, text="你好")]
    assert checked(others) == tuple(others)
    assert checked([]) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"track": "my words"}, "not like 'words'"),
        ({"track": 3}, "not like 'words'"),
        ({"text": None}, "1 to 200 characters"),
        ({"text": "x" * 201}, "1 to 200 characters"),
        ({"text": "two\nlines"}, "cannot be shown"),
        ({"start": 1.0}, "no fractions"),
        ({"end": 2}, "no fractions"),
        ({"end": Fraction(1, 2)}, "lasts from 1 s to 1/2 s"),
        ({"end": Fraction(5, 2)}, "ends at 2.500 s, after the performance"),
    ],
)
def test_bad_labels_are_blamed_on_their_source(changes: dict[str, Any], said: str) -> None:
    wrong: Any = replace(GOOD, **changes)
    with pytest.raises(ContractError, match=said) as caught:
        checked([GOOD, wrong])
    assert str(caught.value).startswith("Plugin 'talk/speech' gave labels that are none: label 1")
    assert caught.value.plugin == "talk"


def test_what_is_no_label_and_what_raises() -> None:
    with pytest.raises(ContractError, match="is a tuple, not a Label"):
        checked([("words", 0, 1, "hello")])
    with pytest.raises(PluginRunError, match="failed in labels: KeyError"):
        checked(KeyError("words"))
    with pytest.raises(PluginRunError, match="failed in labels: TypeError"):
        checked(None)
    with pytest.raises(CapabilityError, match="asked too early"):
        checked(CapabilityError("It was asked too early."))


def test_a_stream_of_unknown_length_sets_no_limit() -> None:
    late = replace(GOOD, end=Fraction(1000))
    assert checked([late], frames=None) == (late,)
    with pytest.raises(ContractError):
        checked([late])


def test_labels_may_last_as_long_as_the_sound_does() -> None:
    assert last_instant(50, RATE) == Fraction(51, 25)
    assert last_instant(50, RATE, Fraction(21, 10)) == Fraction(21, 10) + Fraction(1, 25)


@given(st.lists(st.tuples(st.sampled_from(["words", "phones"]), st.integers(0, 99)), max_size=9))
def test_order_matters_within_a_track_alone(starts: list[tuple[str, int]]) -> None:
    labels = [Label(track, Fraction(at), Fraction(at), "x") for track, at in starts]
    tracks = [[at for name, at in starts if name == track] for track in ("words", "phones")]
    ordered = all(one == sorted(one) for one in tracks)
    assert (label_fault(labels, None) is None) == ordered
