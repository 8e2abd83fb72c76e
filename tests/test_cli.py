"""The command line, as a user types it: what it writes, and how it refuses."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tiny import make_sound, write_utterance

from smf_tts import Speech, Synthesizer
from smf_tts.cli import main
from smf_tts.runtime import voice as voice_module

TEXT = "Four hours of the steady work. It is in the well!"


@dataclass(frozen=True)
class Result:
    code: int
    out: bytes
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: Any, tmp_path: Path) -> Run:
    """Run `smf-tts ARGUMENTS` in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: Any, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["smf-tts", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsysbinary.readouterr()
        return Result(stop.value.code or 0, captured.out, captured.err.decode())

    return run_here


@pytest.fixture
def speak(run: Run, voice: Path) -> Run:
    """Run `smf-tts synthesize` with the tiny voice, on as many threads as the fixture's."""
    usual = ("synthesize", "--voice", voice, "--threads", 1)
    return lambda *arguments, **more: run(*usual, *arguments, **more)


def pcm(speech: Speech) -> np.ndarray:
    return np.rint(speech.samples * 32767).astype(np.int16)


def same(path: Path, speech: Speech) -> bool:
    return np.array_equal(soundfile.read(path, dtype="int16")[0], pcm(speech))


def test_the_same_samples_by_every_way(
    speak: Run, synthesizer: Synthesizer, tmp_path: Path, voice: Path
):
    """Python, a stream, a file, standard output, standard input, a batch; nothing on stderr."""
    settings = ("--speaker", "bob", "--steps", 2, "--seed", 4, "--speed", 1.2)
    wanted = synthesizer.synthesize(TEXT, speaker="bob", steps=2, seed=4, speed=1.2)
    parts = synthesizer.stream(TEXT, speaker="bob", steps=2, seed=4, speed=1.2)
    assert np.array_equal(np.concatenate([p.samples for p in parts]), wanted.samples)

    assert speak("--text", TEXT, *settings, "--output", "a.wav") == Result(0, b"", "")
    assert same(tmp_path / "a.wav", wanted)

    result = speak("--text", TEXT, *settings, "--output", "-")
    assert (result.code, result.err) == (0, "")
    assert np.array_equal(np.frombuffer(result.out, "<i2"), pcm(wanted))

    result = speak("--file", "-", *settings, "--output", "b.wav", stdin=TEXT.encode())
    assert result == Result(0, b"", "")
    assert same(tmp_path / "b.wav", wanted)

    (tmp_path / "text.txt").write_text(f"\ufeff{TEXT}\n", encoding="utf-8")
    assert speak("--file", "text.txt", *settings, "--output", "c.wav") == Result(0, b"", "")
    assert same(tmp_path / "c.wav", wanted)

    (tmp_path / "list.tsv").write_text(f"one\t{TEXT}\n\ntwo\tYes.\tann\n")
    result = speak("--file", "list.tsv", *settings, "--output-dir", "out/deep")
    assert result == Result(0, b"", "")
    assert {path.name for path in (tmp_path / "out" / "deep").iterdir()} == {"one.wav", "two.wav"}
    assert same(tmp_path / "out" / "deep" / "one.wav", wanted)
    two = synthesizer.synthesize("Yes.", speaker="bob", steps=2, seed=4, speed=1.2)
    assert same(tmp_path / "out" / "deep" / "two.wav", two)


def test_speaking_imports_no_torch(voice: Path, synthesizer: Synthesizer):
    program = """
import sys
import smf_tts, smf_tts.cli
try:
    smf_tts.cli.main()
finally:
    print(sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    arguments = ["--voice", str(voice), "--threads", "1", "--text", TEXT, "--output", "-"]
    command = [sys.executable, "-c", program, "synthesize", *arguments]
    result = subprocess.run(command, capture_output=True)
    assert result.returncode == 0, result.stderr
    learning = "torch torchaudio lhotse accelerate vocos onnx tensorboard yaml safetensors gradio"
    loaded = set(re.findall(r"'(\w+)'", result.stderr.decode()))
    assert "onnxruntime" in loaded
    assert not loaded & set(learning.split())
    # Another process, the same samples.
    assert result.stdout == pcm(synthesizer.synthesize(TEXT)).astype("<i2").tobytes()


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "opus", "mp3"])
def test_every_format(speak: Run, synthesizer: Synthesizer, tmp_path: Path, suffix: str):
    assert speak("--text", TEXT, "--output", f"a.{suffix}") == Result(0, b"", "")
    seconds = soundfile.info(tmp_path / f"a.{suffix}").duration
    assert seconds == pytest.approx(synthesizer.synthesize(TEXT).seconds, abs=0.1)


def test_timestamps_are_those_of_the_speech(speak: Run, synthesizer: Synthesizer, tmp_path: Path):
    result = speak("--text", TEXT, "--output", "-", "--timestamps", "a.json")
    assert (result.code, result.err) == (0, "")
    words = json.loads((tmp_path / "a.json").read_text())
    wanted = synthesizer.synthesize(TEXT)
    assert [word["text"] for word in words] == TEXT.split()
    for word, timed in zip(words, wanted.words, strict=True):
        assert word["start"] == pytest.approx(timed.start, abs=1e-3)
        assert word["end"] == pytest.approx(timed.end, abs=1e-3)
    assert words[-1]["end"] <= len(result.out) / 2 / 24_000


def test_a_text_without_words_leaves_no_timestamps(speak: Run, tmp_path: Path):
    result = speak("--text", "[pause 1s]", "--timestamps", "a.srt")
    assert (result.code, result.out) == (2, b"")
    assert "nothing to say" in result.err
    assert not list(tmp_path.iterdir())


def test_a_book_in_chapters_is_resumed(speak: Run, tmp_path: Path):
    (tmp_path / "book.md").write_text("# Loomings\n\nYes.\n\n# The Carpet-Bag\n\nNo.\n")
    book = ("--file", "book.md", "--output-dir", "book", "--format", "mp3")
    assert speak(*book) == Result(0, b"", "")
    first, second = sorted((tmp_path / "book").iterdir())
    assert (first.name, second.name) == ("01-loomings.mp3", "02-the-carpet-bag.mp3")
    first.unlink()
    second.write_bytes(b"kept")
    assert speak(*book, "--resume") == Result(0, b"", "")
    assert soundfile.info(first).duration > 0
    assert second.read_bytes() == b"kept"
    result = speak(*book, "--resume", "--verbose")
    assert (result.code, result.out) == (0, b"")
    assert "1 NFE, 0.00 s of audio" in result.err


def test_a_lexicon_and_spoken_emoji(speak: Run, synthesizer: Synthesizer, tmp_path: Path):
    (tmp_path / "lexicon.txt").write_text("well wˈiːl\n", encoding="utf-8")
    options = ("--lexicon", "lexicon.txt", "--speak-emoji")
    assert speak("--text", f"{TEXT} 🎉", *options, "--output", "a.wav") == Result(0, b"", "")
    lexicon = {"well": "wˈiːl"}
    wanted = synthesizer.synthesize(f"{TEXT} 🎉", lexicon=lexicon, speak_emoji=True)
    assert wanted.words[-1].text == "🎉"
    assert same(tmp_path / "a.wav", wanted)


def test_sample_rate_and_float_samples(speak: Run, synthesizer: Synthesizer, tmp_path: Path):
    options = ("--sample-rate", 48_000, "--float", "--output", "a.wav")
    assert speak("--text", TEXT, *options) == Result(0, b"", "")
    info = soundfile.info(tmp_path / "a.wav")
    assert (info.samplerate, info.subtype) == (48_000, "FLOAT")
    frames = len(synthesizer.synthesize(TEXT).samples)
    assert info.frames == pytest.approx(2 * frames, abs=2)
    result = speak("--text", TEXT, "--float", "--output", "-")
    assert len(result.out) == 4 * frames


def test_a_player_hears_the_start_at_once_and_may_be_closed(voice: Path):
    """A text of minutes: its first sentence comes while the rest is not made; no word of EPIPE."""
    text = f"{TEXT} " * 400
    options = ["--voice", str(voice), "--threads", "1", "--text", text, "--output", "-"]
    command = [sys.executable, "-m", "smf_tts.cli", "synthesize", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert len(process.stdout.read(2000)) == 2000
        assert process.poll() is None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_verbose_says_what_it_cost(speak: Run, synthesizer: Synthesizer):
    result = speak("--text", TEXT, "--steps", 3, "--verbose", "--output", "a.wav")
    figures = re.fullmatch(
        r"3 NFE, ([\d.]+) s of audio in ([\d.]+) s, real-time factor ([\d.]+)\n", result.err
    )
    audio, spent, factor = map(float, figures.groups())
    assert audio == pytest.approx(synthesizer.synthesize(TEXT).seconds, abs=0.01)
    assert factor == pytest.approx(spent / audio, rel=0.05, abs=1e-3)  # rounded


def test_a_training_run_speaks(run: Run, student_run: Path, vocoder_run: Path, tmp_path: Path):
    result = run("synthesize", "--checkpoint", student_run, "--text", "Yes.", "--output", "a.wav")
    assert result == Result(0, b"", "")
    assert soundfile.info(tmp_path / "a.wav").duration > 0


def test_voices_are_listed_with_their_speakers(
    run: Run, voice: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(voice_module, "EMBEDDED", voice.parent)
    wanted = "tiny: A voice for tests\n  ann (en-us)\n  bob (en-gb)\n  303 (en-us)\n"
    assert run("voices") == Result(0, wanted.encode(), "")


SAY = ("--text", "Yes.")
BAD = {
    "no text": ((), "give either --text or --file"),
    "two texts": ((*SAY, "--file", "text.txt"), "give either --text or --file"),
    "empty": (("--text", ""), "nothing to say"),
    "punctuation": (("--text", "?!… —"), "nothing to say"),
    "emoji": (("--text", "🎉 🎈"), "nothing to say"),
    "empty file": (("--file", "empty.txt"), "nothing to say"),
    "script": (("--text", "Привет, мир"), "this voice speaks English"),
    "speaker": ((*SAY, "--speaker", "eve"), "no speaker 'eve'; it has ann, bob, 303"),
    "voice": ((*SAY, "--voice", "eve"), "no voice 'eve'; known:"),
    "no steps": ((*SAY, "--steps", 0), "steps must be 1 or more"),
    "slow": ((*SAY, "--speed", 0.4), "speed must be between 0.5 and 2"),
    "fast": ((*SAY, "--speed", 2.1), "speed must be between 0.5 and 2"),
    "hot": ((*SAY, "--temperature", 3), "temperature must be between 0 and 2"),
    "seed": ((*SAY, "--seed", -1), "seed must be 0 or more"),
    "threads": ((*SAY, "--threads", 0), "threads must be 1 or more"),
    "suffix": ((*SAY, "--output", "a.docx"), "cannot write a.docx: use one of .wav"),
    "folder": ((*SAY, "--output", "no/where/a.wav"), "there is no folder no/where"),
    "output is a folder": ((*SAY, "--output", "folder.wav"), "it is a folder"),
    "no file": (("--file", "no.txt"), "cannot read no.txt"),
    "file is a folder": (("--file", "folder.wav"), "cannot read folder.wav"),
    "not UTF-8": (("--file", "latin.txt"), "latin.txt is not UTF-8 text (byte 2)"),
    "list without a folder": (("--file", "good.tsv"), "give --output-dir"),
    "folder without a list": (
        (*SAY, "--output-dir", "."),
        "--output-dir goes with a .tsv or a book",
    ),
    "no tab": (("--file", "bad.tsv", "--output-dir", "."), "bad.tsv, line 2: expected id<TAB>"),
    "a path as id": (("--file", "path.tsv", "--output-dir", "."), "path.tsv, line 1: expected"),
    "an id twice": (("--file", "twice.tsv", "--output-dir", "."), "has the same id twice"),
    "empty list": (("--file", "empty.tsv", "--output-dir", "."), "empty.tsv is empty"),
    "folder is a file": (("--file", "good.tsv", "--output-dir", "empty.txt"), "cannot make"),
    "folder and file": (
        ("--file", "good.tsv", "--output-dir", "out", "--output", "a.wav"),
        "--output-dir goes without --output",
    ),
    "folder and timestamps": (
        ("--file", "good.tsv", "--output-dir", "out", "--timestamps", "a.srt"),
        "--output-dir goes without --output and --timestamps",
    ),
    "no chapters": (("--file", "text.txt", "--output-dir", "out"), "text.txt has no chapters"),
    "nothing to resume": ((*SAY, "--resume"), "--resume goes with --output-dir"),
    "suffix of a batch": (
        ("--file", "good.tsv", "--output-dir", "out", "--format", "doc"),
        "cannot write a.doc: use one of .wav",
    ),
    "speaker of a line": (
        ("--file", "speaker.tsv", "--output-dir", "out"),
        "a: voice tiny has no speaker 'eve'",
    ),
    "kind of timestamps": ((*SAY, "--timestamps", "a.txt"), "use one of .srt, .vtt, .json"),
    "place of timestamps": ((*SAY, "--timestamps", "no/a.srt"), "there is no folder no"),
    "sample rate": ((*SAY, "--sample-rate", 7), "the sample rate must be 8000 to 192000 Hz"),
    "sample rate of opus": (
        (*SAY, "--sample-rate", 44_100, "--output", "a.opus"),
        ".opus has no sample rate of 44100 Hz",
    ),
    "float": ((*SAY, "--float", "--output", "a.flac"), ".flac has no float samples"),
    "no lexicon": ((*SAY, "--lexicon", "no.txt"), "lexicon no.txt: No such file"),
    "lexicon": ((*SAY, "--lexicon", "lexicon.txt"), "lexicon lexicon.txt, line 2: '%'"),
    "phonemes": (("--text", "[[ % ]]"), "'%' is not a phoneme"),
    "pause": (("--text", "[pause 5]"), "'[pause 5]' is not a pause"),
    "bytes": (("--text", "a\udcff"), "--text is not UTF-8 text (byte 1)"),
    "controls": (("--text", "\x00\x07\u200b"), "nothing to say"),
    "right to left": (("--text", "שלום"), "this voice speaks English"),
    "no run": ((*SAY, "--checkpoint", "folder.wav"), "no checkpoint; train it first"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line_exit_code_2_and_no_file(
    speak: Run, tmp_path: Path, arguments: tuple, message: str
):
    (tmp_path / "folder.wav").mkdir()
    files = {
        "text.txt": b"Yes.",
        "empty.txt": b"",
        "latin.txt": "Naïve".encode("latin-1"),
        "good.tsv": b"a\tYes.\n",
        "bad.tsv": b"a\tYes.\nb No.\n",
        "path.tsv": b"../a\tYes.\n",
        "twice.tsv": b"a\tYes.\na\tNo.\n",
        "empty.tsv": b"\n",
        "speaker.tsv": b"a\tYes.\teve\n",
        "lexicon.txt": "yes jˈɛs\nno %\n".encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    result = speak(*arguments)
    assert (result.code, result.out) == (2, b"")
    assert result.err.startswith("smf-tts: ")
    assert result.err.count("\n") == 1
    assert message in result.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_list_names_the_line_that_cannot_be_said(speak: Run, tmp_path: Path):
    (tmp_path / "list.tsv").write_text("one\tYes.\nsecond\t...\nthree\tNo.\n")
    result = speak("--file", "list.tsv", "--output-dir", "out")
    assert result.code == 2
    assert result.err == "smf-tts: second: nothing to say: the text has no words in it\n"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one.wav"]


@pytest.mark.parametrize("arguments", [("--steps", "two"), ("--colour", "red")])
def test_wrong_usage_is_exit_code_2(speak: Run, arguments: tuple):
    result = speak(*SAY, *arguments)
    assert (result.code, result.out) == (2, b"")
    assert "Traceback" not in result.err


def test_prepare(run: Run, tmp_path: Path):
    for i in range(2):
        write_utterance(tmp_path / "in", "train-a", "5", i, "Yes.", make_sound(0.9, i))
    (tmp_path / "speakers.yaml").write_text("5: {name: eve, language: en-gb}\n")
    result = run("prepare", "in", "out", "--speakers", "speakers.yaml")
    assert result.code == 0
    assert b"train-a: 0.00 hours" in result.out
    assert json.loads((tmp_path / "out" / "prepared.json").read_text())["speakers"] == [
        {"name": "eve", "language": "en-gb"}
    ]


def test_train_and_export(
    run: Run, runs: Path, student_run: Path, vocoder_run: Path, monkeypatch, tmp_path: Path
):
    before = (student_run / "log.jsonl").read_bytes()
    result = run("train", runs / "student.yaml", "logging.log_steps=5")  # finished: nothing to do
    assert (result.code, result.out) == (0, b"")
    assert (student_run / "log.jsonl").read_bytes() == before

    monkeypatch.setattr("smf_tts.export._graphs", lambda *_: {})  # see test_export
    (tmp_path / "card.md").write_text("# Eve\n")
    options = ("--description", "Mine", "--model-card", "card.md", "--steps", 2)
    result = run("export", student_run, vocoder_run, "deep/eve", *options)
    assert result == Result(0, b"", "")
    voice = json.loads((tmp_path / "deep" / "eve" / "voice.json").read_text())
    assert (voice["name"], voice["description"], voice["steps"]) == ("eve", "Mine", 2)
    assert (tmp_path / "deep" / "eve" / "MODEL_CARD.md").read_text() == "# Eve\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("prepare", "nowhere", "out"), "nowhere holds no corpus"),
        (("prepare", ".", "out", "--speakers", "no.yaml"), "no.yaml"),
        (("train", "no.yaml"), "cannot read no.yaml"),
        (("train", "{runs}/student.yaml", "optimizer.step=1"), "unknown setting 'optimizer.step'"),
        (("train", "{runs}/student.yaml", "data.prepared=un"), "un is not a prepared corpus"),
        (("export", "nowhere", "{vocoder}", "out"), "nowhere has no checkpoint"),
        (("export", "{vocoder}", "{vocoder}", "out"), "vocoder trained a vocoder"),
        (("export", "{student}", "{student}", "out"), "student trained a student"),
        (("export", "{student}", "{vocoder}", "out", "--model-card", "no.md"), "no.md"),
        (("export", "{student}", "{vocoder}", "{runs}"), "is no voice package"),
    ],
)
def test_bad_input_to_training_is_one_line_and_exit_code_2(
    run: Run,
    runs: Path,
    student_run: Path,
    vocoder_run: Path,
    tmp_path: Path,
    arguments: tuple,
    message: str,
):
    places = {"runs": runs, "student": student_run, "vocoder": vocoder_run}
    result = run(*(argument.format(**places) for argument in arguments))
    assert (result.code, result.out) == (2, b"")
    assert result.err.startswith("smf-tts: ")
    assert result.err.count("\n") == 1
    assert message in result.err
    assert not list(tmp_path.iterdir())


def test_a_missing_extra_is_named_with_the_command(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "lhotse", None)
    for name in [name for name in sys.modules if name.startswith("smf_tts.data.")]:
        monkeypatch.delitem(sys.modules, name)
    result = run("prepare", "in", "out")
    assert result == Result(2, b"", "smf-tts: this needs lhotse: pip install 'smf-tts[train]'\n")
