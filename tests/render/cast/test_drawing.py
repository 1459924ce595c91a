"""One renderer and one encoder for all faces."""

from __future__ import annotations

import json

import numpy as np
import pytest
from blocks import ONCE, TWICE, beside, counting, moves, near

from a1sdk.components.data import RenderEstimate, VideoFrame
from a1sdk.errors import PluginRunError
from a1sdk.media import open_video
from a1sdk.render.animate import make_job
from a1sdk.render.context import HostContext
from a1sdk.render.forecast import forecast
from a1sdk.render.pipeline import render
from a1sdk.render.plan import report_path
from a1sdk.render.warm import WarmRenderer


def test_a_plan_counts_the_renderer_once(registry, portrait, driver, sheet, world, tmp_path):
    known = {"seconds": 2.0, "fits": True}
    estimates = [
        RenderEstimate(100, 10, 3, **known),
        RenderEstimate(100, 0, 3, **known),
        RenderEstimate(100, **known),
    ]
    world.Blocks.estimate = lambda *_: estimates.pop(0)
    asked = {"renderer": "blocks/blocks", "tracker": "blocks/finder"}
    job = make_job(
        portrait,
        driver(beside),
        tmp_path / "film.mkv",
        registry=registry,
        cast=sheet(("Red", "Green"), ("Blue", "Red")),
        **asked,
    )
    found = [forecast(job, registry=registry).estimate for _ in range(3)]
    assert [(one.peak_bytes, one.host_bytes) for one in found] == [(100, 13), (103, 0), (100, 0)]
    assert [one.fits for one in found] == [True, None, True]  # beside the device's own, or not
    assert {one.seconds for one in found} == {4.0}
    assert found[0].notes[-1] == "One renderer draws 2 faces, in turns."


def test_one_renderer_draws_all_faces(perform, driver, sheet, world, monkeypatch):
    calls = counting(monkeypatch, world.Blocks, "setup", "render", "close")
    found = moves(perform(driver(beside), cast=sheet(("Red", "Green"), ("Blue", "Red"))))
    assert calls == ["setup", "render", "render", "close"]
    assert near(found["Red"], TWICE) and near(found["Blue"], ONCE)


def test_a_renderer_of_several_faces_is_kept_for_the_next_run(
    registry, portrait, driver, sheet, world, tmp_path, monkeypatch
):
    calls = counting(monkeypatch, world.Blocks, "setup", "render", "close")
    job = make_job(
        portrait,
        driver(beside, 5),
        tmp_path / "film.mkv",
        registry=registry,
        renderer="blocks/blocks",
        tracker="blocks/finder",
        cast=sheet(("Red", "Green"), ("Blue", "Red")),
    )
    with WarmRenderer() as warm:
        for _ in range(2):
            with HostContext() as context:
                render(job, registry=registry, context=context, warm=warm)
    assert calls == ["setup", *["render"] * 4, "close"]


def test_an_encoder_makes_the_likenesses_of_all_faces(perform, driver, sheet, world, monkeypatch):
    calls = counting(monkeypatch, world.Colors, "setup", "encode", "close")
    cast = sheet(("Red", "Green"), ("Blue", "Red"))
    perform(driver(beside, 5), cast=cast, renderer="blocks/knower")
    closed = calls.index("close") + 1  # the one that tells people apart goes on
    assert calls[closed - 4 : closed] == ["setup", "encode", "encode", "close"]


def test_what_is_noted_of_a_face_is_reported_by_its_name(
    perform, driver, sheet, world, monkeypatch
):
    whole = world.Blocks.render

    def noting(self, portrait, identities, targets, info, ctx):
        ctx.record("middle", portrait.face.center[0])
        ctx.record("steps", [10])
        return whole(self, portrait, identities, targets, info, ctx)

    monkeypatch.setattr(world.Blocks, "render", noting)
    monkeypatch.setattr(world.Blocks, "setup", lambda _, ctx: ctx.record("device", ctx.device))
    film = driver(beside)
    report = perform(film, cast=sheet(("Red", "Green"), ("Blue", "Red")))
    drew = json.loads(report_path(report.job.output).read_text())["components"][-1]
    left, right = ({"middle": pytest.approx(x, abs=1)} for x in (24, 136))
    assert drew["faces"] == {"Red": left, "Blue": right} and drew["facts"] == {
        "device": "cpu",
        "steps": [10],
    }
    drew = perform(film, cast=sheet(("Red", "Green"))).components[-1]
    assert drew.faces == {} and set(drew.facts) == {"device", "steps", "middle"}


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_face_that_cannot_be_drawn_ends_all_of_them(
    perform, driver, sheet, world, portrait, monkeypatch, wrong
):
    whole, closed = world.Blocks.render, []

    def breaking(self, who, identities, targets, *more):
        number = int(who.face.center[0] > 80)
        try:
            for frame in whole(self, who, identities, targets, *more):
                if number == wrong and frame.pts == 7:
                    raise ValueError("out of paint")
                yield frame
        finally:
            closed.append(number)

    monkeypatch.setattr(world.Blocks, "render", breaking)
    with pytest.raises(PluginRunError, match=r"'blocks/blocks' failed at frame 7.*out of paint"):
        perform(driver(beside), cast=sheet(("Red", "Green"), ("Blue", "Red")))
    assert sorted(closed) == [0, 1]
    assert not portrait.with_name("film.mkv").exists()


def test_a_face_that_does_not_perform_stays_whatever_the_renderer_does(
    perform, driver, sheet, world, monkeypatch
):
    whole = world.Blocks.render

    def smearing(*args):
        for frame in whole(*args):
            changed = args[1].pixels // 2 + 100
            changed[16:32, 8:40] = frame.pixels[16:32, 8:40]
            yield VideoFrame(frame.pts, changed)

    monkeypatch.setattr(world.Blocks, "render", smearing)
    report = perform(driver(beside), cast=sheet(("Red", "Red")))
    with open_video(report.job.output) as reader:
        last = [frame.pixels for frame in reader.frames()][-1].astype(int)
    assert abs(last[24, 24].mean() - 89) <= 3  # Red performs
    assert np.abs(last[20:28, 132:140] - (0, 0, world.DARK)).max() <= 2  # Blue is as he was
    assert np.abs(last[24, 80] - 200).max() <= 2
