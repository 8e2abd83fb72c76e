"""What a source-filter vocoder filters: pulses at the voice's pitch, and noise.

A network that makes a spectrum from nothing must invent, frame by frame, phases that fit together.
Pulses that follow the pitch have such phases; what is left to the network is smooth (the idea of
the neural source-filter models, Wang et al., arXiv 1904.12088).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from smf_tts.config import MelConfig
from smf_tts.runtime.stft import istft, stft

Floats = NDArray[np.float32]

_PUFF_SHARPNESS = 3.0  # half as loud a ninth of a period from the pulse


def waveform(
    real: Floats,
    imaginary: Floats,
    noise: Floats,
    pulsed_noise: Floats,
    f0_hz: Floats,
    log_gains: Floats,
    mel: MelConfig,
) -> Floats:
    """Filter pulses and noise, and shape what they make. T frames, K = n_fft / 2 + 1.

    Args:
        real: [T, K], of the filter of the pulses.
        imaginary: [T, K], of the same.
        noise: [T, K], the gain of the noise.
        pulsed_noise: [T, K], the gain of the noise that comes with the pulses, in `puffs`.
        f0_hz: [T], the pitch, also where there is none to hear.
        log_gains: [T, P], in nepers, at P moments a frame. A filter has a window of tens of ms; an
            onset is faster.
        mel: sample rate and frames.

    Returns:
        (T - 1) * hop_length samples.
    """
    rate, hop = mel.sample_rate_hz, mel.hop_length
    phase = cycles(f0_hz, rate, hop)
    source = stft(pulses(phase, f0_hz, rate, hop), mel.n_fft, hop)
    result = np.empty_like(source)
    result.real, result.imag = real, imaginary
    result *= source
    samples, steady = _white_noise(len(f0_hz), mel.n_fft, hop)
    result += noise * steady
    result += pulsed_noise * stft(samples * puffs(phase), mel.n_fft, hop)
    shape = each_sample(log_gains.ravel(), hop // log_gains.shape[1])
    made = istft(result, mel.n_fft, hop)
    return made * np.exp(shape[: len(made)])


def cycles(f0_hz: Floats, sample_rate_hz: int, hop_length: int) -> NDArray[np.float64]:
    """A pitch's phase: f0_hz [..., T] to cycles [..., (T - 1) * hop_length] since the start."""
    return np.cumsum(each_sample(f0_hz, hop_length) / sample_rate_hz, axis=-1, dtype=np.float64)


def pulses(
    phase: NDArray[np.float64], f0_hz: Floats, sample_rate_hz: int, hop_length: int
) -> Floats:
    """All harmonics of a pitch below half the sample rate, in phase and of amplitude 1.

    The sum of cos(2 pi h phase) over h from 1 to H is sin((H + 1/2) x) / (2 sin(x / 2)) - 1/2 with
    x = 2 pi phase (Dirichlet's kernel).

    Args:
        phase: [..., (T - 1) * hop_length] in cycles, as from `cycles`.
        f0_hz: [..., T].
        sample_rate_hz: of the samples.
        hop_length: samples between two frames.

    Returns:
        Samples of the shape of `phase`.
    """
    harmonics = np.floor(sample_rate_hz / 2 / each_sample(f0_hz, hop_length))
    # x / 2, counted from the nearest pulse: the kernel is even. Any closer to it than this the
    # quotient is the number of harmonics, and further on it would be 0 / 0.
    half = np.pi * np.abs(phase - np.rint(phase)).astype(np.float32)
    half = np.maximum(half, 1e-4)
    return np.sin((2 * harmonics + 1) * half) / (2 * np.sin(half)) - 0.5


def puffs(phase: NDArray[np.float64]) -> Floats:
    """How loud noise is that comes with the pulses: 1 in the root mean square, most at a pulse.

    Air is noisy where it is fast. An ear, and a short window, hear noise that comes in puffs from
    noise that does not.

    Args:
        phase: [..., N] in cycles.
    """
    turn = (2 * np.pi * (phase - np.rint(phase))).astype(np.float32)
    loudness = np.exp(_PUFF_SHARPNESS * (np.cos(turn) - 1))
    mean_square = np.i0(2 * _PUFF_SHARPNESS) * np.exp(-2 * _PUFF_SHARPNESS)
    return (loudness / np.sqrt(mean_square)).astype(np.float32)


def each_sample(f0_hz: Floats, hop_length: int) -> Floats:
    """Linear interpolation from frames [..., T] to samples [..., (T - 1) * hop_length]."""
    weight = np.arange(hop_length, dtype=np.float32) / hop_length
    steps = np.diff(f0_hz)[..., None]
    between = f0_hz[..., :-1, None] + steps * weight
    return between.astype(np.float32).reshape(*f0_hz.shape[:-1], -1)


def _white_noise(frames: int, n_fft: int, hop_length: int) -> tuple[Floats, NDArray[np.complex64]]:
    """White noise of deviation 1, the same at every call, and its spectra."""
    # Made for lengths in large steps, so that few are made, and kept.
    samples, spectra = _kept_noise(-(-frames // 512) * 512, n_fft, hop_length)
    return samples[: (frames - 1) * hop_length], spectra[:frames]


@lru_cache(maxsize=4)
def _kept_noise(frames: int, n_fft: int, hop_length: int) -> tuple[Floats, NDArray[np.complex64]]:
    random = np.random.default_rng(0)
    samples = random.standard_normal((frames - 1) * hop_length, np.float32)
    return samples, stft(samples, n_fft, hop_length)
