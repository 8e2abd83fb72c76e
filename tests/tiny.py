"""What the tests share: sounds, sentences, and settings for trainings of seconds."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
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
    "discriminators": {
        "magnitude_sizes": [128],
        "magnitude_channels": 2,
        "local_sizes": [256],
        "local_channels": 2,
        "fft_sizes": [512],
        "channels": 2,
        "periods": [2, 3],
        "period_channels": 2,
    },
    "adversarial": {"segment_frames": 16, "start": 0.5},
}
SOURCE_FILTER: dict[str, Any] = {
    **VOCODER,
    "vocoder": {**VOCODER["vocoder"], "source_filter": True, "pitch_dim": 8},
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
