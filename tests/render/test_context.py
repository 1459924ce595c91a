"""What a run lends to its components, and where its time goes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from a1sdk.assets import AssetStore
from a1sdk.components.specs import Asset, AssetGroup, FaceTrackerSpec
from a1sdk.errors import AssetMissingError, Cancelled, CapabilityError, ContractError
from a1sdk.render.clock import StageClock
from a1sdk.render.context import HostContext, available_cores

MODEL = Asset(
    name="model.bin",
    urls=(),
    sha256="2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    size=5,
    license="Apache-2.0",
)
SPEC = FaceTrackerSpec(
    name="finder",
    summary="Finds.",
    factory="x:Y",
    assets=AssetGroup(alternatives=((MODEL,),)),
)


def test_scratch_is_one_folder_for_all_views_and_goes_with_the_run():
    with HostContext() as context:
        view = context.lend(SPEC)
        (view.scratch / "file").write_text("x")
        folder = context.scratch
        assert folder == view.scratch and folder.is_dir()
    assert not folder.exists()
    context.close()


def test_no_scratch_folder_is_made_unasked(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with HostContext() as context:
        context.lend(SPEC).check()
        assert not list(tmp_path.iterdir())
        assert context.scratch.parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_cancelling_reaches_every_view():
    context = HostContext()
    view = context.lend(SPEC)
    seen = []
    with pytest.raises(Cancelled):
        for item in view.track(range(5)):
            seen.append(item)
            if item == 2:
                threading.Thread(target=context.cancel).start()
                while not context._stop.is_set():
                    time.sleep(0.001)
    assert seen == [0, 1, 2]
    with pytest.raises(Cancelled):
        context.check()


def test_progress_is_told_after_each_item_with_the_views_label():
    told = []
    context = HostContext(progress=lambda *facts: told.append(facts))
    tracked = context.lend(SPEC, label="fake/finder").track("ab", total=2)
    assert next(tracked) == "a" and told == []
    assert list(tracked) == ["b"]
    assert told == [("fake/finder", 1, 2), ("fake/finder", 2, 2)]
    list(context.lend(SPEC).track("c"))
    assert told[-1] == ("finder", 1, None)


def test_a_view_has_the_runs_settings():
    view = HostContext(device="cpu", seed=7, threads=3).lend(SPEC)
    assert (view.device, view.seed, view.threads) == ("cpu", 7, 3)
    assert HostContext().threads == available_cores() >= 1


@pytest.mark.parametrize(
    ("asked", "devices", "lent"),
    [
        ("auto", ("cpu",), "cpu"),
        ("auto", ("cuda", "cpu"), "auto"),
        ("cuda:1", ("cuda", "cpu"), "cuda:1"),
        ("cuda:1", ("cpu",), "cpu"),
        ("cpu", ("cuda", "cpu"), "cpu"),
        ("cpu", ("cuda",), "cuda"),
        ("mps", ("cuda", "cpu"), "auto"),
    ],
)
def test_components_work_on_the_runs_device_where_they_can(asked, devices, lent):
    context = HostContext(device=asked)
    assert context.lend(replace(SPEC, devices=devices)).device == lent
    assert context.device == asked


def test_warnings_reach_the_run_once_from_every_view_and_thread():
    context = HostContext()
    views = [context.lend(SPEC, label=f"fake/{n}") for n in range(4)]

    def warn_often(view):
        for number in range(50):
            view.warn(f"text {number}")
            view.record(f"fact {number}", number)

    threads = [threading.Thread(target=warn_often, args=(view,)) for view in views]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(context.warnings) == sorted(f"text {number}" for number in range(50))
    assert {len(facts) for facts in context.facts.values()} == {50} and len(context.facts) == 4


def test_facts_are_kept_as_they_were_when_they_were_recorded():
    context = HostContext()
    view = context.lend(SPEC, label="fake/finder")
    curve = [0.5, 1]
    view.record("curve", curve)
    view.record("settings", {"steps": 10, "pair": (1, "two"), "tiled": None})
    curve.append(2)
    assert context.facts["fake/finder"]["curve"] == [0.5, 1]
    assert context.facts["fake/finder"]["settings"]["pair"] == [1, "two"]
    view.record("curve", [])
    assert context.facts["fake/finder"]["curve"] == []


def test_facts_of_several_faces_are_kept_by_face():
    context = HostContext()
    view = context.lend(SPEC, label="fake/finder")
    view.record("device", "cpu")
    kept = context.lasting()
    for number, face in enumerate(("Anna", "Ben")):
        view.of_face(face).record("steps", number)
        kept.lend(SPEC, label="fake/finder").of_face(face).record("seen", number)
    assert context.faces["fake/finder"] == {"Anna": {"steps": 0}, "Ben": {"steps": 1}}
    context.include(kept)
    assert context.facts == {"fake/finder": {"device": "cpu"}}
    assert context.faces["fake/finder"]["Ben"] == {"steps": 1, "seen": 1}


def test_the_work_on_a_face_is_shown_by_its_name():
    told = []
    context = HostContext(progress=lambda *shown: told.append(shown))
    view = context.lend(SPEC, label="fake/finder")
    assert list(view.of_face("Anna").track([1], total=1)) == [1]
    assert told == [("fake/finder for Anna", 1, 1)]


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, np.float32(1), Path("x"), [object()]])
def test_facts_that_no_report_can_hold_are_refused(value):
    context = HostContext()
    with pytest.raises(ContractError, match="'fake/finder' recorded 'odd' as") as raised:
        context.lend(SPEC, label="fake/finder").record("odd", value)
    assert raised.value.plugin == "fake" and not context.facts


def test_only_declared_assets_are_lent(tmp_path):
    context = HostContext(store=AssetStore(tmp_path))
    with pytest.raises(AssetMissingError, match=r"'finder' declares no asset 'other.bin'"):
        context.lend(SPEC).asset("other.bin")
    with pytest.raises(AssetMissingError, match=r"'model.bin'"):
        context.asset("model.bin")


def test_assets_that_were_used_are_noted(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "renamed").write_bytes(b"hello")
    monkeypatch.setenv("A1_ASSET_PATH", str(folder))
    context = HostContext(store=AssetStore(tmp_path / "home"))
    path = context.lend(SPEC, label="fake/finder").asset("model.bin")
    assert Path(path).read_bytes() == b"hello"
    assert context.used == {"fake/finder": {"model.bin": MODEL.sha256}}


def test_a_component_without_a_tracker_cannot_ask_for_one():
    tracker = object()
    context = HostContext()
    assert context.lend(SPEC, tracker=tracker).face_tracker() is tracker
    with pytest.raises(CapabilityError, match="'finder' asked for a face tracker") as raised:
        context.lend(SPEC).face_tracker()
    assert "needs_face_tracker=True" in str(raised.value.hint)


def slow(items, seconds):
    for item in items:
        time.sleep(seconds)
        yield item


def test_the_clock_counts_a_stages_own_time_only():
    clock = StageClock()
    first = clock.worked("first", slow(range(4), 0.01))
    second = clock.worked("second", slow(clock.waited("second", first), 0.02))
    assert list(second) == [0, 1, 2, 3]
    with clock.busy("third"):
        time.sleep(0.01)
    seconds = clock.seconds()
    assert list(seconds) == ["first", "second", "third"]
    assert 0.04 <= seconds["first"] < 0.075 and 0.08 <= seconds["second"] < 0.12
    assert 0.01 <= seconds["third"] < 0.04


def test_the_clock_counts_time_that_ended_in_an_exception():
    clock = StageClock()

    def broken():
        time.sleep(0.01)
        raise ValueError

    with pytest.raises(ValueError):
        list(clock.worked("stage", iter(broken, None)))
    assert clock.seconds()["stage"] >= 0.01
