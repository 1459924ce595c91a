"""What one may do with components, their files, and the packages they come in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from a1sdk.components.materials import materials_of
from a1sdk.components.packages import commerce_under, dependencies, package
from a1sdk.components.specs import Asset, MotionSourceSpec, RendererSpec, Terms
from a1sdk.errors import ContractError, PluginRunError

if TYPE_CHECKING:
    from conftest import Site


def test_terms_are_not_known_where_no_licence_is_stated() -> None:
    assert Terms().use == "unknown"
    assert Terms(license="MIT").use == "yes"
    assert Terms(license="LicenseRef-X", commercial=None).use == "terms"
    assert Terms(license="CC-BY-NC-4.0", commercial=False).use == "no"


def test_components_and_assets_have_terms() -> None:
    made = {"summary": "Is.", "factory": "x:Y"}
    assert RendererSpec(name="a", **made).use == "yes"
    assert RendererSpec(name="a", license="LicenseRef-X", commercial=None, **made).use == "terms"
    with pytest.raises(TypeError, match="license"):
        Asset(name="a", urls=(), sha256="0", size=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("license", "use"),
    [
        ("MIT", "yes"),
        ("Apache-2.0 WITH LLVM-exception", "yes"),
        ("(BSD-3-Clause OR GPL-2.0-only) AND PSF-2.0", "yes"),
        ("GPL-3.0-or-later", "yes"),
        ("CC-BY-4.0", "yes"),
        ("CC-BY-NC-4.0", "no"),
        ("CC-BY-NC-SA-4.0", "no"),
        ("PolyForm-Noncommercial-1.0.0", "no"),
        ("MIT AND CC-BY-NC-4.0", "no"),
        ("MIT OR CC-BY-NC-4.0", "unknown"),
        ("LicenseRef-Ours", "unknown"),
        ("NOASSERTION", "unknown"),
        ("MIT License", "unknown"),
        ("BSD-3-Clause-No-Nuclear-License", "yes"),
    ],
)
def test_the_name_of_a_licence_tells_of_commercial_use(license: str, use: str) -> None:
    assert commerce_under(license) == use


def add_package(site: Site, name: str, *lines: str) -> None:
    folder = site.path / f"{name.replace('-', '_')}-1.0.dist-info"
    folder.mkdir()
    about = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *lines]
    (folder / "METADATA").write_text("\n".join(about) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("lines", "license"),
    [
        (("License-Expression: MIT", "License: something else"), "MIT"),
        (("License: BSD-3-Clause",), "BSD-3-Clause"),
        (("License: UNKNOWN", "Classifier: License :: OSI Approved :: MIT License"), "MIT License"),
        ((f"License: {'the whole text ' * 20}",), "NOASSERTION"),
        (("Classifier: Programming Language :: Python",), "NOASSERTION"),
    ],
)
def test_packages_say_their_licence_in_several_ways(
    site: Site, lines: tuple[str, ...], license: str
) -> None:
    add_package(site, "some-package", *lines)
    found = package("some-package")
    assert (found.name, found.version, found.license) == ("some-package", "1.0", license)


def test_the_address_of_a_packages_licence_is_one_of_its_addresses(site: Site) -> None:
    add_package(site, "p", "Project-URL: Home, https://x.test", "Project-URL: License, https://l")
    assert package("p").license_url == "https://l"


def test_packages_that_are_not_there_state_nothing() -> None:
    found = package("a-package-that-nobody-has")
    assert (found.version, found.license, found.commercial) == ("", "NOASSERTION", "unknown")


def test_dependencies_are_followed_through_extras(site: Site) -> None:
    wanted = ("top-b[fast]", "top_c ; python_version > '3'", "top-d ; extra == 'more'", "gone")
    add_package(site, "top-a", *(f"Requires-Dist: {one}" for one in wanted))
    add_package(site, "top-b", "Requires-Dist: top-e ; extra == 'fast'", "License: ISC")
    add_package(site, "top-c", "Requires-Dist: top-a")
    for name in ("top-d", "top-e"):
        add_package(site, name)
    found = dependencies(["Top_A"])
    assert [(one.name, one.license) for one in found] == [
        ("top-b", "ISC"),
        ("top-c", "NOASSERTION"),
        ("top-e", "NOASSERTION"),
    ]


class Options(BaseModel):
    path: Path | None = None
    face_path: Path | None = None
    checkpoint: Path | None = None
    settings: Path | None = None
    pack: str = "small"
    adapters: list[str] = []


def loaded(kind: Any, **options: Any) -> dict[str, str]:
    spec = kind(name="a", summary="Is.", factory="x:Y")
    return {name: str(path) for name, path in materials_of(spec, Options(**options)).own.items()}


def test_what_options_name_that_holds_weights_is_material(tmp_path: Path) -> None:
    folder, net = str(tmp_path), str(tmp_path / "net.ONNX")
    assert loaded(RendererSpec, checkpoint=folder, settings=net) == {
        "checkpoint": folder,
        "settings": net,
    }
    assert loaded(RendererSpec, settings="set.json", checkpoint="nowhere") == {}


def test_a_text_is_no_path_whatever_it_looks_like(tmp_path: Path) -> None:
    folder, net = str(tmp_path), str(tmp_path / "net.onnx")
    assert loaded(RendererSpec, pack=net, adapters=[folder, "a.pt"]) == {}


def test_what_a_motion_source_plays_is_no_material(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert loaded(MotionSourceSpec, path=folder, face_path="take.csv") == {}
    assert loaded(MotionSourceSpec, face_path="net.onnx") == {"face_path": "net.onnx"}
    assert loaded(MotionSourceSpec, path=folder, checkpoint=folder) == {"checkpoint": folder}
    assert materials_of(MotionSourceSpec(name="a", summary="Is.", factory="x:Y"), None).own == {}


PLUGIN = """
    from a1sdk.plugin import Materials, RendererSpec, hookimpl

    def spec(name, materials):
        return RendererSpec(name=name, summary="Is.", factory="x:Y", materials=materials)

    def fails(options):
        raise ValueError("cannot tell")

    @hookimpl
    def a1_register_renderers():
        return [
            spec("tells", "a1_telling:loaded"),
            spec("fails", fails),
            spec("lists", lambda options: ["net"]),
        ]

    def loaded(options):
        return Materials(own={"asked": options})
"""


def test_components_say_what_they_load(site: Site) -> None:
    site.add("telling", PLUGIN)
    registry = site.registry()
    assert registry.choose("renderer", "telling/tells").materials().own == {"asked": None}
    with pytest.raises(PluginRunError, match="'telling/fails' failed while it said what it loads"):
        registry.choose("renderer", "telling/fails").materials()
    with pytest.raises(ContractError, match="with a list, not Materials"):
        registry.choose("renderer", "telling/lists").materials()
