"""Every sample cut is read, or refused with a reason; `benchmarks/cuts.py` makes the table."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cut-samples.md"
COMMAND = "python benchmarks/cuts.py ../shared/timelines --write docs/cut-samples.md"


@pytest.fixture(scope="module")
def cuts() -> Iterator[ModuleType]:
    """The script."""
    spec = importlib.util.spec_from_file_location("cuts", ROOT / "benchmarks" / "cuts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["cuts"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["cuts"]


@pytest.fixture(scope="module")
def rows(cuts: ModuleType, shared: Path) -> list[Any]:
    folder = shared / "timelines"
    return [cuts.row(path, folder) for path in cuts.cuts(folder)]


@pytest.mark.shared
def test_the_committed_table_is_what_the_code_reads(cuts: ModuleType, rows: list[Any]) -> None:
    page = PAGE.read_text(encoding="utf-8")

    written = [line for line in page.splitlines() if line.startswith("| `")]
    assert written == [str(row) for row in rows], f"write it anew: {COMMAND}"
    assert cuts.rewritten(page, rows) == page, f"write it anew: {COMMAND}"
    assert COMMAND in page


@pytest.mark.shared
def test_no_reader_fails(rows: list[Any]) -> None:
    assert len(rows) > 190
    assert [str(row) for row in rows if row.failed] == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("suffix", "refused"),
    [
        (".edl", []),
        (".xml", ["otio-fcp-adapter/premiere_example_filter.xml"]),
        (".aaf", []),
        (".fcpxml", []),
        (".otio", ["synthetic-hostile/zero_rate.otio"]),
        (".otioz", ["synthetic-hostile/zipslip.otioz"]),
    ],
)
def test_which_are_refused(rows: list[Any], suffix: str, refused: list[str]) -> None:
    mine = [row for row in rows if row.file.endswith(suffix)]

    assert mine
    assert [row.file for row in mine if row.cut is None] == refused


@pytest.mark.shared
@pytest.mark.parametrize("suffix", [".kdenlive", ".ale"])
def test_what_is_no_cut_says_what_to_export(shared: Path, suffix: str) -> None:
    found = list((shared / "timelines").rglob(f"*{suffix}"))

    assert found
    for path in found:
        with pytest.raises(DecodeError, match=r"Kdenlive or MLT project|Avid log") as caught:
            read_cut(path)
        assert "export" in (caught.value.hint or "")


HOSTILE: dict[str, tuple[int, set[str]]] = {
    "active_key_missing.otio": (2, {"A1-MEDIA-ACTIVE-KEY"}),
    "bom.otio": (2, set()),
    "clip_without_media_references.otio": (2, {"A1-OTIO-INCOMPLETE", "A1-MEDIA-MISSING"}),
    "dup_names_reverse_and_freeze.otio": (2, set()),
    "hostile_urls.otio": (6, {"A1-MEDIA-MISSING"}),
    "marker3_from_0_19.otio": (2, {"A1-OTIO-NEWER"}),
    "mixed_rates_df_start.otio": (6, {"A1-TIME-FRACTIONAL"}),
    "nested_twice_trimmed.otio": (2, set()),
    "source_outside_available.otio": (2, set()),
    "transition_longer_than_clip_and_at_edges.otio": (2, {"A1-TIME-OVERLONG-TRANSITION"}),
    "unicode_and_url_traps.otio": (2, set()),
    "unknown_child_schema.otio": (2, {"A1-OTIO-UNKNOWN"}),
    "unknown_effect_schema.otio": (2, {"A1-OTIO-UNKNOWN"}),
    "unknown_media_schema.otio": (2, {"A1-MEDIA-UNKNOWN", "A1-MEDIA-MISSING"}),
}


@pytest.mark.shared
def test_every_hostile_sample_is_expected_here(shared: Path) -> None:
    found = {path.name for path in (shared / "timelines/synthetic-hostile").iterdir()}

    assert found == {*HOSTILE, "zero_rate.otio", "zipslip.otioz"}


@pytest.mark.shared
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_cuts_are_read_with_what_is_wrong_with_them(shared: Path, name: str) -> None:
    cut = read_cut(shared / "timelines/synthetic-hostile" / name)

    clips, codes = HOSTILE[name]
    assert len(list(placed(cut))) == clips
    assert {problem.code for problem in cut.problems} == codes


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "message"),
    [("zero_rate.otio", "Rate 0 is not above zero"), ("zipslip.otioz", "leads out of it")],
)
def test_cuts_that_cannot_be_are_refused(shared: Path, name: str, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        read_cut(shared / "timelines/synthetic-hostile" / name)


@pytest.mark.shared
def test_hostile_addresses_stay_as_they_are_written(shared: Path) -> None:
    """Reading follows none of them; `a1sdk.timeline.shots.locate` refuses them."""
    cut = read_cut(shared / "timelines/synthetic-hostile/hostile_urls.otio")

    assert [one.clip.media.url for one in placed(cut)] == [
        "../../../../etc/passwd",
        "/etc/passwd",
        "media/../../secret",
        "http://127.0.0.1:1/x.mov",
        "\\\\host\\share\\x.mov",
        None,
    ]


def test_a_page_keeps_what_stands_around_its_table(cuts: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a|b.edl").write_bytes(b"junk")
    (tmp_path / "deep" / "read_me.md").write_bytes(b"no cut")
    rows = [cuts.row(path, tmp_path) for path in cuts.cuts(tmp_path)]
    page = f"before\n{cuts.BEGIN}\nold\n{cuts.END}\nafter\n"
    once = cuts.rewritten(page, rows)

    assert once.startswith("before\n") and once.endswith("\nafter\n") and "old" not in once
    assert "1 files: 0 read (), 1 refused." in once
    assert "`deep/a\\|b.edl` |  |  |  |  |  | refused: " in once
    assert cuts.rewritten(once, rows) == once
