"""A blind round in chromium, and the CSV that it leaves."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tiny import SAMPLE_RATE, make_sound

from smf_tts.demo.app import listening_page
from smf_tts.demo.listening import COLUMNS, ListeningTest

SENTENCES = ("first-one", "second-one", "third-one")


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Two systems whose sounds can be told apart: `quiet-system` is at a tenth of the level."""
    systems = {"loud-system": 1.0, "quiet-system": 0.1}
    for name, level in systems.items():
        (tmp_path / name).mkdir()
        for i, sentence in enumerate(SENTENCES):
            sound = level * make_sound(0.5 + 0.1 * i, i)
            soundfile.write(tmp_path / name / f"{sentence}.wav", sound, SAMPLE_RATE)
    return {name: tmp_path / name for name in systems}


def level(page: Any, side: str) -> float:
    """Of a side's loudest sample, as the browser has it."""
    return page.evaluate(
        f"""Math.max(...document.querySelector('#pair section[aria-label={side}] speech-player')
        .pieces[0]) / 32767"""
    )


def test_a_blind_round_and_its_csv(
    visit: Callable[..., Any], serve: Callable[[Any], str], folders: dict[str, Path], tmp_path: Path
):
    results = tmp_path / "results.csv"
    url = serve(listening_page(ListeningTest(folders, results)))
    page = visit(url)
    received: list[str] = []
    page.on("response", lambda response: received.append(response.url))

    page.get_by_role("button", name="Start").click()
    page.get_by_role("alert").filter(has_text="name").wait_for()
    page.get_by_label("Your name").fill("Ada 1")
    page.get_by_role("button", name="Start").click()

    louder_on = []
    for left in (3, 2, 1):
        wanted = "The last pair" if left == 1 else f"{left} pairs to go"
        page.locator("#pair .hint").filter(has_text=wanted).wait_for()
        page.wait_for_function(
            "[...document.querySelectorAll('#pair speech-player')]"
            ".filter(p => p.pieces.length == 1).length == 2"
        )
        # Nothing tells the systems apart but their sound.
        content = page.content()
        assert not any(name in content for name in (*folders, *SENTENCES, str(tmp_path)))
        louder_on.append("left" if level(page, "A") > level(page, "B") else "right")
        if left == 3:
            page.get_by_role("button", name="Save and go on").click()
            page.get_by_role("alert").filter(has_text="seven answers").wait_for()
            assert not results.exists()
        # This listener likes it loud.
        side = "A" if louder_on[-1] == "left" else "B"
        page.get_by_label(f"{side} is better", exact=True).check()
        page.get_by_role("button", name="Save and go on").click()

    page.get_by_role("heading", name="Thank you").wait_for()
    with open(results, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert sorted(row["sentence"] for row in rows) == sorted(SENTENCES)
    for row, side in zip(rows, louder_on, strict=True):
        assert row["listener"] == "Ada 1"
        assert {row["left"], row["right"]} == set(folders)
        assert row[side] == "loud-system"
        assert row["choice"] == ("-2" if side == "left" else "2")
        assert re.match(r"\d{4}-\d\d-\d\dT", row["time"])
    table = page.locator("#pair table").inner_text()
    summary = (tmp_path / "results.preferences.csv").read_text().splitlines()[1]
    assert summary == "loud-system,quiet-system,3,1,-2.0,-2.0,-2.0,3,0,0"
    assert re.search(r"loud-system\s+quiet-system\s+-2\.00 \[-2\.00, -2\.00\]\s+3\s+0\s+0", table)
    assert not any(name in link for link in received for name in (*folders, *SENTENCES))

    # Who comes again has judged all; another listener hears everything.
    again = visit(url)
    again.get_by_label("Your name").fill("Ada 1")
    again.keyboard.press("Enter")
    again.get_by_role("heading", name="Thank you").wait_for()
    other = visit(url)
    other.get_by_label("Your name").fill("Bea")
    other.keyboard.press("Enter")
    other.locator("#pair .hint").filter(has_text="3 pairs to go").wait_for()
    assert np.isfinite(level(other, "A"))
