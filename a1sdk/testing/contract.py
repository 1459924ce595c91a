"""What all components hold to. Each check's docstring tells what to do when it fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from typing import Any, ClassVar

import pytest
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from a1sdk.components.checked import CheckedTracker
from a1sdk.components.interfaces import FaceTracker
from a1sdk.components.packages import commerce_under, package
from a1sdk.components.registry import Chosen, Registry
from a1sdk.components.specs import (
    AnyAsset,
    Asset,
    C,
    ComponentSpec,
    Folder,
    Kind,
    MotionSourceSpec,
    RendererSpec,
    Snapshot,
    Spec,
    Terms,
)
from a1sdk.errors import A1Error, AssetMissingError
from a1sdk.render.context import HostContext
from a1sdk.testing.doubles import WatchedContext

HEAVY = ("torch", "cv2", "av", "onnxruntime", "numpy", "pydantic", "tensorflow", "ai_edge_litert")
"""Modules that no plugin may import to be listed."""

_IN_A_FRESH_PROCESS = """
import sys
before = set(sys.modules)
from a1sdk.components.registry import Registry
Registry().specs({kind!r}, {plugin!r})
print(*sorted(name for name in {heavy!r} if name in sys.modules and name not in before))
"""
_SENTENCE = re.compile(r"[A-Z0-9].*[^.]\.")
_URL = re.compile(r"https://\S+|wheel:[A-Za-z0-9._-]+==[^!\s]+!\S+")


class ComponentContract:
    """Base of the contracts; inherit from the one for your kind of component.

    Attributes:
        ref: reference of the component, `plugin/component`.
        options: options it is built with; override the fixture `component_options` instead
            where they depend on other fixtures.
        tracker: reference of the face tracker to lend, for components that need one; the default
            tracker if absent.
        device: where the component works, if it can: the checks are the same on a GPU.
    """

    kind: ClassVar[Kind]
    ref: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    tracker: ClassVar[str | None] = None
    device: ClassVar[str] = "cpu"

    @pytest.fixture
    def component_options(self) -> dict[str, Any]:
        """Options that the component is built with."""
        return dict(self.options)

    @pytest.fixture
    def registry(self) -> Registry:
        """All installed plugins."""
        return Registry()

    @pytest.fixture
    def chosen(self, registry: Registry, component_options: dict[str, Any]) -> Chosen[Any]:
        """The component, looked up."""
        return registry.choose(self.kind, self.ref, component_options)

    @pytest.fixture
    def spec(self, registry: Registry) -> Spec:
        """What the plugin says of the component."""
        return registry.spec(self.kind, self.ref)

    @pytest.fixture
    def host(self) -> Iterator[WatchedContext]:
        """The run that the component takes part in."""
        context = WatchedContext(device=self.device, seed=7)
        yield context
        context.close()

    @pytest.fixture
    def ctx(
        self, host: WatchedContext, chosen: Chosen[Any], registry: Registry
    ) -> Iterator[HostContext]:
        """What the component is handed."""
        with lent_tracker(self.tracker, chosen.spec, registry, host) as tracker:
            yield host.lend(chosen.spec, tracker=tracker)

    @pytest.fixture
    def component(self, chosen: Chosen[Any], ctx: HostContext) -> Iterator[Any]:
        """The component, set up, and closed after the test."""
        built = set_up(chosen, ctx)
        yield built
        built.close()

    def test_no_check_is_replaced(self) -> None:
        """Do not override a check: mark one that you cannot pass `xfail(reason=...)`."""
        base = next(cls for cls in type(self).__mro__ if cls.__module__.startswith("a1sdk.testing"))
        unexplained = [
            name
            for name in dir(base)
            if name.startswith("test_")
            and getattr(type(self), name) is not getattr(base, name)
            and not _is_explained(getattr(type(self), name))
        ]
        assert not unexplained, f"replaced without xfail(reason=...): {unexplained}"

    def test_plugin_loads(self, registry: Registry) -> None:
        """Mend what the message names: an import, a hook's name or arguments, a spec."""
        info = registry.load(self.ref.partition("/")[0])
        assert info.state == "loaded", info.error

    def test_listing_imports_nothing_heavy(self) -> None:
        """Import heavy modules inside functions, or name classes by `"module:Class"` strings."""
        imported = _imported_to_list(self.kind, self.ref.partition("/")[0])
        assert not imported, f"listing imports {imported}"

    def test_summary_is_one_sentence(self, spec: Spec) -> None:
        """Begin the summary with a capital, end it with a period, keep it to one line."""
        assert _SENTENCE.fullmatch(spec.summary) and ". " not in spec.summary

    def test_every_option_is_described(self, registry: Registry) -> None:
        """Give each field of the options model `Field(..., description="...")`."""
        model = registry.options_model(self.kind, self.ref)
        fields = model.model_fields if model is not None else {}
        silent = [name for name, field in fields.items() if not field.description]
        assert not silent, f"options without a description: {silent}"

    def test_license_is_stated(self, spec: Spec, chosen: Chosen[Any]) -> None:
        """Name SPDX licences in spec and pyproject.toml; give a LicenseRef-... a `license_url`."""
        assert _states_its_terms(spec), f"{spec.license!r}, commercial={spec.commercial}"
        stated = package(chosen.plugin.distribution).license
        assert _is_spdx(stated), f"{chosen.plugin.distribution} has the licence {stated!r}"

    def test_says_what_it_loads(self, spec: Spec, chosen: Chosen[Any]) -> None:
        """Let `materials` return assets that the spec declares, and paths by names of options."""
        loaded = chosen.materials()
        given = loaded.assets.alternatives if loaded.assets is not None else ()
        assert {one for some in given for one in some} <= set(_assets(spec))
        assert set(loaded.own) <= set(type(chosen.options).model_fields if chosen.options else ())

    def test_assets_are_declared_in_full(self, spec: Spec) -> None:
        """Give every asset a plain name, size, licence, and addresses and digest or repository."""
        wrong = [asset.name for asset in _assets(spec) if not _is_complete(asset)]
        assert not wrong, f"declared incompletely: {wrong}"

    def test_closes_without_setup(self, chosen: Chosen[Any]) -> None:
        """Construct cheaply, acquire in `setup`, and let `close` release only what there is."""
        chosen.build().close()

    def test_closes_twice(self, component: Any) -> None:
        """Let `close` forget what it released."""
        component.close()
        component.close()


