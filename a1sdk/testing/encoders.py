"""What every identity encoder holds to."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from a1sdk.components.data import Identity, Portrait
from a1sdk.components.interfaces import IdentityEncoder
from a1sdk.components.specs import IdentityEncoderSpec, Kind
from a1sdk.render.context import HostContext
from a1sdk.testing import faces
from a1sdk.testing.contract import ComponentContract


class IdentityEncoderContract(ComponentContract):
    """Set `ref`, and `options` where the encoder needs any."""

    kind: ClassVar[Kind] = "identity_encoder"

    @pytest.fixture
    def portraits(self, spec: IdentityEncoderSpec) -> list[Portrait]:
        """As many pictures as the encoder needs; override it to use photographs."""
        return [faces.portrait(256, 256 + 2 * number) for number in range(spec.min_pictures)]

    @pytest.fixture
    def identity(
        self, component: IdentityEncoder, portraits: list[Portrait], ctx: HostContext
    ) -> Identity:
        """The encoded likeness."""
        return component.encode(portraits, ctx)

    def test_kind_is_the_declared_one(self, identity: Identity, spec: IdentityEncoderSpec) -> None:
        """Give the identity the `kind` that the spec's `produces` announces."""
        assert isinstance(identity, Identity)
        assert identity.kind == spec.produces

    def test_kind_has_a_version(self, spec: IdentityEncoderSpec) -> None:
        """Name the encoding and its version, as in `arcface/1`; raise it with the layout."""
        name, _, version = spec.produces.rpartition("/")
        assert name and version.isdigit()

    def test_arrays_are_plain_and_finite(self, identity: Identity) -> None:
        """Return numpy arrays of numbers: they are stored in safetensors files."""
        assert identity.arrays
        for name, values in identity.arrays.items():
            assert isinstance(values, np.ndarray) and values.dtype.kind in "fiu", name
            assert np.isfinite(values).all(), name

    def test_vectors_that_are_compared_have_length_one(
        self, identity: Identity, spec: IdentityEncoderSpec
    ) -> None:
        """Return the array that `comparison` names, of one dimension and of length 1."""
        if spec.comparison is None:
            pytest.skip("its likenesses are not compared")
        assert -1 < spec.comparison.same_from < 1
        vector = identity.arrays[spec.comparison.array]
        assert vector.ndim == 1
        assert np.linalg.norm(vector.astype(np.float64)) == pytest.approx(1, abs=1e-3)

    def test_says_where_it_comes_from(self, identity: Identity) -> None:
        """Fill `provenance` with strings: the model, and its digest or version."""
        assert identity.provenance
        assert all(isinstance(value, str) for value in identity.provenance.values())

    def test_input_is_left_alone(
        self, component: IdentityEncoder, portraits: list[Portrait], ctx: HostContext
    ) -> None:
        """Copy a picture before you write to it."""
        before = [portrait.pixels.copy() for portrait in portraits]
        component.encode(portraits, ctx)
        assert all(np.array_equal(p.pixels, b) for p, b in zip(portraits, before, strict=True))

    def test_more_pictures_make_one_likeness(
        self, component: IdentityEncoder, portraits: list[Portrait], identity: Any, ctx: HostContext
    ) -> None:
        """Merge all pictures into arrays of the same shapes as for one."""
        more = component.encode([*portraits, *portraits], ctx)
        assert {k: v.shape for k, v in more.arrays.items()} == {
            k: v.shape for k, v in identity.arrays.items()
        }

    def test_same_pictures_same_likeness(
        self,
        component: IdentityEncoder,
        portraits: list[Portrait],
        identity: Identity,
        ctx: HostContext,
    ) -> None:
        """Keep nothing from one call to the next, and seed what is random with `ctx.seed`."""
        again = component.encode(portraits, ctx)
        for name, values in identity.arrays.items():
            assert np.allclose(again.arrays[name], values, atol=1e-5), name
