"""What happens between a text and its sound, kept for pictures and measurements."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smf_tts.runtime.engine import Engine, Floats


@dataclass
class Trace:
    """One sentence on its way. L tokens, T frames, M mel bins, n steps.

    Attributes:
        tokens: [L] ids of the phonemes, a space at either end.
        log_durations: [L] in frames, as predicted, at speed 1.
        states: n arrays [T, M]: the normalised z_t that each step started from, noise first.
        log_mel: [T, M], where the last step arrived.
    """

    tokens: NDArray[np.int64]
    log_durations: Floats
    states: list[Floats] = field(default_factory=list)
    log_mel: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class TracingEngine:
    """An engine that keeps what passes through another; see `smf_tts.runtime.engine.Engine`.

    For one text at a time: `Synthesizer(voice.voice, TracingEngine(voice.engine))`.

    Attributes:
        traces: one for each sentence that was spoken, in order.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.traces: list[Trace] = []

    def encode(self, tokens: NDArray[np.int64], speaker: int) -> tuple[Floats, Floats, Floats]:
        """See `Engine`."""
        features, log_durations, vector = self._engine.encode(tokens, speaker)
        self.traces.append(Trace(tokens, log_durations))
        return features, log_durations, vector

    def velocity(self, z: Floats, r: float, t: float, mu: Floats, speaker: Floats) -> Floats:
        """See `Engine`."""
        self.traces[-1].states.append(z.copy())
        return self._engine.velocity(z, r, t, mu, speaker)

    def waveform(self, log_mel: Floats) -> Floats:
        """See `Engine`."""
        self.traces[-1].log_mel = log_mel.copy()
        return self._engine.waveform(log_mel)
