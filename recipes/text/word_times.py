"""Are a voice's word times right? Asked of a forced aligner, pocketsphinx, and of Whisper.

    pip install pocketsphinx
    python recipes/text/word_times.py LIST --whisper MODEL --recordings FOLDER

LIST has lines of id<TAB>text[<TAB>speaker]; sentences with a word that is not in pocketsphinx's
dictionary are left out. How far the two tools are apart on the RECORDINGS of the same sentences, in
which the voice has no part, tells what either is worth.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated

import numpy as np
import soxr
import typer
from faster_whisper import WhisperModel
from pocketsphinx import Decoder
from tqdm import tqdm

from smf_tts import Synthesizer
from smf_tts.errors import one_line_errors
from smf_tts.evaluation.inputs import (
    SAMPLE_RATE_HZ,
    Samples,
    find_audio,
    read_list,
    read_recording,
)

# pocketsphinx takes a silence of less for a part of the word beside it.
PADDING_SECONDS = 0.3
FRAMES_PER_SECOND = 100

Times = list[tuple[str, float, float]]


class Sphinx:
    """Forced alignment with the English model that pocketsphinx brings, frames of 10 ms."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=SAMPLE_RATE_HZ, lm=None, loglevel="FATAL")

    def knows(self, words: Sequence[str]) -> bool:
        """Whether all words are in its dictionary."""
        return all(self._decoder.lookup_word(word) for word in words)

    def align(self, samples: Samples, words: Sequence[str]) -> Times:
        """Word times; none where the alignment fails."""
        padding = round(PADDING_SECONDS * SAMPLE_RATE_HZ)
        padded = np.rint(np.clip(np.pad(samples, padding), -1, 1) * 32767).astype("<i2").tobytes()
        self._decoder.set_align_text(" ".join(words))
        try:
            self._decode(padded)
            self._decoder.set_alignment()  # phone by phone within the words that it has found
            self._decode(padded)
        except RuntimeError:
            return []
        times = []
        for entry in self._decoder.get_alignment():
            start = entry.start / FRAMES_PER_SECOND - PADDING_SECONDS
            end = start + entry.duration / FRAMES_PER_SECOND
            times.append((re.sub(r"\(\d+\)$", "", entry.name), start, end))
        return [entry for entry in times if entry[0] in words]

    def _decode(self, audio: bytes) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(audio, full_utt=True)
        self._decoder.end_utt()


def main(
    list_path: Annotated[Path, typer.Argument(metavar="LIST")],
    whisper: Annotated[str | None, typer.Option(help="faster-whisper model or folder.")] = None,
    recordings: Annotated[Path | None, typer.Option(help="Folder of audio by id.")] = None,
    voice: str | None = None,
    count: Annotated[int, typer.Option(help="Sentences to compare.")] = 50,
) -> None:
    """Print the median and the 95th percentile of the differences."""
    synthesizer, sphinx = Synthesizer.from_pretrained(voice), Sphinx()
    model = WhisperModel(whisper, device="cpu") if whisper else None
    usable = [entry for entry in read_list(list_path) if sphinx.knows(_words(entry.text))][:count]
    files = find_audio(recordings, {entry.id for entry in usable}) if recordings else {}
    differences: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for entry in tqdm(usable):
        words = _words(entry.text)
        speech = synthesizer.synthesize(entry.text, entry.speaker or None)
        audio = soxr.resample(speech.samples, speech.sample_rate, SAMPLE_RATE_HZ)
        own = [(_plain(word.text), word.start, word.end) for word in speech.words]
        aligned = sphinx.align(audio, words)
        differences["voice, pocketsphinx"] += _differences(own, aligned)
        if model:
            heard = _hear(model, audio)
            differences["voice, Whisper"] += _differences(own, heard)
            differences["Whisper, pocketsphinx"] += _differences(heard, aligned)
        if model and entry.id in files:
            audio = read_recording(files[entry.id]).samples
            pairs = _differences(_hear(model, audio), sphinx.align(audio, words))
            differences["Whisper, pocketsphinx on the recordings"] += pairs
    for name, pairs in differences.items():
        for edge, seconds in zip(("start", "end"), np.array(pairs).T, strict=True):
            median, high = np.percentile(np.abs(seconds) * 1000, [50, 95])
            typer.echo(
                f"{name}: {edge} of {len(pairs)} words: median {median:.0f} ms, 95th percentile "
                f"{high:.0f} ms, median with its sign {np.median(seconds) * 1000:+.0f} ms"
            )


def _plain(word: str) -> str:
    return re.sub(r"[^\w']", "", word.lower()).strip("'")


def _words(text: str) -> list[str]:
    return [plain for word in re.split(r"[\s-]+", text) if (plain := _plain(word))]


def _hear(model: WhisperModel, audio: Samples) -> Times:
    segments, _ = model.transcribe(
        audio, language="en", word_timestamps=True, condition_on_previous_text=False
    )
    return [(_plain(word.word), word.start, word.end) for s in segments for word in s.words or []]


def _differences(first: Times, second: Times) -> list[tuple[float, float]]:
    """Of the starts and the ends of the words that both have."""
    matcher = SequenceMatcher(
        None, [word for word, *_ in first], [word for word, *_ in second], autojunk=False
    )
    return [
        (first[a + i][1] - second[b + i][1], first[a + i][2] - second[b + i][2])
        for a, b, size in matcher.get_matching_blocks()
        for i in range(size)
    ]


if __name__ == "__main__":
    with one_line_errors("word_times"):
        typer.run(main)
