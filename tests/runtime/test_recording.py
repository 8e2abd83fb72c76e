"""Passages to files: as they are made, of constant memory, and taken up again."""

import io
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from smf_tts import Speech, Synthesizer
from smf_tts.errors import UserError
from smf_tts.runtime.audio import STANDARD_OUTPUT
from smf_tts.runtime.inputs import Passage
from smf_tts.runtime.recording import record

CHAPTERS = [
    Passage("01", "# One\n\nYes. It is. Or is it?"),
    Passage("02", "# Two\n\nNo. It is not."),
    Passage("03", "# Three\n\nOh, no!", "bob"),
]


def drain(parts: Iterator[Speech]) -> int:
    return sum(1 for _ in parts)


def test_chapters_become_files_each_with_its_speaker(synthesizer: Synthesizer, tmp_path: Path):
    parts = record(synthesizer, CHAPTERS, tmp_path / "a" / "book", ".flac", seed=3)
    assert drain(parts) == 9
    assert len(list((tmp_path / "a" / "book").iterdir())) == 3
    for chapter in CHAPTERS:
        wanted = synthesizer.synthesize(chapter.text, speaker=chapter.speaker or "ann", seed=3)
        read, _ = soundfile.read(tmp_path / "a" / "book" / f"{chapter.name}.flac", dtype="float32")
        np.testing.assert_allclose(read, wanted.samples, atol=1 / 32767)


def test_a_speaker_is_of_all_passages(synthesizer: Synthesizer, tmp_path: Path):
    drain(record(synthesizer, CHAPTERS[2:], tmp_path, ".wav", speaker="303"))
    frames = soundfile.info(tmp_path / "03.wav").frames
    assert frames == len(synthesizer.synthesize(CHAPTERS[2].text, speaker="303").samples)


def test_resume_keeps_what_is_written_and_says_the_rest(synthesizer: Synthesizer, tmp_path: Path):
    whole = tmp_path / "whole"
    drain(record(synthesizer, CHAPTERS, whole, ".wav"))

    cut = tmp_path / "cut"
    parts = record(synthesizer, CHAPTERS, cut, ".wav")
    for _ in range(5):  # the second chapter has begun
        next(parts)
    parts.close()
    assert [path.name for path in cut.iterdir()] == ["01.wav"]
    (cut / "01.wav").write_bytes(b"kept")

    assert drain(record(synthesizer, CHAPTERS, cut, ".wav", resume=True)) == 5
    assert (cut / "01.wav").read_bytes() == b"kept"
    for name in ("02.wav", "03.wav"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes()
    assert drain(record(synthesizer, CHAPTERS, cut, ".wav", resume=True)) == 0

    drain(record(synthesizer, CHAPTERS, cut, ".wav"))  # without it, all is said again
    assert (cut / "01.wav").read_bytes() == (whole / "01.wav").read_bytes()


@pytest.mark.parametrize(
    ("passages", "suffix", "settings", "message"),
    [
        ([*CHAPTERS, Passage("04", "Привет")], ".wav", {}, "04: this voice speaks English"),
        ([*CHAPTERS, Passage("04", "Yes.", "eve")], ".wav", {}, "04: .* no speaker 'eve'"),
        ([*CHAPTERS, Passage("04", "[pause 5]")], ".wav", {}, "04: .* is not a pause"),
        (CHAPTERS, ".docx", {}, r"cannot write 01\.docx"),
        (CHAPTERS, ".opus", {"sample_rate": 22_050}, r"\.opus has no sample rate of 22050 Hz"),
        (CHAPTERS, ".mp3", {"floating": True}, r"\.mp3 has no float samples"),
        (CHAPTERS, ".wav", {"speed": 3}, "speed must be"),
        ([Passage("x" * 300, "Yes.")], ".wav", {}, "cannot write"),
    ],
)
def test_what_can_be_checked_is_checked_before_the_first_word(
    synthesizer: Synthesizer,
    tmp_path: Path,
    passages: list,
    suffix: str,
    settings: dict,
    message: str,
):
    with pytest.raises(UserError, match=message):
        drain(record(synthesizer, passages, tmp_path, suffix, **settings))
    assert not list(tmp_path.iterdir())


def test_raw_samples_come_before_the_next_sentence_is_made(
    synthesizer: Synthesizer, capsysbinary: Any
):
    parts = record(synthesizer, [Passage("", CHAPTERS[0].text)], STANDARD_OUTPUT)
    for part in parts:
        raw = capsysbinary.readouterr().out
        assert raw == np.rint(part.samples * 32767).astype("<i2").tobytes()


def test_no_more_than_a_sentence_is_held(synthesizer: Synthesizer, tmp_path: Path):
    text = "Yes. No. It is. " * 20
    alive: list[weakref.ref] = []
    for part in record(synthesizer, [Passage("", text)], tmp_path / "a.wav", sample_rate=48_000):
        alive = [ref for ref in alive if ref() is not None]
        assert len(alive) <= 1
        alive.append(weakref.ref(part.samples))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_a_progress_bar_counts_characters_on_a_terminal_only(
    synthesizer: Synthesizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: type
):
    monkeypatch.setattr(sys, "stderr", stream())
    monkeypatch.setenv("TQDM_MININTERVAL", "0")
    drain(record(synthesizer, CHAPTERS[:2], tmp_path, ".wav"))
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    total = sum(len(chapter.text) for chapter in CHAPTERS[:2])
    assert (f"/{total:.1f}" in shown) == (stream is Terminal)
    assert bool(shown) == (stream is Terminal)
