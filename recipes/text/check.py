"""Does a voice say every sentence, and are its word times right? Asked of Whisper.

    python recipes/text/check.py lost LIST --whisper MODEL      # id<TAB>text lines of any length
    python recipes/text/check.py times LIST --whisper MODEL

needs the extra `eval`. MODEL is a faster-whisper model's name or folder.
"""

from __future__ import annotations

import csv
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated

import numpy as np
import soxr
import typer
from faster_whisper import WhisperModel
from tqdm import tqdm
from whisper_normalizer.english import EnglishTextNormalizer

from smf_tts import Speech, Synthesizer
from smf_tts.text import read_text

WHISPER_HZ = 16_000
app = typer.Typer(add_completion=False)
plain = EnglishTextNormalizer()


def _read(sentences: Path) -> list[str]:
    with sentences.open(encoding="utf-8", newline="") as file:
        return [row[1] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _hear(model: WhisperModel, speech: Speech) -> list[tuple[str, float, float]]:
    """The words that Whisper hears, with its times."""
    audio = soxr.resample(speech.samples, speech.sample_rate, WHISPER_HZ)
    segments, _ = model.transcribe(
        audio, language="en", word_timestamps=True, condition_on_previous_text=False
    )
    return [(word.word, word.start, word.end) for part in segments for word in part.words or []]


def _matched(said: list[str], heard: list[str]) -> list[tuple[int, int]]:
    """Pairs of places at which the same word was said and heard, in order."""
    blocks = SequenceMatcher(None, said, heard, autojunk=False).get_matching_blocks()
    return [(a + i, b + i) for a, b, size in blocks for i in range(size)]


@app.command()
def lost(
    sentences: Path, whisper: Annotated[str, typer.Option()], voice: str | None = None
) -> None:
    """Count the sentences of which less than half the words are heard."""
    synthesizer, model = Synthesizer.from_pretrained(voice), WhisperModel(whisper, device="cpu")
    total, found, missing = 0, 0, []
    for text in tqdm(_read(sentences)):
        written = [sentence.text for sentence in read_text(text, "en-us") if sentence.words]
        said = [(word, i) for i, s in enumerate(written) for word in plain(s).split()]
        heard = plain(" ".join(word for word, *_ in _hear(model, synthesizer.synthesize(text))))
        pairs = _matched([word for word, _ in said], heard.split())
        counts = np.bincount([said[a][1] for a, _ in pairs], minlength=len(written))
        sizes = np.bincount([i for _, i in said], minlength=len(written))
        total, found = total + len(said), found + len(pairs)
        missing += [written[i] for i in np.flatnonzero(counts * 2 < sizes)]
    typer.echo(f"{found} of {total} words heard ({found / total:.1%})")
    typer.echo(f"{len(missing)} sentences of which less than half was heard")
    for sentence in missing:
        typer.echo(f"  {sentence}")


@app.command()
def times(
    sentences: Path, whisper: Annotated[str, typer.Option()], voice: str | None = None
) -> None:
    """Compare the synthesizer's word times with Whisper's."""
    synthesizer, model = Synthesizer.from_pretrained(voice), WhisperModel(whisper, device="cpu")
    errors: list[tuple[float, float]] = []
    for text in tqdm(_read(sentences)):
        speech = synthesizer.synthesize(text)
        heard = _hear(model, speech)
        pairs = _matched([plain(w.text) for w in speech.words], [plain(w) for w, *_ in heard])
        errors += [
            (abs(speech.words[a].start - heard[b][1]), abs(speech.words[a].end - heard[b][2]))
            for a, b in pairs
        ]
    for name, values in zip(("start", "end"), np.array(errors).T * 1000, strict=True):
        median, high = np.percentile(values, [50, 95])
        typer.echo(f"{name}: median {median:.0f} ms, 95th percentile {high:.0f} ms")


if __name__ == "__main__":
    app()
