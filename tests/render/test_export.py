from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from a1sdk.components.data import StreamInfo
from a1sdk.errors import Cancelled, ConfigError, PluginNotFoundError
from a1sdk.motion.clip import save_clip
from a1sdk.render.context import HostContext
from a1sdk.render.export import export_motion
from a1sdk.testing import performance

if TYPE_CHECKING:
    from conftest import Site

WRITERS = """
    from a1sdk import plugin as a1

    class Count(a1.MotionWriter):
        def write(self, clip, path, ctx):
            path.write_text(str(sum(1 for _ in ctx.track(clip.frames()))))

    def spec(name):
        return a1.MotionWriterSpec(name=name, summary="Counts.", factory=Count,
                                   outputs=(".txt",))

    @a1.hookimpl
    def a1_register_motion_writers():
        return [spec("one"), spec("two")]
"""


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.a1motion"
    save_clip(path, performance(5), StreamInfo(Fraction(25)))
    return path


def test_our_own_writer_comes_first(site: Site, take: Path) -> None:
    site.add("zeta", WRITERS)
    site.add("mocap", WRITERS.replace(', spec("two")', ""))
    output = take.with_name("out.txt")
    with HostContext() as context:
        used = export_motion(take, output, registry=site.registry(), context=context)
    assert used == "mocap/one"
    assert output.read_text() == "5"


def test_of_several_writers_one_has_to_be_named(site: Site, take: Path) -> None:
    site.add("zeta", WRITERS)
    output = take.with_name("out.txt")
    with HostContext() as context:
        with pytest.raises(ConfigError, match="zeta/one, zeta/two"):
            export_motion(take, output, registry=site.registry(), context=context)
        used = export_motion(
            take, output, registry=site.registry(), context=context, writer="zeta/two"
        )
    assert used == "zeta/two"


def test_no_writer_at_all(site: Site, take: Path) -> None:
    with HostContext() as context, pytest.raises(PluginNotFoundError) as caught:
        export_motion(take, take.with_name("out.txt"), registry=site.registry(), context=context)
    assert caught.value.hint == "install a plugin that has a writer"


def test_the_take_is_not_written_over(site: Site, take: Path) -> None:
    before = take.read_bytes()
    with HostContext() as context, pytest.raises(ConfigError, match="is the take"):
        export_motion(take, take, registry=site.registry(), context=context)
    assert take.read_bytes() == before


def test_a_cancelled_export_leaves_nothing(site: Site, take: Path) -> None:
    site.add("mocap", WRITERS.replace(', spec("two")', ""))
    with HostContext() as context:
        context.cancel()
        with pytest.raises(Cancelled):
            export_motion(
                take, take.with_name("out.txt"), registry=site.registry(), context=context
            )
    assert {path.name for path in take.parent.iterdir()} == {"take.a1motion", "site"}
