"""The recipe of LibriTTS: its stages on two minutes of speech, and what a user may get wrong."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.error import URLError

import pytest
import soundfile
from typer.testing import CliRunner

from smf_tts.data.prepare import prepare
from smf_tts.errors import UserError
from smf_tts.training.runs import load_acoustic
from smf_tts.training.stages import load_stage

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "recipes" / "libritts"
CONFIGS = ROOT / "configs"
SLICE = ROOT / "tests" / "data" / "kokoro-mini"
sys.path.insert(0, str(RECIPE))

import download  # noqa: E402
import estimate  # noqa: E402
import measure_loader  # noqa: E402


def run_recipe(tmp_path: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run run.sh with its run below `tmp_path`."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "smf-tts"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m smf_tts.cli "$@"\n')
    program.chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", RECIPE / "run.sh", "--run-dir", tmp_path / "run", *arguments],
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )


def test_a_corpus_is_prepared_and_described(tmp_path: Path):
    arguments = ("--corpus-dir", SLICE, "--stop-stage", "2")
    done = run_recipe(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert f"{SLICE} is there" in done.stdout
    figures = json.loads((tmp_path / "run" / "corpus.json").read_text())
    assert figures["train"]["utterances"] == 28
    assert figures["held out"]["utterances"] == 8
    for part in ("train", "held out"):
        assert figures[part]["speakers"] == 4
    seconds = sum(soundfile.info(path).duration for path in SLICE.rglob("*.opus"))
    hours = figures["train"]["hours"] + figures["held out"]["hours"]
    assert hours * 3600 == pytest.approx(seconds, abs=0.1)
    assert "| train | 28 | 4 |" in done.stdout

    manifest = next((tmp_path / "run" / "prepared").glob("train*.gz"))
    before = manifest.stat().st_mtime_ns
    assert run_recipe(tmp_path, *arguments, "--stage", "1").returncode == 0
    assert manifest.stat().st_mtime_ns == before


def test_from_the_voice_to_the_report(
    tmp_path: Path,
    prepared: Path,
    voice: Path,
    teacher_run: Path,
    student_run: Path,
    vocoder_run: Path,
):
    """What training leaves is spoken, scored and reported; again, nothing is done twice."""
    run = tmp_path / "run"
    run.mkdir()
    for path in (prepared, teacher_run, student_run, vocoder_run):
        (run / ("prepared" if path == prepared else path.name)).symlink_to(path)
    shutil.copytree(voice, run / "voice")
    stages = ("--metrics", "acoustics")
    done = run_recipe(tmp_path, "--stage", "6", *stages, "--stop-stage", "6")
    assert done.returncode == 0, done.stderr
    assert "voice is there" in done.stdout
    done = run_recipe(tmp_path, "--stage", "2", "--stop-stage", "2")
    assert done.returncode == 0, done.stderr
    done = run_recipe(tmp_path, "--stage", "7", *stages)
    assert done.returncode == 0, done.stderr
    report = (run / "report.md").read_text()
    for name in ("student_1", "student_2", "student_4", "teacher_10", "recordings"):
        assert f"| {name} |" in report
    for name, steps in {"teacher": 8, "student": 8, "vocoder": 4}.items():
        assert f"\n| {name} | {steps} |" in report
    assert "- student_1: 1 NFE, " in report
    assert "deviation ratio 1 steps" in report
    speech = sorted((run / "test" / "wavs").glob("*/*.wav"))
    assert len(speech) == 4 * 2  # the corpus holds two sentences out
    before = [path.stat().st_mtime_ns for path in speech]
    again = run_recipe(tmp_path, "--stage", "7", "--stop-stage", "7")
    assert again.returncode == 0, again.stderr
    assert [path.stat().st_mtime_ns for path in speech] == before


def test_each_training_gets_its_settings(tmp_path: Path):
    def lines(*arguments: str) -> list[str]:
        done = run_recipe(
            tmp_path, "--launcher", "echo -x", "--stage", "3", "--stop-stage", "5", *arguments
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    run = tmp_path / "run"
    command = f"-x -m smf_tts.cli train {CONFIGS}"
    data = f"data.prepared={run / 'prepared'}"
    assert lines("--size", "base", "--set", "student.seed=2", "--set", "vocoder.seed=3") == [
        "== 3 teacher",
        f"{command}/base/teacher.yaml run={run}/teacher {data}",
        "== 4 student",
        f"{command}/base/student.yaml run={run}/student {data} teacher={run}/teacher seed=2",
        "== 5 vocoder",
        f"{command}/base/vocoder.yaml run={run}/vocoder {data} seed=3",
    ]
    assert lines("--from-scratch", "--vocoder", "some/vocos", "--prepared-dir", "p") == [
        "== 3 teacher",
        "none is wanted",
        "== 4 student",
        f"{command}/small/teacher.yaml run={run}/student data.prepared=p objective=split_mean_flow",
        "== 5 vocoder",
        "some/vocos is used",
    ]


@pytest.mark.parametrize("size", ["small", "base", "large"])
def test_each_size_has_every_stage(size: str):
    for stage in ("teacher", "student", "vocoder"):
        assert load_stage(CONFIGS / size / f"{stage}.yaml").stage == stage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "huge"], "--size is small, base or large, got huge"),
        (["--stage", "two"], "from 0 to 9"),
        (["--stage"], "--stage needs a value"),
        (["--colour", "blue"], "unknown option --colour"),
        (["--set", "seed=1"], "STAGE.NAME=VALUE"),
        (["--corpus-dir", "absent"], "name the folder LibriTTS or LibriTTS_R"),
        (["--corpus-dir", "LibriTTS", "--subsets", "train-clean"], "no subset train-clean; it has"),
        (["--stage", "1", "--corpus-dir", "absent"], "absent holds no corpus"),
        (["--stage", "2"], "run smf-tts prepare first"),
        (["--stage", "9"], "run the stages before this one"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, arguments: list[str], message: str):
    done = run_recipe(tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


# Download, with Lhotse's part played here


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path, use_librittsr: bool, dataset_parts: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder / f"{dataset_parts}.tar.gz"
        archive.touch()  # Lhotse opens it before it asks the network
        raise URLError("no route\nto host")

    monkeypatch.setattr(download, "download_libritts", fail)


@pytest.mark.parametrize(
    ("name", "archive"),
    [("LibriTTS", "train-clean-100.tar.gz"), ("LibriTTS_R", "train_clean_100.tar.gz")],
)
def test_without_a_network_the_archive_has_a_place(
    no_network: None, tmp_path: Path, name: str, archive: str
):
    corpus, subset = tmp_path / name, "train-clean-100"
    with pytest.raises(UserError) as error:
        download.main(corpus, [subset])
    assert f"no route to host); without a network, get {archive} from openslr.org" in str(
        error.value
    )
    assert f"put it at {tmp_path / archive}, or its contents at {corpus}" in str(error.value)
    assert not corpus.exists()

    sound = tmp_path / "new" / name / subset / "7" / "1" / "7_1_000000_000000.wav"
    sound.parent.mkdir(parents=True)
    sound.write_bytes(random.Random(0).randbytes(100_000))
    with tarfile.open(tmp_path / archive, "w:gz") as tar:
        tar.add(tmp_path / "new" / name, name)
    whole = (tmp_path / archive).read_bytes()
    for content in (whole[:-1000], whole[:100], b"no archive"):
        (tmp_path / archive).write_bytes(content)
        with pytest.raises(UserError, match=r"not whole.*get .*tar\.gz again"):
            download.main(corpus, [subset])
        assert not (corpus / subset).exists()
    (tmp_path / archive).write_bytes(whole)
    download.main(corpus, [subset])
    assert (corpus / subset / "7" / "1" / sound.name).read_bytes() == sound.read_bytes()
    (tmp_path / archive).unlink()
    download.main(corpus, [subset])  # it is there: nothing is asked of the network


def test_a_subset_that_was_half_downloaded_is_not_taken_for_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As Lhotse does, subset by subset: stopped amid the second, both are there after another."""
    stopped = ["train-clean-360"]

    def play(folder: Path, use_librittsr: bool, dataset_parts: str) -> None:
        part = folder / "LibriTTS" / dataset_parts
        (part / "7" / "1").mkdir(parents=True, exist_ok=True)
        if dataset_parts in stopped:
            stopped.clear()
            raise KeyboardInterrupt
        (part / "7" / "1" / "7_1_000000_000000.wav").touch()

    monkeypatch.setattr(download, "download_libritts", play)
    corpus, subsets = tmp_path / "LibriTTS", ["train-clean-100", "train-clean-360"]
    with pytest.raises(KeyboardInterrupt):
        download.main(corpus, subsets)
    assert [path.name for path in corpus.iterdir()] == subsets[:1]
    download.main(corpus, subsets)
    assert sorted(path.name for path in corpus.iterdir()) == subsets
    assert len(list(corpus.rglob("*.wav"))) == 2
    assert not list(tmp_path.glob(".*"))


