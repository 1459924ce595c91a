"""Cuts as scripts render them: the example of the page, and several runs in one process."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from a1sdk.errors import Cancelled

PAGE = Path(__file__).parents[3] / "docs/timelines.md"


def test_the_example_of_the_page_runs(studio, driver, cut, monkeypatch, capsys):
    driver()
    cut(sh010=("perf.mkv", 10, 12))
    monkeypatch.chdir(studio.folder)
    found = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    ours = 'codec="png", renderer="counting/number", tracker="counting/any"'
    exec(found[1].replace('codec="prores-4444"', ours), {})
    printed = capsys.readouterr().out
    assert "sh010 rendered" in printed
    assert (studio.folder / "shots/cut_a1.otio").is_file()


def test_a_run_is_cancelled_while_another_one_goes_on(studio, driver, cut):
    driver()
    path = cut(sh010=("perf.mkv", 10, 60))
    slow = {"renderer_options": {"pause": 0.05}}
    begun = []

    def progress(*_):
        if not begun:
            begun.append(studio.prepare(cut(sh020=("perf.mkv", 50, 2), name="other.otio")))
            assert begun[0].run().outcome == "done"
            run.cancel()

    run = studio.prepare(path, delivered=slow, progress=progress)
    with pytest.raises(Cancelled):
        run.run()
