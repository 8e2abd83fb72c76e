"""Inverse short-time Fourier transform in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def istft(spectrum: NDArray[np.complex64], n_fft: int, hop_length: int) -> NDArray[np.float32]:
    """Overlap-add with a periodic Hann window over centred frames.

    Args:
        spectrum: [T, n_fft / 2 + 1].
        n_fft: window and transform size in samples, a multiple of the hop.
        hop_length: in samples.

    Returns:
        (T - 1) * hop_length samples.
    """
    frames = len(spectrum)
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)
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
