"""What a run may use for money: what is refused, what is offered instead, what is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from a1sdk.assets import AssetStore
from a1sdk.components.registry import Registry
from a1sdk.errors import AssetMissingError, CapabilityError
from a1sdk.render.commerce import require_commercial
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion
from a1sdk.render.job import RenderJob
from a1sdk.render.licensing import installed_parts, planned_parts, worst
from a1sdk.render.permission import Permission

if TYPE_CHECKING:
    from conftest import Site

FREE, RENTED = b"weights that are free", b"weights that are not for sale"
HASHES = {data: hashlib.sha256(data).hexdigest() for data in (FREE, RENTED)}

PLUGIN = f"""
    from a1sdk.plugin import (
        Asset, AssetGroup, FaceTrackerSpec, IdentityEncoderSpec, Materials, RendererSpec, hookimpl
    )

    def asset(name, sha256, size, **terms):
        return Asset(name=name, urls=("https://x.test/" + name,), sha256=sha256, size=size, **terms)

    RENTED = asset("rented.onnx", "{HASHES[RENTED]}", {len(RENTED)}, license="LicenseRef-House",
                   license_url="https://x.test/terms", commercial=False)
    FREE = asset("free.onnx", "{HASHES[FREE]}", {len(FREE)}, license="MIT")
    EITHER = AssetGroup(alternatives=((RENTED,), (FREE,)))

    def spec(kind, name, **more):
        return kind(**dict(name=name, summary="Is.", factory="x:Y") | more)

    def chosen(options):
        only = AssetGroup(alternatives=((FREE,),))
        return Materials(assets=only if options.free else EITHER)

    def owned(options):
        return Materials(own={{"checkpoint": options.checkpoint}})

    @hookimpl
    def a1_register_face_trackers():
        return [
            spec(FaceTrackerSpec, "either", assets=EITHER),
            spec(FaceTrackerSpec, "choosing", assets=EITHER, materials=chosen,
                 options="a1_house_options:Options"),
            spec(FaceTrackerSpec, "unfree", assets=AssetGroup(alternatives=((RENTED,),))),
            spec(FaceTrackerSpec, "owned", assets=AssetGroup(alternatives=((RENTED,),)),
                 options="a1_house_options:Options", materials=owned),
            spec(FaceTrackerSpec, "coarse", expression=False),
            spec(FaceTrackerSpec, "sharp"),
        ]

    @hookimpl
    def a1_register_renderers():
        return [
            spec(RendererSpec, "closed", license="LicenseRef-House", commercial=False,
                 license_url="https://x.test/terms"),
            spec(RendererSpec, "limited", license="LicenseRef-Some", commercial=None),
            spec(RendererSpec, "open", options="a1_house_options:Options"),
        ]

    @hookimpl
    def a1_register_identity_encoders():
        return [
            spec(IdentityEncoderSpec, "closed", produces="a/1", commercial=False),
            spec(IdentityEncoderSpec, "open", produces="b/1"),
        ]
"""
OPTIONS = """
from pathlib import Path
from pydantic import BaseModel

class Options(BaseModel):
    free: bool = False
    checkpoint: Path | None = None
