"""A synthesizer over a tracing engine: the same speech, and how it came to be."""

from itertools import pairwise

import numpy as np

from smf_tts import Synthesizer
from smf_tts.runtime.synthesizer import whole_durations
from smf_tts.runtime.trace import TracingEngine

TEXT = "[pause 200ms] Four hours of steady work. It's in the well!"


def test_a_trace_changes_nothing_and_tells_the_whole_way(synthesizer: Synthesizer):
    plain = synthesizer.synthesize(TEXT, steps=3, seed=2)
    tracing = TracingEngine(synthesizer.engine)
    speech = Synthesizer(synthesizer.voice, tracing).synthesize(TEXT, steps=3, seed=2)
    assert np.array_equal(speech.samples, plain.samples)
    assert len(tracing.traces) == 2

    voice = synthesizer.voice
    for trace in tracing.traces:
        durations = whole_durations(trace.log_durations, 1.0, voice.patch_frames)
        assert len(durations) == len(trace.tokens)
        assert len(trace.states) == 3
        assert all(state.shape == trace.log_mel.shape for state in trace.states)
        assert trace.log_mel.shape == (durations.sum(), voice.mel.n_mels)
        # It starts from the seed's noise at the voice's temperature, and every step moves it.
        noise = np.random.default_rng(2).standard_normal(trace.log_mel.shape, np.float32)
        assert np.array_equal(trace.states[0], np.float32(voice.temperature) * noise)
        arrived = (trace.log_mel - voice.mel_mean) / voice.mel_deviation
        ways = [*trace.states, arrived]
        assert all(not np.allclose(a, b) for a, b in pairwise(ways))
