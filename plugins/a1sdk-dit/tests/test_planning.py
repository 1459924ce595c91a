"""Plans take what fits, say what would, and think the same of time as they do of work."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.planning import advice, choice, device
from a1sdk_dit.planning import measure as measure_module
from a1sdk_dit.planning.device import GIB, Device, Throughput
from a1sdk_dit.planning.duration import forward_seconds, window_seconds
from a1sdk_dit.planning.estimate import estimate
from a1sdk_dit.planning.measure import measured
from a1sdk_dit.planning.memory import Networks
from a1sdk_dit.planning.placement import Placement
from a1sdk_dit.timing import native_pictures

from a1sdk.plugin import DeviceUnavailableError, OutOfMemoryError

RELEASE = Networks()
QUICK = Throughput(linear=6e14, attention=4e14, convolution=3e14, memory=3e12, transfer=2.5e10)


def chosen(gigabytes: int, **options: Any) -> dict[str, str]:
    plan = choice.choose(RendererOptions(**options), Device.card(gigabytes), RELEASE)
    assert plan.fits
    return plan.chosen


@pytest.mark.parametrize(
    ("gigabytes", "memory", "tiling"),
    [
        (80, "tabled", "off"),
        (48, "tabled", "off"),
        (24, "tabled", "on"),
        (16, "offload", "on"),
        (12, "offload", "on"),
    ],
)
def test_what_cards_get(gigabytes: int, memory: str, tiling: str) -> None:
    found = chosen(gigabytes)
    assert (found["memory"], found["tiling"]) == (memory, tiling)


def test_what_the_options_say_holds() -> None:
    found = chosen(80, memory="offload", tiling="on", windows_at_once=3, quantize="int8")
    assert found == {
        "memory": "offload",
        "tiling": "on",
        "windows_at_once": "3",
        "quantize": "int8",
    }
    assert chosen(80, memory="resident")["memory"] == "resident"


def test_windows_go_one_by_one_before_pictures_are_tiled() -> None:
    ladder = choice.ladder(RendererOptions(windows_at_once=2), Device.card(80), RELEASE)
    rungs = [tuple(plan.chosen.values())[:3] for plan in ladder]
    assert rungs[:4] == [
        ("tabled", "off", "2"),
        ("tabled", "off", "1"),
        ("tabled", "on", "2"),
        ("tabled", "on", "1"),
    ]
    assert {rung[0] for rung in rungs[4:]} == {"offload"}


def test_memory_goes_down_the_ladder() -> None:
    ladder = list(choice.ladder(RendererOptions(), Device.card(80), RELEASE))
    peaks = [plan.memory.peak for plan in ladder]
    assert peaks == sorted(peaks, reverse=True)
    assert [plan.memory.host > 9e9 for plan in ladder] == [False, False, True, True]


def test_released_scripts_decode_in_tiles() -> None:
    assert chosen(80, sampling="reference")["tiling"] == "on"
    assert chosen(80, sampling="reference", tiling="off")["tiling"] == "off"


def test_ranks_of_a_group_are_not_offloaded() -> None:
    ladder = choice.ladder(RendererOptions(gpus=2), Device.card(12), RELEASE)
    assert {plan.placement.memory for plan in ladder} == {"tabled"}


def test_the_cpu_computes_in_fp32_in_its_own_memory() -> None:
    plan = choice.choose(RendererOptions(), Device("cpu", 256 * GIB, 256 * GIB), RELEASE)
    assert plan.placement.precision == "fp32"
    assert plan.placement.memory == "tabled"
    assert plan.memory.host == 0
    card = choice.choose(RendererOptions(), Device.card(80), RELEASE)
    assert 1.7 < plan.memory.peak / card.memory.peak < 2.1


def test_unknown_memory_is_not_said_to_suffice() -> None:
    plan = choice.choose(RendererOptions(), Device("cuda"), RELEASE)
    assert plan.fits is None
    assert plan.chosen["tiling"] == "off"


def too_little(card: Device, **options: Any) -> OutOfMemoryError:
    asked = RendererOptions(**options)
    plan = choice.choose(asked, card, RELEASE)
    assert plan.fits is False
    return advice.too_little(plan, asked, card, RELEASE)


def test_too_little_memory_names_the_options_that_would_do() -> None:
    error = too_little(Device.card(24), memory="resident", tiling="off")
    assert "memory=resident, tiling=off takes 25.5 GiB of the device's memory" in str(error)
    assert "22.8 GiB are free" in str(error)
    assert error.hint == "set memory to tabled and tiling to on: that takes 16.9 GiB"


def test_too_little_memory_names_the_card_that_would_do() -> None:
    error = too_little(Device.card(6))
    assert error.hint == "use a GPU of 12 GB or more"


def test_too_little_memory_of_the_host() -> None:
    error = too_little(replace(Device.card(12), host=8 * GIB))
    assert "of the host's memory, of which 8.0 GiB are free" in str(error)
    assert error.hint == "close other programs, or use a machine with more memory"


@pytest.mark.parametrize(
    ("gigabytes", "options", "hint"),
    [
        (48, {}, "set tiling to on: that takes 16.9 GiB"),
        (24, {}, "set memory to offload and tiling to off: that takes 15.6 GiB"),
        (12, {"memory": "offload", "tiling": "on"}, "use a GPU of 16 GB or more"),
    ],
)
def test_running_out_names_a_smaller_plan(gigabytes: int, options: Any, hint: str) -> None:
    asked, card = RendererOptions(**options), Device.card(gigabytes)
    plan = choice.choose(asked, card, RELEASE)
    assert advice.advise(plan, asked, card, RELEASE, ran_out=True) == hint


def test_table_of_cards() -> None:
    lines = advice.cards_table(RELEASE).splitlines()
    assert len(lines) == 2 + len(advice.CARDS)
    assert lines[2] == "| 80 GB | tabled | whole | 24.0 GiB | 0.1 GiB |"


@pytest.mark.parametrize(
    ("count", "rate", "pictures", "count_of_windows"),
    [
        (0, Fraction(24), 0, 0),
        (1, Fraction(24), 1, 1),
        (95, Fraction(24), 48, 1),
        (97, Fraction(24), 49, 2),
        (25 * 20 + 1, Fraction(25), 251, 7),
        (24 * 200 + 1, Fraction(24000, 1001), 2401, 60),
    ],
)
def test_windows_of_a_film(
    count: int, rate: Fraction, pictures: int, count_of_windows: int
) -> None:
    assert native_pictures(count, rate) == pictures
    assert RELEASE.geometry.windows(pictures) == count_of_windows


def test_time_of_a_forward_is_that_of_its_parts() -> None:
    compiled = Placement(compile=True)
    expected = 173.9e12 / QUICK.linear + 172.4e12 / QUICK.attention
    assert forward_seconds(RELEASE, compiled, QUICK) == pytest.approx(expected, rel=0.001)
    eager = forward_seconds(RELEASE, Placement(), QUICK)
    assert eager - expected == pytest.approx(444e9 / QUICK.memory, rel=0.01)
    slow = forward_seconds(RELEASE, Placement(memory="offload"), QUICK)
    assert slow == eager  # 9.6 GB arrive meanwhile
    bus = replace(QUICK, transfer=1e9)
    assert forward_seconds(RELEASE, Placement(memory="offload"), bus) == pytest.approx(9.6, abs=0.1)


def test_profiles_take_as_long_as_their_forwards() -> None:
    card = Device.card(80)
    times = {}
    for profile in ("exact", "fast", "draft"):
        plan = choice.choose(RendererOptions(profile=profile), card, RELEASE)
        times[profile] = window_seconds(RELEASE, plan.placement, plan.settings, QUICK)
    one = forward_seconds(RELEASE, Placement(), QUICK)
    assert times["exact"] - times["fast"] == pytest.approx(9 * one)
    assert times["exact"] - times["draft"] == pytest.approx(13 * one)


def test_estimate_for_the_host() -> None:
    card = replace(Device.card(80), throughput=QUICK)
    found = estimate(RendererOptions(profile="fast"), 240, Fraction(24), card, RELEASE)
    assert found.fits is True
    assert found.seconds is not None
    assert found.settings["memory"] == "tabled"
    assert any("extrapolated" in note for note in found.notes)
    pace = f"A second of film takes {found.seconds / 10:.1f} seconds"
    assert found.notes[-1].startswith(pace)


def test_what_a_further_face_keeps_is_that_of_all_tiles() -> None:
    whole, tiled = (
        estimate(RendererOptions(tiling=tiling), 240, Fraction(24), Device.card(80), RELEASE)
        for tiling in ("off", "on")
    )
    assert (round(whole.face_bytes / 1e9, 1), round(tiled.face_bytes / 1e9, 1)) == (2.8, 3.9)


def test_probes_take_time_as_well() -> None:
    card, seconds = replace(Device.card(80), throughput=QUICK), {}
    for gate in ("lower", "off"):
        options = RendererOptions(profile="fast", gate=gate)
        found = estimate(options, 240, Fraction(24), card, RELEASE)
        seconds[gate] = found.seconds
    exact = choice.choose(RendererOptions(), card, RELEASE)
    fast = choice.choose(RendererOptions(profile="fast"), card, RELEASE)
    probes = sum(
        window_seconds(RELEASE, plan.placement, plan.settings, QUICK) for plan in (exact, fast)
    )
    assert seconds["lower"] - seconds["off"] == pytest.approx(probes)


def test_no_time_is_made_up() -> None:
    card = Device.card(80)
    assert estimate(RendererOptions(), 240, Fraction(24), card, RELEASE).seconds is None
    quick = replace(card, throughput=QUICK)
    assert estimate(RendererOptions(), None, Fraction(24), quick, RELEASE).seconds is None


def test_an_estimate_that_does_not_fit_advises() -> None:
    found = estimate(RendererOptions(), 240, Fraction(24), Device.card(6), RELEASE)
    assert found.fits is False
    assert found.advice == "use a GPU of 12 GB or more"


def test_sizes_of_a_checkpoint(tiny: Path) -> None:
    networks = Networks.of(find_layout(tiny))
    plan = choice.choose(RendererOptions(), Device("cpu", 4 * GIB, 4 * GIB), networks)
    assert plan.fits
    assert plan.memory.peak < GIB


def test_throughput_is_measured() -> None:
    cpu = measured(Device("cpu", 64 * GIB, 64 * GIB), torch.device("cpu"), RendererOptions())
    found = cpu.throughput
    assert found is not None
    assert estimate(RendererOptions(), 24, Fraction(24), cpu, RELEASE).seconds
    assert min(found.linear, found.attention, found.convolution) > 1e7
    assert min(found.memory, found.transfer) > 1e7


def test_devices() -> None:
    assert device.find("cuda:3", 24 * GIB).memory == 24 * GIB
    cpu = device.find("cpu")
    assert cpu.kind == "cpu"
    assert cpu.memory == cpu.host
    if not torch.cuda.is_available():
        assert device.find("auto").kind == "cpu"
        with pytest.raises(DeviceUnavailableError, match="'cuda:0' is not on this machine"):
            device.find("cuda:0")


def test_planning_a_card_needs_no_torch() -> None:
    code = (
        "import sys; from fractions import Fraction;"
        "from a1sdk_dit.options import RendererOptions;"
        "from a1sdk_dit.planning import device; from a1sdk_dit.planning.estimate import estimate;"
        "from a1sdk_dit.planning.memory import Networks;"
        "estimate(RendererOptions(), 24, Fraction(24), device.find('cuda', 1 << 34),"
        " Networks()); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_guide_shows_the_table_of_cards() -> None:
    guide = Path(__file__).resolve().parents[3] / "docs" / "dit.md"
    if not guide.is_file():
        pytest.skip(f"there is no {guide}")
    assert advice.cards_table(RELEASE) in guide.read_text(encoding="utf-8")


def test_what_pytorch_keeps_for_later_counts_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (4 * GIB, 8 * GIB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 3 * GIB)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda one: one.index * GIB)
    assert device.find("cuda:1").memory == 6 * GIB
    assert device.smallest(["cuda:0", "cuda:2", "cuda:1"]).memory == 5 * GIB


def test_a_device_that_is_full_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(measure_module, "measure", full)
    cpu = Device("cpu", memory=GIB)
    assert measured(cpu, torch.device("cpu"), RendererOptions()) is cpu
