"""What the voice demo's buttons do: settings in, HTML out, piece by piece as it is ready."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from smf_tts.demo import fragments
from smf_tts.demo.pictures import (
    DECIBELS,
    LARGEST_DIFFERENCE,
    alignment_picture,
    difference_picture,
    mel_picture,
)
from smf_tts.errors import UserError
from smf_tts.runtime.synthesizer import Speech, Synthesizer, whole_durations
from smf_tts.runtime.trace import Trace, TracingEngine

LONGEST_TEXT = 1000
LARGEST_SEED = 2**31 - 1
COMPARED_STEPS = (1, 2, 4, 10)
TEACHER_STEPS = 10

# HTML to show below one another, and a line about it: figures.
Shown = tuple[list[str], str]
Take = list[tuple[Speech, Trace | None, float]]


class VoiceDemo:
    """Speaks for the pages.

    Args:
        student: the voice.
        teacher: what to compare it with, if anything.
        teacher_evaluations: of the teacher's network in a step: 2 with guidance.
    """

    def __init__(
        self, student: Synthesizer, teacher: Synthesizer | None = None, teacher_evaluations: int = 1
    ) -> None:
        self.student = student
        self._teacher = teacher
        self._teacher_evaluations = teacher_evaluations

    def speak(
        self, text: str, speaker: str, speed: float, temperature: float, seed: int, steps: int
    ) -> Iterator[Shown]:
        """Sentences for a `<speech-player>`, one more each time, and the figures so far.

        Raises:
            UserError: the text or a setting cannot be used, here and in the other methods.
        """
        settings = _settings(text, speaker, speed, temperature, seed)
        take, pieces, seconds, spent = secrets.token_hex(4), [], 0.0, 0.0
        for speech, trace, cost in _timed(self.student, steps=int(steps), **settings):
            pieces.append(self._sentence(speech, trace, take))
            seconds, spent = seconds + speech.seconds, spent + cost
            yield pieces, fragments.figures(int(steps), seconds, spent)

    def compare(
        self, text: str, speaker: str, speed: float, temperature: float, seed: int
    ) -> Iterator[Shown]:
        """A card for each step count, and one for the teacher, of the same text and noise."""
        settings = _settings(text, speaker, speed, temperature, seed)
        takes = {_steps(steps): (self.student, steps, steps) for steps in COMPARED_STEPS}
        if self._teacher:
            evaluations = TEACHER_STEPS * self._teacher_evaluations
            name = f"The teacher, {_steps(TEACHER_STEPS)}"
            takes[name] = (self._teacher, TEACHER_STEPS, evaluations)
        cards = {name: _card(name, "<p>…</p>") for name in takes}
        yield list(cards.values()), ""
        # The student with most steps is made first: the others are drawn against it.
        compared = _steps(max(COMPARED_STEPS))
        reference: np.ndarray | None = None
        for name in sorted(takes, key=lambda name: name != compared):
            synthesizer, steps, evaluations = takes[name]
            parts = list(_timed(synthesizer, steps=steps, **settings))
            log_mel = np.concatenate([trace.log_mel for _, trace, _ in parts if trace])
            difference = _difference(log_mel, reference, compared)
            reference = log_mel if reference is None else reference
            cards[name] = _card(name, self._take(parts, name, evaluations) + difference)
            yield list(cards.values()), ""

    def explain(
        self,
        text: str,
        speaker: str,
        speed: float,
        temperature: float,
        seed: int,
        steps: int,
    ) -> Iterator[Shown]:
        """The way of the first sentence: phonemes, durations, z_t from noise to mel, sound."""
        settings = _settings(text, speaker, speed, temperature, seed)
        takes = _timed(self.student, steps=int(steps), **settings)
        speech, trace, cost = next(take for take in takes if take[1])
        assert trace is not None  # next() has seen to it
        voice, count = self.student.voice, len(trace.states)
        symbols = [voice.symbols[token] for token in trace.tokens]
        scale, shift = np.float32(voice.mel_deviation), np.float32(voice.mel_mean)
        mels = [*(state * scale + shift for state in trace.states), trace.log_mel]
        path = "".join(
            fragments.picture(
                mel_picture(mel, voice),
                f"The state at t = {1 - i / count:.2f}",
                f"<b>t = {1 - i / count:.2f}</b> {_caption(i, count)}",
            )
            for i, mel in enumerate(mels)
        )
        durations = whole_durations(trace.log_durations, float(speed), voice.patch_frames)
        alignment = alignment_picture(symbols, durations, trace.log_mel, voice)
        sound = self._take([(speech, trace, cost)], "the sentence", count)
        yield (
            [
                "<h3>The text becomes phonemes</h3>"
                f'<p class="phonemes">{fragments.escape("".join(symbols).strip())}</p>',
                "<h3>Each phoneme is given its time</h3>"
                f'<div class="alignment" tabindex="0">{alignment}</div>',
                f"<h3>Noise becomes a mel spectrogram, in {_steps(count)}</h3>"
                f'<div class="path">{path}</div>',
                f"<h3>A vocoder makes it sound</h3>{sound}",
            ],
            "",
        )

    def _sentence(self, speech: Speech, trace: Trace | None, take: str) -> str:
        log_mel = trace.log_mel if trace else None
        return fragments.sentence(speech, log_mel, self.student.voice, take)

    def _take(self, parts: Take, name: str, evaluations: int) -> str:
        """A player of a whole speech, and its figures."""
        take = secrets.token_hex(4)
        content = "".join(self._sentence(speech, trace, take) for speech, trace, _ in parts)
        seconds = sum(speech.seconds for speech, _, _ in parts)
        spent = sum(cost for _, _, cost in parts)
        return fragments.player(content, name) + fragments.figures(evaluations, seconds, spent)


def _settings(text: str, speaker: str, speed: float, temperature: float, seed: int) -> Any:
    if not text.strip():
        raise UserError("please type a text first")
    if len(text) > LONGEST_TEXT:
        raise UserError(
            f"this text has {len(text):,} characters; the demo speaks up to {LONGEST_TEXT:,}. "
            "The command line speaks texts of any length: smf-tts synthesize --file"
        )
    if seed is None or not 0 <= seed <= LARGEST_SEED:
        raise UserError(f"the seed must be a whole number from 0 to {LARGEST_SEED:,}")
    return {
        "text": text,
        "speaker": speaker,
        "speed": float(speed),
        "temperature": float(temperature),
        "seed": int(seed),
    }


def _timed(
    synthesizer: Synthesizer, **settings: Any
) -> Iterator[tuple[Speech, Trace | None, float]]:
    """Each part of a speech, its trace (None for a pause alone), and the seconds it took."""
    tracing = TracingEngine(synthesizer.engine)
    parts = Synthesizer(synthesizer.voice, tracing).stream(**settings)
    while True:
        tracing.traces.clear()
        started = time.perf_counter()
        speech = next(parts, None)
        if speech is None:
            return
        spent = time.perf_counter() - started
        yield speech, tracing.traces[0] if tracing.traces else None, spent


def _difference(log_mel: np.ndarray, reference: np.ndarray | None, name: str) -> str:
    if reference is None:
        return '<p class="hint">The others are compared with this one.</p>'
    if log_mel.shape != reference.shape:
        return '<p class="hint">It takes its own time, so its mel has no difference to show.</p>'
    decibels = np.abs(log_mel - reference).mean() * DECIBELS
    return fragments.picture(
        difference_picture(log_mel, reference),
        f"Where the mel differs from that of {name}",
        f"<b>{decibels:.1f} dB</b> mean difference from {name}; {LARGEST_DIFFERENCE:g} dB is white",
    )


def _card(name: str, content: str) -> str:
    return f'<section class="take" aria-label="{name}"><h3>{name}</h3>{content}</section>'


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _caption(step: int, count: int) -> str:
    if step == 0:
        return "noise"
    return "the mel" if step == count else f"after {_steps(step)}"
