"""The one class most users need: text in, speech out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smf_tts.errors import UserError
from smf_tts.runtime.engine import Engine, OnnxEngine
from smf_tts.runtime.istft import istft
from smf_tts.runtime.voice import VoiceConfig, find_voice, load_voice_config
from smf_tts.text import Sentence, read_text
from smf_tts.text.symbols import token_ids

SPEED_RANGE = (0.5, 2.0)
TEMPERATURE_RANGE = (0.0, 2.0)


@dataclass(frozen=True)
class TimedWord:
    """A written word and when it is said, in seconds from the start of the speech."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Speech:
    """Synthesized speech.

    Attributes:
        samples: mono, float32, in [-1, 1].
        sample_rate: in Hz.
        words: every word of the text, in order.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    words: tuple[TimedWord, ...]

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


class Synthesizer:
    """Speaks with one voice.

    Make one with `from_pretrained`; `synthesize` returns a whole text, `stream` yields it
    sentence by sentence.
    """

    def __init__(self, voice: VoiceConfig, engine: Engine) -> None:
        self.voice = voice
        self._engine = engine

    @classmethod
    def from_pretrained(
        cls, name_or_path: str | Path | None = None, threads: int | None = None
    ) -> Synthesizer:
        """Load a voice package.

        Args:
            name_or_path: an embedded voice's name or a voice package's folder; the default voice
                if None.
            threads: cores to use; all by default.

        Raises:
            UserError: there is no such voice, or its files are missing or damaged.
        """
        folder = find_voice(name_or_path)
        return cls(load_voice_config(folder), OnnxEngine(folder, threads))

    def synthesize(
        self,
        text: str,
        speaker: str | None = None,
        steps: int | None = None,
        speed: float = 1.0,
        temperature: float | None = None,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
    ) -> Speech:
        """Speak a text.

        Args:
            text: English text.
            speaker: a name in `voice.speakers`; the first by default.
            steps: evaluations of the decoder; the voice's default, usually 1.
            speed: 0.5 is half as fast, 2 twice as fast.
            temperature: deviation of the noise that speech starts from; the voice's default.
            seed: the same seed gives the same samples.
            lexicon: phonemes of words, see `smf_tts.text.load_lexicon`.

        Raises:
            UserError: there is nothing to say, or a value is out of range.
        """
        parts = list(self.stream(text, speaker, steps, speed, temperature, seed, lexicon))
        return Speech(
            np.concatenate([part.samples for part in parts]),
            parts[0].sample_rate,
            tuple(word for part in parts for word in part.words),
        )

    def stream(
        self,
        text: str,
        speaker: str | None = None,
        steps: int | None = None,
        speed: float = 1.0,
        temperature: float | None = None,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
    ) -> Iterator[Speech]:
        """Speak a text sentence by sentence, each with the pause after it; see `synthesize`.

        Words' times count from the start of the text. A sentence's samples depend on nothing
        around it.
        """
        steps = self.voice.steps if steps is None else steps
        temperature = self.voice.temperature if temperature is None else temperature
        if steps < 1:
            raise UserError(f"steps must be 1 or more, got {steps}")
        if seed < 0:
            raise UserError(f"seed must be 0 or more, got {seed}")
        _check_range("speed", speed, SPEED_RANGE)
        _check_range("temperature", temperature, TEMPERATURE_RANGE)
        speaker_id = self.voice.speaker_id(speaker)
        sentences = read_text(text, self.voice.speakers[speaker_id].language, lexicon)
        return self._stream(sentences, speaker_id, steps, speed, temperature, seed)

    def _stream(
        self,
        sentences: Iterator[Sentence],
        speaker_id: int,
        steps: int,
        speed: float,
        temperature: float,
        seed: int,
    ) -> Iterator[Speech]:
        start = 0.0
        for sentence in sentences:
            speech = self._speak(sentence, speaker_id, steps, speed, temperature, seed)
            moved = (
                replace(word, start=word.start + start, end=word.end + start)
                for word in speech.words
            )
            yield replace(speech, words=tuple(moved))
            start += speech.seconds

    def _speak(
        self,
        sentence: Sentence,
        speaker_id: int,
        steps: int,
        speed: float,
        temperature: float,
        seed: int,
    ) -> Speech:
        mel = self.voice.mel
        pause = np.zeros(round(sentence.pause_seconds / speed * mel.sample_rate_hz), np.float32)
        if not sentence.phonemes:
            return Speech(pause, mel.sample_rate_hz, ())
        tokens = np.array(token_ids(sentence.phonemes))
        features, log_durations, speaker = self._engine.encode(tokens, speaker_id)
        durations = whole_durations(log_durations, speed, self.voice.patch_frames)
        mu = np.repeat(features, durations, axis=0)
        noise = np.random.default_rng(seed).standard_normal((len(mu), mel.n_mels), np.float32)
        z = np.float32(temperature) * noise
        for i in range(steps, 0, -1):
            r, t = (i - 1) / steps, i / steps
            z = z - np.float32(t - r) * self._engine.velocity(z, r, t, mu, speaker)
        log_mel = z * np.float32(self.voice.mel_deviation) + np.float32(self.voice.mel_mean)
        samples = istft(self._engine.spectrum(log_mel), mel.n_fft, mel.hop_length)
        # Token 0 is the silence at the sentence's start, so phoneme i is token i + 1.
        ends = np.cumsum(durations) * (mel.hop_length / mel.sample_rate_hz)
        latest = len(samples) / mel.sample_rate_hz
        words = tuple(
            TimedWord(w.text, float(ends[w.start]), float(min(ends[w.stop], latest)))
            for w in sentence.words
        )
        clipped = np.clip(samples, -1.0, 1.0)
        return Speech(np.concatenate([clipped, pause]), mel.sample_rate_hz, words)


def whole_durations(
    log_durations: NDArray[np.float32], speed: float, multiple: int
) -> NDArray[np.int64]:
    """Whole frames of each token: cumulated, then rounded, so that no length is lost.

    Args:
        log_durations: [L] of frames.
        speed: divides the durations.
        multiple: their sum is rounded up to a multiple of this, in the last token, silence.
    """
    frames = np.maximum(np.exp(log_durations.astype(np.float64)), 1.0) / speed
    ends = np.rint(np.cumsum(frames)).astype(np.int64)
    ends[-1] += -ends[-1] % multiple
    return np.diff(ends, prepend=0)


def _check_range(name: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise UserError(f"{name} must be between {low:g} and {high:g}, got {value:g}")
