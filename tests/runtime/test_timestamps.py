"""Files of word times: they parse, are ordered, and hold every word."""

import html
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from smf_tts import Synthesizer, TimedWord
from smf_tts.errors import UserError
from smf_tts.runtime.timestamps import captions, check_timestamps, write_timestamps

TEXT = (
    "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in "
    "my purse, and nothing particular to interest me on shore, I thought I would sail about a "
    'little! A & B --> "C" cost $5 on Jan. 5, 2021.'
)
CLOCK = r"(\d\d+):([0-5]\d):([0-5]\d)[.,](\d{3})"


def seconds(clock: str) -> float:
    hours, minutes, whole, milliseconds = map(int, re.fullmatch(CLOCK, clock).groups())
    return hours * 3600 + minutes * 60 + whole + milliseconds / 1000


@pytest.fixture(scope="module")
def sentences(synthesizer: Synthesizer) -> list[tuple[TimedWord, ...]]:
    return [part.words for part in synthesizer.stream(TEXT)]


def check_order(times: list[tuple[float, float]], sentences: list) -> None:
    assert all(start <= end for start, end in times)
    assert all(before[1] <= after[0] for before, after in pairwise(times))
    assert times[0][0] == pytest.approx(sentences[0][0].start, abs=6e-4)
    assert times[-1][1] == pytest.approx(sentences[-1][-1].end, abs=6e-4)


def test_json_has_every_word(tmp_path: Path, sentences: list):
    write_timestamps(tmp_path / "a.json", sentences)
    words = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert " ".join(word["text"] for word in words) == TEXT
    check_order([(word["start"], word["end"]) for word in words], sentences)


@pytest.mark.parametrize("name", ["a.srt", "a.VTT"])
def test_captions_parse_and_hold_every_word(tmp_path: Path, sentences: list, name: str):
    write_timestamps(tmp_path / name, sentences)
    blocks = (tmp_path / name).read_text(encoding="utf-8").strip().split("\n\n")
    if name == "a.VTT":
        assert blocks.pop(0) == "WEBVTT"
        assert not any("," in block.split("\n")[0] for block in blocks)
    else:
        numbers = [block.split("\n", 1)[0] for block in blocks]
        assert numbers == [str(i + 1) for i in range(len(blocks))]
        blocks = [block.split("\n", 1)[1] for block in blocks]
        assert not any("." in block.split("\n")[0] for block in blocks)
    pairs = [block.split("\n") for block in blocks]
    times = [tuple(map(seconds, clocks.split(" --> "))) for clocks, _ in pairs]
    check_order(times, sentences)
    lines = [line for _, line in pairs]
    if name == "a.VTT":
        assert not any("-->" in line for line in lines)
        lines = [html.unescape(line) for line in lines]
    assert " ".join(lines) == TEXT
    assert max(map(len, lines)) <= 60
    assert lines[0] == "Call me Ishmael."  # a caption ends with its sentence


def test_a_word_longer_than_a_line_is_a_caption_of_its_own():
    words = [TimedWord("a", 0, 1), TimedWord("b" * 90, 1, 2), TimedWord("c", 2, 3)]
    assert [caption.text for caption in captions([[], words])] == ["a", "b" * 90, "c"]


def test_times_of_hours(tmp_path: Path):
    write_timestamps(tmp_path / "a.srt", [[TimedWord("late", 359_999.9996, 360_001.25)]])
    assert "100:00:00,000 --> 100:00:01,250" in (tmp_path / "a.srt").read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.txt", r"cannot write timestamps a\.txt: use one of \.srt, \.vtt, \.json"),
        ("a", "use one of"),
        ("no/a.srt", "there is no folder"),
        (f"{'x' * 300}.srt", "cannot write"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path, name: str, message: str):
    with pytest.raises(UserError, match=message):
        check_timestamps(tmp_path / name)
        write_timestamps(tmp_path / name, [])
    assert not list(tmp_path.iterdir())
