"""A tiny corpus, the runs that the real trainer makes of it, and the voice that export makes of them.

Everything is made once a session, on the first use: a test that needs no training waits for none.
"""

from __future__ import annotations

import os

# Before torch and onnxruntime start their threads: the models here are too small to share out.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

SPEECH = Path(__file__).parent / "data" / "speech"
SAMPLE_RATE = 24_000

# Split, speaker, text. Harvard sentences (IEEE 1969), and two of a word or so.
SENTENCES = [
    ("train-clean", "101", "The birch canoe slid on the smooth planks."),
    ("train-clean", "101", "Glue the sheet to the dark blue background."),
    ("train-clean", "101", "It's easy to tell the depth of a well."),
    ("train-clean", "101", "These days a chicken leg is a rare dish."),
    ("train-clean", "101", "Rice is often served in round bowls."),
    ("train-clean", "101", "Oh, no!"),
    ("train-clean", "202", "The juice of lemons makes fine punch."),
    ("train-clean", "202", "The box was thrown beside the parked truck."),
    ("train-clean", "202", "The hogs were fed chopped corn and garbage."),
    ("train-clean", "202", "Four hours of steady work faced us."),
    ("train-clean", "202", "A large size in stockings is hard to sell."),
    ("train-clean", "202", "Yes."),
    ("train-clean", "303", "Add the sum to the product of these three."),
    ("dev-clean", "101", "The boy was there when the sun rose."),
    ("dev-clean", "202", "A rod is used to catch pink salmon."),
]

STEREO_SPEAKER = "303"

TEACHER: dict[str, Any] = {
    "stage": "teacher",
    "data": {"batch_seconds": 6},
    "optimizer": {"steps": 8, "learning_rate": 0.002, "warmup_steps": 2},
    "logging": {"log_steps": 1, "sample_steps": 8, "checkpoint_steps": 4},
    "acoustic": {
        "speaker_dim": 8,
        "encoder_dim": 16,
        "encoder_layers": 2,
        "duration_layers": 1,
        "decoder_dim": 16,
        "decoder_layers": 2,
    },
}
STUDENT: dict[str, Any] = {
    "stage": "student",
    "data": {"batch_seconds": 6},
    "optimizer": {"steps": 8, "learning_rate": 0.002, "warmup_steps": 2},
    "logging": {"log_steps": 1, "sample_steps": 8, "checkpoint_steps": 8},
    "guidance": 1.5,
}
VOCODER: dict[str, Any] = {
    "stage": "vocoder",
    "data": {"batch_seconds": 6},
    "optimizer": {"steps": 4, "learning_rate": 0.001, "warmup_steps": 2},
    "logging": {"log_steps": 1, "sample_steps": 4, "checkpoint_steps": 4},
    "vocoder": {"dim": 16, "intermediate_dim": 32, "layers": 2},
    "adversarial": {
        "segment_frames": 16,
        "start": 0.5,
        "fft_sizes": [512],
        "channels": 2,
        "periods": [2, 3],
        "period_channels": 2,
    },
}


def make_sound(seconds: float, seed: int) -> np.ndarray:
    """A buzz that glides and swells, with breath: mono samples at SAMPLE_RATE, below 1."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch_hz = rng.uniform(90, 220) * 2 ** (0.3 * np.sin(2 * np.pi * rng.uniform(0.5, 2) * time))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 12))
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * rng.uniform(2, 5) * time)
    return (0.1 * swell * buzz + 0.003 * rng.standard_normal(len(time))).astype(np.float32)


def write_utterance(
    corpus: Path,
    split: str,
    speaker: str,
    number: int,
    text: str | None,
    samples: np.ndarray,
    sample_rate: int = SAMPLE_RATE,
) -> str:
    """Write one utterance in LibriTTS's layout; return its id."""
    folder = corpus / split / speaker / "1"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{speaker}_1_{number:06}_000000"
    soundfile.write(folder / f"{name}.wav", samples, sample_rate, "FLOAT")
    if text is not None:
        (folder / f"{name}.normalized.txt").write_text(text, encoding="utf-8")
    return name


def write_stage(path: Path, base: dict[str, Any], **settings: Any) -> Path:
    """Write a stage's YAML: `base` with some settings replaced, one level deep."""
    values = copy.deepcopy(base)
    for name, value in settings.items():
        if isinstance(value, dict):
            values[name] = {**values.get(name, {}), **value}
        else:
            values[name] = value
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def read_log(run: Path) -> list[dict[str, float]]:
    """The lines of a run's log."""
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three speakers in LibriTTS's layout, one of them in stereo at 16 kHz; and `faults`."""
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
def faults(corpus: Path) -> dict[str, str]:
    """Utterances added to the corpus that cannot be trained on, each with its reason."""
    sound, text = make_sound(2.0, 99), "Add what cannot be used."
    broken = sound.copy()
    broken[1000] = np.nan
    sounds = [
        (sound, None, "no transcript"),
        (sound, " \n", "no transcript"),
        (sound, "—…!", "no phonemes"),
        (sound[:240], text, "shorter than"),
        (np.tile(sound, 16), text, "shorter than"),
        (broken, text, "samples that are not numbers"),
        (0 * sound, text, "silence"),
        (sound[:12_000], "This is too much to say in half a second or so.", "more phonemes"),
        (sound[:0], text, "shorter than"),
    ]
    files = [b"", b"RIFF of no such kind" * 100, None]
    reasons = {}
    for i, (samples, transcript, reason) in enumerate(sounds, 900):
        reasons[write_utterance(corpus, "train-clean", "101", i, transcript, samples)] = reason
    for i, content in enumerate(files, 950):
        name = write_utterance(corpus, "train-clean", "101", i, text, sound)
        reasons[name] = "unreadable or empty audio"
        path = corpus / "train-clean" / "101" / "1" / f"{name}.wav"
        path.unlink()
        if content is not None:
            path.write_bytes(content)
    return reasons


@pytest.fixture(scope="session")
def prepared(
    corpus: Path, faults: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The corpus, faults and all, as `smf-tts prepare` leaves it."""
    from smf_tts.data.prepare import prepare
    from smf_tts.runtime.voice import Speaker

    folder = tmp_path_factory.mktemp("prepared")
    speakers = {"101": Speaker("ann", "en-us"), "202": Speaker("bob", "en-gb")}
    prepare(corpus, folder, speakers, largest_rejected_share=0.5)
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
