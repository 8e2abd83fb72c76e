"""The vocoder: its spectrum inverted in numpy is its waveform; its weights are Vocos's."""

import pytest
import torch
from vocos import Vocos
from vocos.feature_extractors import MelSpectrogramFeatures
from vocos.heads import ISTFTHead
from vocos.models import VocosBackbone

from smf_tts.config import DiscriminatorConfig
from smf_tts.model.vocoder import Discriminators, LocalDiscriminator
from smf_tts.runtime.stft import istft


@pytest.mark.parametrize("frames", [2, 9, 50])
@torch.no_grad()
def test_spectrum_and_numpy_make_the_same_waveform(vocoder, frames: int):
    log_mel = torch.randn(1, frames, 100)
    wanted = vocoder(log_mel)
    assert wanted.shape == (1, (frames - 1) * 256)
    real, imaginary = vocoder.spectrum(log_mel)
    assert real.shape == (1, frames, 513)
    samples = istft(torch.complex(real, imaginary)[0].numpy(), 1024, 256)
    assert samples.shape == wanted[0].shape
    torch.testing.assert_close(torch.from_numpy(samples), wanted[0], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_published_vocos_fits(vocoder):
    published = Vocos(
        MelSpectrogramFeatures(),
        VocosBackbone(100, 16, 32, 2),
        ISTFTHead(16, 1024, 256, padding="center"),
    ).eval()
    weights = {k: v for k, v in published.state_dict().items() if "feature_extractor" not in k}
    vocoder.load_state_dict(weights)
    log_mel = torch.randn(1, 20, 100)
    torch.testing.assert_close(vocoder(log_mel), published.decode(log_mel.transpose(1, 2)))


def test_discriminators_judge_each_waveform_by_itself():
    config = DiscriminatorConfig(
        magnitude_sizes=(256, 128),
        magnitude_channels=2,
        local_sizes=(512,),
        local_channels=2,
        fft_sizes=(512, 256),
        channels=2,
        periods=(2, 3),
        period_channels=2,
    )
    parts = Discriminators(config, 24000).eval()
    waves = torch.randn(2, 4096)
    with torch.no_grad():
        scores, features = parts(waves)
        alone = parts(waves[1:])[0]
    assert len(scores) == len(features) == 7
    for together, single in zip(scores, alone, strict=True):
        torch.testing.assert_close(together[1:], single, rtol=1e-4, atol=1e-5)


def test_a_local_discriminator_hears_its_band_alone():
    torch.manual_seed(0)
    judge = LocalDiscriminator(1024, 2, 24000).eval()
    time = torch.arange(8192) / 24000
    inside, outside = (0.3 * torch.sin(2 * torch.pi * hz * time)[None] for hz in (2000, 9000))
    with torch.no_grad():
        silence, heard, unheard = (judge(x)[0] for x in (0 * inside, inside, outside))
    # The ends of a tone, cut off, sound at all frequencies.
    middle = slice(8, -8)
    torch.testing.assert_close(unheard[..., middle], silence[..., middle])
    assert (heard - silence)[..., middle].abs().max() > 1e-2
