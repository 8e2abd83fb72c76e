"""Readers: a corpus on disk to utterances."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
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


Reader = Callable[[Path, Sequence[str]], Iterator[Utterance]]


def read_libritts(folder: Path, subsets: Sequence[str] = ()) -> Iterator[Utterance]:
    """Read LibriTTS's layout: SPLIT/SPEAKER/CHAPTER/ID.normalized.txt beside ID's audio.

    It finds what `lhotse.recipes.prepare_libritts` finds. That one reads nothing but wav, needs
    the list book.tsv in each chapter, and ends at the first file that cannot be read; here any
    audio will do, and faulty files are left to the preparation to list.

    Args:
        folder: the corpus.
        subsets: the splits to read; all of them by default.

    Yields:
        Utterances by id within a split. Audio without a transcript comes with an empty text.

    Raises:
        UserError: the corpus lacks a subset.
    """
    found = sorted(path.name for path in folder.iterdir() if any(path.glob("*/*/*")))
    if missing := [subset for subset in subsets if subset not in found]:
        raise UserError(f"{folder} has no subset {missing[0]}; it has {', '.join(found)}")
    for split in found:
        if not subsets or split in subsets:
            yield from _read_split(folder / split)


def _read_split(folder: Path) -> Iterator[Utterance]:
    # LibriTTS-R comes with the ._* files of a Mac.
    paths = [path for path in folder.glob("*/*/*") if not path.name.startswith(".")]
    audio = {p.with_suffix(""): p for p in paths if p.suffix.lower() in AUDIO_SUFFIXES}
    transcripts = {
        path.with_name(path.name.removesuffix(_TRANSCRIPT)): path
        for path in paths
        if path.name.endswith(_TRANSCRIPT)
    }
    for stem in sorted(transcripts.keys() | audio.keys()):
        text = ""
        if stem in transcripts:
            text = transcripts[stem].read_text(encoding="utf-8", errors="replace").strip()
        path = audio.get(stem) or stem.with_name(f"{stem.name}.wav")
        yield Utterance(stem.name, path, text, stem.parts[-3], folder.name)


def read_metadata_csv(folder: Path, subsets: Sequence[str] = ()) -> Iterator[Utterance]:
    """Read LJSpeech's layout: metadata.csv of `id|text` or `id|raw|normalised`, audio in wavs/.

    One speaker, named after the folder, and one split, `train`.

    Raises:
        UserError: subsets are asked for, or a name in the list is no file name.
    """
    if subsets:
        raise UserError(f"{folder} has a metadata.csv, so no subsets to choose from")
    with (folder / "metadata.csv").open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE):
            if not row:
                continue
            name = row[0].strip()
            if not name or Path(name).name != name:
                raise UserError(
                    f"{folder / 'metadata.csv'}: {row[0]!r} is no file name; "
                    "a line is id|text, its audio in wavs/id.wav"
                )
            text = row[-1].strip() if len(row) > 1 else ""
            audio = _audio(folder / "wavs", name.removesuffix(".wav"))
            yield Utterance(audio.stem, audio, text, folder.resolve().name, "train")


def _audio(folder: Path, name: str) -> Path:
    paths = [folder / f"{name}{suffix}" for suffix in AUDIO_SUFFIXES]
    return next((path for path in paths if path.exists()), paths[0])


def reader_of(folder: Path) -> Reader:
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
