from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest

from a1sdk.components.registry import Registry
from a1sdk.errors import (
    ConfigError,
    ContractError,
    OutOfMemoryError,
    PluginApiError,
    PluginConflictError,
    PluginError,
    PluginLoadError,
    PluginNotFoundError,
    PluginRunError,
)

if TYPE_CHECKING:
    from conftest import Site

SOURCE = """
    from a1sdk import plugin as a1

    class Still(a1.MotionSource):
        def probe(self):
            return a1.StreamInfo(24, 0)
        def stream(self, ctx):
            return iter(())

    def spec(name, **more):
        return a1.MotionSourceSpec(name=name, summary="Stands still.", factory=Still, **more)
"""
GOOD = (
    SOURCE
    + """
    @a1.hookimpl
    def a1_register_motion_sources():
        return [spec("still", inputs=(".csv",)), spec("stiller")]
"""
)
SINGLE = (
    SOURCE
    + """
    @a1.hookimpl
    def a1_register_motion_sources():
        return [spec("nod", inputs=(".csv", "video"))]
"""
)
BROKEN = "import a_module_that_is_not_there"


def offering(line: str) -> str:
    return (
        SOURCE
        + f"""
    @a1.hookimpl
    def a1_register_motion_sources():
        return {line}
"""
    )


def test_listing_imports_nothing(site: Site) -> None:
    site.add("good", GOOD)
    site.add("broken", BROKEN)
    states = {info.name: info.state for info in site.registry().plugins()}
    assert states == {"broken": "available", "good": "available"}
    assert not site.modules & set(sys.modules)


def test_using_one_plugin_imports_only_that_one(site: Site) -> None:
    site.add("good", GOOD)
    site.add("broken", BROKEN)
    registry = site.registry()
    assert registry.spec("motion_source", "good/still").name == "still"
    assert {i.name: i.state for i in registry.plugins()} == {
        "broken": "available",
        "good": "loaded",
    }


def test_installed_plugins_are_found_by_their_metadata(site: Site) -> None:
    site.add("good", GOOD, distribution="a1sdk-good", version="1.2.3")
    (info,) = Registry().plugins()
    assert (info.name, info.distribution, info.version) == ("good", "a1sdk-good", "1.2.3")


def test_a_broken_plugin_is_a_value_in_the_list_and_an_error_on_use(site: Site) -> None:
    site.add("broken", BROKEN)
    registry = site.registry()
    info = registry.load("broken")
    assert info.state == "broken"
    assert "a_module_that_is_not_there" in str(info.error)
    with pytest.raises(PluginLoadError, match=r"'broken' \(a1-broken 0.1.0\)") as caught:
        registry.spec("motion_source", "broken/x")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
    assert caught.value.plugin == "broken"


def test_a_plugin_that_exits_on_import_does_not_end_the_host(site: Site) -> None:
    site.add("quits", "import sys\nsys.exit(3)")
    assert site.registry().load("quits").state == "broken"


