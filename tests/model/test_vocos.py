"""The vocoder: its spectrum inverted in numpy is its waveform; its weights are Vocos's."""

import pytest
import torch
from vocos import Vocos
from vocos.feature_extractors import MelSpectrogramFeatures
from vocos.heads import ISTFTHead
from vocos.models import VocosBackbone

from smf_tts.config import DiscriminatorConfig
from smf_tts.model.vocoder import Discriminators
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
    parts = Discriminators(DiscriminatorConfig((512, 256), 2, (2, 3), 2)).eval()
    waves = torch.randn(2, 4096)
    with torch.no_grad():
        scores, features = parts(waves)
        alone = parts(waves[1:])[0]
    assert len(scores) == len(features) == 4
    for together, single in zip(scores, alone, strict=True):
        torch.testing.assert_close(together[1:], single, rtol=1e-4, atol=1e-5)
