"""The media linker of opentimelineio puts in place what a render has made."""

from __future__ import annotations

import opentimelineio


def test_the_linker_gives_what_the_render_hands_back(studio, driver, cut):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12), sh020=("perf.mkv", 50, 12))
    run = studio.prepare(path, handles=3)
    assert run.run().outcome == "done"
    read = opentimelineio.adapters.read_from_file
    arguments = {"report": str(run.report_path)}
    linked = read(str(path), media_linker_name="a1", media_linker_argument_map=arguments)
    master = read(str(studio.out / "cut.a1.otio"))
    faces = list(zip(linked.tracks[1], master.tracks[1], strict=True))
    assert len(faces) == 2
    for one, other in faces:
        assert one.source_range == other.source_range
        assert one.available_range() == other.available_range()
        first = one.media_reference.target_url_for_image_number(0)
        assert first == other.media_reference.target_url_for_image_number(0)
        assert first.endswith(f"/{one.metadata['a1sdk']['shot']}.1001.png")
