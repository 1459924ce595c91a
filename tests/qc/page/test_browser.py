"""The page of quality control in a headless Chromium: real keys, real clicks, real pictures."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from a1sdk.qc.model import QcResult
from a1sdk.qc.page import page_path, write_page
from a1sdk.timing import Timecode

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # of what a test wrote itself
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
)
# The browser reads commands from descriptor 3 and answers on 4.
_LAUNCH = """
import os, sys
theirs = [os.dup(int(pipe)) for pipe in sys.argv[1:3]]
high = [os.dup2(pipe, 64 + number) for number, pipe in enumerate(theirs)]
for number, pipe in enumerate(high):
    os.dup2(pipe, 3 + number)
os.execv(sys.argv[3], sys.argv[3:])
"""
_KEYS = {
    " ": ("Space", 32),
    "ArrowLeft": ("ArrowLeft", 37),
    "ArrowRight": ("ArrowRight", 39),
    "Enter": ("Enter", 13),
}


def executable() -> str | None:
    """Return the browser of this machine: `A1_CHROMIUM`, or one on the path."""
    named = os.environ.get("A1_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """A browser with one open page; use it in a `with` block."""

    def __init__(self, program: str, profile: Path, timeout: float = 30.0) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        pipes = str(theirs_in), str(theirs_out)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, *pipes, program, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._timeout, self._number, self._rest = timeout, 0, b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Chromium:
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(TimeoutError, OSError):
            self._session = None
            self.call("Browser.close")
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; events that arrive meanwhile are kept."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        for answer in self._messages():
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])
            self.events.append(answer)
        raise AssertionError("the browser went away")

    def _messages(self) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + self._timeout
        while True:
            while b"\0" in self._rest:
                text, _, self._rest = self._rest.partition(b"\0")
                yield json.loads(text)
            ready, _, _ = select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            received = os.read(self._in, 1 << 20)
            if not received:
                return
            self._rest += received

    def open(self, address: str) -> None:
        """Show a page, and wait until it has loaded."""
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def look(self, *, width: int, height: int, dark: bool = False) -> None:
        """Set the size of the window in CSS pixels, and the color scheme."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def value(self, expression: str) -> Any:
        """Return what an expression is in the page."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until a condition holds in the page."""
        deadline = time.monotonic() + self._timeout
        while not self.value(f"Boolean({condition})"):
            assert time.monotonic() < deadline, f"it never came to be: {condition}"
            time.sleep(0.02)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key and let it go."""
        code, number = _KEYS.get(key, (f"Key{key.upper()}", ord(key[0].upper())))
        common = {
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": 8 if shift else 0,
        }
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, x: float, y: float) -> None:
        """Click at a place in the window, in CSS pixels."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, selector: str) -> np.ndarray:
        """Return what is shown of an element: RGB [height, width, 3]."""
        box = self.value(
            "(({x, y, width, height}) => ({x: x + scrollX, y: y + scrollY, width, height}))"
            f"(document.querySelector({selector!r}).getBoundingClientRect())"
        )
        answer = self.call("Page.captureScreenshot", clip={**box, "scale": 1})
        return np.asarray(Image.open(BytesIO(base64.b64decode(answer["data"]))).convert("RGB"))

    def complaints(self) -> list[dict[str, Any]]:
        """Return what the browser has logged: exceptions, refusals, things it could not load."""
        kinds = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
        return [one["params"] for one in self.events if one["method"] in kinds]


READY = (
    "document.querySelectorAll('.plot path.seen').length === 2"
    " && ['film', 'driver'].every((id) => document.getElementById(id).readyState >= 2)"
)
FRAME = "Number(document.getElementById('overview').getAttribute('aria-valuenow'))"
PLAYING = "!document.getElementById('film').paused"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    found = executable()
    if found is None:
        pytest.skip("no Chromium is found; A1_CHROMIUM names one")
    profile = tmp_path_factory.mktemp("profile")
    with Chromium(found, profile) as browser:
        kind = 'video/mp4; codecs="avc1.64001f"'
        if not browser.value(f"document.createElement('video').canPlayType({kind!r})"):
            pytest.skip(f"{found} does not play H.264")
        yield browser


@pytest.fixture
def page(
    browser: Chromium,
    write_film: Callable[..., Path],
    portrait: Path,
    result_of: Callable[..., QcResult],
) -> Chromium:
    """The page of a film at 25 frames a second, with a driver at 50, at its first frame."""
    film, driver = write_film("film.mp4"), write_film("driver.mp4", Fraction(50), 127)
    output = page_path(film)
    write_page(result_of(("film", film), ("driver", driver), ("portrait", portrait)), output)
    browser.events.clear()
    browser.look(width=1280, height=800)
    browser.open(output.as_uri())
    browser.wait(READY)
    return browser


