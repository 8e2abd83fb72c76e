"""The short-time Fourier transform and its inverse in numpy: a periodic Hann window, centred."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stft(samples: NDArray[np.float32], n_fft: int, hop_length: int) -> NDArray[np.complex64]:
    """Spectra of frames that are centred on every hop, with silence around the samples.

    Args:
        samples: [N], N a multiple of the hop.
        n_fft: window and transform size in samples.
        hop_length: in samples.

    Returns:
        [N / hop_length + 1, n_fft / 2 + 1].
    """
    padded = np.pad(samples, n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    return np.fft.rfft(frames * _window(n_fft)).astype(np.complex64, copy=False)


def istft(spectrum: NDArray[np.complex64], n_fft: int, hop_length: int) -> NDArray[np.float32]:
    """Overlap-add of centred frames.

    Args:
        spectrum: [T, n_fft / 2 + 1].
        n_fft: window and transform size in samples, a multiple of the hop.
        hop_length: in samples.

    Returns:
        (T - 1) * hop_length samples.
    """
    frames = len(spectrum)
    window = _window(n_fft)
    pieces = np.fft.irfft(spectrum, n_fft, axis=1).astype(np.float32) * window
    # A frame spans n_fft / hop blocks of hop samples; the k-th of frame i falls on block i + k.
    overlap = n_fft // hop_length
    blocks = np.zeros((frames + overlap - 1, hop_length), np.float32)
    weight = np.zeros_like(blocks)
    for k in range(overlap):
        blocks[k : k + frames] += pieces[:, k * hop_length : (k + 1) * hop_length]
        weight[k : k + frames] += window[k * hop_length : (k + 1) * hop_length] ** 2
    edge = n_fft // 2
    samples = np.divide(blocks, np.maximum(weight, 1e-8), dtype=np.float32).ravel()
    return samples[edge : edge + (frames - 1) * hop_length]


def _window(n_fft: int) -> NDArray[np.float32]:
    return np.hanning(n_fft + 1)[:-1].astype(np.float32)