"""

MONEY = Permission(commercial=True)


@pytest.fixture
def house(site: Site) -> Registry:
    """A plugin whose components and files have all kinds of terms."""
    site.add("house", PLUGIN)
    (site.path / "a1_house_options.py").write_text(OPTIONS, encoding="utf-8")
    return site.registry()


@pytest.fixture
def store(tmp_path: Path) -> Callable[..., AssetStore]:
    """Make a store that has these files."""

    def make(*contents: bytes) -> AssetStore:
        folder = tmp_path / "models"
        folder.mkdir(exist_ok=True)
        for number, content in enumerate(contents):
            (folder / str(number)).write_bytes(content)
        return AssetStore(home=tmp_path / "home", search=[folder], offline=True)

    return make


def refusal(registry: Registry, *components: Any, may: Permission = MONEY, **more: Any) -> Any:
    with pytest.raises(CapabilityError) as caught:
        require_commercial(components, may, registry, **more)
    return caught.value


def test_nothing_is_refused_unless_asked(house, store):
    closed = house.choose("renderer", "house/closed")
    require_commercial([closed], Permission(), house, store())


def test_a_component_is_refused_by_its_own_terms(house, store):
    error = refusal(house, house.choose("renderer", "house/closed"), store=store())
    assert str(error) == (
        "The run may use only what allows commercial use: 'house/closed' does not allow it"
        " (LicenseRef-House, https://x.test/terms)."
    )
    assert error.exit_code == 2
    assert error.hint == (
        "use --renderer house/limited; or use --renderer house/open; or say --licensed house/closed"
        " if you hold a licence that allows it"
    )


def test_the_alternative_that_is_here_decides(house, store, tmp_path):
    either = house.choose("face_tracker", "house/either")
    require_commercial([either], MONEY, house, store(FREE))
    (tmp_path / "models" / "second").write_bytes(RENTED)  # the better one
    both = AssetStore(home=tmp_path / "home", search=[tmp_path / "models"], offline=True)
    error = refusal(house, either, store=both)
    assert "'rented.onnx' of 'house/either' does not allow it (LicenseRef-House" in str(error)
    assert "let house/either use 'free.onnx' instead (MIT)" in error.hint


def test_of_files_that_are_not_here_the_first_would_be_fetched(house, store):
    error = refusal(house, house.choose("face_tracker", "house/either"), store=store())
    assert "'rented.onnx'" in str(error)


def test_options_decide_which_files_count(house, store):
    both = store(FREE, RENTED)
    free = house.choose("face_tracker", "house/choosing", {"free": True})
    require_commercial([free], MONEY, house, both)
    assert "'rented.onnx'" in str(
        refusal(house, house.choose("face_tracker", "house/choosing"), store=both)
    )


def test_only_components_that_do_as_much_are_offered(house, store):
    hint = refusal(house, house.choose("face_tracker", "house/unfree"), store=store()).hint
    assert "use --tracker house/sharp" in hint
    assert "coarse" not in hint and "either" not in hint  # one sees less, one is refused too
    encoder = refusal(house, house.choose("identity_encoder", "house/closed"), store=store())
    assert encoder.hint.startswith("say --licensed house/closed if")


def test_weights_of_the_users_own_are_refused_for_nobody_knows_their_terms(house, store, tmp_path):
    owned = house.choose("renderer", "house/open", {"checkpoint": tmp_path})
    error = refusal(house, owned, store=store())
    assert str(error).endswith(
        f"what one may do with the checkpoint {str(tmp_path)!r} of 'house/open' is not known."
    )
    assert error.hint.startswith("leave out checkpoint; or use --renderer house/limited")


def test_leaving_files_of_ones_own_out_is_no_way_where_those_declared_are_refused_too(
    house, store, tmp_path
):
    owned = house.choose("face_tracker", "house/owned", {"checkpoint": tmp_path})
    assert refusal(house, owned, store=store()).hint.startswith("use --tracker house/sharp; or say")


@pytest.mark.parametrize("name", ["house/closed", "rented.onnx", "checkpoint"])
def test_what_the_user_holds_a_licence_for_is_used(house, store, tmp_path, name):
    parts = {
        "house/closed": ("renderer", "house/closed", {}),
        "rented.onnx": ("face_tracker", "house/unfree", {}),
        "checkpoint": ("renderer", "house/open", {"checkpoint": tmp_path}),
    }
    chosen = house.choose(*parts[name])
    here = store()
    refusal(house, chosen, store=here)
    require_commercial([chosen], Permission(True, frozenset({name})), house, here)


def test_a_plugin_that_may_not_be_sold_is_refused_as_a_whole(house, store, site):
    about = site.path / "a1_house-0.1.0.dist-info" / "METADATA"
    about.write_text(about.read_text().replace("Apache-2.0", "CC-BY-NC-4.0"))
    chosen = house.choose("renderer", "house/open")
    error = refusal(house, chosen, store=store())
    assert "'a1-house' does not allow it (CC-BY-NC-4.0)" in str(error)
    about.write_text(about.read_text().replace("CC-BY-NC-4.0", "LicenseRef-Ours"))
    require_commercial([chosen], MONEY, house)  # it says nothing, and its component does


def test_everything_a_run_would_use_is_listed_once(house, store, tmp_path):
    chosen = [
        house.choose("renderer", "house/open", {"checkpoint": tmp_path}),
        house.choose("face_tracker", "house/either"),
        house.choose("face_tracker", "house/either"),
    ]
    parts = planned_parts(chosen, store(FREE))
    assert [(one.role, one.name, one.of, one.commercial, one.state) for one in parts] == [
        ("package", "a1sdk", "", "yes", None),
        ("package", "a1-house", "", "yes", None),
        ("component", "house/either", "", "yes", None),
        ("file", "free.onnx", "house/either", "yes", "found"),
        ("component", "house/open", "", "yes", None),
        ("own", "checkpoint", "house/open", "unknown", None),
    ]
    assert worst(parts) == "unknown"


def test_all_that_is_installed_is_listed_with_all_that_it_could_load(house, store):
    parts = installed_parts(house, store(FREE))
    of_either = [(one.name, one.state) for one in parts if one.of == "house/either"]
    assert of_either == [("rented.onnx", "missing"), ("free.onnx", "found")]
    assert {one.name for one in parts} >= {"house/closed", "house/open", "house/coarse"}


def test_a_file_is_refused_while_it_is_asked_for_too(house, store, job, monkeypatch):
    asked: RenderJob = job()
    spec = house.spec("face_tracker", "house/unfree")
    with HostContext(store=store(RENTED)) as context:
        assert context.lend(spec, label="house/unfree").asset("rented.onnx").is_file()
        view = context.running(asked.using(commercial=True)).lend(spec, label="house/unfree")
        with pytest.raises(CapabilityError, match=r"'rented.onnx' of 'house/unfree' does not"):
            view.asset("rented.onnx")
        licensed = asked.using(commercial=True, licensed=["rented.onnx"])
        view = context.running(licensed).lend(spec, label="house/unfree")
        assert view.asset("rented.onnx").is_file()
    monkeypatch.setenv("A1_COMMERCIAL", "1")
    with HostContext(store=store(RENTED)) as context, pytest.raises(CapabilityError):
        context.lend(spec, label="house/unfree").asset("rented.onnx")


def test_a_file_that_is_not_here_is_missing_whatever_its_terms(house, store, monkeypatch):
    """So a component may look for one after another, and take the first that is here."""
    monkeypatch.setenv("A1_COMMERCIAL", "1")
    with HostContext(store=store(FREE)) as context:
        lent = context.lend(house.spec("face_tracker", "house/either"), label="house/either")
        with pytest.raises(AssetMissingError):
            lent.asset("rented.onnx")
        assert lent.asset("free.onnx").is_file()


def test_jobs_add_to_what_may_be_used():
    job = {"portrait": "a", "motion": [{"use": "b"}], "output": "c", "licensed": ["x"]}
    asked = RenderJob.model_validate(job).using(licensed=["y", "x"])
    assert (asked.commercial, asked.licensed) == (False, ("x", "y"))
    assert asked.using(commercial=True).using().commercial


@pytest.fixture
def terms(fakes, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give the renderer of the fakes other terms."""

    def give(**terms: Any) -> None:
        import dataclasses

        from a1sdk.plugin import hookimpl

        made = fakes.a1_register_renderers()
        changed = [dataclasses.replace(one, **terms) for one in made if one.name == "painter"]
        monkeypatch.setattr(fakes, "a1_register_renderers", hookimpl(lambda: changed))

    return give