def number_in(page: Chromium, name: str) -> int:
    """Return the number that the bars in a video say."""
    picture = page.picture(f"#{name}").mean(axis=2)
    height, width = picture.shape
    wide = min(width, height * 7 / 3)  # the film has 7 bars in 7x3 cells
    columns = (width - wide) / 2 + (np.arange(7) + 0.5) * wide / 7
    bits = picture[height // 2, columns.astype(int)] > 128
    return int("".join(str(int(bit)) for bit in bits), 2)


def assert_shown(page: Chromium, film: int, driver: int) -> None:
    """Check which frames are seen, once seeking and painting are done."""
    deadline = time.monotonic() + 10
    while (seen := (number_in(page, "film"), number_in(page, "driver"))) != (film, driver):
        assert time.monotonic() < deadline, f"{seen} are seen, and not {(film, driver)}"
        time.sleep(0.05)


def click_at(page: Chromium, selector: str, frame: float) -> None:
    page.value(f"document.querySelector({selector!r}).scrollIntoView({{block: 'nearest'}})")
    x, y, width = page.value(
        f"((box) => [box.x, box.y + box.height / 2, box.width])"
        f"(document.querySelector({selector!r}).getBoundingClientRect())"
    )
    page.click(x + (frame + 0.5) * width / 96, y)


def test_it_loads_without_a_complaint_and_without_the_network(page: Chromium) -> None:
    assert_shown(page, 0, 0)
    assert page.complaints() == []
    asked = [one for one in page.events if one["method"] == "Network.requestWillBeSent"]
    addresses = {one["params"]["request"]["url"].partition(":")[0] for one in asked}
    assert addresses <= {"file", "data"}


def test_a_click_on_a_curve_takes_film_and_driver_there(page: Chromium) -> None:
    click_at(page, ".plot[data-series='1']", 44)
    assert page.value(FRAME) == 44
    assert_shown(page, 44, 88)
    assert page.value("document.getElementById('timecode').textContent") == "01:00:01:19"
    now = page.value("document.querySelector('.curve.fail .now').textContent")
    assert now == "1.875 px"
    click_at(page, "#overview", 70)
    assert page.value(FRAME) == 70


def test_keys_step_and_go_from_finding_to_finding(page: Chromium) -> None:
    page.press("ArrowRight")
    page.press("ArrowRight")
    assert_shown(page, 2, 4)
    page.press("ArrowRight", shift=True)
    page.press("ArrowLeft")
    assert_shown(page, 11, 22)
    page.press("j")
    assert page.value(FRAME) == 44
    assert page.value("document.querySelector('tr[aria-current]').id") == "finding-0"
    assert "jitter is bad" in page.value("document.getElementById('said').textContent")
    page.press("j")
    assert page.value(FRAME) == 70
    page.press("k")
    assert_shown(page, 44, 88)


def test_space_plays_film_and_driver_in_step(page: Chromium) -> None:
    page.press(" ")
    page.wait(f"{PLAYING} && {FRAME} >= 20")
    apart = page.value(
        "((film, driver) => Math.abs(film.currentTime - driver.currentTime))"
        "(document.getElementById('film'), document.getElementById('driver'))"
    )
    assert apart < 0.1
    page.press(" ")
    page.wait(f"!({PLAYING})")
    frame = page.value(FRAME)
    assert_shown(page, frame, 2 * frame)


def test_the_playhead_moves_with_the_frame(page: Chromium) -> None:
    def place() -> float:
        return float(
            page.value("document.querySelector('.plots .playhead').getBoundingClientRect().x")
        )

    page.press("j")
    left, width = page.value(
        "((box) => [box.x, box.width])(document.getElementById('ruler').getBoundingClientRect())"
    )
    assert place() == pytest.approx(left + 44.5 * width / 96, abs=2)


def test_a_worst_frame_and_a_row_of_the_table_lead_there(page: Chromium) -> None:
    for selector, frame in ((".strip button", 44), ("[data-finding='1']", 70)):
        page.value(f"document.querySelector({selector!r}).focus()")
        page.press("Enter")
        assert page.value(FRAME) == frame


def test_a_playing_finding_is_repeated(page: Chromium) -> None:
    page.press("j")
    page.press("l")
    page.press(" ")
    page.wait(f"{FRAME} >= 55")
    page.wait(f"{FRAME} < 40")
    assert page.value(PLAYING) and page.value(FRAME) >= 27
    page.press(" ")


def test_curves_zoom_around_the_frame(page: Chromium) -> None:
    page.press("j")
    page.press("+")
    marks = page.value(
        "[...document.querySelectorAll('#ruler text')].map((one) => +one.textContent)"
    )
    assert 18 < min(marks) <= 44 <= max(marks) <= 70
    page.press("0")
    assert page.value("document.querySelector('#ruler text').textContent") == "0"


def test_curves_are_broken_at_cuts_and_those_are_marked(
    browser: Chromium, write_film: Callable[..., Path], cast_result: Callable[..., QcResult]
) -> None:
    film = write_film("cast.mp4")
    write_page(cast_result(("film", film)), page_path(film))
    browser.events.clear()
    browser.look(width=1280, height=800)
    browser.open(page_path(film).as_uri())
    browser.wait("document.querySelectorAll('.plot path.seen').length === 5")
    assert browser.complaints() == []
    lines = browser.value(
        "[...document.querySelectorAll('.plots .curve')].map((one) => [...one.querySelectorAll("
        "'line.cut')].map((line) => line.getAttribute('x1') / one.querySelector('.plot')"
        ".clientWidth))"
    )
    assert len(lines) == 5
    assert all(len(one) == 1 and abs(one[0] - 30 / 96) < 0.002 for one in lines)
    starts = browser.value(
        "[...document.querySelectorAll('path.seen')].map((one) => one.getAttribute('d')"
        ".split('M').length - 1)"
    )
    assert starts == [2] * 5
    click_at(browser, ".plot[data-series='4']", 44)
    assert browser.value("document.getElementById('here').textContent") == "Ben: Jitter"


def test_values_are_there_as_a_table(page: Chromium) -> None:
    page.value("document.querySelector('.curve.fail details').open = true")
    page.wait("document.querySelector('.curve.fail .values td')")
    cells = page.value(
        "[...document.querySelectorAll('.curve.fail td')].map((one) => one.textContent)"
    )
    row = cells.index("44 – 45")  # noqa: RUF001
    assert cells[row + 1 : row + 3] == ["1.5", "1.875"]


def test_the_focus_is_not_hidden_behind_the_pictures(page: Chromium) -> None:
    page.look(width=1280, height=700)
    page.value("document.querySelector('#record').scrollIntoView()")
    place = page.value("scrollY")
    page.value("document.getElementById('b-play').focus()")
    assert page.value("scrollY") == place  # it is in sight already
    page.value("document.querySelector('.findings button').focus()")
    page.wait(f"scrollY !== {place}")
    under = page.value(
        "((box) => box.top - document.querySelector('.stage').getBoundingClientRect().bottom)"
        "(document.activeElement.getBoundingClientRect())"
    )
    assert under >= 0


def test_everything_can_be_reached_and_is_seen_to_have_the_focus(page: Chromium) -> None:
    page.press("Tab")
    assert page.value("document.activeElement.id") == "b-previous"
    assert page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    nameless = page.value(
        "[...document.querySelectorAll('button, input, select, video, [role=slider]')].filter("
        "(one) => !one.textContent.trim() && !one.ariaLabel && !one.labels?.length).length"
    )
    assert nameless == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_can_be_read(page: Chromium, width: int, dark: bool) -> None:
    page.look(width=width, height=800, dark=dark)
    assert page.value("document.documentElement.scrollWidth") <= width
    ground, ink = page.value(
        "((style) => [style.backgroundColor, style.color])(getComputedStyle(document.body))"
    )
    assert contrast(ground, ink) > 7
    for selector in (".legend", ".keys", ".severity.fail", ".severity.warn", ".limits"):
        color = page.value(f"getComputedStyle(document.querySelector({selector!r})).color")
        assert contrast(ground, color) > 4.5


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colors that are written as rgb(), after WCAG 2.2."""

    def luminance(color: str) -> float:
        levels = np.array([float(part) for part in color[4:-1].split(",")]) / 255
        linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_timecodes_are_those_of_the_core(page: Chromium) -> None:
    rate = Fraction(30000, 1001)
    start = Timecode.parse("09:59:50;00", rate)
    map_ = f"{{start: {start.frame}, base: {start.base}, drop: true}}"
    for frame in (0, 299, 300, 1799, 1800, 18_000, 107_892):
        assert page.value(f"timecode({frame}, {map_})") == str(start + frame)


def test_a_film_that_is_gone_is_said_to_be(
    browser: Chromium, write_film: Callable[..., Path], result_of: Callable[..., QcResult]
) -> None:
    film = write_film("gone.mp4")
    write_page(result_of(("film", film)), page_path(film))
    film.unlink()
    browser.open(page_path(film).as_uri())
    browser.wait("document.querySelector('.missing:not([hidden])')")
    assert "gone.mp4 is not where it was" in browser.value(
        "document.querySelector('.missing').textContent"
    )
