"""Make the corpus of the embedded voice: sentences of LibriTTS read aloud by Kokoro-82M v1.0.

    python recipes/kokoro_mini/make_corpus.py LibriTTS/train-clean-100 data/kokoro_mini_corpus

The texts are those of LibriTTS (Zen et al., arXiv 1904.02882; CC BY 4.0), or others in its form.
The reader is hexgrad's Kokoro-82M (Apache-2.0) in kokoro-onnx's int8 export, which public packages
carry in pieces. Started again, it goes on where it was.
"""

from __future__ import annotations

import io
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import soundfile
import typer
from kokoro_82m import Kokoro, fetch
from numpy.typing import NDArray
from tqdm import tqdm

from smf_tts.errors import UserError, one_line_errors
from smf_tts.files import write_whole

SAMPLE_RATE_HZ = 24_000
SILENCE, EDGE_SECONDS = 0.008, 0.08  # what counts as none, and how much of it stays at both ends
OPUS_COMPRESSION = 0.8  # libsndfile's scale from 0 to 1; about 58 kbit/s

# Spoken as written: no digits, no brackets, no other script.
USABLE_TEXT = re.compile(r"[A-Za-z ,.!?;:'\"-]{15,175}")
TEXT_ID = re.compile(r"[^\W_]+_([^\W_]+)_([\w-]+)")  # READER_CHAPTER_SENTENCE
TRANSCRIPT = ".normalized.txt"


@dataclass(frozen=True)
class Voice:
    """A speaker of the corpus: one of Kokoro's styles, and how many sentences it reads."""

    id: str
    style: str
    sex: str
    language: str
    train: int
    dev: int


VOICES = (
    Voice("9001", "af_heart", "F", "en-us", 2000, 50),
    Voice("9002", "am_michael", "M", "en-us", 950, 50),
    Voice("9003", "bf_emma", "F", "en-gb", 800, 50),
    Voice("9004", "bm_george", "M", "en-gb", 800, 50),
)


@dataclass(frozen=True)
class Line:
    """A sentence, who reads it, and where it goes."""

    id: str
    text: str
    voice: Voice
    chapter: str
    split: str

    def folder(self, corpus: Path) -> Path:
        """The chapter's folder in LibriTTS's layout."""
        return corpus / self.split / self.voice.id / self.chapter


# A text, a style and a language to samples at 24 kHz.
Read = Callable[[str, str, str], NDArray[np.float32]]


def read_texts(source: Path) -> dict[str, str]:
    """Usable texts by id, from a folder of ID.normalized.txt or a file of `id<TAB>text` lines.

    Raises:
        UserError: no such source, or an id of another form than LibriTTS's.
    """
    if source.is_dir():
        files = sorted(source.rglob(f"*{TRANSCRIPT}"))
        entries = [
            (f.name.removesuffix(TRANSCRIPT), f.read_text("utf-8", "replace")) for f in files
        ]
    elif source.is_file():
        lines = source.read_text("utf-8", "replace").splitlines()
        entries = [(name, text) for name, _, text in (line.partition("\t") for line in lines)]
    else:
        raise UserError(f"no texts at {source}: give LibriTTS's train-clean-100, or a .tsv")
    # Keyed by text: a sentence that occurs twice must not end up in both splits.
    names = {text.strip(): name for name, text in entries if USABLE_TEXT.fullmatch(text.strip())}
    for name in names.values():
        if not TEXT_ID.fullmatch(name):
            raise UserError(f"{source}: the id {name!r} is not READER_CHAPTER_SENTENCE")
    return {name: text for text, name in names.items()}


