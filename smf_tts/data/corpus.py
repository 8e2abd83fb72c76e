"""Readers: a corpus on disk to utterances."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smf_tts.errors import UserError

AUDIO_SUFFIXES = (".wav", ".flac", ".opus", ".ogg", ".mp3")
_TRANSCRIPT = ".normalized.txt"


@dataclass(frozen=True)
class Utterance:
    """One recorded sentence."""

    id: str
    audio: Path
    text: str
    speaker: str
    split: str


def read_libritts(folder: Path) -> Iterator[Utterance]:
    """Read LibriTTS's layout: SPLIT/SPEAKER/CHAPTER/ID.normalized.txt beside ID's audio.

    Audio without a transcript comes with an empty text.
    """
    transcripts = {
        path.with_name(path.name.removesuffix(_TRANSCRIPT))
        for path in folder.glob(f"*/*/*/*{_TRANSCRIPT}")
    }
    audio = {p.with_suffix("") for p in folder.glob("*/*/*/*") if p.suffix in AUDIO_SUFFIXES}
    for stem in sorted(transcripts | audio):
        text = ""
        if stem in transcripts:
            transcript = stem.with_name(stem.name + _TRANSCRIPT)
            text = transcript.read_text(encoding="utf-8", errors="replace").strip()
        split, speaker = stem.parts[-4], stem.parts[-3]
        yield Utterance(stem.name, _audio(stem.parent, stem.name), text, speaker, split)


def read_metadata_csv(folder: Path) -> Iterator[Utterance]:
    """Read LJSpeech's layout: metadata.csv of `id|text` or `id|raw|normalised`, audio in wavs/.

    Every hundredth utterance becomes the split `dev`, the rest `train`.
    """
    with (folder / "metadata.csv").open(encoding="utf-8", errors="replace", newline="") as lines:
        for i, row in enumerate(csv.reader(lines, delimiter="|", quoting=csv.QUOTE_NONE)):
            if row:
                audio = _audio(folder / "wavs", row[0])
                text = row[-1].strip() if len(row) > 1 else ""
                yield Utterance(row[0], audio, text, folder.name, "train" if i % 100 else "dev")


def _audio(folder: Path, name: str) -> Path:
    paths = [folder / f"{name}{suffix}" for suffix in AUDIO_SUFFIXES]
    return next((path for path in paths if path.exists()), paths[0])


def reader_of(folder: Path) -> Callable[[Path], Iterator[Utterance]]:
    """The reader for the corpus in `folder`.

    Raises:
        UserError: the folder has neither layout.
    """
    if (folder / "metadata.csv").exists():
        return read_metadata_csv
    if next(folder.glob(f"*/*/*/*{_TRANSCRIPT}"), None):
        return read_libritts
    raise UserError(
        f"{folder} holds no corpus: expected LibriTTS's layout "
        "(SPLIT/SPEAKER/CHAPTER/ID.normalized.txt) or a metadata.csv with a folder wavs"
    )