@contextmanager
def lent_tracker(
    ref: str | None, spec: Spec, registry: Registry, host: HostContext
) -> Iterator[FaceTracker | None]:
    """Lend the tracker `ref`, or the default one, where the component of `spec` needs any."""
    needy = isinstance(spec, MotionSourceSpec | RendererSpec) and spec.needs_face_tracker
    if not needy:
        yield None
        return
    finder = registry.choose("face_tracker", ref or registry.default("face_tracker"))
    view = host.lend(finder.spec)
    with closing(set_up(finder, view)) as tracker:
        yield CheckedTracker(tracker, finder.ref, view)


def set_up(chosen: Chosen[ComponentSpec[C]], ctx: HostContext) -> C:
    """Return the component, built and set up; skip the test where its assets are not here."""
    component = chosen.build()
    try:
        component.setup(ctx)
    except AssetMissingError as error:
        component.close()
        pytest.skip(f"{chosen.ref}: {error}")
    except A1Error:
        component.close()
        raise
    return component


@cache
def _imported_to_list(kind: Kind, plugin: str) -> str:
    """Return the heavy modules that a fresh process imports to list a plugin's components."""
    code = _IN_A_FRESH_PROCESS.format(kind=kind, plugin=plugin, heavy=HEAVY)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _is_explained(test: Any) -> bool:
    marks = getattr(test, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)


def _assets(spec: Spec) -> list[AnyAsset]:
    alternatives = spec.assets.alternatives if spec.assets is not None else ()
    return [asset for group in alternatives for asset in group]


def _is_complete(asset: AnyAsset) -> bool:
    return (
        _says_what_it_is(asset)
        and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", asset.name) is not None
        and _states_its_terms(asset)
    )


def _states_its_terms(terms: Terms) -> bool:
    """Whether a licence is a known one or has an address, and is not called what it is not."""
    where = terms.license_url
    return (
        _is_spdx(terms.license)
        and (where.startswith("https://") or ("LicenseRef-" not in terms.license and not where))
        and (terms.commercial is False or commerce_under(terms.license) != "no")
    )


def _is_spdx(license: str) -> bool:
    try:
        canonicalize_license_expression(license)
    except InvalidLicenseExpression:
        return False
    return True


def _says_what_it_is(asset: AnyAsset) -> bool:
    if isinstance(asset, Asset):
        return _is_complete_file(asset)
    return _is_complete_folder(asset) if isinstance(asset, Folder) else _is_complete_snapshot(asset)


def _is_complete_folder(folder: Folder) -> bool:
    return (
        bool(folder.include)
        and all(one.endswith((".onnx", ".safetensors", ".json")) for one in folder.include)
        and folder.source.startswith("https://")
    )


def _is_complete_file(asset: Asset) -> bool:
    return (
        bool(asset.urls)
        and all(_URL.fullmatch(url) for url in asset.urls)
        and re.fullmatch(r"[0-9a-f]{64}", asset.sha256) is not None
        and asset.size > 0
    )


def _is_complete_snapshot(snapshot: Snapshot) -> bool:
    return (
        re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", snapshot.repo) is not None
        and bool(snapshot.include)
        and all(pattern.endswith((".safetensors", ".json")) for pattern in snapshot.include)
        and bool(snapshot.license_files)
        and snapshot.approximate_size > 0
        and (snapshot.revision is None or bool(re.fullmatch(r"[0-9a-f]{40}", snapshot.revision)))
    )
