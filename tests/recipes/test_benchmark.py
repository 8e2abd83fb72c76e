"""The benchmark's recipe: who speaks, in which turn, and what is made of the times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smf_tts import Synthesizer
from smf_tts.errors import UserError

RECIPE = Path(__file__).parents[2] / "recipes" / "benchmark"
sys.path.insert(0, str(RECIPE))

import compare  # noqa: E402
import quantise  # noqa: E402
import report  # noqa: E402
from compare import System, time_sentences, time_starts  # noqa: E402

# Answers each line with how long its text is, and writes down who was asked for what.
ECHO = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    with open(sys.argv[1], "a") as log:
        print(sys.argv[2], request["text"], bool(request["wav"]), file=log)
    print(json.dumps({"seconds": len(request["text"]), "audio_seconds": 1}), flush=True)
"""


def speak_command(*arguments: object) -> list[str]:
    return [sys.executable, str(RECIPE / "speak.py"), "1", *map(str, arguments)]


def ask(command: list[str], *requests: dict) -> list[dict]:
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    environment = {**os.environ, "PYTHONPATH": str(RECIPE.parents[1])}
    done = subprocess.run(command, input=lines, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# Speaking


def test_a_voice_speaks_in_a_process_of_its_own(
    voice: Path, synthesizer: Synthesizer, tmp_path: Path
):
    text = "Four hours of steady work."
    wav = tmp_path / "a.wav"
    answers = ask(
        speak_command("smf-tts", voice, 2),
        {"text": text, "speaker": "bob", "wav": str(wav)},
        {"text": text, "speaker": "ann", "wav": ""},
    )
    wanted = synthesizer.synthesize(text, speaker="bob", steps=2)
    samples, rate = soundfile.read(wav, dtype="float32")
    assert rate == wanted.sample_rate
    np.testing.assert_allclose(samples, wanted.samples, atol=1e-4)
    assert answers[0]["audio_seconds"] == pytest.approx(wanted.seconds)
    assert all(0 < answer["decoder_seconds"] < answer["seconds"] for answer in answers)
    assert list(tmp_path.iterdir()) == [wav]


def test_an_exported_teacher_takes_the_steps_it_takes_in_torch(
    teacher_run: Path, vocoder_run: Path, tmp_path: Path
):
    from smf_tts.export import export
    from smf_tts.training.runs import load_synthesizer

    package, wav = tmp_path / "teacher", tmp_path / "a.wav"
    export(teacher_run, str(vocoder_run), package, "teacher", "", 3, 1.0, "# Teacher\n")
    ask(
        speak_command("smf-tts", package, 3, 2),
        {"text": "It is in the well.", "speaker": "ann", "wav": str(wav)},
    )
    teacher = load_synthesizer(teacher_run, str(vocoder_run), guidance=2.0)
    wanted = teacher.synthesize("It is in the well.", speaker="ann", steps=3)
    samples, _ = soundfile.read(wav, dtype="float32")
    # The package's weights are in half precision.
    error = np.sqrt(np.mean((samples - wanted.samples) ** 2))
    assert error < 0.05 * wanted.samples.std()


def test_a_quantised_voice_speaks_nearly_the_same(
    voice: Path, synthesizer: Synthesizer, tmp_path: Path
):
    quantise.main(str(voice), tmp_path / "int8")
    for part in ("decoder", "vocoder"):
        assert b"MatMulInteger" in (tmp_path / "int8" / f"{part}.onnx").read_bytes()
    int8 = Synthesizer.from_pretrained(tmp_path / "int8", threads=1)
    mine = int8.synthesize("Four hours of steady work.").samples
    wanted = synthesizer.synthesize("Four hours of steady work.").samples
    assert np.corrcoef(mine, wanted)[0, 1] > 0.9
    with pytest.raises(UserError, match="exists"):
        quantise.main(str(voice), tmp_path / "int8")


# Taking turns


def test_systems_take_turns_sentence_by_sentence(tmp_path: Path):
    log = tmp_path / "log"
    systems = [
        System(name, [sys.executable, "-c", ECHO, str(log), name]) for name in ("one", "two")
    ]
    rows = time_sentences(systems, [("a", "x", "s"), ("b", "yy", "s")], 2, tmp_path / "wavs")
    for system in systems:
        system.close()
    assert log.read_text().splitlines() == [
        *("one x False", "two x False"),  # they warm up
        *("one x True", "two x True", "one yy True", "two yy True"),
        *("one x False", "two x False", "one yy False", "two yy False"),
    ]
    assert [(row["round"], row["id"], row["system"], row["seconds"]) for row in rows[:4]] == [
        *((0, "a", "one", 1), (0, "a", "two", 1), (0, "b", "one", 2), (0, "b", "two", 2))
    ]
    assert len(rows) == 8
    assert (tmp_path / "wavs" / "two").is_dir()


def test_a_system_that_stops_is_named(tmp_path: Path):
    system = System("short-lived", [sys.executable, "-c", "raise SystemExit"])
    with pytest.raises(UserError, match="short-lived has stopped"):
        time_sentences([system], [("a", "x", "s")], 1, tmp_path)


def test_starts_take_turns_and_failures_are_shown():
    commands = {name: [sys.executable, "-c", "pass"] for name in ("one", "two")}
    rows = time_starts(commands, 2)
    assert [(row["round"], row["system"]) for row in rows] == [
        *((1, "one"), (1, "two"), (2, "one"), (2, "two"))
    ]
    assert all(row["seconds"] > 0 for row in rows)
    with pytest.raises(UserError, match="no luck"):
        time_starts({"bad": [sys.executable, "-c", "raise SystemExit('no luck')"]}, 1)


def test_commands_need_names():
    assert compare._commands(["a, b=run 'x y'"]) == {"a, b": ["run", "x y"]}
    with pytest.raises(UserError, match="NAME=COMMAND"):
        compare._commands(["run x"])


# The report


def measurements(folder: Path, slower: dict[str, float]) -> None:
    """Results of systems that take so many times as long as one step, and one noisy round."""
    sentences = [
        {
            "round": turn,
            "id": str(i),
            "system": name,
            "seconds": times * (i + 1) * (1 + 9 * (turn == 0)),
            "audio_seconds": 100 * (i + 1),
            **({} if name == report.PIPER else {"decoder_seconds": times * (i + 1)}),
        }
        for turn in range(3)
        for i in range(4)
        for name, times in slower.items()
    ]
    starts = [
        {"round": turn, "system": name, "seconds": seconds}
        for turn in range(3)
        for name, seconds in ((report.OURS, 1.0), (report.PIPER, 0.5))
    ]
    about = {"cpu": "a machine", "cores": 2, "threads": 2, "onnxruntime": "1"}
    compared = {**about, "sentences": sentences, "starts": starts}
    speaking = {"steps": 1, "audio_seconds": 1.0, "real_time_factor": 0.1, "spread": 0.0}
    bench = {
        **about,
        "voice": "tiny",
        "device": "cpu",
        "speaking": [
            {**speaking, "text": "sentence", "first_sound_seconds": 0.10},
            {**speaking, "text": "ten sentences", "first_sound_seconds": 0.12},
        ],
        "parts": {"1": {"text": 0.1}},
        "cold_start_seconds": 1.0,
        "memory": [
            {"audio_minutes": 60.0, "peak_mb": 220.0},
            {"audio_minutes": 1.0, "peak_mb": 200.0},
        ],
    }
    figure = {"value": 3.0, "low": 2.0, "high": 4.0}
    measures = {"wer": figure, "dnsmos_p808": figure}
    quality = {"systems": {name: {"measures": measures} for name in slower}}
    for name, content in (("compare", compared), ("bench", bench), ("quality", quality)):
        (folder / f"{name}.json").write_text(json.dumps(content))


def test_the_report_says_what_was_reached(tmp_path: Path):
    slower = {report.OURS: 1.0, report.TEACHER: 20.0, report.PIPER: 3.0, report.KOKORO: 11.0}
    measurements(tmp_path, slower)
    report.main(tmp_path)
    table = (tmp_path / "table.md").read_text()
    reached = {
        row.split(" | ")[0].strip("| "): row.split(" | ")[1:]
        for row in table.splitlines()
        if row.endswith((" | yes |", " | no |"))
    }
    assert reached == {
        "1 step against Piper": ["3.00 (3.00 to 3.00)", ">= 2", "yes |"],
        "1 step against Kokoro int8": ["11.00 (11.00 to 11.00)", ">= 12", "no |"],
        "decoder of 1 step against the teacher's 10 guided": [
            *("20.00 (20.00 to 20.00)", ">= 15", "yes |")
        ],
        "cold start against Piper's": ["0.50 (0.50 to 0.50)", ">= 1", "no |"],
        "first sound of ten sentences over that of the first alone": ["1.20", "<= 1.5", "yes |"],
        "peak memory of 60 minutes of speech over that of 1.0": ["1.10", "<= 1.3", "yes |"],
    }
    # The median of real-time factors, brackets and all, in spite of the round that was slow.
    assert f"| {report.PIPER} | 0.0300 (0.0300 to 0.3000) |" in table
    assert "3.00 (2.00 to 4.00)" in table
    assert (tmp_path / "quality.png").read_bytes().startswith(b"\x89PNG")


def test_the_recipe_explains_itself_and_refuses_what_it_does_not_know(tmp_path: Path):
    run = ["bash", str(RECIPE / "run.sh")]
    shown = subprocess.run([*run, "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert shown.returncode == 0 and "--stop-stage" in shown.stdout
    refused = subprocess.run([*run, "--speed", "1"], capture_output=True, text=True, cwd=tmp_path)
    assert refused.returncode == 2 and "unknown option --speed" in refused.stderr
