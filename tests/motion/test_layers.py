from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from a1sdk.components.data import HeadReference, StreamInfo
from a1sdk.errors import A1Error, CapabilityError, ConfigError, NoFaceError
from a1sdk.motion.blendshapes import INDEX, displacement, reference_face
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.gaps import GapLog
from a1sdk.motion.layers import Blend, LayerInput, layered
from a1sdk.motion.mix import mix
from a1sdk.motion.regions import REGIONS, point_weights, shape_shares
from a1sdk.motion.rotation import euler, from_euler, rotation_exp, rotation_log
from a1sdk.testing import Counted

RATE = Fraction(25)
SHARES = st.dictionaries(st.sampled_from([*REGIONS, "mouth", "face", "all"]), st.floats(0, 1))
WEIGHTS = st.floats(0, 1)


def _face(seed: int, **changes: Any) -> FaceMotion:
    random = np.random.default_rng(seed)
    turn = rotation_exp(0.3 * random.standard_normal(3))
    made = FaceMotion(
        expression=(0.1 * random.standard_normal((478, 3))).astype(np.float32),
        rotation=turn.astype(np.float32),
        translation=random.standard_normal(3).astype(np.float32),
        blendshapes=random.random(52).astype(np.float32),
        confidence=float(random.random()),
    )
    return replace(made, **changes)


def _take(seed: int, count: int = 3) -> list[FaceMotion]:
    return [_face(1000 * seed + number) for number in range(count)]


OTHER_FACE = (reference_face() * np.array([0.9, 1.15, 1.0])).astype(np.float32)


def _others(seed: int) -> list[FaceMotion]:
    """A take of another subject."""
    return [replace(face, neutral=OTHER_FACE) for face in _take(seed)]


def _layer(
    faces: list[FaceMotion | None] | list[FaceMotion],
    *,
    head: HeadReference = "relative",
    rate: Fraction = RATE,
    name: str = "layer",
    **blend: Any,
) -> LayerInput:
    frames = [MotionFrame(number, face) for number, face in enumerate(faces)]
    info = StreamInfo(rate, len(frames), head=head)
    return LayerInput(frames, info, Blend.model_validate(blend), name)


def _stacked(*layers: LayerInput, count: int | None = None, **options: Any) -> list[FaceMotion]:
    frames = list(layered(layers, RATE, count, **options))
    assert [frame.pts for frame in frames] == list(range(len(frames)))
    assert all(frame.face is not None for frame in frames)
    return [frame.face for frame in frames if frame.face is not None]


def _same(one: FaceMotion, other: FaceMotion, atol: float = 1e-6) -> bool:
    pairs = [(getattr(one, name), getattr(other, name))
             for name in ("expression", "rotation", "translation", "blendshapes")]  # fmt: skip
    return all(np.allclose(a, b, atol=atol, rtol=0) for a, b in pairs)


def test_a_base_alone_passes_through() -> None:
    base = _layer(_take(1))
    frames = list(layered([base], RATE))
    assert all(a is b for a, b in zip(frames, base.frames, strict=True))


@given(st.sampled_from(["override", "add"]), SHARES, WEIGHTS, st.integers(0, 99))
@settings(max_examples=60)
def test_what_no_region_reaches_is_untouched(
    mode: str, regions: dict[str, float], weight: float, seed: int
) -> None:
    base, top = _take(seed), _others(seed + 1)
    layer = _layer(top, mode=mode, regions=regions, weight=weight)
    shares = layer.blend.shares() if weight else {}
    reached = sum((point_weights(name) for name in shares), np.zeros(478))
    for before, after in zip(base, _stacked(_layer(base), layer), strict=True):
        still = reached == 0
        assert np.abs(after.expression - before.expression)[still].max(initial=0) <= 1e-6
        assert before.blendshapes is not None
        assert after.blendshapes is not None
        unscored = shape_shares(shares) == 0
        assert (after.blendshapes == before.blendshapes)[unscored].all()
        if "head" not in shares:
            assert (after.rotation == before.rotation).all()
            assert (after.translation == before.translation).all()


