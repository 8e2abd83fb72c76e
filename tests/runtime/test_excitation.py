"""Pulses and noise: what the source-filter vocoder filters."""

import numpy as np
import pytest

from smf_tts.config import MelConfig
from smf_tts.runtime.excitation import cycles, puffs, pulses, waveform

MEL = MelConfig()
RATE, HOP = MEL.sample_rate_hz, MEL.hop_length


def make(f0_hz: np.ndarray) -> np.ndarray:
    f0_hz = f0_hz.astype(np.float32)
    return pulses(cycles(f0_hz, RATE, HOP), f0_hz, RATE, HOP)


@pytest.mark.parametrize("f0_hz", [75.0, 120.0, 250.0])  # whole periods in a second
def test_every_harmonic_has_the_same_strength_and_nothing_is_between(f0_hz: float):
    samples = make(np.full(4 * RATE // HOP, f0_hz))[:RATE]
    lines = np.abs(np.fft.rfft(samples)) / (RATE / 2)
    harmonics = np.arange(1, int(RATE / 2 / f0_hz)) * int(f0_hz)
    np.testing.assert_allclose(lines[harmonics], 1, atol=0.02)
    lines[np.arange(0, RATE // 2 + 1, int(f0_hz))] = 0
    assert lines.max() < 0.02


def test_a_peak_is_the_sum_of_the_harmonics():
    samples = make(np.full(20, 93.75))  # a period of 256 samples, 127 harmonics below half the rate
    assert samples[255::256] == pytest.approx(127 + 1, abs=1.01)
    assert np.isfinite(samples).all()


def test_pulses_follow_a_glide():
    f0_hz = np.linspace(100, 200, 188)
    samples = make(f0_hz)
    each_hz = np.interp(np.arange(len(samples)) / HOP, np.arange(188), f0_hz)
    peaks = np.flatnonzero(samples > 0.5 * RATE / 2 / each_hz)
    starts = peaks[np.diff(peaks, prepend=-100) > 20]
    np.testing.assert_allclose(RATE / np.diff(starts), each_hz[starts[:-1]], rtol=0.02)


def test_the_filters_shape_pulses_and_noise():
    frames, bins = 100, MEL.n_fft // 2 + 1
    low = (np.arange(bins) < 100).astype(np.float32) * np.ones((frames, 1), np.float32)
    nothing = np.zeros_like(low)
    f0_hz = np.full(frames, 200, np.float32)
    flat = np.zeros((frames, 4), np.float32)
    voiced = waveform(low, nothing, nothing, nothing, f0_hz, flat, MEL)
    noisy = waveform(nothing, nothing, low, nothing, f0_hz, flat, MEL)
    edge = 100 * RATE // MEL.n_fft
    for samples in (voiced, noisy):
        power = np.abs(np.fft.rfft(samples)) ** 2
        hz = np.fft.rfftfreq(len(samples), 1 / RATE)
        assert power[hz > edge + 100].sum() < 0.01 * power.sum()
    period = RATE // 200
    assert np.corrcoef(voiced[period:], voiced[:-period])[0, 1] > 0.9
    assert abs(np.corrcoef(noisy[period:], noisy[:-period])[0, 1]) < 0.2


@pytest.mark.parametrize("pulsed", [0, 1])
def test_the_noise_is_the_same_at_every_call_whatever_the_length(pulsed: int):
    def noise(frames: int) -> np.ndarray:
        ones = np.ones((frames, MEL.n_fft // 2 + 1), np.float32)
        f0_hz = np.full(frames, 100, np.float32)
        flat = np.zeros((frames, 1), np.float32)
        return waveform(0 * ones, 0 * ones, (1 - pulsed) * ones, pulsed * ones, f0_hz, flat, MEL)

    short, long = noise(50), noise(700)
    np.testing.assert_array_equal(short, noise(50))
    # Puffs need the pitch, so that theirs ends with it, and the last two windows see the end. Up to
    # two hops before a frame its window does not reach.
    known = (50 - 2 * pulsed - 2) * HOP
    np.testing.assert_array_equal(short[:known], long[:known])
    assert long.std() > 0.9


def test_an_envelope_makes_an_onset_shorter_than_a_window():
    frames = 40
    ones = np.ones((frames, MEL.n_fft // 2 + 1), np.float32)
    f0_hz = np.full(frames, 100, np.float32)
    log_gains = np.zeros((frames, 4), np.float32)
    plain = waveform(0 * ones, 0 * ones, ones, 0 * ones, f0_hz, log_gains, MEL)
    log_gains.ravel()[:82] = -5.0  # the 82nd ends at sample 81 * 64
    shaped = waveform(0 * ones, 0 * ones, ones, 0 * ones, f0_hz, log_gains, MEL)
    assert shaped.shape == plain.shape == ((frames - 1) * HOP,)
    silent, loud = 81 * HOP // 4, 82 * HOP // 4
    np.testing.assert_allclose(shaped[: silent + 1], np.exp(-5) * plain[: silent + 1], rtol=1e-5)
    np.testing.assert_array_equal(shaped[loud:], plain[loud:])
    middle = (silent + loud) // 2
    assert shaped[middle] == pytest.approx(np.exp(-2.5) * plain[middle], rel=1e-4)


def test_puffs_of_noise_come_with_the_pulses():
    """As loud as steady noise on the whole, and loud where the pulses are."""
    phase = cycles(np.full(101, 120, np.float32), RATE, HOP)
    loudness = puffs(phase)
    assert loudness.dtype == np.float32
    assert abs(np.sqrt(np.mean(loudness**2)) - 1) < 0.01
    peaks = np.flatnonzero((loudness[1:-1] > loudness[:-2]) & (loudness[1:-1] >= loudness[2:])) + 1
    assert len(peaks) in (127, 128)
    pulse = pulses(phase, np.full(101, 120, np.float32), RATE, HOP)
    assert pulse[peaks].min() > 0.9 * pulse.max()
    assert loudness.min() < 0.1 * loudness.max()
