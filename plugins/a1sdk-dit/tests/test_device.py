"""Which device a component works on."""

from __future__ import annotations

import pytest
import torch
from a1sdk_dit.device import torch_device

from a1sdk.plugin import DeviceUnavailableError


@pytest.mark.parametrize(
    ("gpus", "wanted", "taken"),
    [
        (0, "auto", "cpu"),
        (2, "auto", "cuda:0"),
        (2, "cuda", "cuda:0"),
        (2, "cuda:1", "cuda:1"),
        (2, "cpu", "cpu"),
    ],
)
def test_takes(gpus: int, wanted: str, taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert str(torch_device(wanted)) == taken


@pytest.mark.parametrize(("gpus", "wanted"), [(0, "cuda"), (2, "cuda:2")])
def test_absent(gpus: int, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    with pytest.raises(DeviceUnavailableError, match=wanted) as caught:
        torch_device(wanted)
    assert caught.value.hint
