"""Casting from end to end, in a world where people are blocks of one colour."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from a1sdk import cli
from a1sdk.components.data import RenderEstimate, VideoFrame
from a1sdk.components.registry import Registry
from a1sdk.errors import (
    CapabilityError,
    ConfigError,
    ContractError,
    DecodeError,
    NoFaceError,
    PluginRunError,
)
from a1sdk.media import open_video, open_writer, probe, write_still
from a1sdk.motion.clip import MotionClip
from a1sdk.render.animate import make_job
from a1sdk.render.cast.sheet import load_sheet
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion
from a1sdk.render.forecast import forecast
from a1sdk.render.job import LayerStack, MotionLayer, RenderJob
from a1sdk.render.jobfile import load_job
from a1sdk.render.pipeline import render
from a1sdk.render.plan import make_plan
from a1sdk.render.report import RenderReport
from a1sdk.render.warm import WarmRenderer

MODULE = "a1_cast_fakes"
COUNT = 30


@pytest.fixture
def world(load: Callable[[Path, str], ModuleType]) -> ModuleType:
    """The module of the plugin `blocks`."""
    return load(Path(__file__).with_name("cast_plugin.py"), MODULE)


@pytest.fixture
def registry(world: ModuleType) -> Registry:
    return Registry([EntryPoint("blocks", MODULE, "a1sdk.plugins.v1")])


@pytest.fixture
def portrait(world: ModuleType, tmp_path: Path) -> Path:
    """Red on the left and Blue on the right, 160 x 48 pixels."""
    pixels = np.full((48, 160, 3), 200, np.uint8)
    world.block(pixels, "Red", 8)
    world.block(pixels, "Blue", 120)
    write_still(tmp_path / "portrait.png", pixels)
    return tmp_path / "portrait.png"


@pytest.fixture
def sheet(world: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Writes a cast sheet of Red, Green and Blue, each with a picture of theirs."""

    def write(*parts: tuple[str, str], **fields: object) -> Path:
        people = []
        for name in world.COLORS:
            pixels = np.full((48, 64, 3), 200, np.uint8)
            world.block(pixels, name, 20, bright=180)
            write_still(tmp_path / f"{name}.png", pixels)
            people.append({"name": name, "pictures": [f"{name}.png"]})
        content = {
            "schema_version": "a1.cast/1",
            "people": people,
            "parts": [{"who": who, "by": by} for who, by in parts],
            **fields,
        }
        path = tmp_path / "cast.json"
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.fixture
def driver(world: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Writes a film; `place` says where each person is in a frame, and None where they are not.

    Red is brighter by one each frame, Green by two.
    """

    def write(
        place: Callable[[str, int], int | None], count: int = COUNT, light=lambda number: 200
    ) -> Path:
        path = tmp_path / f"driver{count}.mkv"
        with open_writer(path, rate=Fraction(25), width=160, height=48) as writer:
            for number in range(count):
                pixels = np.full((48, 160, 3), light(number), np.uint8)
                for speed, name in ((1, "Red"), (2, "Green")):
                    left = place(name, number)
                    if left is not None:
                        world.block(pixels, name, left, world.DARK + speed * number)
                writer.write(pixels)
        return path

    return write


def beside(name: str, number: int) -> int | None:
    """Red on the left, and Green on the right."""
    return 8 if name == "Red" else 110


@pytest.fixture
def perform(registry: Registry, portrait: Path, tmp_path: Path) -> Callable[..., RenderReport]:
    def run(
        driver: Path | None, renderer: str = "blocks/blocks", **options: object
    ) -> RenderReport:
        job = make_job(
            portrait,
            driver,
            tmp_path / "film.mkv",
            registry=registry,
            renderer=renderer,
            tracker="blocks/finder",
            **options,  # type: ignore[arg-type]
        )
        with HostContext() as context:
            return render(job, registry=registry, context=context)

    return run


def moves(report: RenderReport) -> dict[str, list[int]]:
    """How far each face of the portrait has moved in each frame, and that nothing else did."""
    moved: dict[str, list[int]] = {"Red": [], "Blue": []}
    with open_video(report.job.output) as reader:
        for frame in reader.frames():
            for name, x in (("Red", 24), ("Blue", 136)):
                moved[name].append(round(float(frame.pixels[18:30, x - 2 : x + 2].mean())) - 60)
            assert np.abs(frame.pixels[:, 60:100].astype(int) - 200).max() <= 2
    return moved


def near(got: list[int], wanted: list[int]) -> bool:
    return len(got) == len(wanted) and max(np.abs(np.subtract(got, wanted))) <= 2


ONCE, TWICE, STILL = list(range(COUNT)), list(range(0, 2 * COUNT, 2)), [-40] * COUNT


def test_each_face_gets_the_motion_of_its_performer(perform, driver, sheet):
    report = perform(driver(beside), cast=sheet(("Red", "Green"), ("Blue", "Red")))
    found = moves(report)
    assert near(found["Red"], TWICE) and near(found["Blue"], ONCE)
    assert (report.frames, report.faces_in_portrait, report.warnings) == (COUNT, 2, [])
    assert [layer.name for layer in report.layers] == ["driver", "driver-2"]
    assert "blocks/colors" in [one.ref for one in report.components]
    assert {one.path.name for one in report.inputs} >= {"Red.png", "Green.png", "Blue.png"}


def test_a_sheet_that_is_swapped_swaps_the_motion(perform, driver, sheet):
    found = moves(perform(driver(beside), cast=sheet(("Red", "Red"), ("Blue", "Green"))))
    assert near(found["Red"], ONCE) and near(found["Blue"], TWICE)


def test_people_play_themselves_where_no_part_says_otherwise(perform, driver, sheet):
    report = perform(driver(beside), cast=sheet(("Red", "")))
    found = moves(report)
    assert near(found["Red"], ONCE) and near(found["Blue"], STILL)
    assert report.warnings == []  # Blue is known, and has no part


def test_faces_that_are_nobodys_are_reported(perform, driver, sheet):
    alone = {"people": [{"name": "Red", "pictures": ["Red.png"]}]}
    report = perform(driver(beside), cast=sheet(**alone))
    assert near(moves(report)["Blue"], STILL)
    assert report.warnings == [
        "The face at 136,24 in 'portrait.png' matched nobody, and stays as it is."
    ]


def test_people_are_followed_where_they_cross(perform, driver, sheet):
    def crossing(name: str, number: int) -> int | None:
        return 4 * number if name == "Red" else 120 - 4 * number

    def without_overlap(name: str, number: int) -> int | None:
        if 10 <= number < 20 and name == "Red":
            return None  # behind Green
        return crossing(name, number)

    report = perform(driver(without_overlap), cast=sheet(("Red", "Green"), ("Blue", "Red")))
    found = moves(report)
    assert near(found["Red"], TWICE)
    assert near(found["Blue"][:10], ONCE[:10]) and near(found["Blue"][20:], ONCE[20:])
    assert [(gap.layer, gap.first, gap.last) for gap in report.gaps] == [("driver-2", 10, 19)]
    assert report.warnings == ["The face of 'Red' was lost in 10 frames; they were filled in."]


def test_people_are_found_again_after_a_cut(perform, driver, sheet):
    def cut(name: str, number: int) -> int | None:
        return 8 if (name == "Red") == (number < 15) else 110

    film = driver(cut, light=lambda number: 200 if number < 15 else 120)
    found = moves(perform(film, cast=sheet(("Red", "Green"), ("Blue", "Red"))))
    assert near(found["Red"], TWICE) and near(found["Blue"], ONCE)


def test_who_is_not_in_the_portrait_is_reported_and_left_out(perform, driver, sheet):
    report = perform(driver(beside), cast=sheet(("Green", "Green"), ("Blue", "Red")))
    found = moves(report)
    assert near(found["Red"], STILL) and near(found["Blue"], ONCE)
    assert report.warnings == [
        "'Green' is not in 'portrait.png': the likest face comes to 0.00, and 0.90 is needed."
    ]


def test_nobody_is_guessed(perform, driver, sheet):
    with pytest.raises(NoFaceError, match="'Green' is not in 'portrait"):
        perform(driver(beside), cast=sheet(("Green", "Red")))


def test_a_performer_who_is_not_in_the_film_is_an_error(perform, driver, sheet):
    with pytest.raises(NoFaceError, match="is that of 'Blue': the likest comes to 0"):
        perform(driver(beside), cast=sheet(("Red", "Blue")))


def test_faces_of_one_picture_are_chosen_by_place_too(registry, portrait, driver, tmp_path):
    def film(count: int) -> dict:
        options = {"path": str(driver(beside, count))}
        return {"use": "blocks/film", "options": options}

    fields = {
        "portrait": portrait,
        "output": tmp_path / "film.mkv",
        "motion": [film(20)],
        "face": "0",
        "cast": [{"face": "136,24", "motion": [film(COUNT)]}],
        "renderer": {"use": "blocks/blocks"},
        "tracker": {"use": "blocks/finder"},
    }
    with HostContext() as context:
        report = render(RenderJob.model_validate(fields), registry=registry, context=context)
    found = moves(report)
    assert report.frames == COUNT  # as long as the longest
    assert near(found["Blue"], ONCE) and near(found["Red"][:20], ONCE[:20])
    fields["cast"] = [{"face": "24,24", "motion": [film(COUNT)]}]
    with pytest.raises(ConfigError, match="'0' and '24,24' are the same face"):
        with HostContext() as context:
            render(RenderJob.model_validate(fields), registry=registry, context=context)


def test_layers_of_several_faces_have_names_of_their_own():
    def layers(*names: str) -> list[dict]:
        return [{"use": "blocks/film", "name": name} for name in names]

    fields = {"portrait": "p.png", "output": "o.mkv", "motion": layers("", "")}
    fields["cast"] = [{"face": str(n), "motion": layers("", "film-2", "mine")} for n in (1, 2)]
    job = RenderJob.model_validate(fields)
    assert [[layer.name for layer in one.motion] for one in job.members] == [
        ["film", "film-2"],
        ["film-3", "film-2-2", "mine"],
        ["film-4", "film-2-3", "mine-2"],
    ]


def test_a_part_has_a_motion_of_its_own(perform, driver, sheet, registry):
    path = sheet()
    content = json.loads(path.read_text())
    film = driver(beside)
    own = {"use": "blocks/film", "options": {"path": film.name}, "who": "Green"}
    content["parts"] = [{"who": "Blue", "motion": [own]}]
    path.write_text(json.dumps(content))
    assert near(moves(perform(None, cast=path))["Blue"], TWICE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parts": [{"who": "Pink"}]}, "'Pink' is nobody of the people"),
        ({"parts": [{"who": "Red", "by": "Pink"}]}, "'Pink' is nobody of the people"),
        ({"parts": [{"who": "Red"}, {"who": "Red"}]}, "'Red' has two parts"),
        ({"people": []}, "people"),
        ({"people": [{"name": "largest", "pictures": ["a.png"]}]}, "nobody's name"),
        ({"people": [{"name": "3", "pictures": ["a.png"]}]}, "people.0.name"),
        ({"people": [{"name": "A", "pictures": ["a.png"]}] * 2}, "two people are called 'A'"),
        ({"people": [{"name": "A", "pictures": []}]}, r"people\.A\.pictures"),
        ({"threshold": 1.5}, "threshold"),
        ({"persons": []}, "persons"),
        ({"schema_version": "a1.job/1"}, "schema_version"),
    ],
)
def test_wrong_sheets_are_refused(sheet, change, message):
    with pytest.raises(ConfigError, match=message):
        load_sheet(sheet(**change))


def test_paths_of_a_sheet_and_of_a_job_start_from_their_folders(
    sheet, registry, portrait, driver, tmp_path
):
    loaded = load_sheet(sheet(("Red", "Green")), registry)
    assert loaded.people[0].pictures == (tmp_path / "Red.png",)
    film = driver(beside)
    job = make_job(portrait, film, tmp_path / "film.mkv", registry=registry, cast=loaded)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "job.json").write_text(job.model_dump_json())
    assert load_job(tmp_path / "deep" / "job.json", registry) == job
    assert job.people == ("Red", "Green") and job.driven_by == (film,)


def test_names_that_nobody_has_are_refused(registry, portrait, driver, tmp_path, sheet):
    film = driver(beside)
    with pytest.raises(ConfigError, match="'Ann' is nobody of the roster"):
        make_job(portrait, film, tmp_path / "film.mkv", registry=registry, face="Ann")
    with pytest.raises(ConfigError, match="together with a cast sheet"):
        asked = {"face": "1", "cast": sheet(("Red", ""))}
        make_job(portrait, film, tmp_path / "film.mkv", registry=registry, **asked)


def test_a_face_of_the_film_is_not_chosen_beside_a_sheet(registry, portrait, driver, sheet):
    stack = LayerStack(
        layers=(MotionLayer(use="blocks/film", options={"path": str(driver(beside)), "face": "1"}),)
    )
    layers = portrait.with_name("layers.json")
    layers.write_text(stack.model_dump_json())
    asked = {"layers": layers, "cast": sheet(("Red", ""))}
    with pytest.raises(ConfigError, match="chooses a face of its film, and a cast sheet"):
        make_job(portrait, None, portrait.with_name("film.mkv"), registry=registry, **asked)


def test_a_layer_that_shows_nobody_names_nobody(registry, portrait, driver, tmp_path, sheet):
    job = make_job(
        portrait,
        {"use": "blocks/voice", "options": {"path": driver(beside)}, "who": "Red"},
        tmp_path / "film.mkv",
        registry=registry,
        renderer="blocks/blocks",
        tracker="blocks/finder",
        cast=sheet(("Red", "")),
    )
    with pytest.raises(ConfigError, match="looks at no faces"):
        make_plan(job, registry)


def test_a_driver_without_faces_is_played_by_nobody_else(registry, portrait, driver, sheet):
    voice = {"use": "blocks/voice", "options": {"path": driver(beside)}}
    with pytest.raises(ConfigError, match="'Red' is played by 'Green', and the driver shows no"):
        make_job(portrait, voice, "film.mkv", registry=registry, cast=sheet(("Red", "Green")))


def test_who_tells_people_apart_has_to_be_able_to(perform, driver, sheet):
    with pytest.raises(CapabilityError, match="'blocks/blind' does not tell people apart"):
        perform(driver(beside), cast=sheet(("Red", ""), encoder={"use": "blocks/blind"}))
    with pytest.raises(ContractError, match="no vector of length 1"):
        perform(driver(beside), cast=sheet(("Red", ""), encoder={"use": "blocks/raw"}))


def test_pictures_of_people_show_faces(perform, driver, sheet, tmp_path):
    path = sheet(("Red", ""))
    write_still(tmp_path / "Green.png", np.full((48, 64, 3), 200, np.uint8))
    with pytest.raises(NoFaceError, match="a picture of 'Green'"):
        perform(driver(beside), cast=path)
    (tmp_path / "Green.png").unlink()
    with pytest.raises(Exception, match="does not exist"):
        perform(driver(beside), cast=path)


def test_the_command_line_takes_a_sheet(world, site, driver, sheet, portrait, monkeypatch, capsys):
    site.add_metadata("a1-blocks", f"[a1sdk.plugins.v1]\nblocks = {MODULE}\n")
    monkeypatch.setenv("A1_PLUGINS", "blocks,a1-blocks")
    path = sheet(("Red", "Green"), ("Blue", "Red"))
    film = portrait.with_name("film.mkv")
    use = ["--renderer", "blocks/blocks", "--tracker", "blocks/finder"]
    inputs = [str(portrait), str(driver(beside)), "--cast", str(path), *use]
    assert cli.run(["animate", *inputs, "-o", str(film), "-q"]) == 0
    with open_video(film) as reader:
        last = [frame.pixels for frame in reader.frames()][-1]
    assert abs(int(last[24, 24].mean()) - 118) <= 3 and abs(int(last[24, 136].mean()) - 89) <= 3
    assert cli.run(["plan", *inputs]) == 0
    said = capsys.readouterr().out
    assert "faces: Red, Blue" in said and "recognized by: blocks/colors" in said
    assert cli.run(["animate", *inputs, "--face", "0", "-o", str(film)]) == 2
    assert "together with a cast sheet" in capsys.readouterr().err


def test_the_command_line_needs_no_driver_where_all_have_motions_of_their_own(
    world, site, driver, sheet, portrait, monkeypatch, capsys
):
    site.add_metadata("a1-blocks", f"[a1sdk.plugins.v1]\nblocks = {MODULE}\n")
    monkeypatch.setenv("A1_PLUGINS", "blocks,a1-blocks")
    own = {"use": "blocks/film", "options": {"path": driver(beside).name}, "who": "Green"}
    film = portrait.with_name("film.mkv")
    use = ["--renderer", "blocks/blocks", "--tracker", "blocks/finder", "-o", str(film), "-q"]
    path = sheet(parts=[{"who": "Blue", "motion": [own]}])
    assert cli.run(["animate", str(portrait), "--cast", str(path), *use]) == 0
    with open_video(film) as reader:
        assert near(
            [round(float(one.pixels[18:30, 134:138].mean())) - 60 for one in reader.frames()], TWICE
        )
    path = sheet(("Red", "Green"))
    assert cli.run(["animate", str(portrait), "--cast", str(path), *use]) == 2
    assert "There is nobody to perform" in capsys.readouterr().err


def test_a_plan_counts_the_renderer_once(registry, portrait, driver, sheet, world, tmp_path):
    known = {"seconds": 2.0, "fits": True}
    estimates = [
        RenderEstimate(100, 10, 3, **known),
        RenderEstimate(100, 0, 3, **known),
        RenderEstimate(100, **known),
    ]
    world.Blocks.estimate = lambda *_: estimates.pop(0)
    asked = {"renderer": "blocks/blocks", "tracker": "blocks/finder"}
    job = make_job(
        portrait,
        driver(beside),
        tmp_path / "film.mkv",
        registry=registry,
        cast=sheet(("Red", "Green"), ("Blue", "Red")),
        **asked,
    )
    found = [forecast(job, registry=registry).estimate for _ in range(3)]
    assert [(one.peak_bytes, one.host_bytes) for one in found] == [(100, 13), (103, 0), (100, 0)]
    assert [one.fits for one in found] == [True, None, True]  # beside the device's own, or not
    assert {one.seconds for one in found} == {4.0}
    assert found[0].notes[-1] == "One renderer draws 2 faces, in turns."


def counting(monkeypatch, kind, *names):
    """Note each call of some methods of a class, in order."""
    calls = []
    for name in names:
        whole = getattr(kind, name)

        def noted(self, *args, name=name, whole=whole, **more):
            calls.append(name)
            return whole(self, *args, **more)

        monkeypatch.setattr(kind, name, noted)
    return calls


def test_one_renderer_draws_all_faces(perform, driver, sheet, world, monkeypatch):
    calls = counting(monkeypatch, world.Blocks, "setup", "render", "close")
    found = moves(perform(driver(beside), cast=sheet(("Red", "Green"), ("Blue", "Red"))))
    assert calls == ["setup", "render", "render", "close"]
    assert near(found["Red"], TWICE) and near(found["Blue"], ONCE)


def test_a_renderer_of_several_faces_is_kept_for_the_next_run(
    registry, portrait, driver, sheet, world, tmp_path, monkeypatch
):
    calls = counting(monkeypatch, world.Blocks, "setup", "render", "close")
    job = make_job(
        portrait,
        driver(beside, 5),
        tmp_path / "film.mkv",
        registry=registry,
        renderer="blocks/blocks",
        tracker="blocks/finder",
        cast=sheet(("Red", "Green"), ("Blue", "Red")),
    )
    with WarmRenderer() as warm:
        for _ in range(2):
            with HostContext() as context:
                render(job, registry=registry, context=context, warm=warm)
    assert calls == ["setup", *["render"] * 4, "close"]


def test_an_encoder_makes_the_likenesses_of_all_faces(perform, driver, sheet, world, monkeypatch):
    calls = counting(monkeypatch, world.Colors, "setup", "encode", "close")
    cast = sheet(("Red", "Green"), ("Blue", "Red"))
    perform(driver(beside, 5), cast=cast, renderer="blocks/knower")
    closed = calls.index("close") + 1  # the one that tells people apart goes on
    assert calls[closed - 4 : closed] == ["setup", "encode", "encode", "close"]


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_face_that_cannot_be_drawn_ends_all_of_them(
    perform, driver, sheet, world, portrait, monkeypatch, wrong
):
    whole, closed = world.Blocks.render, []

    def breaking(self, who, identities, targets, *more):
        number = int(who.face.center[0] > 80)
        try:
            for frame in whole(self, who, identities, targets, *more):
                if number == wrong and frame.pts == 7:
                    raise ValueError("out of paint")
                yield frame
        finally:
            closed.append(number)

    monkeypatch.setattr(world.Blocks, "render", breaking)
    with pytest.raises(PluginRunError, match=r"'blocks/blocks' failed at frame 7.*out of paint"):
        perform(driver(beside), cast=sheet(("Red", "Green"), ("Blue", "Red")))
    assert sorted(closed) == [0, 1]
    assert not portrait.with_name("film.mkv").exists()


def test_a_face_that_does_not_perform_stays_whatever_the_renderer_does(
    perform, driver, sheet, world, monkeypatch
):
    whole = world.Blocks.render

    def smearing(*args):
        for frame in whole(*args):
            changed = args[1].pixels // 2 + 100
            changed[16:32, 8:40] = frame.pixels[16:32, 8:40]
            yield VideoFrame(frame.pts, changed)

    monkeypatch.setattr(world.Blocks, "render", smearing)
    report = perform(driver(beside), cast=sheet(("Red", "Red")))
    with open_video(report.job.output) as reader:
        last = [frame.pixels for frame in reader.frames()][-1].astype(int)
    assert abs(last[24, 24].mean() - 89) <= 3  # Red performs
    assert np.abs(last[20:28, 132:140] - (0, 0, world.DARK)).max() <= 2  # Blue is as he was
    assert np.abs(last[24, 80] - 200).max() <= 2


@pytest.fixture
def extract(registry, tmp_path) -> Callable[..., MotionClip]:
    """Keep the motion of layers that are given by their fields."""

    def run(*layers: dict, **options) -> MotionClip:
        stack = LayerStack.model_validate({"layers": layers}).layers
        output = tmp_path / "take.a1motion"
        options = {"tracker": "blocks/finder", **options}
        with HostContext() as context:
            extract_motion(stack, output, registry=registry, context=context, **options)
        return MotionClip.load(output)

    return run


def steps(clip: MotionClip) -> list[int]:
    """How far the person moves in each frame, in steps of brightness; -1 in gaps."""
    faces = [frame.face for frame in clip.frames()]
    return [-1 if one is None else round(float(one.translation[1]) * 400) for one in faces]


def test_the_motion_of_a_person_is_kept(extract, driver, sheet):
    film = driver(beside)
    layer = {"use": "blocks/film", "options": {"path": film}}
    green = extract(layer, cast=sheet(), who="Green")
    assert near(steps(green), TWICE)
    assert green.header.source["who"] == "Green" and green.header.source["driver"] == film.name
    assert near(steps(extract({**layer, "who": "Red"}, cast=load_sheet(sheet()))), ONCE)
    both = {**layer, "who": "Red"}, {**layer, "regions": {"head": 1}, "name": "top"}
    mixed = extract(*both, cast=load_sheet(sheet()).model_dump(), who="Green")
    assert near(steps(mixed), TWICE) and mixed.header.source["who"] == "Red, Green"
    assert "who" not in extract(layer).header.source


def test_where_a_person_is_not_seen_there_is_a_gap(extract, driver, sheet):
    film = driver(
        lambda name, number: None if name == "Green" and number >= 20 else beside(name, 0)
    )
    layer = {"use": "blocks/film", "options": {"path": film}}
    clip = extract(layer, cast=sheet(), who="Green")
    assert near(steps(clip)[:20], TWICE[:20]) and steps(clip)[20:] == [-1] * (COUNT - 20)


def test_motion_is_kept_of_people_who_are_known_only(extract, driver, sheet, tmp_path):
    layer = {"use": "blocks/film", "options": {"path": driver(beside)}}
    with pytest.raises(ConfigError, match="'film' names 'Red', and no cast sheet says who that is"):
        extract({**layer, "who": "Red"})
    with pytest.raises(ConfigError, match="'Red' is to perform, and no cast sheet says"):
        extract(layer, who="Red")
    with pytest.raises(ConfigError, match="'Rod' is nobody of the cast sheet") as error:
        extract(layer, cast=sheet(), who="Rod")
    assert error.value.hint == "did you mean 'Red'?"
    with pytest.raises(ConfigError, match="no layer looks at a film's faces"):
        extract({**layer, "use": "blocks/voice"}, cast=sheet(), who="Red")
    with pytest.raises(ConfigError, match="nobody of it is named") as error:
        extract(layer, cast=sheet())
    assert "people: Red, Green, Blue" in error.value.hint
    with pytest.raises(NoFaceError, match="'Blue'"):
        extract(layer, cast=sheet(), who="Blue")
    (tmp_path / "Green.png").unlink()
    with pytest.raises(DecodeError, match="does not exist"):
        extract(layer, cast=load_sheet(tmp_path / "cast.json"), who="Red")


def test_pictures_of_people_are_not_overwritten(registry, driver, sheet, tmp_path):
    stack = [MotionLayer(use="blocks/film", options={"path": driver(beside)})]
    path = sheet()
    content = json.loads(path.read_text())
    content["people"][0]["pictures"] = ["red.a1motion"]
    path.write_text(json.dumps(content))
    (tmp_path / "Red.png").rename(tmp_path / "red.a1motion")
    before = (tmp_path / "red.a1motion").read_bytes()
    with HostContext() as context, pytest.raises(ConfigError, match="one of the inputs"):
        extract_motion(
            stack,
            tmp_path / "red.a1motion",
            registry=registry,
            context=context,
            cast=path,
            who="Red",
            tracker="blocks/finder",
        )
    assert (tmp_path / "red.a1motion").read_bytes() == before


def test_the_command_line_keeps_shows_and_plots_the_motion_of_a_person(
    world, site, driver, sheet, monkeypatch, tmp_path, capsys
):
    site.add_metadata("a1-blocks", f"[a1sdk.plugins.v1]\nblocks = {MODULE}\n")
    monkeypatch.setenv("A1_PLUGINS", "blocks,a1-blocks")
    film, take = driver(beside), tmp_path / "green.a1motion"
    use = ["--source", "blocks/film", "--tracker", "blocks/finder", "-q"]
    named = [str(film), "--cast", str(sheet()), "--who", "Green", *use]
    assert cli.run(["motion", "extract", *named, "-o", str(take)]) == 0
    assert near(steps(MotionClip.load(take)), TWICE)
    capsys.readouterr()
    assert cli.run(["motion", "info", str(take), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["source"]["who"] == "Green"
    shown = tmp_path / "shown.mkv"
    assert cli.run(["motion", "show", *named, "--size", "64x64", "-o", str(shown)]) == 0
    assert probe(shown).video.count == COUNT
    assert cli.run(["motion", "plot", *named, "-o", str(tmp_path / "plot.png")]) == 0
    assert cli.run(["motion", "plot", *named, "-o", str(tmp_path / "Red.png")]) == 2
    assert "is one of the inputs" in capsys.readouterr().err
    assert cli.run(["motion", "extract", str(film), "--who", "Green", *use, "-o", str(take)]) == 2
    assert "hint: name one with --cast" in capsys.readouterr().err
