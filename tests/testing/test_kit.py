"""The kit passes good components and fails bad ones, each by the check that is meant for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from a1sdk.cli.contracts import CheckResult, Subject, run_contracts, subjects_of
from a1sdk.components.registry import Registry
from a1sdk.components.specs import Kind
from a1sdk.errors import ResourceError
from a1sdk.render.context import HostContext
from a1sdk.testing import MotionSourceContract, RendererContract, portrait
from a1sdk.testing.contract import lent_tracker

if TYPE_CHECKING:
    from conftest import Site

SOURCE = (Path(__file__).parent / "bad_plugin.py").read_text("utf-8")

FAULTS = {
    "float-rate": "announces_exact_time",
    "miscounts": "count_is_as_announced",
    "from-one": "frames_are_numbered_from_zero",
    "doubles": "motion_is_well_formed",
    "empty": "shows_a_face",
    "mirrored": "rotations_are_rotations",
    "sheared": "rotations_are_rotations",
    "pixels": "motion_is_in_face_units",
    "percent": "blendshapes_are_between_0_and_1",
    "eager": "is_lazy",
    "deaf": "stops_when_cancelled",
    "random": "same_seed_same_motion",
    "reuses": "frames_are_not_reused",
    "leaks": "leaves_nothing_open_when_abandoned",
    "closes-once": "closes_twice",
    "needs-setup": "closes_without_setup",
    "mumbles": "labels_are_well_formed",
    "own-rate": "yields_the_rate_it_is_asked_for",
    "by-number": "motion_does_not_depend_on_the_rate",
    "misshapes": "file_formats_are_described",
    "unsaid": "says_what_it_writes",
    "litters": "writes_the_file_it_is_told",
    "dated": "same_clip_same_bytes",
    "blank": "what_happens_is_written",
    "fills-gaps": "gaps_are_no_faces_at_rest",
    "rateless": "rate_is_written",
    "wants-scores": "lean_clips_are_written_or_refused",
    "bends": "clip_is_left_alone",
    "deaf-writer": "stops_when_cancelled",
    "keeps-open": "leaves_nothing_open",
    "silent": "every_option_is_described",
    "wordy": "summary_is_one_sentence",
    "vague": "assets_are_declared_in_full",
    "unpickles": "assets_are_declared_in_full",
    "made-up-terms": "license_is_stated",
    "unread-terms": "license_is_stated",
    "resells": "license_is_stated",
    "borrows": "says_what_it_loads",
    "reads-ahead": "reads_no_further_than_its_lookahead",
    "renumbers": "one_picture_per_target",
    "frozen": "pictures_move",
    "scribbles": "input_is_left_alone",
    "one-buffer": "pictures_are_not_reused",
    "remembers": "renders_are_independent",
    "mixes": "streams_take_turns",
    "lets-go": "a_stream_that_is_left_disturbs_no_other",
    "first-target": "no_targets_no_pictures",
    "even": "draws_odd_sizes_and_faces_at_the_edge",
    "timid": "draws_violent_motion",
    "opaque": "alpha_is_kept",
    "shallow": "deep_pictures_are_drawn",
    "deaf-renderer": "stops_when_cancelled",
    "keeps-thread": "leaves_nothing_open_when_abandoned",
    "guesses": "estimates_before_it_loads",
    "shares": "finds_the_face",
    "inverted": "depth_grows_away_from_the_camera",
    "percent-score": "observations_are_well_formed",
    "sees-things": "flat_grey_shows_no_face",
    "needs-room": "tiny_pictures_are_no_error",
    "smallest-first": "largest_face_comes_first",
    "skips-empty": "stream_has_one_answer_per_picture",
    "new-numbers": "one_person_keeps_one_number",
    "batch": "is_lazy",
    "paints": "input_is_left_alone",
    "deaf-tracker": "stops_when_cancelled",
    "other-kind": "kind_is_the_declared_one",
    "unversioned": "kind_has_a_version",
    "booleans": "arrays_are_plain_and_finite",
    "overlong": "vectors_that_are_compared_have_length_one",
    "anonymous": "says_where_it_comes_from",
    "bleaches": "input_is_left_alone",
    "stacks": "more_pictures_make_one_likeness",
    "drifts": "same_pictures_same_likeness",
}
GOOD = (
    *("good", "described", "talks", "any-rate", "shapes", "fetches", "own-terms"),
    *("good-writer", "labels-only"),
    *("good-renderer", "never-exact", "looks", "good-tracker", "good-encoder"),
)


@pytest.fixture(scope="module")
def results(
    tmp_path_factory: pytest.TempPathFactory, site_factory: type[Site]
) -> list[CheckResult]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        path = tmp_path_factory.mktemp("kit")
        monkeypatch.syspath_prepend(path)
        site_factory(path, monkeypatch).add("kit", SOURCE)
        found = run_contracts(subjects_of(Registry(), "kit", {}))
    module = sys.modules.pop("a1_kit")
    for descriptor in (*module.Leaks.kept, *module.KeepsOpen.kept):
        os.close(descriptor)
    return found


def failed(results: list[CheckResult], component: str) -> set[str]:
    return {
        result.check.partition("[")[0]
        for result in results
        if result.ref == f"kit/{component}" and result.outcome == "failed"
    }


@pytest.mark.parametrize("component", GOOD)
def test_good_components_pass(results: list[CheckResult], component: str) -> None:
    assert not failed(results, component)
    mine = [result for result in results if result.ref == f"kit/{component}"]
    assert sum(result.outcome == "passed" for result in mine) >= 14


@pytest.mark.parametrize(("component", "check"), FAULTS.items())
def test_bad_components_fail_the_check_meant_for_them(
    results: list[CheckResult], component: str, check: str
) -> None:
    assert failed(results, component) == {check}


def test_every_check_of_a_component_is_tried_by_a_fault(results: list[CheckResult]) -> None:
    checks = {result.check.partition("[")[0] for result in results}
    assert checks - set(FAULTS.values()) == {
        "plugin_loads",  # the first four are tried below
        "listing_imports_nothing_heavy",
        "no_check_is_replaced",
        "rest_is_the_portrait",
        "empty_stream_gives_nothing",
    }


def test_every_check_advises(results: list[CheckResult]) -> None:
    assert not [result.check for result in results if not result.advice.endswith(".")]


def test_a_plugin_that_does_not_load_fails(site: Site) -> None:
    site.add("broken", "import a_module_that_is_not_there")
    results = run_contracts([Subject("renderer", "broken/mesh")])
    (loads,) = (result for result in results if result.check == "plugin_loads")
    assert loads.outcome == "failed"
    assert "a_module_that_is_not_there" in loads.reason


def test_checks_that_were_not_run_are_no_success(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add("good", SOURCE)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing_is_called_this")
    with pytest.raises(ResourceError, match=r"did not run the checks of good/good \(exit code 5\)"):
        run_contracts([Subject("motion_source", "good/good")])


def test_importing_something_heavy_to_be_listed_fails(site: Site) -> None:
    site.add("heavy", f"import numpy\n{SOURCE}")
    results = run_contracts([Subject("face_tracker", "heavy/good-tracker")])
    assert {(r.check, r.reason) for r in results if r.outcome == "failed"} == {
        ("listing_imports_nothing_heavy", "AssertionError: listing imports numpy")
    }


def test_checks_may_not_be_replaced_without_a_reason() -> None:
    class Replaces(MotionSourceContract):
        ref = "kit/good"

        def test_is_lazy(self) -> None:  # type: ignore[override]
            pass

    class Explains(MotionSourceContract):
        ref = "kit/good"

        @pytest.mark.xfail(reason="live hardware")
        def test_is_lazy(self) -> None:  # type: ignore[override]
            pass

    Explains().test_no_check_is_replaced()
    with pytest.raises(AssertionError, match="test_is_lazy"):
        Replaces().test_no_check_is_replaced()


@pytest.mark.parametrize(("component", "passes"), [("good-renderer", True), ("never-exact", False)])
def test_rest_is_compared_bit_for_bit(site: Site, component: str, passes: bool) -> None:
    class Exact(RendererContract):
        exact_at_rest = True

    site.add("kit", SOURCE)
    renderer = site.registry().choose("renderer", f"kit/{component}").build()
    with HostContext() as ctx:
        if passes:
            Exact().test_rest_is_the_portrait(renderer, portrait(), {}, ctx)
            return
        with pytest.raises(AssertionError):
            Exact().test_rest_is_the_portrait(renderer, portrait(), {}, ctx)


@pytest.mark.parametrize(
    ("kind", "asks", "good"),
    [("motion_source", "asks", "good"), ("renderer", "finds", "good-renderer")],
)
def test_a_component_that_needs_a_tracker_gets_one(
    site: Site, kind: Kind, asks: str, good: str
) -> None:
    site.add("kit", SOURCE)
    registry = site.registry()
    needy, content = (registry.spec(kind, f"kit/{name}") for name in (asks, good))
    picture = portrait(384, 320).pixels
    with HostContext() as host:
        with lent_tracker("kit/good-tracker", needy, registry, host) as tracker:
            assert tracker is not None
            assert len(tracker.detect(picture, host)) == 1
        with lent_tracker("kit/good-tracker", content, registry, host) as tracker:
            assert tracker is None


def test_missing_assets_skip_with_the_reason(results: list[CheckResult]) -> None:
    mine = [result for result in results if result.ref == "kit/lacks"]
    skipped = {result.reason for result in mine if result.outcome == "skipped"}
    assert "kit/lacks: The weights are not here." in skipped
    assert not failed(results, "lacks")
