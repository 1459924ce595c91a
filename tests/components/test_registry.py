from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from a1sdk.components.registry import _OURS, Registry
from a1sdk.errors import (
    ConfigError,
    ContractError,
    PluginApiError,
    PluginConflictError,
    PluginLoadError,
    PluginNotFoundError,
)

from .conftest import SOURCE

if TYPE_CHECKING:
    from conftest import Site

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
        (
            "from a1sdk.plugin import hookimpl\n@hookimpl\ndef a1_register_motion(): ...",
            "is no hook",
        ),
        (
            "from a1sdk.plugin import hookimpl\n@hookimpl\ndef a1_register_renderer(): ...",
            "a1_register_renderer() is no hook of a1sdk (did you mean 'a1_register_renderers'?)",
        ),
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


@pytest.mark.parametrize(
    ("ref", "hint"),
    [("insightface/arcface", "pip install a1sdk-insightface"), ("hers/one", "a1 plugin list")],
)
def test_plugins_of_ours_that_are_not_here_can_be_installed(
    site: Site, ref: str, hint: str
) -> None:
    with pytest.raises(PluginNotFoundError) as caught:
        site.registry().resolve("identity_encoder", ref)
    assert caught.value.hint is not None and hint in caught.value.hint


def test_all_plugins_of_this_repository_are_known_to_be_ours() -> None:
    folders = (Path(__file__).parents[2] / "plugins").glob("a1sdk-*")
    assert {folder.name.removeprefix("a1sdk-") for folder in folders} == _OURS
