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
    """A sentence as one system spoke it (None: it did not), with what it is compared to."""

    sentence: Sentence
    recording: Recording | None
    reference: Recording | None = None
    prompts: tuple[Path, ...] = field(default=())


def read_list(path: Path) -> list[Sentence]:
    """Read `id<TAB>text[<TAB>speaker]` lines; a first line that starts `id<TAB>text` is a header.

    Raises:
        UserError: no such file, no sentences, an id twice, or a line without id and text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the list {path}: {error}") from None
    sentences: dict[str, Sentence] = {}
    for number, line in enumerate(lines, 1):
        columns = [column.strip() for column in line.split("\t")]
        if not any(columns) or (number == 1 and columns[:2] == ["id", "text"]):
            continue
        if len(columns) not in (2, 3) or not all(columns[:2]):
            raise UserError(f"{path}, line {number}: expected id<TAB>text[<TAB>speaker]")
        if Path(columns[0]).name != columns[0]:
            raise UserError(f"{path}, line {number}: {columns[0]!r} cannot be a file name")
        if columns[0] in sentences:
            raise UserError(f"{path}, line {number}: the id {columns[0]} occurs twice")
        sentences[columns[0]] = Sentence(*columns)
    if not sentences:
        raise UserError(f"{path} lists no sentences; each line is id<TAB>text[<TAB>speaker]")
    return list(sentences.values())


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
