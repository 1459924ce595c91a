"""Who makes the likenesses that renderers need, and with which options."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from a1sdk.components.registry import Registry
from a1sdk.errors import CapabilityError, ConfigError, PluginNotFoundError
from a1sdk.render.plan import make_plan

FOREIGN = """
from a1sdk import plugin as a1
from pydantic import BaseModel

class Options(BaseModel):
    at: int = 3

@a1.hookimpl
def a1_register_renderers():
    one = {"summary": "Draws.", "factory": "x:Y", "options": Options}
    return [
        a1.RendererSpec(name="pen", identities=frozenset({"fake/1"}), **one),
        a1.RendererSpec(name="pair", identities=frozenset({"fake/1", "fake/2"}), **one),
    ]
"""


@pytest.fixture
def chosen(job, registry):
    """Plan a job on `fake/knower`; return the encoders' references and options."""

    def plan(*encoders, registry=registry, use="fake/knower", **options):
        renderer = {"use": use, "options": options}
        made = make_plan(job(renderer=renderer, encoders=encoders), registry)
        return [(one.ref, one.options.at) for one in made.encoders]

    return plan


@pytest.fixture
def foreign(fakes, monkeypatch):
    """Make a registry of the fakes and a plugin whose renderers need their likenesses."""
    module = ModuleType("a1_draws")
    exec(FOREIGN, module.__dict__)
    monkeypatch.setitem(sys.modules, "a1_draws", module)
    modules = {"fake": fakes.__name__, "draws": "a1_draws"}
    points = [EntryPoint(name, at, "a1sdk.plugins.v1") for name, at in modules.items()]
    return lambda: Registry(points)


def test_the_first_that_makes_the_likeness_is_chosen(chosen):
    assert chosen() == [("fake/likeness", 3)]


def test_another_can_be_asked_for(chosen):
    assert chosen({"use": "fake/other"}) == [("fake/other", 3)]
    assert chosen({"use": "other"}) == [("fake/other", 3)]


def test_options_of_the_renderer_reach_the_encoder_of_its_plugin(chosen):
    assert chosen(at=7) == [("fake/likeness", 7)]


def test_options_of_the_encoder_come_first(chosen):
    own = {"use": "fake/other", "options": {"at": 9}}
    assert chosen(own, at=7) == [("fake/other", 9)]


def test_options_of_the_renderer_do_not_reach_other_plugins(chosen, foreign):
    assert chosen(registry=foreign(), use="draws/pen", at=7) == [("fake/likeness", 3)]


def test_there_is_an_encoder_for_each_kind_in_any_order(chosen, foreign):
    wanted = [{"use": "fake/unwanted", "options": {"at": 4}}, {"use": "fake/other"}]
    both = chosen(*wanted, registry=foreign(), use="draws/pair")
    assert both == [("fake/other", 3), ("fake/unwanted", 4)]
    assert chosen(registry=foreign(), use="draws/pair")[1] == ("fake/unwanted", 3)


@pytest.mark.parametrize(
    ("encoders", "error", "message"),
    [
        ([{"use": "fake/unwanted"}], ConfigError, "no use for the likeness of 'fake/unwanted'"),
        (
            [{"use": "fake/other"}, {"use": "fake/likeness"}],
            ConfigError,
            "no use for the likeness of 'fake/likeness'",
        ),
        ([{"use": "fake/other"}] * 2, ConfigError, "no use for the likeness of 'fake/other'"),
        ([{"use": "fake/nobody"}], PluginNotFoundError, "identity encoder 'fake/nobody'"),
        ([{"use": "fake/album"}], CapabilityError, "makes one from one picture"),
        (
            [{"use": "fake/other", "options": {"size": 1}}],
            ConfigError,
            "There is no option 'identity_encoder.options.size'",
        ),
    ],
)
def test_encoders_that_make_no_sense_are_refused(chosen, encoders, error, message):
    with pytest.raises(error, match=message):
        chosen(*encoders)


def test_renderers_that_need_no_likeness_take_no_encoder(chosen):
    assert chosen(use="fake/painter") == []
    with pytest.raises(ConfigError, match="'fake/painter' has no use for the likeness"):
        chosen({"use": "fake/likeness"}, use="fake/painter")


def test_the_encoder_is_built_with_its_options(job, run, fakes):
    run(job(renderer={"use": "fake/knower", "options": {"at": 7}}))
    assert "encode at 7" in fakes.EVENTS
    assert fakes.EVENTS.index("close likeness") < fakes.EVENTS.index("setup painter")


def test_an_encoder_that_fails_is_closed_and_named(job, run, fakes):
    broken = {"use": "fake/likeness", "options": {"wrong": "setup"}}
    with pytest.raises(Exception, match="'fake/likeness' failed in setup"):
        run(job(renderer={"use": "fake/knower"}, encoders=[broken]))
    assert "close likeness" in fakes.EVENTS and "setup painter" not in fakes.EVENTS