def test_the_report_says_what_may_be_done_with_the_film(run, job):
    report = run(job())
    assert report.commercial == "yes"
    assert [(one.role, one.name) for one in report.licenses if one.role != "package"] == [
        ("component", "fake/motion"),
        ("component", "fake/painter"),
        ("component", "fake/tracker"),
    ]
    assert {one.commercial for one in report.components} == {"yes"}


def test_the_report_warns_of_what_may_not_be_sold(terms, run, job):
    terms(license="LicenseRef-Mine", license_url="https://x.test", commercial=False)
    report = run(job())
    assert report.commercial == "no"
    assert (
        "The result may not be used commercially: 'fake/painter' does not allow it"
        " (LicenseRef-Mine, https://x.test)." in report.warnings
    )
    kept = run(job(licensed=["fake/painter"]))
    assert kept.commercial == "terms" and not kept.warnings


def test_conditions_are_told_to_those_who_sell(terms, run, job):
    terms(license="LicenseRef-Mine", commercial=None)
    assert run(job()).warnings == []
    report = run(job(commercial=True))
    assert report.commercial == "terms"
    assert report.warnings == [
        "'fake/painter' allows commercial use on conditions: LicenseRef-Mine."
    ]


def test_a_licence_of_ones_own_is_told_to_those_who_sell(terms, run, job):
    terms(commercial=False)
    report = run(job(commercial=True, licensed=["fake/painter"]))
    assert report.warnings == ["'fake/painter' is used under a licence of your own."]


def test_a_refused_job_leaves_nothing(terms, run, job, fakes, monkeypatch):
    terms(commercial=False)
    fakes.EVENTS.clear()
    with pytest.raises(CapabilityError):
        run(job(commercial=True))
    monkeypatch.setenv("A1_COMMERCIAL", "1")
    asked = job()
    with pytest.raises(CapabilityError):
        run(asked)
    assert not fakes.EVENTS and not any(asked.output.parent.iterdir())


def test_motion_is_not_made_of_what_may_not_be_sold(
    fakes, registry, job, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    import dataclasses

    from a1sdk.plugin import hookimpl

    made = [dataclasses.replace(fakes.a1_register_motion_sources()[0], commercial=False)]
    monkeypatch.setattr(fakes, "a1_register_motion_sources", hookimpl(lambda: made))
    layers, target = job().motion, tmp_path / "take.a1motion"
    with HostContext() as context:
        extract_motion(layers, target, registry=registry, context=context)
    target.unlink()
    monkeypatch.setenv("A1_COMMERCIAL", "1")
    with HostContext() as context, pytest.raises(CapabilityError, match="'fake/motion' does not"):
        extract_motion(layers, target, registry=registry, context=context)
    assert not target.exists()