def assign(texts: dict[str, str], voices: Iterable[Voice], scale: float, seed: int) -> list[Line]:
    """Shuffle the texts and deal them out, each to one voice; `scale` multiplies their numbers.

    Raises:
        UserError: too few texts.
    """
    names = sorted(texts)
    random.Random(seed).shuffle(names)
    shares = [
        (voice, split, max(1, round(scale * count)))
        for voice in voices
        for split, count in (("train-clean", voice.train), ("dev-clean", voice.dev))
    ]
    needed = sum(count for _, _, count in shares)
    if len(names) < needed:
        raise UserError(f"{len(names)} usable texts for {needed} lines: give a smaller --scale")
    dealt = iter(names)
    plan = []
    for voice, split, count in shares:
        for name in islice(dealt, count):
            match = TEXT_ID.fullmatch(name)
            assert match is not None
            chapter, sentence = match.groups()
            line = f"{voice.id}_{chapter}_{sentence}"
            plan.append(Line(line, texts[name], voice, chapter, split))
    return plan


def trim(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut the silence at both ends of [N] samples to EDGE_SECONDS; silence alone stays as it is."""
    loud = np.flatnonzero(np.abs(samples) > SILENCE)
    if not len(loud):
        return samples
    edge = round(EDGE_SECONDS * SAMPLE_RATE_HZ)
    return samples[max(0, loud[0] - edge) : loud[-1] + edge]


def make(plan: list[Line], read: Read, corpus: Path) -> None:
    """Write the corpus, file by file, each whole; lines that are there already are kept.

    Raises:
        UserError: the folder holds lines of another plan.
    """
    transcripts = {line.folder(corpus) / f"{line.id}{TRANSCRIPT}": line for line in plan}
    found = {path: path.read_text("utf-8") for path in corpus.glob(f"*/*/*/*{TRANSCRIPT}")}
    if any(p not in transcripts or t != f"{transcripts[p].text}\n" for p, t in found.items()):
        raise UserError(f"{corpus} holds other texts or another shuffle of them: choose another")
    missing = {path: line for path, line in transcripts.items() if path not in found}
    bar = tqdm(missing.items(), "make", len(plan), initial=len(found), unit="sentence")
    for path, line in bar:
        path.parent.mkdir(parents=True, exist_ok=True)
        audio = io.BytesIO()
        soundfile.write(
            audio,
            trim(read(line.text, line.voice.style, line.voice.language)),
            SAMPLE_RATE_HZ,
            format="OGG",
            subtype="OPUS",
            compression_level=OPUS_COMPRESSION,
        )
        write_whole(path.with_name(f"{line.id}.opus"), audio.getvalue())
        write_whole(path, f"{line.text}\n".encode())  # last: it says that the line is done
    _write_lists(plan, corpus)


def _write_lists(plan: list[Line], corpus: Path) -> None:
    chapters: dict[Path, list[str]] = defaultdict(list)
    minutes: dict[tuple[Voice, str], float] = defaultdict(float)
    for line in plan:
        folder = line.folder(corpus)
        chapters[folder].append(f"{line.id}\t{line.text}\t{line.text}\n")
        seconds = soundfile.info(folder / f"{line.id}.opus").duration
        minutes[line.voice, line.split] += seconds / 60
    for folder, rows in chapters.items():
        name = f"{folder.parent.name}_{folder.name}.trans.tsv"
        write_whole(folder / name, "".join(sorted(rows)).encode())
    table = ["; ID   | SEX | SUBSET | MINUTES | NAME"]
    for (voice, split), total in minutes.items():
        table.append(f"{voice.id} | {voice.sex} | {split} | {total:.2f} | {voice.style}")
    write_whole(corpus / "SPEAKERS.txt", ("\n".join(table) + "\n").encode())


def main(
    texts: Annotated[Path, typer.Argument(help="LibriTTS's train-clean-100, or id<TAB>text.")],
    corpus: Annotated[Path, typer.Argument(help="Folder to write.")],
    cache: Annotated[Path, typer.Option(help="Folder for Kokoro.")] = Path("data/kokoro-82m"),
    scale: Annotated[float, typer.Option(min=0, help="Factor on the number of sentences.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the shuffle.")] = 1,
) -> None:
    """Make a corpus of texts read aloud by Kokoro-82M."""
    plan = assign(read_texts(texts), VOICES, scale, seed)
    fetch(cache)
    make(plan, Kokoro(cache), corpus)


if __name__ == "__main__":
    with one_line_errors("make_corpus"):
        typer.run(main)