@given(WEIGHTS, SHARES, st.integers(0, 99))
@settings(max_examples=60)
def test_weights_mix_linearly(weight: float, regions: dict[str, float], seed: int) -> None:
    base, top = _take(seed), _others(seed + 1)
    none, full, some = (
        _stacked(_layer(base), _layer(top, regions=regions, weight=w)) for w in (0, 1, weight)
    )
    for start, end, got in zip(none, full, some, strict=True):
        for name in ("expression", "translation", "blendshapes", "confidence"):
            near, far = getattr(start, name), getattr(end, name)
            expected = (1 - weight) * near + weight * far
            assert np.allclose(getattr(got, name), expected, atol=2e-6)


@given(WEIGHTS, st.integers(0, 99))
@settings(max_examples=30)
def test_heads_turn_the_shortest_way_at_constant_speed(weight: float, seed: int) -> None:
    (base,), (top,) = _take(seed, 1), _take(seed + 1, 1)
    (got,) = _stacked(_layer([base]), _layer([top], regions={"head": weight}))
    whole = rotation_log(base.rotation.T.astype(float) @ top.rotation)
    part = rotation_log(base.rotation.T.astype(float) @ got.rotation)
    assert part == pytest.approx(weight * whole, abs=1e-5)
    (added,) = _stacked(_layer([base]), _layer([top], regions={"head": weight}, mode="add"))
    part = rotation_log(base.rotation.T.astype(float) @ added.rotation)
    assert part == pytest.approx(weight * rotation_log(top.rotation), abs=1e-5)
    moved = base.translation + weight * top.translation
    assert added.translation == pytest.approx(moved, abs=1e-5)


@given(st.integers(0, 99))
@settings(max_examples=20)
def test_a_full_override_is_the_layer(seed: int) -> None:
    top = _take(seed)
    got = _stacked(_layer(_take(seed + 1)), _layer(top))
    assert all(a is b for a, b in zip(got, top, strict=True))


@given(st.permutations(["lips", "brows", "gaze", "head"]), st.integers(0, 99))
@settings(max_examples=30)
def test_regions_that_do_not_touch_may_come_in_any_order(order: list[str], seed: int) -> None:
    base = _layer(_take(seed))
    layers = {name: _layer(_take(seed + n), regions={name: 0.7}, weight=0.8)
              for n, name in enumerate(sorted(order), 1)}  # fmt: skip
    one = _stacked(base, *(layers[name] for name in sorted(order)))
    other = _stacked(base, *(layers[name] for name in order))
    assert all(_same(a, b) for a, b in zip(one, other, strict=True))


@given(st.integers(0, 99))
@settings(max_examples=20)
def test_what_is_added_to_a_face_may_come_in_any_order(seed: int) -> None:
    base, first, second = (
        [replace(face, blendshapes=face.blendshapes / 4) for face in _take(seed + n)]
        for n in range(3)
    )
    a, b = (_layer(take, mode="add", regions={"face": 1}) for take in (first, second))
    one, other = _stacked(_layer(base), a, b), _stacked(_layer(base), b, a)
    assert all(_same(x, y) for x, y in zip(one, other, strict=True))


def test_order_matters_where_layers_meet() -> None:
    base, a, b = (_layer(_take(n), regions={"lips": 1}) for n in (1, 2, 3))
    assert (_stacked(base, a, b)[0].expression[13] == _take(3)[0].expression[13]).all()
    assert (_stacked(base, b, a)[0].expression[13] == _take(2)[0].expression[13]).all()


def test_added_blendshapes_stay_within_limits() -> None:
    take = [_face(1, blendshapes=np.full(52, 0.8, np.float32))]
    (got,) = _stacked(_layer(take), _layer(take, mode="add"))
    assert got.blendshapes is not None
    assert (got.blendshapes == 1.0).all()


def test_blendshapes_are_the_bases() -> None:
    scored, bare = _take(1), [replace(face, blendshapes=None) for face in _take(2)]
    assert _stacked(_layer(bare), _layer(scored, weight=0.5))[0].blendshapes is None
    (kept, *_) = _stacked(_layer(scored), _layer(bare, regions={"head": 1}))
    assert kept.blendshapes is scored[0].blendshapes


@pytest.mark.parametrize("scored_beneath", [True, False])
def test_blendshapes_do_not_come_and_go_with_the_weight(scored_beneath: bool) -> None:
    scored, bare = _take(1, 6), [replace(face, blendshapes=None) for face in _take(2, 6)]
    base, above = (scored, bare) if scored_beneath else (bare, scored)
    weight = [["0s", 0], ["0.12s", 1]]  # from nothing to all of it
    got = _stacked(_layer(base), _layer(above, weight=weight))
    assert [face.blendshapes is not None for face in got] == [scored_beneath] * 6
    assert np.allclose(got[-1].expression, above[-1].expression, atol=1e-6)