def test_a_broken_plugin_hides_no_other_and_is_mentioned_once(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.add("broken", BROKEN)
    site.add("future", GOOD, group="a1sdk.plugins.v2")
    site.add("good", GOOD)
    registry = site.registry()
    for _ in range(2):
        assert set(registry.specs("motion_source")) == {"good/still", "good/stiller"}
    (record,) = caplog.records
    assert "a_module_that_is_not_there'. It is left out." in record.getMessage()


def test_another_api_is_incompatible_and_never_imported(site: Site) -> None:
    site.add("future", "raise AssertionError", group="a1sdk.plugins.v2")
    registry = site.registry()
    assert registry.load("future").state == "incompatible"
    with pytest.raises(PluginApiError, match="API v2; this a1sdk speaks v1") as caught:
        registry.specs("renderer", "future")
    assert caught.value.hint == "upgrade a1sdk: pip install --upgrade a1sdk"


def test_a_plugin_for_two_apis_is_used_by_ours(site: Site) -> None:
    site.add("both", GOOD)
    folder = next(site.path.glob("*.dist-info"))
    (folder / "entry_points.txt").write_text(
        "[a1sdk.plugins.v2]\nboth = a1_both\n[a1sdk.plugins.v1]\nboth = a1_both\n"
    )
    assert site.registry().load("both").state == "loaded"


def test_two_packages_with_one_name_are_both_refused_and_named(site: Site) -> None:
    site.add("twin", GOOD, distribution="a1-one")
    site.add("twin", GOOD, distribution="a1-two")
    registry = site.registry()
    (info,) = registry.plugins()
    assert info.state == "conflict"
    with pytest.raises(PluginConflictError, match="a1-one, a1-two"):
        registry.resolve("motion_source", "twin")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from a1sdk.plugin import hookimpl\n@hookimpl\ndef a1_register_motion(): ...", "unknown"),
        ("def a1_register_renderers(): return []", "lacks the decorator @hookimpl"),
        ("def a1_register_renderer(): return []", "did you mean 'a1_register_renderers'"),
        (
            "from a1sdk.plugin import hookimpl\n@hookimpl\ndef a1_register_renderers(x): ...",
            "a1_register_renderers",
        ),
        (offering("5"), "not iterable"),
        (offering("[5]"), "a int, not a MotionSourceSpec"),
        (offering("[spec('Bad Name')]"), "'Bad Name'"),
        (offering("[spec('a'), spec('a')]"), "two components named 'a'"),
        (offering("1 / 0"), "ZeroDivisionError"),
    ],
)
def test_what_a_plugin_registers_is_checked(site: Site, source: str, said: str) -> None:
    site.add("odd", source)
    site.add("good", GOOD)
    registry = site.registry()
    error = registry.load("odd").error
    assert isinstance(error, (PluginLoadError, ContractError))
    assert said in str(error)
    assert registry.load("good").state == "loaded"


def test_strict_mode_raises_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add("broken", BROKEN)
    monkeypatch.setenv("A1_STRICT_PLUGINS", "1")
    with pytest.raises(PluginLoadError):
        site.registry().load("broken")
    site.add("future", GOOD, group="a1sdk.plugins.v9")
    with pytest.raises(PluginApiError):
        site.registry()


def test_a1_plugins_hides_all_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add("good", GOOD)
    site.add("broken", BROKEN)
    monkeypatch.setenv("A1_PLUGINS", " good , other")
    assert [info.name for info in Registry().plugins()] == ["good"]


def test_damaged_metadata_is_a_broken_plugin_and_hides_no_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add_metadata("a1-damaged", "[a1sdk.plugins.v1]\nno equals sign\n")
    site.add("good", GOOD)
    monkeypatch.setenv("A1_PLUGINS", "good,a1-damaged")
    states = {info.name: info.state for info in Registry().plugins()}
    assert states == {"a1-damaged": "broken", "good": "available"}


@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
def test_metadata_that_is_no_text_hides_no_plugin(
    site: Site, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    site.add_metadata("a1-damaged", "[a1sdk.plugins.v1]\nbad = nothing\n")
    damaged = site.path / "a1_damaged-0.1.0.dist-info" / file
    damaged.write_bytes(damaged.read_bytes() + b"\xff")
    site.add("good", GOOD)
    monkeypatch.setenv("A1_PLUGINS", "good")
    assert [info.name for info in Registry().plugins()] == ["good"]


@pytest.mark.parametrize(
    ("given", "meant"), [("good/still", "good/still"), ("nods", "nods/nod"), ("nod", "nods/nod")]
)
def test_references_that_are_clear(site: Site, given: str, meant: str) -> None:
    site.add("good", GOOD)
    site.add("nods", SINGLE)
    site.add("broken", BROKEN)
    assert site.registry().resolve("motion_source", given) == meant


def test_a_plugin_name_with_several_components_is_ambiguous(site: Site) -> None:
    site.add("good", GOOD)
    with pytest.raises(ConfigError, match="good/still, good/stiller") as caught:
        site.registry().resolve("motion_source", "good")
    assert caught.value.hint == "name one in full, such as 'good/still'"


def test_a_component_name_in_several_plugins_is_ambiguous(site: Site) -> None:
    site.add("one", SINGLE)
    site.add("two", SINGLE)
    with pytest.raises(ConfigError, match="one/nod, two/nod"):
        site.registry().resolve("motion_source", "nod")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("god/still", "did you mean 'good'?"),
        ("good/stil", "did you mean 'good/still'?"),
        ("zzzzzz", "run `a1 plugin list --components`"),
    ],
)
def test_what_is_not_there_is_answered_with_the_closest_name(
    site: Site, given: str, hint: str
) -> None:
    site.add("good", GOOD)
    with pytest.raises(PluginNotFoundError) as caught:
        site.registry().resolve("motion_source", given)
    assert caught.value.hint == hint


