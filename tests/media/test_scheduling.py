"""Encoders do not take the processors for themselves."""

from __future__ import annotations

import os
import sys
from fractions import Fraction

import pytest

from a1sdk.media import CODECS, open_writer


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these policies")
@pytest.mark.parametrize("codec", CODECS)
def test_no_thread_is_a_real_time_one(tmp_path, barcode, codec):
    """SVT-AV1 makes such threads, and the caller one, where it runs as root."""
    width, height = 320, 160  # DNxHR has none that are smaller
    path = tmp_path / f"film{CODECS[codec].suffix}"
    if CODECS[codec].sequence:
        path = tmp_path / f"film.%04d{CODECS[codec].suffix}"
    with open_writer(path, rate=Fraction(25), width=width, height=height, codec=codec) as writer:
        for number in range(3):
            writer.write(barcode.draw(number, width, height))
            assert _policies() == {os.SCHED_OTHER}
    assert _policies() == {os.SCHED_OTHER}


def _policies() -> set[int]:
    """The policies of all threads of this process."""
    found = set()
    for thread in os.listdir("/proc/self/task"):
        try:
            found.add(os.sched_getscheduler(int(thread)))
        except OSError:  # it has ended
            continue
    return found
