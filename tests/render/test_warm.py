"""Renderers that are kept from one run to the next."""

from __future__ import annotations

import logging

import pytest

from a1sdk.errors import Cancelled, OutOfMemoryError, PluginRunError
from a1sdk.render.context import HostContext
from a1sdk.render.pipeline import render
from a1sdk.render.warm import WarmRenderer


@pytest.fixture
def warm():
    with WarmRenderer() as kept:
        yield kept


@pytest.fixture
def run(registry, warm):
    """Render a job with what is kept."""

    def once(job, context=None):
        with context or HostContext() as lent:
            return render(job, registry=registry, context=lent, warm=warm)

    return once


def painter(use="painter", **options):
    return {"use": f"fake/{use}", "options": options}


def life(fakes, *names):
    """What happened to components of these names."""
    return [event for event in fakes.EVENTS if event.split()[-1] in names]


def test_a_renderer_is_set_up_once_for_runs_that_ask_for_the_same(job, run, fakes, warm):
    first, second = (run(job(f"{name}.mkv", seed=seed)) for seed, name in enumerate("ab"))
    assert first.frames == second.frames == 10
    assert life(fakes, "painter") == ["setup painter"] and warm.is_set_up
    warm.close()
    warm.close()
    assert life(fakes, "painter") == ["setup painter", "close painter"] and not warm.is_set_up


@pytest.mark.parametrize("change", ["options", "renderer", "device", "file", "tracker"])
def test_what_was_set_up_otherwise_is_closed_first(job, run, fakes, tmp_path, change):
    weights = tmp_path / "w" / "weights.bin"
    weights.parent.mkdir()
    weights.write_bytes(b"1")
    asked = {"renderer": painter("teller", weights=str(weights.parent))}
    run(job(**asked))
    if change == "file":
        weights.write_bytes(b"22")
    elif change == "device":
        asked["device"] = "cuda:1"
    elif change == "tracker":
        asked["tracker"] = painter("tracker", faces=2)
    else:
        asked["renderer"] = painter("teller" if change == "options" else "plain")
    run(job(**asked))
    later = "plain" if change == "renderer" else "teller"
    drawn = "painter" if later == "plain" else later
    assert life(fakes, "teller", "painter") == ["setup teller", "close teller", f"setup {drawn}"]


def test_the_tracker_of_another_renderer_is_none_of_its_business(job, run, fakes):
    run(job())
    run(job(tracker=painter("tracker", faces=2)))
    assert life(fakes, "painter") == ["setup painter"]


@pytest.mark.parametrize("wrong", ["frame", "pts"])
def test_a_run_that_fails_leaves_no_renderer(job, run, fakes, warm, wrong):
    run(job())
    with pytest.raises(Exception, match="motion"):
        run(job(motion=[{"use": "fake/motion", "options": {"wrong": wrong}}]))
    assert life(fakes, "painter") == ["setup painter", "close painter"] and not warm.is_set_up
    assert run(job()).frames == 10


def test_a_run_that_fails_before_it_draws_costs_no_renderer(job, run, fakes):
    run(job())
    with pytest.raises(PluginRunError, match="broken probe"):
        run(job(motion=[{"use": "fake/motion", "options": {"wrong": "probe"}}]))
    run(job())
    assert life(fakes, "painter") == ["setup painter"]


def test_a_run_that_is_cancelled_leaves_no_renderer(job, run, warm):
    context = HostContext(progress=lambda *_: context.cancel())
    with pytest.raises(Cancelled):
        run(job(motion=[{"use": "fake/motion", "options": {"frames": 500}}]), context)
    assert not warm.is_set_up


def test_a_renderer_that_cannot_be_set_up_is_not_kept(job, run, fakes, warm):
    for _ in range(2):
        with pytest.raises(PluginRunError, match="in setup"):
            run(job(renderer=painter("teller", wrong="setup")))
        assert not warm.is_set_up
    opened = ["setup tracker", "setup tracker", "setup teller"]
    closed = ["close teller", "close tracker", "close tracker"]
    assert life(fakes, "teller", "tracker") == 2 * [*opened, *closed]


def test_each_report_has_what_the_renderer_told_while_it_was_set_up(job, run, fakes):
    reports = [run(job(f"{name}.mkv", renderer=painter("teller"))) for name in "ab"]
    for report in reports:
        assert report.warnings == ["It may rain.", "There are 1 faces."]
        (facts,) = [one.facts for one in report.components if one.facts]
        assert facts == {"device": "auto", "seed": 0, "curve": [0.5, 0.25]}
    trackers = ["setup tracker", "setup tracker", "close tracker", "setup tracker", "close tracker"]
    assert life(fakes, "tracker") == trackers  # that of those who perform comes and goes


def test_what_it_was_set_up_with_stays_as_long_as_it_does(job, run, fakes, warm):
    folders = []
    setup = fakes.Painter.setup

    def seeing(self, ctx):
        setup(self, ctx)
        (ctx.scratch / "compiled").touch()
        folders.append(ctx.scratch)

    fakes.Painter.setup = seeing
    run(job())
    assert (folders[0] / "compiled").exists()
    warm.close()
    assert not folders[0].exists()


def test_the_renderer_goes_where_a_likeness_needs_its_memory(job, run, fakes, monkeypatch):
    run(job("a.mkv", renderer=painter("knower")))
    encode, tries = fakes.Likeness.encode, []

    def full(self, portraits, ctx):
        tries.append(life(fakes, "painter")[-1])
        if len(tries) == 1:
            raise OutOfMemoryError("The memory is full.")
        return encode(self, portraits, ctx)

    monkeypatch.setattr(fakes.Likeness, "encode", full)
    assert run(job("b.mkv", renderer=painter("knower"))).frames == 10
    assert tries == ["setup painter", "close painter"]


def test_a_likeness_that_does_not_fit_by_itself_fails(job, run, fakes, monkeypatch):
    def full(self, portraits, ctx):
        fakes.EVENTS.append("no room")
        raise OutOfMemoryError("The memory is full.")

    monkeypatch.setattr(fakes.Likeness, "encode", full)
    with pytest.raises(OutOfMemoryError):
        run(job(renderer=painter("knower")))
    assert fakes.EVENTS.count("no room") == 1


def test_what_goes_wrong_at_the_end_is_logged(job, run, warm, caplog):
    report = run(job(renderer=painter(wrong="close")))
    assert report.warnings == []
    with caplog.at_level(logging.WARNING, "a1sdk"):
        warm.close()
    assert "'fake/painter' failed when it was closed: ValueError: broken close." in caplog.text