def test_blendshapes_of_a_layer_are_read_from_its_expression_where_it_has_none() -> None:
    open_mouth = np.zeros(52, np.float32)
    open_mouth[INDEX["jawOpen"]] = 0.6
    bare = [replace(_face(2), expression=displacement(open_mouth), blendshapes=None)]
    (got,) = _stacked(_layer(_take(1, 1)), _layer(bare, regions={"mouth": 1}))
    assert got.blendshapes is not None
    assert got.blendshapes[INDEX["jawOpen"]] == pytest.approx(0.6, abs=0.1)
    (base,) = _take(1, 1)
    assert base.blendshapes is not None
    assert got.blendshapes[INDEX["browInnerUp"]] == base.blendshapes[INDEX["browInnerUp"]]


def test_envelopes_and_fades_multiply() -> None:
    base, top = _take(1, 50), [_face(2)] * 25
    weight = [["1/2", 0.5], ["1", 1]]
    layer = _layer(top, weight=weight, time={"offset": "1/2"}, fade_in="2/5", fade_out="2/5")
    got = _stacked(_layer(base), layer)
    for number, (face, before) in enumerate(zip(got, base, strict=True)):
        time = number / 25
        ramp = float(np.interp(time, [0.5, 1], [0.5, 1]))
        fade = max(0.0, min(1.0, (time - 0.5) / 0.4, (1.5 - time) / 0.4))
        if not 13 <= number < 38:
            fade = 0.0
        assert _same(face, mix(before, top[0], ramp * fade), atol=2e-6)


def test_two_takes_cross_fade() -> None:
    first, second = _take(1, 50), _take(2, 50)
    got = _stacked(
        _layer(first),
        _layer(second, time={"offset": "8/5"}, fade_in="2/5"),
        count=90,
    )
    assert len(got) == 90
    assert all(a is b for a, b in zip(got[:40], first[:40], strict=True))
    for number in range(40, 50):
        expected = mix(first[number], second[number - 40], (number - 40) / 10)
        assert _same(got[number], expected, atol=2e-6)
    assert all(a is b for a, b in zip(got[50:], second[10:], strict=True))


def test_layers_come_late_and_end_early() -> None:
    base, top = _take(1, 20), _take(2, 5)
    got = _stacked(_layer(base), _layer(top, time={"offset": "1/5"}))
    assert got[:5] == base[:5]
    assert got[5:10] == top
    assert got[10:] == base[10:]
    early = _stacked(_layer(base), _layer(top, time={"offset": "-2/25"}))
    assert early[:3] == top[2:]
    assert early[3:] == base[3:]


def test_other_rates_are_brought_to_the_films() -> None:
    base, top = _take(1, 20), _take(2, 20)
    got = _stacked(_layer(base), _layer(top, rate=Fraction(50)))
    assert got[:10] == top[::2]
    assert got[10:] == base[10:]


@pytest.mark.parametrize(
    ("policy", "after"), [("hold", "last"), ("interpolate", "rest"), ("neutral", "rest")]
)
def test_beyond_the_base_the_gap_policy_decides(policy: str, after: str) -> None:
    base, log = _take(1, 5), GapLog()
    got = _stacked(_layer(base), count=60, gaps=policy, log=log)
    expected = base[-1].expression if after == "last" else np.zeros((478, 3))
    assert (got[-1].expression == expected).all()
    assert log.frames == 55
    with pytest.raises(NoFaceError, match="frame 5"):
        _stacked(_layer(base), count=60, gaps="fail")


def test_a_film_shorter_than_its_layers() -> None:
    assert len(_stacked(_layer(_take(1, 20)), _layer(_take(2, 30)), count=7)) == 7


def test_gaps_of_layers_are_filled() -> None:
    base, top = _take(1, 9), _take(2, 9)
    holed: list[FaceMotion | None] = [*top[:3], None, *top[4:]]
    got = _stacked(_layer(base), _layer(holed))
    assert _same(got[3], mix(top[2], top[4], 0.5))


def test_a_base_lies_on_its_own_resting_face() -> None:
    (base,) = _take(1, 1)
    (got,) = _stacked(_layer([base], regions={"head": 1}, weight=0.5))
    assert (got.expression == 0).all()
    assert 2 * rotation_log(got.rotation) == pytest.approx(rotation_log(base.rotation), abs=1e-5)


