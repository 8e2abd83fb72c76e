"""The source-filter vocoder: torch and numpy make one waveform; pulses fall where they should."""

import numpy as np
import pytest
import torch
from torch import nn

from smf_tts.config import MelConfig, VocoderConfig
from smf_tts.model.source_filter import SourceFilterVocoder, delay, fundamental_phase
from smf_tts.runtime import excitation

MEL = MelConfig()
RATE = MEL.sample_rate_hz


@pytest.fixture
def model() -> SourceFilterVocoder:
    config = VocoderConfig(dim=16, intermediate_dim=32, layers=2, source_filter=True, pitch_dim=8)
    return SourceFilterVocoder(config, MEL).eval()


@torch.no_grad()
def test_torch_and_numpy_make_the_same_waveform(model: SourceFilterVocoder):
    size = MEL.n_fft // 2 + 1
    model.out.weight[2 * size :], model.out.bias[2 * size :] = 0, -30.0  # no noise
    nn.init.normal_(model.envelope.weight)
    log_mel = torch.randn(1, 40, 100)
    outputs = [x[0].numpy() for x in model.spectrum(log_mel)]
    real, imaginary, noise, pulsed, f0_hz, log_gains = outputs
    assert real.shape == imaginary.shape == noise.shape == pulsed.shape == (40, size)
    assert np.ptp(f0_hz) > 1
    assert np.ptp(log_gains) > 1
    samples = excitation.waveform(*outputs, MEL)
    wanted = model(log_mel)[0].numpy()
    assert samples.shape == wanted.shape == (39 * 256,)
    np.testing.assert_allclose(samples, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())


@torch.no_grad()
def test_the_pitch_is_not_rounded_by_half_precision(model: SourceFilterVocoder):
    log_mel = torch.randn(2, 30, 100)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = model.f0_hz(log_mel)
    torch.testing.assert_close(rounded, model.f0_hz(log_mel))
    assert 50 <= rounded.min() < rounded.max() <= 500


def test_the_fundamental_is_found_where_a_pitch_is_a_little_wrong():
    frames = 60
    time = np.arange((frames - 1) * 256) / RATE
    true = 151 * time + 0.3 + 0.05 * np.sin(2 * np.pi * 2 * time)
    voice = sum(np.cos(2 * np.pi * h * true) / h for h in (1, 2, 3))
    guess = excitation.cycles(np.full(frames, 149, np.float32), RATE, 256)
    found = guess + fundamental_phase(voice.astype(np.float32), guess, MEL.n_fft)
    off = (found - true + 0.5) % 1 - 0.5
    assert np.abs(off[1024:-1024]).max() < 0.02


@torch.no_grad()
@pytest.mark.parametrize(("ahead", "least"), [(0.0, 0.95), (0.1, 0.9)])
def test_pulses_fall_where_the_recordings_do(
    model: SourceFilterVocoder, ahead: float, least: float
):
    """Also where the fundamental is `ahead` of the pulse by a part of a period, as in a voice.

    What the identity as a filter makes, given a train of pulses, is that train.
    """
    size = MEL.n_fft // 2 + 1
    model.out.weight.zero_()
    model.out.bias.zero_()
    model.out.bias[2 * size :] = -30.0
    model.pitch[-1].weight.zero_()
    model.pitch[-1].bias.fill_(0.01)  # 161.6 Hz
    f0_hz = np.full((1, 80), 160, np.float32)
    phase = excitation.cycles(f0_hz, RATE, 256) + 0.4
    fundamental = np.cos(2 * np.pi * (phase + ahead)) - np.cos(2 * np.pi * phase)
    recording = torch.from_numpy(
        (excitation.pulses(phase, f0_hz, RATE, 256) + 4 * fundamental).astype(np.float32)
    )
    log_mel = torch.zeros(1, 80, 100)

    def likeness(samples: torch.Tensor) -> float:
        # The difference of neighbours holds little of the fundamental.
        above = [torch.diff(x[:, 2048:-2048]) for x in (samples, recording)]
        return float(torch.corrcoef(torch.cat(above))[0, 1])

    assert likeness(model(log_mel, recording)) > least
    assert abs(likeness(model(log_mel))) < 0.3


def test_a_delay_that_changes_is_followed():
    """Of all harmonics; in half of the spectrum there is nothing but noise."""
    generator = torch.Generator().manual_seed(0)
    late = 0.1 * torch.sin(torch.linspace(0, 4, 40))
    harmonic = torch.arange(1, 33.0)[None, :, None].expand(1, 32, 40)
    phase = -2 * torch.pi * harmonic * late
    phase[:, 16:] = 2 * torch.pi * torch.rand(1, 16, 40, generator=generator)
    found = delay(torch.polar(torch.ones_like(phase), phase), harmonic, 0.2)
    assert found.shape == (1, 40)
    assert (found - late).abs().max() < 0.02
