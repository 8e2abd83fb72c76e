"""Does a voice say every word? Asked of Whisper.

    python recipes/text/check.py texts CORPUS long.tsv              # long texts, to try `lost` on
    python recipes/text/check.py lost LIST --whisper MODEL          # sentences that are not heard
    python recipes/text/check.py edges REPORT REFERENCE             # first and last words
    python recipes/text/check.py single --whisper MODEL             # "Yes.", "Go!"

needs the extra `eval`. LIST has lines of id<TAB>text[<TAB>speaker], texts of any length; MODEL is a
faster-whisper model's name or folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated

import numpy as np
import soxr
import typer
from tqdm import tqdm

from smf_tts import Speech, Synthesizer
from smf_tts.errors import UserError, one_line_errors
from smf_tts.evaluation.inputs import SAMPLE_RATE_HZ, Samples, read_list
from smf_tts.evaluation.intelligibility import WINDOW_SECONDS, Intelligibility, normalise
from smf_tts.text import read_text

SINGLE_WORDS = (
    "Yes.",
    "No.",
    "Go!",
    "Stop!",
    "Hello.",
    "Why?",
    "Wait.",
    "Please.",
    "One.",
    "Help!",
)
# Whisper's window, less the sentence that still has to fit into it.
_PIECE_SECONDS = WINDOW_SECONDS - 5

Whisper = Annotated[str, typer.Option(help="faster-whisper model or CTranslate2 folder.")]
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def texts(corpus: Path, output: Path, count: int = 20, words: int = 1000, seed: int = 0) -> None:
    """Join transcripts of a corpus in LibriTTS's layout to long texts; write id<TAB>text lines."""
    paths = sorted(corpus.glob("**/*.normalized.txt"))
    random.Random(seed).shuffle(paths)
    sentences, lines = iter(paths), []
    for number in range(count):
        text: list[str] = []
        while len(text) < words:
            text += next(sentences).read_text(encoding="utf-8").split()
        lines.append(f"long-{number:02}\t{' '.join(text)}\n")
    output.write_text("".join(lines), encoding="utf-8")


@app.command()
def lost(list_path: Path, whisper: Whisper, voice: str | None = None) -> None:
    """Count the sentences that are not heard, neither among the others nor alone.

    Whisper itself skips a sentence at times, an "Ah!" above all. So one of which less than half the
    words were heard is listened to again alone, and is lost if even its sounds (the letters that
    Whisper writes for them) are less than half there.
    """
    synthesizer, recogniser = Synthesizer.from_pretrained(voice), Intelligibility(whisper, jobs=1)
    sentences = total = found = skipped = missing = 0
    for entry in tqdm(read_list(list_path)):
        language = synthesizer.voice.speakers[synthesizer.voice.speaker_id(entry.speaker or None)]
        written = [s.text for s in read_text(entry.text, language.language) if s.words]
        said = [(word, i) for i, text in enumerate(written) for word in normalise(text).split()]
        speech = [s for s in synthesizer.stream(entry.text, entry.speaker or None) if s.words]
        heard = normalise(" ".join(map(recogniser.transcribe, _pieces(speech)))).split()
        pairs = _matched([word for word, _ in said], heard)
        counts = np.bincount([said[a][1] for a, _ in pairs], minlength=len(written))
        sizes = np.bincount([i for _, i in said], minlength=len(written))
        for i in np.flatnonzero(counts * 2 < sizes):
            alone = recogniser.transcribe(_resample(speech[i]))
            is_lost = _likeness(written[i], alone) < 0.5
            missing, skipped = missing + is_lost, skipped + (not is_lost)
            verdict = "LOST" if is_lost else "skipped or misheard"
            tqdm.write(f"{entry.id}: {verdict}: {written[i]}\n  alone: {alone}")
        sentences, total, found = sentences + len(written), total + len(said), found + len(pairs)
    typer.echo(f"{found} of {total} words heard ({found / total:.1%})")
    typer.echo(f"{skipped} sentences heard only alone, {missing} of {sentences} lost")


@app.command()
def edges(report: Path, reference: str) -> None:
    """Share of sentences whose first and last words are heard, where the reference's are.

    REPORT is the folder of an `smf-tts evaluate`, REFERENCE the name of a system in it.
    """
    lines = (report / "utterances.jsonl").read_text(encoding="utf-8").splitlines()
    heard: dict[str, dict[str, tuple[bool, bool]]] = {}
    for record in map(json.loads, lines):
        said, got = normalise(record["text"]).split(), normalise(record["heard"]).split()
        ends = (got[:1] == said[:1], got[-1:] == said[-1:])
        heard.setdefault(record["system"], {})[record["id"]] = ends
    if reference not in heard:
        raise UserError(f"no system {reference!r} in {report}; it has {', '.join(heard)}")
    known = heard.pop(reference)
    for system, tried in heard.items():
        for place, name in enumerate(("first", "last")):
            kept = [tried[id][place] for id in tried if known.get(id, (False, False))[place]]
            share = f"{sum(kept) / len(kept):.1%}" if kept else "none"
            typer.echo(f"{system}: {name} word heard in {sum(kept)} of {len(kept)} ({share})")


@app.command()
def single(whisper: Whisper, voice: str | None = None) -> None:
    """Say single words with every speaker: seconds, loudness, and what is heard."""
    synthesizer, recogniser = Synthesizer.from_pretrained(voice), Intelligibility(whisper, jobs=1)
    right, total = 0, 0
    for text in SINGLE_WORDS:
        for speaker in synthesizer.voice.speakers:
            speech = synthesizer.synthesize(text, speaker.name)
            level_db = 20 * np.log10(np.sqrt(np.mean(speech.samples**2)) + 1e-9)
            heard = recogniser.transcribe(_resample(speech))
            right, total = right + (normalise(heard) == normalise(text)), total + 1
            figures = f"{speech.seconds:.2f} s  {level_db:.1f} dB RMS"
            typer.echo(f"{text:8} {speaker.name:8} {figures}  heard: {heard}")
    typer.echo(f"{right} of {total} heard right")


def _resample(speech: Speech) -> Samples:
    return np.asarray(soxr.resample(speech.samples, speech.sample_rate, SAMPLE_RATE_HZ))


def _pieces(speech: Iterable[Speech]) -> Iterator[Samples]:
    """Whole sentences that fill Whisper's window: of longer audio it may skip a part itself."""
    piece: list[Samples] = []
    for sentence in speech:
        piece.append(_resample(sentence))
        if sum(map(len, piece)) > _PIECE_SECONDS * SAMPLE_RATE_HZ:
            *whole, last = piece
            yield np.concatenate(whole or [last])
            piece = [last] if whole else []
    if piece:
        yield np.concatenate(piece)


def _likeness(said: str, heard: str) -> float:
    """Share of letters in common, in order, from 0 to 1."""
    return SequenceMatcher(None, normalise(said), normalise(heard), autojunk=False).ratio()


def _matched(said: list[str], heard: list[str]) -> list[tuple[int, int]]:
    """Pairs of places at which the same word was said and heard, in order."""
    blocks = SequenceMatcher(None, said, heard, autojunk=False).get_matching_blocks()
    return [(a + i, b + i) for a, b, size in blocks for i in range(size)]


if __name__ == "__main__":
    with one_line_errors("check"):
        app()