def test_layers_are_carried_onto_the_bases_face() -> None:
    other = (reference_face() * np.array([1.0, 1.2, 0.9])).astype(np.float32)
    base = [replace(face, neutral=other) for face in _take(1)]
    nothing = [replace(face, expression=np.zeros((478, 3), np.float32)) for face in _take(2)]
    got = _stacked(_layer(base), _layer(nothing, regions={"face": 1}))
    assert all(face.neutral is other for face in got)
    assert np.abs(got[0].expression).max() < 1e-6
    same = [replace(face, neutral=other.copy()) for face in _take(3)]
    kept = _stacked(_layer(base), _layer(same, regions={"face": 1}))
    assert (kept[0].expression == same[0].expression).all()


@pytest.mark.parametrize(
    ("mode", "layer", "base", "fine"),
    [
        ("override", "relative", "relative", True),
        ("override", "absolute", "absolute", True),
        ("override", "absolute", "relative", False),
        ("override", "relative", "absolute", False),
        ("add", "relative", "absolute", True),
        ("add", "absolute", "absolute", False),
    ],
)
def test_heads_measured_from_elsewhere(
    mode: str, layer: HeadReference, base: HeadReference, fine: bool
) -> None:
    beneath = _layer(_take(1), head=base, name="driver")
    if fine:
        _stacked(beneath, _layer(_take(2), head=layer, mode=mode))
    else:
        with pytest.raises(CapabilityError, match=f"'keys' is {layer}.*'driver'") as caught:
            _stacked(beneath, _layer(_take(2), head=layer, mode=mode, name="keys"))
        assert '{"face": 1}' in str(caught.value.hint)
    _stacked(beneath, _layer(_take(2), head=layer, mode=mode, regions={"face": 1}))


def test_nothing_is_pulled_before_it_is_needed() -> None:
    base, top = Counted(iter(_layer(_take(1, 80)).frames)), _layer(_take(2, 20))
    pulled = Counted(iter(top.frames))
    blend = Blend.model_validate({"time": {"offset": "1"}})
    layers = [LayerInput(base, StreamInfo(RATE, 80)), LayerInput(pulled, top.info, blend)]
    for frame in layered(layers, RATE):
        assert base.pulled <= frame.pts + 2
        assert pulled.pulled <= max(0, frame.pts - 25 + 3)
    assert pulled.pulled == 20


def test_a_film_without_end_needs_no_end() -> None:
    def endless() -> Iterator[MotionFrame]:
        number = 0
        while True:
            yield MotionFrame(number, _face(1))
            number += 1

    layers = [LayerInput(endless(), StreamInfo(RATE)) for _ in range(2)]
    assert len(list(layered(layers, RATE, 12))) == 12


@given(SHARES, WEIGHTS)
def test_blends_are_written_and_read(regions: dict[str, float], weight: float) -> None:
    blend = Blend.model_validate({"regions": regions, "weight": weight, "time": {"offset": "1/3"}})
    assert Blend.model_validate_json(blend.model_dump_json()) == blend


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"regions": {"lip": 1}}, "did you mean 'lips'"),
        ({"regions": {"lips": 1.5}}, "less than or equal"),
        ({"regions": {"lips": float("nan")}}, "finite"),
        ({"mode": "multiply"}, "override"),
        ({"fade_in": "-1"}, "0 seconds or more"),
        ({"time": {"speed": 0}}, "use points"),
        ({"wieght": 1}, "wieght"),
    ],
)
def test_impossible_blends_are_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Blend.model_validate(fields)


def test_no_layers_are_no_stack() -> None:
    with pytest.raises(ConfigError, match="no layer"):
        layered([], RATE)
    assert issubclass(ConfigError, A1Error)


def test_angles_add_up() -> None:
    """A nod keyed onto a turned head nods in that head's own space."""
    turned = _face(1, rotation=from_euler(20, 0, 0).astype(np.float32))
    nod = _face(2, rotation=from_euler(0, 10, 0).astype(np.float32))
    (got,) = _stacked(_layer([turned]), _layer([nod], mode="add", regions={"head": 1}))
    assert np.array(euler(got.rotation)) == pytest.approx((20, 10, 0), abs=1e-3)
