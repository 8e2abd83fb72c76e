"""Tiny modules with random weights everywhere, also where training starts from zero."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from smf_tts.config import AcousticConfig, MelConfig, VocoderConfig
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.vocoder import Vocoder

CONFIG = AcousticConfig(
    speaker_dim=8,
    encoder_dim=16,
    encoder_layers=2,
    duration_layers=1,
    decoder_dim=16,
    decoder_layers=2,
)


def randomise(module: nn.Module) -> nn.Module:
    """Draw every parameter anew."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.3)
    return module.eval()


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(7)


@pytest.fixture
def make_model() -> Callable[..., AcousticModel]:
    def make(patch_frames: int = 2) -> AcousticModel:
        config = replace(CONFIG, patch_frames=patch_frames)
        model = AcousticModel(config, MelConfig(), n_symbols=30, n_speakers=3)
        randomise(model)
        return model

    return make


@pytest.fixture
def model(make_model: Callable[..., AcousticModel]) -> AcousticModel:
    return make_model()


@pytest.fixture
def vocoder() -> Vocoder:
    vocoder = Vocoder(VocoderConfig(dim=16, intermediate_dim=32, layers=2), MelConfig())
    return vocoder.eval()
