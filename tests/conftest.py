"""A tiny corpus, the runs that the trainer makes of it, and the voice that export makes of them.

Everything is made once a session, on the first use: a test that needs no training waits for none.
"""

from __future__ import annotations

import os

# Before torch and onnxruntime start their threads: the models here are too small to share out.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import (
    SENTENCES,
    SOURCE_FILTER,
    STEREO_SPEAKER,
    STUDENT,
    TEACHER,
    VOCODER,
    make_sound,
    write_stage,
    write_utterance,
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The machine's own chromium, driven by Playwright; without one the test is skipped."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium found; on Debian: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        # Chromium refuses its sandbox to root.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three speakers in LibriTTS's layout, one of them in stereo at 16 kHz."""
    folder = tmp_path_factory.mktemp("corpus")
    for i, (split, speaker, text) in enumerate(SENTENCES):
        sound = make_sound(0.4 + 0.04 * len(text), i)
        if speaker == STEREO_SPEAKER:
            stereo = np.stack([sound, 0.5 * sound], axis=1)
            write_utterance(folder, split, speaker, i, text, stereo, 16_000)
        else:
            write_utterance(folder, split, speaker, i, text, sound)
    return folder


@pytest.fixture(scope="session")
def faulty_corpus(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus again, to which `faults` adds."""
    return Path(shutil.copytree(corpus, tmp_path_factory.mktemp("faulty") / "corpus"))


@pytest.fixture(scope="session")
def faults(faulty_corpus: Path) -> dict[str, str]:
    """Utterances added to a corpus that cannot be trained on, each with its reason."""
    sound, text = make_sound(2.0, 99), "Add what cannot be used."
    broken = sound.copy()
    broken[1000] = np.nan
    sounds = [
        (sound, None, "no transcript"),
        (sound, " \n", "no transcript"),
        (sound, "—…!", "no phonemes"),
        (sound[:240], text, "shorter than"),
        (np.tile(sound[:24_000], 600), text, "longer than"),  # ten minutes
        (broken, text, "samples that are not numbers"),
        (0 * sound, text, "silence"),
        (sound[:12_000], "This is too much to say in half a second or so.", "more phonemes"),
        (sound[:0], text, "unreadable or empty audio"),
    ]
    files = [b"", b"RIFF of no such kind" * 100, None]
    reasons = {}
    for i, (samples, transcript, reason) in enumerate(sounds, 900):
        reasons[write_utterance(faulty_corpus, "train-clean", "101", i, transcript, samples)] = (
            reason
        )
    for i, content in enumerate(files, 950):
        name = write_utterance(faulty_corpus, "train-clean", "101", i, text, sound)
        reasons[name] = "unreadable or empty audio"
        path = faulty_corpus / "train-clean" / "101" / "1" / f"{name}.wav"
        path.unlink()
        if content is not None:
            path.write_bytes(content)
    return reasons


@pytest.fixture(scope="session")
def prepared(
    faulty_corpus: Path, faults: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The corpus, faults and all, as `smf-tts prepare` leaves it."""
    from smf_tts.data.prepare import prepare
    from smf_tts.runtime.voice import Speaker

    folder = tmp_path_factory.mktemp("prepared")
    speakers = {"101": Speaker("ann", "en-us"), "202": Speaker("bob", "en-gb")}
    prepare(faulty_corpus, folder, speakers, largest_rejected_share=0.5)
    return folder


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of training runs, empty until one of the next three is asked for."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def train_stage(prepared: Path, runs: Path) -> Callable[..., Path]:
    """Write a stage's YAML beside the runs and train it: `train_stage(NAME, BASE, **settings)`."""
    from smf_tts.training.stages import load_stage, train

    def run_stage(name: str, base: dict[str, Any], **settings: Any) -> Path:
        data = {"prepared": str(prepared), **settings.pop("data", {})}
        run = runs / name
        config = write_stage(runs / f"{name}.yaml", base, run=str(run), data=data, **settings)
        train(load_stage(config))
        return run

    return run_stage


@pytest.fixture(scope="session")
def teacher_run(train_stage: Callable[..., Path]) -> Path:
    return train_stage("teacher", TEACHER)


@pytest.fixture(scope="session")
def student_run(train_stage: Callable[..., Path], teacher_run: Path) -> Path:
    return train_stage("student", STUDENT, teacher=str(teacher_run))


@pytest.fixture(scope="session")
def vocoder_run(train_stage: Callable[..., Path]) -> Path:
    return train_stage("vocoder", VOCODER)


@pytest.fixture(scope="session")
def source_filter_run(train_stage) -> Path:
    return train_stage("source_filter", SOURCE_FILTER)


@pytest.fixture(scope="session")
def published_vocos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as those on the model hub that hold a Vocos, tiny."""
    import torch
    import yaml
    from vocos import Vocos

    parts = {
        "feature_extractor": ("feature_extractors.MelSpectrogramFeatures", {}),
        "backbone": (
            "models.VocosBackbone",
            {"input_channels": 100, "dim": 24, "intermediate_dim": 48, "num_layers": 3},
        ),
        "head": (
            "heads.ISTFTHead",
            {"dim": 24, "n_fft": 1024, "hop_length": 256, "padding": "center"},
        ),
    }
    config = {
        name: {"class_path": f"vocos.{path}", "init_args": arguments}
        for name, (path, arguments) in parts.items()
    }
    folder = tmp_path_factory.mktemp("vocos")
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    vocos = Vocos.from_hparams(str(folder / "config.yaml"))
    torch.save(vocos.state_dict(), folder / "pytorch_model.bin")
    return folder


@pytest.fixture(scope="session")
def voice(student_run: Path, vocoder_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The voice package that export makes of the student and the vocoder."""
    from smf_tts.export import export

    folder = tmp_path_factory.mktemp("voices") / "tiny"
    export(student_run, str(vocoder_run), folder, "tiny", "A voice for tests", 1, 0.8, "# Tiny\n")
    return folder


@pytest.fixture(scope="session")
def synthesizer(voice: Path) -> Any:
    from smf_tts import Synthesizer

    return Synthesizer.from_pretrained(voice, threads=1)
