"""Ctrl-C, kill, full disks and lacking folders, through the command line."""

from __future__ import annotations

import os
import resource
import signal
import time

import pytest

from a1sdk.media import probe

pytestmark = pytest.mark.shared

SLOWLY = ("--rate", "240")  # eight times the frames, so that there is time to disturb


def once_begun(box, number: int, at_least: int):
    """Send a signal as soon as the hidden film has so many bytes; note when."""
    sent = []

    def send(process) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            for path in box.out.glob(".*.part.mp4"):
                if path.stat().st_size >= at_least:
                    process.send_signal(number)
                    sent.append(time.monotonic())
                    return
            time.sleep(0.01)

    return send, sent


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("at_least", [0, 5000], ids=["finding the neutral face", "drawing"])
def test_a_stopped_render_leaves_nothing(box, portrait, long_driver, number, at_least):
    send, sent = once_begun(box, number, at_least)
    arguments = ["animate", "-q", portrait, long_driver, "-o", box.out / "film.mp4", *SLOWLY]
    done = box.run(arguments, meanwhile=send)
    assert sent, "the render was over before it could be stopped"
    assert time.monotonic() - sent[0] < 2  # a second, and what a busy machine adds
    assert done.code == 130 and done.faults("film.mp4", seconds=60) == []  # it is slow on purpose
    assert done.message == "The run was cancelled."


@pytest.mark.slow
def test_a_killed_render_leaves_nothing_under_the_films_name(box, portrait, long_driver):
    send, sent = once_begun(box, signal.SIGKILL, 5000)
    arguments = ["animate", "-q", portrait, long_driver, "-o", box.out / "film.mp4", *SLOWLY]
    done = box.run(arguments, meanwhile=send)
    assert sent and done.code == -signal.SIGKILL
    assert done.left and all(name.startswith(".") for name in done.left)


def test_a_full_disk_leaves_nothing(box, portrait, driver):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = box.run(["animate", "-q", portrait, driver, "-o", box.out / "film.mp4"], prepare=limit)
    assert done.code == 4 and done.faults("film.mp4") == []
    assert "film.mp4' cannot be written" in done.message


def test_models_that_are_missing_are_named_with_the_remedy(box, tmp_path, portrait, driver):
    box.environment = {"A1_HOME": str(tmp_path / "empty"), "A1_OFFLINE": "1"}
    done = box.run(["animate", "-q", portrait, driver, "-o", box.out / "film.mp4"])
    assert done.code == 4 and done.faults("film.mp4") == []
    assert "`a1 assets pull facemesh`" in done.err


def test_a_home_that_cannot_be_written_is_no_obstacle(box, tmp_path, portrait, shared):
    (tmp_path / "file").touch()
    box.environment["A1_HOME"] = str(tmp_path / "file")
    one_frame = shared / "data" / "hostile" / "one_frame.mp4"
    done = box.run(["animate", "-q", portrait, one_frame, "-o", box.out / "film.mp4"])
    assert done.code == 0 and done.faults("film.mp4") == []


@pytest.mark.parametrize("name", ["-o.mp4", "ein Film, 日本語 😀 100%.mp4", "a\nb.mp4", "'\".mp4"])
def test_names_may_be_anything(box, portrait, shared, name):
    one_frame = shared / "data" / "hostile" / "one_frame.mp4"
    picture, film = box.root / "cwd" / "-p &;$(x).png", box.root / "cwd" / "--driver.mp4"
    picture.write_bytes(portrait.read_bytes())
    film.write_bytes(one_frame.read_bytes())
    done = box.run(["animate", "-q", f"--output={box.out / name}", "--", picture.name, film.name])
    assert done.code == 0 and not done.err
    assert name in done.left and len(done.left) == 2
    assert probe(box.out / name).video.count == 1


def test_a_folder_that_is_not_there_is_named_with_the_remedy(box, portrait, driver):
    target = box.root / "nowhere" / "film.mp4"
    done = box.run(["animate", "-q", portrait, driver, "-o", target])
    assert done.code == 4 and done.faults("film.mp4") == []
    assert f"hint: mkdir -p '{target.parent}'" in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_named(box, portrait, driver):
    box.out.chmod(0o500)
    done = box.run(["animate", "-q", portrait, driver, "-o", box.out / "film.mp4"])
    box.out.chmod(0o700)
    assert done.code == 4 and "permission is denied" in done.message
