from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from a1sdk.motion.envelope import CONSTANT, Envelope, faded

TIMES = st.fractions(0, 10, max_denominator=1001)
WEIGHTS = st.floats(0, 1)
CURVES = st.sampled_from(["linear", "smooth"])


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    times = draw(st.lists(TIMES, min_size=1, max_size=6, unique=True).map(sorted))
    keys = tuple((time, draw(WEIGHTS)) for time in times)
    return Envelope(keys=keys, curve=draw(CURVES))


@given(envelopes(), TIMES)
def test_weights_stay_between_their_keys(envelope: Envelope, time: Fraction) -> None:
    before = [weight for at, weight in envelope.keys if at <= time][-1:]
    after = [weight for at, weight in envelope.keys if at > time][:1]
    around = before + after
    assert min(around) - 1e-12 <= envelope.at(time) <= max(around) + 1e-12


@given(envelopes())
def test_keys_are_met_exactly(envelope: Envelope) -> None:
    assert all(envelope.at(time) == weight for time, weight in envelope.keys)


@given(envelopes())
def test_written_and_read(envelope: Envelope) -> None:
    read = Envelope.model_validate_json(envelope.model_dump_json())
    assert [read.at(Fraction(n, 7)) for n in range(80)] == [
        envelope.at(Fraction(n, 7)) for n in range(80)
    ]


def test_short_forms() -> None:
    assert Envelope.model_validate(0.25).at(Fraction(99)) == 0.25
    ramp = Envelope.model_validate([["0", 0], ["1/2", 1]])
    assert ramp.at(Fraction(1, 8)) == 0.25
    smooth = Envelope.model_validate({"keys": [[0, 0], [1, 1]], "curve": "smooth"})
    assert smooth.at(Fraction(1, 4)) == pytest.approx(0.15625)
    assert smooth.at(Fraction(1, 2)) == 0.5
    assert CONSTANT.model_dump() == 1.0


@pytest.mark.parametrize(
    "wrong",
    [1.5, -0.1, float("nan"), True, [], [[0, 2]], [[1, 0], [1, 1]], [[0.5, 1]], "half",
     {"keys": [[0, 1]], "curve": "bezier"}],
)  # fmt: skip
def test_impossible_envelopes_are_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Envelope.model_validate(wrong)


@given(TIMES, TIMES, TIMES, TIMES, TIMES)
def test_fades(
    time: Fraction, start: Fraction, length: Fraction, fade_in: Fraction, fade_out: Fraction
) -> None:
    end = start + length
    weight = faded(time, start, end, fade_in, fade_out)
    assert 0.0 <= weight <= 1.0
    if start + fade_in <= time <= end - fade_out:
        assert weight == 1.0
    if (fade_in and time <= start) or (fade_out and time >= end):
        assert weight == 0.0


@given(TIMES, st.fractions(Fraction(1, 100), 10, max_denominator=1001), TIMES)
def test_fades_over_the_same_seconds_add_up(start: Fraction, fade: Fraction, way: Fraction) -> None:
    time = start + fade * way / 10
    coming = faded(time, start, None, fade, Fraction(0))
    going = faded(time, Fraction(0), start + fade, Fraction(0), fade)
    assert coming + going == pytest.approx(1.0)
