"""Writing films and sequences: complete and exact, or not there at all."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import textwrap
from fractions import Fraction

import av
import numpy as np
import pytest

from a1sdk.errors import ConfigError, EncodeError, StorageError
from a1sdk.media import CODECS, codec_for, open_video, open_writer, probe, read_still, verify

NTSC = Fraction(24000, 1001)
FILMS = [
    (name, suffix, alpha, depth)
    for name, codec in CODECS.items()
    for suffix in codec.suffixes
    for alpha, depth in codec.formats
    if not codec.sequence
]


def picture(barcode, number: int, alpha: bool = False, depth: int = 8, size=None) -> np.ndarray:
    pixels = barcode.draw(number, *(size or barcode.size))
    if alpha:
        ramp = np.linspace(0, 255, pixels.shape[0]).astype(np.uint8)
        veil = np.broadcast_to(ramp[:, None, None], (*pixels.shape[:2], 1))
        pixels = np.concatenate([pixels, veil], axis=2)
    return pixels if depth == 8 else pixels.astype(np.uint16) * 257


@pytest.mark.parametrize(("codec", "suffix", "alpha", "depth"), FILMS)
def test_every_codec_in_every_container(tmp_path, barcode, codec, suffix, alpha, depth):
    path = tmp_path / f"film{suffix}"
    width, height = size = tuple(map(max, barcode.size, CODECS[codec].smallest))
    with open_writer(
        path, rate=NTSC, width=width, height=height, alpha=alpha, depth=depth, codec=codec
    ) as writer:
        for number in range(30):
            writer.write(picture(barcode, number, alpha, depth, size))
    assert list(tmp_path.iterdir()) == [path]
    verify(path, rate=NTSC, count=30, audio=False)
    info = probe(path).video
    assert (info.width, info.height, info.alpha) == (width, height, alpha)
    assert info.depth >= (10 if depth == 16 else 8)
    with open_video(path) as reader:
        assert [barcode.read(f.pixels) for f in reader.frames()] == list(range(30))
        assert barcode.read(reader.frame_at(17).pixels) == 17


def test_mp4_has_its_index_first_and_hevc_its_quicktime_tag(tmp_path, barcode):
    width, height = barcode.size
    for codec, tag in (("h264", b"avc1"), ("hevc", b"hvc1")):
        path = tmp_path / f"{codec}.mp4"
        with open_writer(
            path, rate=Fraction(25), width=width, height=height, codec=codec
        ) as writer:
            writer.write(picture(barcode, 1))
        data = path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")
        assert tag in data


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_films_of_few_pictures(tmp_path, barcode, codec, count):
    width, height = barcode.size
    for _ in range(8 if codec == "hevc" else 1):  # x265 left times to chance
        with open_writer(
            tmp_path / "f.mp4", rate=NTSC, width=width, height=height, codec=codec
        ) as writer:
            for number in range(count):
                writer.write(picture(barcode, number))
        verify(tmp_path / "f.mp4", rate=NTSC, count=count, audio=False)


@pytest.mark.parametrize(
    ("codec", "alpha", "depth", "tolerance"),
    [
        ("ffv1", True, 8, 0),
        ("ffv1", True, 16, 0),
        ("ffv1", False, 16, 0),
        ("prores-4444", True, 16, 160),  # of 65535: 10 bits of YUV
        ("prores-4444", True, 8, 1),
    ],
)
def test_what_comes_back_of_alpha_and_depth(tmp_path, codec, alpha, depth, tolerance):
    path = tmp_path / ("f" + CODECS[codec].suffixes[0])
    kind = np.dtype(f"uint{depth}")
    top = np.iinfo(kind).max
    x = np.linspace(0.1, 0.9, 64)
    smooth = [np.outer(np.ones(48), x), np.outer(np.linspace(0.1, 0.9, 48), np.ones(64))]
    channels = [smooth[0], smooth[1], smooth[0][:, ::-1], smooth[1][::-1]][: 4 if alpha else 3]
    pixels = (np.stack(channels, -1) * top).astype(kind)
    with open_writer(
        path, rate=Fraction(25), width=64, height=48, alpha=alpha, depth=depth, codec=codec
    ) as writer:
        for _ in range(3):
            writer.write(pixels)
    layout = {(4, 8): "rgba", (4, 16): "rgba64le", (3, 16): "rgb48le"}[len(channels), depth]
    with av.open(str(path)) as container:
        frame = list(container.decode(video=0))[1]
        back = frame.to_ndarray(format=layout, src_colorspace="ITU709", threads=1)
    assert np.abs(back.astype(int) - pixels.astype(int)).max() <= tolerance


@pytest.mark.parametrize("alpha", [True, False])
def test_a_still_of_a_film_has_its_alpha(tmp_path, barcode, alpha):
    path = tmp_path / "film.mov"
    width, height = barcode.size
    codec = "prores-4444"
    with open_writer(
        path, rate=NTSC, width=width, height=height, alpha=alpha, codec=codec
    ) as writer:
        for number in range(3):
            writer.write(picture(barcode, number, alpha))
    with open_video(path) as reader:
        got = reader.still(2 / NTSC)
        assert barcode.read(got[..., :3]) == 2
        assert got.shape[2] == (4 if alpha else 3)
        if alpha:
            assert np.abs(got[..., 3].astype(int) - picture(barcode, 2, True)[..., 3]).max() <= 1


def test_vp9_keeps_alpha_beside_the_picture(tmp_path, barcode):
    path = tmp_path / "f.webm"
    width, height = barcode.size
    with open_writer(path, rate=Fraction(25), width=width, height=height, alpha=True) as writer:
        for number in range(3):
            writer.write(picture(barcode, number, alpha=True))
    assert probe(path).video.alpha
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    with av.open(str(path)) as container:
        frame = next(f for packet in container.demux(video=0) for f in decoder.decode(packet))
    veil = frame.to_ndarray(format="rgba", threads=1)[:, 0, 3]
    assert np.abs(veil.astype(int) - np.linspace(0, 255, height)).max() < 12


@pytest.mark.parametrize("codec", ["h264", "prores-422hq", "vp9"])
def test_odd_sizes_grow_by_their_edge(tmp_path, codec):
    path = tmp_path / ("f" + CODECS[codec].suffixes[0])
    pixels = np.full((33, 47, 3), 60, np.uint8)
    pixels[-1:], pixels[:, -1:] = 200, 200
    with open_writer(path, rate=Fraction(25), width=47, height=33, codec=codec) as writer:
        for _ in range(3):
            writer.write(pixels)
    with open_video(path) as reader:
        got = reader.frame_at(1).pixels.astype(int)
    assert got.shape == (34, 48, 3)
    assert abs(got[-1, :40].mean() - 200) < 12
    assert abs(got[:30, -1].mean() - 200) < 12


PATCHES = np.array(
    [[230, 20, 20], [20, 220, 30], [20, 30, 230], [128, 128, 128], [220, 170, 140], [90, 60, 40]],
    np.uint8,
)


@pytest.mark.parametrize("name", ["f.mp4", "f.mov", "f.webm"])
def test_colors_are_converted_and_tagged_alike(tmp_path, name):
    """Decoded by the tags with FFmpeg alone, not by our reader."""
    pixels = np.repeat(np.repeat(PATCHES[None], 64, 0), 64, 1)
    path = tmp_path / name
    with open_writer(path, rate=Fraction(25), width=pixels.shape[1], height=64) as writer:
        for _ in range(5):
            writer.write(pixels)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc) == (1, 1)
        assert (context.colorspace, context.color_range) == (1, 1)
        frame = list(container.decode(video=0))[2]
        got = frame.to_ndarray(format="rgb24", threads=1)[32, 32::64].astype(int)
    assert np.abs(got - PATCHES).max() <= 5


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])  # of .mxf, see test_dnxhr
@pytest.mark.parametrize(
    ("rate", "label"),
    [(NTSC, "01:00:00:00"), (Fraction(30000, 1001), "00:59:58;12"), (Fraction(25), "10:11:12:13")],
)
def test_timecode_is_written(tmp_path, barcode, suffix, rate, label):
    path = tmp_path / f"f{suffix}"
    width, height = barcode.size
    with open_writer(path, rate=rate, width=width, height=height, timecode=label) as writer:
        for number in range(5):
            writer.write(picture(barcode, number))
    assert probe(path).timecode == label
    verify(path, rate=rate, count=5, audio=False, timecode=label)
    with pytest.raises(EncodeError, match="timecode"):
        verify(path, rate=rate, count=5, audio=False, timecode="02:00:00:00")


def test_the_contract_is_held(tmp_path, film):
    path = film(tmp_path / "f.mp4", tags=1)
    verify(path, rate=Fraction(25), count=40, audio=False)
    for wrong in ({"count": 41}, {"rate": NTSC}, {"audio": True}):
        with pytest.raises(EncodeError, match="written wrongly"):
            verify(path, **{"rate": Fraction(25), "count": 40, "audio": False, **wrong})
    with pytest.raises(EncodeError, match="color primaries unknown, not bt709"):
        verify(film(tmp_path / "g.mp4"), rate=Fraction(25), count=40, audio=False)
    uneven = film(tmp_path / "v.mp4", tags=1, count=3, ticks=[0, 1, 4], options={"bf": "0"})
    with pytest.raises(EncodeError, match="written wrongly"):
        verify(uneven, rate=Fraction(25), count=3, audio=False)


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ValueError, StorageError])
@pytest.mark.parametrize("name", ["f.mp4", "f.mkv", "shots", "f.%04d.png", "f.%04d.exr"])
def test_trouble_leaves_the_old_output_and_nothing_else(tmp_path, barcode, name, trouble):
    width, height = barcode.size
    old = {}
    with open_writer(tmp_path / name, rate=NTSC, width=width, height=height) as writer:
        writer.write(picture(barcode, 1))
    old = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert old
    with (
        pytest.raises(trouble),
        open_writer(tmp_path / name, rate=NTSC, width=width, height=height) as writer,
    ):
        for number in range(20):
            writer.write(picture(barcode, number))
        assert {p: p.read_bytes() for p in old} == old
        raise trouble("stop")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == old


def test_a_film_without_pictures_is_an_error(tmp_path):
    for name in ("f.mp4", "shots"):
        with (
            pytest.raises(EncodeError, match="no pictures"),
            open_writer(tmp_path / name, rate=NTSC, width=64, height=64),
        ):
            pass
    assert not list(tmp_path.iterdir())


def test_pictures_of_another_kind_are_refused(tmp_path):
    for wrong in (
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((64, 62, 3), np.uint8),
        np.zeros((64, 64, 3), np.uint16),
        np.zeros((64, 64, 3), np.float32),
    ):
        with (
            pytest.raises(EncodeError, match="cannot go into"),
            open_writer(tmp_path / "f.mp4", rate=NTSC, width=64, height=64) as writer,
        ):
            writer.write(wrong)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("f.mp4", {"codec": "theora"}, ConfigError),
        ("f.mp4", {"codec": "prores-4444"}, ConfigError),
        ("f.mp4", {"alpha": True}, ConfigError),
        ("f.mp4", {"depth": 16}, ConfigError),
        ("f.exr", {}, ConfigError),
        ("f.png", {}, ConfigError),
        ("none/f.mp4", {}, StorageError),
        ("folder.mp4", {}, StorageError),
        ("kept", {}, StorageError),
        ("f.mp4", {"width": 0}, EncodeError),
        ("f.mp4", {"width": 100_000}, EncodeError),
    ],
)
def test_what_cannot_be_written_is_refused_before_it_is_begun(tmp_path, name, options, error):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "thesis.txt").write_text("years of work")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(error) as caught:
        open_writer(tmp_path / name, **{"rate": NTSC, "width": 64, "height": 64, **options})
    assert sorted(tmp_path.rglob("*")) == before
    assert type(caught.value) is error


def test_names_mean_codecs():
    assert codec_for("a.mp4").name == codec_for("a.MOV").name == "h264"
    assert codec_for("a.mkv").name == "ffv1"
    assert codec_for("a.webm").name == "vp9"
    assert codec_for("folder").name == codec_for("a.%04d.png").name == "png"
    assert codec_for("a.mov", "prores-4444").alpha
    assert CODECS["h264"].gpl
    assert not CODECS["prores-422hq"].gpl


@pytest.mark.parametrize(("alpha", "depth"), [(False, 8), (True, 8), (False, 16), (True, 16)])
def test_sequences_are_numbered_from_1001(tmp_path, barcode, alpha, depth):
    width, height = barcode.size
    for name in ("shot", "plate.%05d.png"):
        for count in (7, 3):  # the second is shorter: no stale files remain
            with open_writer(
                tmp_path / name, rate=NTSC, width=width, height=height, alpha=alpha, depth=depth
            ) as writer:
                for number in range(count):
                    writer.write(picture(barcode, number, alpha, depth))
            verify(tmp_path / name, rate=NTSC, count=count, audio=False)
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert files == [
        "plate.01001.png",
        "plate.01002.png",
        "plate.01003.png",
        "shot/shot.1001.png",
        "shot/shot.1002.png",
        "shot/shot.1003.png",
    ]
    still = read_still(tmp_path / "shot" / "shot.1003.png")
    assert np.array_equal(still.pixels, picture(barcode, 2, alpha, depth))


def test_an_old_sequence_stays_where_the_new_one_cannot_take_its_place(
    tmp_path, barcode, monkeypatch
):
    width, height = barcode.size
    rename, shot = os.rename, tmp_path / "shot"

    def write(count: int) -> None:
        with open_writer(shot, rate=NTSC, width=width, height=height) as writer:
            for number in range(count):
                writer.write(picture(barcode, number))

    def refuse(source: os.PathLike[str], target: os.PathLike[str]) -> None:
        if target == shot and next(refusals, None):
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    write(3)
    refusals = iter(["once"])
    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(StorageError, match="permission is denied"):
        write(5)
    assert [path.name for path in tmp_path.iterdir()] == ["shot"]
    assert len(list(shot.iterdir())) == 3


def test_other_files_beside_a_sequence_stay(tmp_path, barcode):
    (tmp_path / "plate.notes.png").write_bytes(b"mine")
    width, height = barcode.size
    with open_writer(tmp_path / "plate.%04d.png", rate=NTSC, width=width, height=height) as writer:
        writer.write(picture(barcode, 0))
    assert (tmp_path / "plate.notes.png").read_bytes() == b"mine"


FULL_DISK = """
    import resource, signal, sys
    from fractions import Fraction
    import numpy as np
    from a1sdk.errors import StorageError
    from a1sdk.media import open_writer
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    rng = np.random.default_rng(1)
    try:
        with open_writer(sys.argv[1], rate=Fraction(25), width=256, height=256) as writer:
            for _ in range(int(sys.argv[2])):
                writer.write(rng.integers(0, 256, (256, 256, 3), np.uint8))
    except StorageError as error:
        print("refused:", error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits on file size")
@pytest.mark.parametrize("name", ["f.mp4", "f.mov", "f.mkv", "f.webm"])
@pytest.mark.parametrize("pictures", [6, 40])
def test_a_full_disk_leaves_nothing(tmp_path, name, pictures):
    """The disk may also fill while the film is completed."""
    command = [sys.executable, "-c", textwrap.dedent(FULL_DISK)]
    run = subprocess.run(
        [*command, str(tmp_path / name), str(pictures)], capture_output=True, text=True, check=True
    )
    if run.stdout.startswith("refused:"):
        assert not list(tmp_path.iterdir())
    else:  # it fitted
        verify(tmp_path / name, rate=Fraction(25), count=pictures, audio=False)
        assert pictures < 40


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="permission"):
        open_writer(tmp_path / "f.mp4", rate=NTSC, width=64, height=64)
