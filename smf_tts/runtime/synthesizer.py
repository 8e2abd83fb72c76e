"""The one class most users need: text in, speech out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smf_tts.errors import UserError
from smf_tts.runtime.engine import Engine, OnnxEngine
from smf_tts.runtime.voice import VoiceConfig, find_voice, load_voice_config
from smf_tts.text import Sentence, read_text
from smf_tts.text.symbols import PUNCTUATION, token_ids

SPEED_RANGE = (0.5, 2.0)
TEMPERATURE_RANGE = (0.0, 2.0)
# Sentences fade in and out for this long, in their silent edges, so that no join can click.
FADE_SECONDS = 0.005


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


@dataclass(frozen=True)
class _Settings:
    speaker: int
    steps: int
    speed: float
    temperature: float
    seed: int


class Synthesizer:
    """Speaks with one voice.

    Make one with `from_pretrained`; `synthesize` returns a whole text, `stream` yields it
    sentence by sentence.
    """

    def __init__(self, voice: VoiceConfig, engine: Engine) -> None:
        self.voice = voice
        self.engine = engine

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
        speak_emoji: bool = False,
    ) -> Speech:
        """Speak a text.

        Args:
            text: English text, with [[ phonemes ]] and [pause 500ms] where wanted.
            speaker: a name in `voice.speakers`; the first by default.
            steps: evaluations of the decoder; the voice's default, usually 1.
            speed: 0.5 is half as fast, 2 twice as fast; pauses included.
            temperature: deviation of the noise that speech starts from; the voice's default.
            seed: the same seed gives the same samples.
            lexicon: phonemes of words, see `smf_tts.text.load_lexicon`.
            speak_emoji: say the names of emoji instead of skipping them.

        Raises:
            UserError: there is nothing to say, or a value is out of range.
        """
        parts = list(
            self.stream(text, speaker, steps, speed, temperature, seed, lexicon, speak_emoji)
        )
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
        speak_emoji: bool = False,
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
        language = self.voice.speakers[speaker_id].language
        sentences = read_text(text, language, lexicon, speak_emoji=speak_emoji)
        return self._stream(sentences, _Settings(speaker_id, steps, speed, temperature, seed))

    def _stream(self, sentences: Iterator[Sentence], settings: _Settings) -> Iterator[Speech]:
        rate, count = self.voice.mel.sample_rate_hz, 0
        for sentence in sentences:
            speech = self._speak(sentence, settings)
            # From whole samples: sums of seconds drift, and end behind the speech.
            start = count / rate
            count += len(speech.samples)
            words = (
                replace(word, start=word.start + start, end=min(word.end + start, count / rate))
                for word in speech.words
            )
            yield replace(speech, words=tuple(words))

    def _speak(self, sentence: Sentence, settings: _Settings) -> Speech:
        """A sentence and the silence after it; its words' times count from its own start."""
        mel = self.voice.mel
        if not sentence.phonemes:
            return Speech(self._silence(sentence.pause_seconds, settings), mel.sample_rate_hz, ())
        tokens = np.array(token_ids(sentence.phonemes))
        features, log_durations, speaker = self.engine.encode(tokens, settings.speaker)
        durations = whole_durations(log_durations, settings.speed, self.voice.patch_frames)
        mu = np.repeat(features, durations, axis=0)
        random = np.random.default_rng(settings.seed)
        z = random.standard_normal((len(mu), mel.n_mels), np.float32)
        z *= np.float32(settings.temperature)
        for i in range(settings.steps, 0, -1):
            r, t = (i - 1) / settings.steps, i / settings.steps
            z = z - np.float32(t - r) * self.engine.velocity(z, r, t, mu, speaker)
        log_mel = z * np.float32(self.voice.mel_deviation) + np.float32(self.voice.mel_mean)
        samples = self.engine.waveform(log_mel)
        edge_seconds = self.voice.edge_silence_seconds
        faded = fade_edges(
            np.clip(samples, -1.0, 1.0),
            round(min(FADE_SECONDS, edge_seconds / settings.speed) * mel.sample_rate_hz),
        )
        # What is heard between two sentences is the pause: this one's and the next one's edges
        # are a part of it.
        pause = self._silence(max(0.0, sentence.pause_seconds - 2 * edge_seconds), settings)
        # Token 0 is the silence at the sentence's start, so phoneme i is token i + 1. The last
        # frame is centred on the last sample.
        ends = np.minimum(np.cumsum(durations), len(mu) - 1) / mel.frames_per_second
        words = tuple(
            TimedWord(
                word.text,
                float(ends[_onset(sentence.phonemes, word.start)]),
                float(ends[word.stop]),
            )
            for word in sentence.words
        )
        return Speech(np.concatenate([faded, pause]), mel.sample_rate_hz, words)

    def _silence(self, seconds: float, settings: _Settings) -> NDArray[np.float32]:
        count = round(seconds / settings.speed * self.voice.mel.sample_rate_hz)
        return np.zeros(count, np.float32)


def whole_durations(
    log_durations: NDArray[np.float32], speed: float, multiple: int
) -> NDArray[np.int64]:
    """Whole frames of each token: cumulated, then rounded, so that no length is lost.

    Halves are rounded up, so that tokens of a frame or more always get one.

    Args:
        log_durations: [L] of frames.
        speed: divides the durations.
        multiple: their sum is rounded up to a multiple of this, in the last token, silence.
    """
    frames = np.maximum(np.exp(log_durations.astype(np.float64)), 1.0) / speed
    ends = np.floor(np.cumsum(frames) + 0.5).astype(np.int64)
    ends[-1] += -ends[-1] % multiple
    return np.diff(ends, prepend=0)


def _onset(phonemes: str, start: int) -> int:
    """The token at whose end a word begins, for a word that starts at phoneme `start`.

    After a mark that is the space before the word, which holds the pause. Between words that
    nothing parts there is no silence: the frame or two that the aligner must give to every token,
    the space too, are the beginning of the word.
    """
    parted = start < 2 or phonemes[start - 1] != " " or phonemes[start - 2] in PUNCTUATION
    return start if parted else start - 1


def fade_edges(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The samples with the first and the last `count` of them (half at most) faded linearly."""
    count = min(count, len(samples) // 2)
    gain = np.ones_like(samples)
    gain[:count] = np.arange(count) / max(count, 1)
    gain[len(samples) - count :] = gain[:count][::-1]
    return samples * gain


def _check_range(name: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise UserError(f"{name} must be between {low:g} and {high:g}, got {value:g}")
