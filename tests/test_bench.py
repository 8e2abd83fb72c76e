"""`smf-tts bench`: what it measures, not how fast this machine is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from smf_tts import Synthesizer, cli
from smf_tts.bench import (
    TEXTS,
    TimedEngine,
    measure_memory,
    measure_parts,
    measure_speaking,
)
from smf_tts.errors import UserError


def test_a_timed_engine_changes_nothing_and_counts_each_part(synthesizer: Synthesizer):
    engine = TimedEngine(synthesizer.engine)
    timed = Synthesizer(synthesizer.voice, engine)
    speech = timed.synthesize("Four hours.", steps=2)
    assert np.array_equal(speech.samples, synthesizer.synthesize("Four hours.", steps=2).samples)
    before = dict(engine.seconds)
    assert all(seconds > 0 for seconds in before.values())
    timed.synthesize("Four hours.", steps=2)
    assert all(engine.seconds[part] > before[part] for part in before)


def test_every_text_is_timed_at_every_step_count(synthesizer: Synthesizer):
    rows = measure_speaking(synthesizer, [1, 2], repeats=2)
    assert {(row["text"], row["steps"]) for row in rows} == {(t, n) for t in TEXTS for n in (1, 2)}
    for row in rows:
        speech = synthesizer.synthesize(TEXTS[row["text"]], steps=row["steps"])
        assert row["audio_seconds"] == pytest.approx(speech.seconds)
        assert 0 < row["first_sound_seconds"] <= row["seconds"]
        assert row["real_time_factor"] == pytest.approx(row["seconds"] / row["audio_seconds"])
    whole = {row["text"]: row for row in rows if row["steps"] == 1}
    # A text is streamed: its first sound does not wait for its last sentence.
    ten = whole["ten sentences"]
    assert ten["first_sound_seconds"] < ten["seconds"] / 2


def test_the_texts_are_what_they_are_called(synthesizer: Synthesizer):
    sentences = {name: len(list(synthesizer.stream(text))) for name, text in TEXTS.items()}
    assert sentences == {"short": 1, "sentence": 1, "long sentence": 1, "ten sentences": 10}
    assert TEXTS["ten sentences"].startswith(TEXTS["sentence"])


def test_parts_name_the_way_from_text_to_file(synthesizer: Synthesizer):
    parts = measure_parts(synthesizer, steps=1, repeats=2)
    assert list(parts) == [
        *("text", "encoder", "decoder", "vocoder", "inverse STFT", "noise and joins", "file")
    ]
    assert all(share >= 0 for share in parts.values())


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell")
def test_memory_is_that_of_the_speaking_process_alone(voice: Path):
    held = np.ones(60_000_000)  # half a gigabyte of this process's own
    (row,) = measure_memory([f"--voice={voice}", "--threads=1"], [0.05]) or ()
    assert 20 < row["peak_mb"] < held.nbytes / 1e6
    assert row["audio_minutes"] > 0.02


def test_the_command_prints_what_it_writes(
    voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        monkeypatch.setattr(
            sys,
            "argv",
            f"smf-tts bench --voice {voice} --threads 1 --steps 1,3 --repeats 2 --minutes 0.05 "
            "--output bench.json".split(),
        )
        cli.main()
    assert not stop.value.code
    report = json.loads(Path("bench.json").read_text(encoding="utf-8"))
    assert (report["voice"], report["device"], report["threads"]) == ("tiny", "cpu", 1)
    assert list(report["parts"]) == ["1", "3"]
    printed = capsys.readouterr().out
    for row in report["speaking"]:
        assert f"| {row['text']} | {row['steps']} | {row['audio_seconds']:.2f} |" in printed
    assert f"cold start: {report['cold_start_seconds']:.2f} s" in printed
    assert f"{report['memory'][0]['peak_mb']:.0f} MB" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--steps", "one"], "whole numbers"),
        (["--output", "no/such/folder/bench.json"], "there is no folder"),
    ],
)
def test_bad_options_are_refused_before_any_work(
    options: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
):
    monkeypatch.setattr(sys, "argv", ["smf-tts", "bench", *options])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_steps_below_one_are_refused(synthesizer: Synthesizer):
    with pytest.raises(UserError, match="steps must be 1 or more"):
        measure_speaking(synthesizer, [0], repeats=2)
