"""The STFT in numpy, and its inverse."""

import numpy as np
import pytest
import torch

from smf_tts.runtime.stft import istft, stft


@pytest.mark.parametrize(("n_fft", "hop"), [(1024, 256), (512, 128), (64, 16), (64, 32)])
@pytest.mark.parametrize("hops", [1, 7, 40])
def test_it_inverts_the_stft(n_fft: int, hop: int, hops: int):
    if hops * hop <= n_fft // 2:
        hops = n_fft // hop  # a reflected edge needs that much
    samples = torch.randn(hops * hop, generator=torch.Generator().manual_seed(1))
    window = torch.hann_window(n_fft)
    spectrum = torch.stft(samples, n_fft, hop, window=window, return_complex=True)
    inverted = istft(spectrum.T.numpy(), n_fft, hop)
    assert inverted.dtype == np.float32
    np.testing.assert_allclose(inverted, samples.numpy(), atol=2e-5)


@pytest.mark.parametrize(("n_fft", "hop"), [(1024, 256), (64, 32)])
def test_the_stft_is_torchs_own(n_fft: int, hop: int):
    samples = torch.randn(20 * hop, generator=torch.Generator().manual_seed(3))
    wanted = torch.stft(
        samples,
        n_fft,
        hop,
        window=torch.hann_window(n_fft),
        pad_mode="constant",
        return_complex=True,
    )
    spectrum = stft(samples.numpy(), n_fft, hop)
    assert spectrum.dtype == np.complex64
    np.testing.assert_allclose(spectrum.T, wanted.numpy(), atol=1e-4)


def test_it_is_torchs_own_also_for_spectra_of_no_signal():
    generator = torch.Generator().manual_seed(2)
    spectrum = torch.randn(513, 30, dtype=torch.complex64, generator=generator)
    wanted = torch.istft(spectrum, 1024, 256, window=torch.hann_window(1024))
    np.testing.assert_allclose(istft(spectrum.T.numpy(), 1024, 256), wanted.numpy(), atol=2e-5)
