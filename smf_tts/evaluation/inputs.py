"""What is evaluated: a list of sentences, and audio files of any rate and channel count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from smf_tts.errors import UserError
from smf_tts.runtime.inputs import read_list as runtime_list

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3")
# Every recogniser and predictor here was trained at this rate, so audio is brought to it once.
SAMPLE_RATE_HZ = 16_000
SILENT_PEAK = 1e-4  # -80 dBFS
CLIPPED_SHARE = 1e-3

Samples = npt.NDArray[np.float32]


class UnreadableAudio(Exception):
    """An audio file that holds no audio; counted as an error of the system that made it."""


@dataclass(frozen=True)
class Sentence:
    """One line of a list: what is to be said, and by whom ("" where the list does not say)."""

    id: str
    text: str
    speaker: str = ""


@dataclass(frozen=True)
class System:
    """What is judged: a folder of audio named by sentence id.

    `steps` and, for each id, `speed` are known where this package synthesized the audio itself.
    """

    name: str
    folder: Path
    steps: int | None = None
    speed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """Mono audio at SAMPLE_RATE_HZ, in [-1, 1], with what was odd about its file."""

    samples: Samples
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.samples) / SAMPLE_RATE_HZ

    @cached_property
    def silent(self) -> bool:
        """Whether there is nothing to hear."""
        return float(np.abs(self.samples).max()) < SILENT_PEAK


@dataclass(frozen=True)
class Utterance:
    """A sentence as one system spoke it (None: it did not), with what it is compared to.

    `prompts` are each speaker's audio, the sentence's own speaker among them; empty if not given.
    """

    sentence: Sentence
    recording: Recording | None
    reference: Recording | None = None
    prompts: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


def read_list(path: Path) -> list[Sentence]:
    """Read the list of what is evaluated; see `smf_tts.runtime.inputs.read_list`."""
    return [Sentence(line.name, line.text, line.speaker or "") for line in runtime_list(str(path))]


def find_audio(folder: Path, ids: set[str]) -> dict[str, Path]:
    """Find the audio files named after `ids` in a folder and the folders below it.

    Raises:
        UserError: no such folder, no such file in it, or two files for one id.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder of audio files")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES and path.stem in ids:
            if path.stem in found:
                raise UserError(f"two files for {path.stem}: {found[path.stem]} and {path}")
            found[path.stem] = path
    if not found:
        raise UserError(f"{folder} holds no audio named after the list, such as {min(ids)}.wav")
    return found


def find_prompts(folder: Path, speakers: set[str]) -> dict[str, tuple[Path, ...]]:
    """Find each speaker's audio: `folder/SPEAKER.wav`, or any below `folder/SPEAKER`.

    Raises:
        UserError: a speaker without audio, or sentences without a speaker.
    """
    if "" in speakers:
        raise UserError("prompts need a list with a third column that names the speaker")
    prompts = {}
    for speaker in sorted(speakers):
        paths = [*folder.glob(f"{speaker}.*"), *folder.glob(f"{speaker}/**/*")]
        prompts[speaker] = tuple(sorted(p for p in paths if p.suffix.lower() in AUDIO_SUFFIXES))
        if not prompts[speaker]:
            raise UserError(f"{folder} holds no {speaker}.wav and no audio in a folder {speaker}")
    return prompts


def read_recording(path: Path) -> Recording:
    """Read an audio file, mix its channels and resample it.

    Raises:
        UnreadableAudio: not an audio file, or samples that are not numbers.
    """
    try:
        channels, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise UnreadableAudio(f"unreadable: {error}") from None
    if not len(channels):
        raise UnreadableAudio("unreadable: no samples")
    if not np.isfinite(channels).all():
        raise UnreadableAudio("unreadable: samples that are not numbers")
    notes = []
    if channels.shape[1] > 1:
        notes.append(f"{channels.shape[1]} channels mixed to one")
    samples = channels.mean(axis=1)
    clipped = float(np.mean(np.abs(samples) >= 0.999))
    if clipped > CLIPPED_SHARE:
        notes.append(f"clipped: {clipped:.1%} of the samples at full scale")
    if rate_hz != SAMPLE_RATE_HZ:
        samples = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ)
    recording = Recording(np.clip(samples, -1, 1).astype(np.float32), tuple(notes))
    if recording.silent:
        return Recording(recording.samples, (*recording.notes, "silent"))
    return recording