def test_a_plugin_without_that_kind_is_not_found(site: Site) -> None:
    site.add("good", GOOD)
    with pytest.raises(PluginNotFoundError, match="a renderer 'good'"):
        site.registry().resolve("renderer", "good")


def test_a_broken_plugin_named_alone_says_why(site: Site) -> None:
    site.add("broken", BROKEN)
    with pytest.raises(PluginLoadError, match="a_module_that_is_not_there"):
        site.registry().resolve("renderer", "broken")


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


TRACKER = """
    from a1sdk import plugin as a1

    @a1.hookimpl
    def a1_register_face_trackers():
        return [a1.FaceTrackerSpec(name="landmarks", summary="Sees.", factory="x:Y")]
"""


def test_the_default_is_the_first_party_component(site: Site) -> None:
    site.add("afaces", TRACKER)
    site.add("facemesh", TRACKER)
    assert site.registry().default("face_tracker") == "facemesh/landmarks"


def test_the_default_is_otherwise_the_only_one(site: Site) -> None:
    with pytest.raises(PluginNotFoundError, match="No face tracker is installed"):
        site.registry().default("face_tracker")
    site.add("afaces", TRACKER)
    assert site.registry().default("face_tracker") == "afaces/landmarks"
    site.add("bfaces", TRACKER)
    with pytest.raises(ConfigError, match="afaces/landmarks, bfaces/landmarks"):
        site.registry().default("face_tracker")


def test_a_broken_default_is_not_quietly_replaced(site: Site) -> None:
    site.add("facemesh", BROKEN)
    site.add("afaces", TRACKER)
    with pytest.raises(PluginLoadError):
        site.registry().default("face_tracker")


def test_a_source_is_chosen_by_what_it_reads(site: Site) -> None:
    site.add("good", GOOD)
    site.add("broken", BROKEN)
    registry = site.registry()
    assert registry.source_for(".csv", "video") == "good/still"
    with pytest.raises(PluginNotFoundError, match=r"reads '.xyz' or 'video'"):
        registry.source_for(".xyz", "video")
    site.add("nods", SINGLE)
    with pytest.raises(ConfigError, match="good/still, nods/nod"):
        site.registry().source_for(".csv")
    site.add("video", SINGLE)
    assert site.registry().source_for(".xyz", ".csv") == "video/nod"


OBSERVER = """
    from a1sdk.plugin import hookimpl
    seen = []

    @hookimpl
    def a1_run_started(job):
        seen.append(job)

    @hookimpl
    def a1_run_finished(report):
        {body}
"""


def test_observers_are_told_and_cannot_stop_a_run(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.add("angry", OBSERVER.format(body="raise RuntimeError('no')"))
    site.add("watch", OBSERVER.format(body="seen.append(report)"))
    site.add("broken", BROKEN)
    registry = site.registry()
    registry.notify("a1_run_started", job="the job")
    with caplog.at_level(logging.WARNING):
        registry.notify("a1_run_finished", job="the job", report="the report")
    assert sys.modules["a1_watch"].seen == ["the job", "the report"]
    assert "Plugin 'angry' failed in a1_run_finished: RuntimeError: no" in caplog.text
