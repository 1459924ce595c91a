"""Options are checked before a component is built, and what goes wrong names the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from a1sdk.errors import (
    ConfigError,
    ContractError,
    OutOfMemoryError,
    PluginError,
    PluginLoadError,
    PluginRunError,
)

from .conftest import SOURCE

if TYPE_CHECKING:
    from conftest import Site

OPTIONS = (
    SOURCE
    + """
    from typing import Literal
    from pydantic import BaseModel, Field, field_validator

    class Options(BaseModel):
        size: int = Field(8, ge=1, description="Size.")
        mode: Literal["a", "b"] = Field("a", description="Mode.")

        @field_validator("size")
        @classmethod
        def _even(cls, size):
            if size == 13:
                raise ValueError("13 brings bad luck.")
            return size

    class Required(BaseModel):
        path: str

    @a1.hookimpl
    def a1_register_motion_sources():
        return [
            spec("sized", options=Options),
            spec("named", options="a1_opt:Options"),
            spec("needs", options=Required),
            spec("none"),
        ]
"""
)


@pytest.mark.parametrize("ref", ["opt/sized", "opt/named"])
def test_options_reach_the_component(site: Site, ref: str) -> None:
    site.add("opt", OPTIONS)
    built = site.registry().choose("motion_source", ref, {"size": 9}).build()
    assert (built.options.size, built.options.mode) == (9, "a")


@pytest.mark.parametrize(
    ("ref", "options", "said"),
    [
        ("sized", {"size": 0}, "Option 'motion_source.options.size' cannot be 0: input should be"),
        (
            "sized",
            {"size": 13},
            "Option 'motion_source.options.size' cannot be 13: 13 brings bad luck.",
        ),
        ("sized", {"siz": 1}, "There is no option 'motion_source.options.siz'."),
        ("needs", {}, "Option 'motion_source.options.path' is missing."),
        ("none", {"a": 1}, "'opt/none' takes no options; motion_source.options names ['a']."),
    ],
)
def test_wrong_options_are_named_in_full(
    site: Site, ref: str, options: dict[str, Any], said: str
) -> None:
    site.add("opt", OPTIONS)
    with pytest.raises(ConfigError) as caught:
        site.registry().choose("motion_source", f"opt/{ref}", options)
    assert str(caught.value).startswith(said)


def test_all_wrong_options_are_named_and_typos_guessed(site: Site) -> None:
    site.add("opt", OPTIONS)
    registry = site.registry()
    with pytest.raises(ConfigError) as caught:
        registry.choose("motion_source", "opt/sized", {"size": 0, "mode": "c"})
    assert caught.value.hint == "also wrong: motion_source.options.mode"
    with pytest.raises(ConfigError) as caught:
        registry.choose("motion_source", "opt/sized", {"sise": 0})
    assert caught.value.hint == "did you mean 'size'?"
    assert registry.option_names("motion_source", "opt/sized") == {"size", "mode"}
    assert registry.option_names("motion_source", "opt/none") == frozenset()


BUILDS = (
    SOURCE
    + """
    class Fails(Still):
        def __init__(self, options=None):
            raise RuntimeError("no such luck")

    class Hungry(Still):
        def __init__(self, options=None):
            raise MemoryError

    class Abstract(a1.MotionSource):
        pass

    @a1.hookimpl
    def a1_register_motion_sources():
        make = lambda name, factory: a1.MotionSourceSpec(name=name, summary="X.", factory=factory)
        return [
            make("named", "a1_builds:Still"), make("gone", "a1_builds:Gone"),
            make("nowhere", "a1_builds_not:Still"), make("fails", Fails), make("other", dict),
            make("hungry", Hungry), make("abstract", Abstract),
        ]
"""
)


@pytest.mark.parametrize(
    ("ref", "error", "said"),
    [
        ("gone", PluginLoadError, "'a1_builds:Gone', of 'builds/gone', could not be imported"),
        ("nowhere", PluginLoadError, "No module named 'a1_builds_not'"),
        ("fails", PluginRunError, "while it was constructed: RuntimeError: no such luck."),
        ("abstract", PluginRunError, "abstract"),
        ("other", ContractError, "made a dict, not a MotionSource"),
        ("hungry", OutOfMemoryError, "'builds/hungry' ran out of memory"),
    ],
)
def test_a_component_that_cannot_be_built_names_its_plugin(
    site: Site, ref: str, error: type[Exception], said: str
) -> None:
    site.add("builds", BUILDS)
    with pytest.raises(error, match=r".") as caught:
        site.registry().choose("motion_source", f"builds/{ref}").build()
    assert said in str(caught.value)
    if isinstance(caught.value, PluginError):
        assert caught.value.plugin == "builds"


def test_a_factory_may_be_named(site: Site) -> None:
    site.add("builds", BUILDS)
    chosen = site.registry().choose("motion_source", "builds/named")
    assert type(chosen.build()).__name__ == "Still"
    assert (chosen.ref, chosen.plugin.distribution) == ("builds/named", "a1-builds")
