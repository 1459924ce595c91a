"""HDR becomes SDR: white is white, gray stays gray, nothing overflows."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from a1sdk.media import open_video, probe
from a1sdk.media.hdr import to_sdr

GRAY = np.repeat(np.linspace(0, 1, 200)[:, None], 3, axis=1)
PQ_DIFFUSE_WHITE, HLG_DIFFUSE_WHITE = 0.5807, 0.75  # 203 cd/m2, BT.2408


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_gray_stays_gray_and_rises(transfer):
    levels = to_sdr(GRAY, transfer, "bt2020")
    assert np.ptp(levels, axis=1).max() < 2e-3
    assert (np.diff(levels[:, 1]) >= -1e-9).all()
    assert levels[0].max() == 0
    assert 0.95 < levels[-1].min() <= levels[-1].max() <= 1


def test_diffuse_white_is_bright_but_leaves_room():
    for transfer, signal in (("smpte2084", PQ_DIFFUSE_WHITE), ("arib-std-b67", HLG_DIFFUSE_WHITE)):
        white = to_sdr(np.full((1, 3), signal), transfer, "bt2020")
        assert 0.88 < white.min() <= white.max() < 0.95


def test_every_color_fits():
    levels = np.linspace(0, 1, 9)
    signal = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
    for transfer in ("smpte2084", "arib-std-b67"):
        out = to_sdr(signal, transfer, "bt2020")
        assert np.isfinite(out).all()
        assert out.min() >= 0
        assert out.max() <= 1


def test_a_film_in_pq_is_read_as_its_table_says(tmp_path):
    """The whole way: tags, matrix, range, table."""
    signal = np.array([[0.2, 0.2, 0.2], [0.58, 0.58, 0.58], [0.5, 0.45, 0.42], [0.3, 0.4, 0.35]])
    pixels = np.repeat(np.repeat((signal[None] * 65535).astype(np.uint16), 64, 0), 64, 1)
    path = tmp_path / "pq.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = pixels.shape[1], 64, "yuv444p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 9, 16, 9
        context.color_range = 1
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb48le")
        frame = frame.reformat(format="yuv444p10le", dst_colorspace="BT2020", dst_color_range=1)
        frame.color_primaries, frame.color_trc = 9, 16
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    color = probe(path).video.color
    assert (color.transfer, color.primaries, color.hdr) == ("smpte2084", "bt2020", True)
    with open_video(path) as reader:
        got = reader.frame_at(0).pixels[32, 32::64]
    wanted = to_sdr(signal, "smpte2084", "bt2020") * 255
    assert np.abs(got - wanted).max() < 4
