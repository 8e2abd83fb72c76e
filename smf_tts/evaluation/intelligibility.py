"""Word and character error rate: what a recogniser hears against what was to be said."""

from __future__ import annotations

from pathlib import Path

import jiwer
from faster_whisper import WhisperModel
from whisper_normalizer.english import EnglishTextNormalizer

from smf_tts.evaluation.inputs import SAMPLE_RATE_HZ, Samples, Utterance
from smf_tts.evaluation.metric import Scores, Unavailable, first_line

WINDOW_SECONDS = 30  # Whisper's window
normalise = EnglishTextNormalizer()


def count_errors(text: str, heard: str) -> Scores:
    """Count word and character errors after Whisper's English normaliser (arXiv 2212.04356, C).

    Rates over many utterances are sums of errors over sums of words, as jiwer computes them.
    """
    reference, hypothesis = normalise(text), normalise(heard)
    words = jiwer.process_words(reference, hypothesis)
    characters = jiwer.process_characters(reference, hypothesis)
    return {
        "heard": heard,
        "words": len(reference.split()),
        "substitutions": words.substitutions,
        "deletions": words.deletions,
        "insertions": words.insertions,
        "word_errors": words.substitutions + words.deletions + words.insertions,
        "characters": len(reference),
        "character_errors": (
            characters.substitutions + characters.deletions + characters.insertions
        ),
    }


class Intelligibility:
    """faster-whisper, greedy temperature and beam 5, without language detection or VAD."""

    def __init__(self, model: str, jobs: int) -> None:
        """Load Whisper.

        Args:
            model: a name that faster-whisper knows, such as large-v3, or a CTranslate2 folder.
            jobs: how many threads will call `score` at once.

        Raises:
            Unavailable: no such model here, and it cannot be downloaded.
        """
        try:
            self._whisper = WhisperModel(model, compute_type="auto", num_workers=jobs)
        except Exception as error:  # the hub client's many errors have no common base
            raise Unavailable(f"Whisper {model} cannot be loaded: {first_line(error)}") from None
        backend = self._whisper.model
        kind = f"{backend.compute_type}, {backend.device}, beam 5"
        self.label = f"Whisper {Path(model).name} ({kind})"

    def transcribe(self, samples: Samples) -> str:
        """Hear English speech of any length (longer than a window: in windows)."""
        segments, _ = self._whisper.transcribe(
            samples,
            language="en",
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            # Windows of long audio are cut at time stamps; short audio is heard better without.
            without_timestamps=len(samples) <= WINDOW_SECONDS * SAMPLE_RATE_HZ,
        )
        return " ".join(segment.text.strip() for segment in segments)

    def score(self, utterance: Utterance) -> Scores:
        """Errors of an utterance; one that is missing or silent has lost all its words."""
        recording = utterance.recording
        heard = "" if recording is None or recording.silent else self.transcribe(recording.samples)
        return count_errors(utterance.sentence.text, heard)