# What a training costs, and the loader


def test_the_operations_of_a_step_are_those_of_its_weights(teacher_run: Path):
    model = load_acoustic(teacher_run)[0].train()
    (few, few_flops, few_bytes), (twice, flops, kept) = (estimate.step(model, n) for n in (1, 2))
    assert twice == 2 * few
    assert flops == pytest.approx(2 * few_flops, rel=0.01)
    assert few_bytes < kept <= 2 * few_bytes
    # Forward and backward, a weight is 6 operations at each position; two frames share one.
    decoder, whole = (sum(p.numel() for p in m.parameters()) for m in (model.decoder, model))
    assert 2 * decoder < flops / twice < 6 * whole


def test_the_loader_is_measured_on_a_larger_corpus(prepared: Path, tmp_path: Path):
    shards = tmp_path / "shards"
    prepare(SLICE, shards, shards=True)
    for folder in (prepared, shards):
        hours = {}
        for count in (1, 3):
            target = tmp_path / f"{folder.name}-{count}"
            target.mkdir()
            measure_loader.multiply(folder, target, count)
            arguments = ["epoch", str(target), "20", "0"]
            done = CliRunner().invoke(measure_loader.app, arguments)
            assert done.exit_code == 0, done.output
            cells = done.stdout.splitlines()[-1].split(" | ")
            hours[count] = float(cells[0])
            assert len(cells) == 6
            assert all(float(memory) > 50 for memory in cells[1:5])
        assert hours[3] == pytest.approx(3 * hours[1], rel=0.02)
