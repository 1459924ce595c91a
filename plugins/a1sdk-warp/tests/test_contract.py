from a1sdk.testing import RendererContract


class TestMesh(RendererContract):
    ref = "warp/mesh"
    exact_at_rest = True


class TestElastic(RendererContract):
    ref = "warp/mesh"
    options = {"background": "elastic", "teeth": False}  # noqa: RUF012 - a ClassVar of the base
    exact_at_rest = True
