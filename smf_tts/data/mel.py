"""Log-mel spectrograms, as Vocos (arXiv 2306.00814) computes them."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torchaudio.transforms import MelSpectrogram

from smf_tts.config import MelConfig

FLOOR = 1e-7
LOG_FLOOR = math.log(FLOOR)  # log mel of silence


class LogMel(nn.Module):
    """Magnitude mel spectrogram, natural logarithm, floor 1e-7."""

    def __init__(self, config: MelConfig) -> None:
        super().__init__()
        self.transform = MelSpectrogram(
            config.sample_rate_hz,
            n_fft=config.n_fft,
            hop_length=config.hop_length,
            n_mels=config.n_mels,
            center=True,
            power=1,
        )

    def forward(self, samples: Tensor) -> Tensor:
        """Samples [..., N] to log mel [..., 1 + N // hop, M]."""
        return torch.log(self.transform(samples).clamp(min=FLOOR)).transpose(-1, -2)
