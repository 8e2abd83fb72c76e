"""The vocoder: Vocos (Siuzdak, arXiv 2306.00814), mel to waveform by inverse STFT."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm
from vocos.discriminators import DiscriminatorR
from vocos.heads import ISTFTHead
from vocos.models import VocosBackbone

from smf_tts.config import DiscriminatorConfig, MelConfig, VocoderConfig
from smf_tts.model.source_filter import SourceFilterVocoder


class Vocoder(nn.Module):
    """Vocos's backbone and head; the names of its weights are those of a published Vocos."""

    outputs = ("real", "imaginary")

    def __init__(self, config: VocoderConfig, mel: MelConfig) -> None:
        super().__init__()
        self.mel = mel
        self.backbone = VocosBackbone(
            mel.n_mels, config.dim, config.intermediate_dim, config.layers
        )
        self.head = ISTFTHead(config.dim, mel.n_fft, mel.hop_length, padding="center")

    def forward(self, log_mel: Tensor) -> Tensor:
        """Log mel [B, T, M] (natural logarithm, not normalised) to samples [B, (T-1) * hop]."""
        features = self.backbone(log_mel.transpose(1, 2)).float()
        # The head's exponential and the inverse STFT need single precision.
        with torch.autocast(log_mel.device.type, enabled=False):
            return self.head(features)

    def spectrum(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """Log mel [B, T, M] to the real and imaginary parts [B, T, n_fft / 2 + 1] of the spectrum.

        What `vocos.heads.ISTFTHead` hands to the inverse STFT, which ONNX has no operator for.
        """
        magnitude, phase = self.head.out(self.backbone(log_mel.transpose(1, 2))).chunk(2, -1)
        magnitude = magnitude.exp().clamp(max=1e2)
        return magnitude * phase.cos(), magnitude * phase.sin()


AnyVocoder: TypeAlias = Vocoder | SourceFilterVocoder


def make_vocoder(config: VocoderConfig, mel: MelConfig) -> AnyVocoder:
    """An untrained vocoder of the kind that `config` asks for."""
    return (SourceFilterVocoder if config.source_filter else Vocoder)(config, mel)


class PeriodDiscriminator(nn.Module):
    """HiFi-GAN's discriminator of a waveform folded by a period (Kong et al., arXiv 2010.05646).

    That of the package vocos has its widths fixed at up to 1024 channels, most of the cost of a
    training on a CPU; this one starts at any width and grows to eight times that.
    """

    def __init__(self, period: int, channels: int) -> None:
        super().__init__()
        self.period = period
        widths = (1, channels, 2 * channels, 4 * channels, 8 * channels)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, (5, 1), (3, 1), padding=(2, 0)))
            for a, b in pairwise(widths)
        )
        self.score = weight_norm(nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0)))

    def forward(self, samples: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Samples [B, N] to scores and feature maps."""
        padded = nn.functional.pad(
            samples[:, None], (0, -samples.shape[-1] % self.period), "reflect"
        )
        x = padded.unflatten(-1, (-1, self.period))
        features = []
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), 0.1)
            features.append(x)
        return self.score(x), features


class Discriminators(nn.Module):
    """Vocos's two families: complex spectrograms at several resolutions, waveforms folded by
    several periods.
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            [
                DiscriminatorR(window_length=size, channels=config.channels)
                for size in config.fft_sizes
            ]
        )
        self.parts.extend(
            PeriodDiscriminator(period, config.period_channels) for period in config.periods
        )

    def forward(self, samples: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Samples [B, N] to each part's scores and feature maps."""
        scores, features = zip(*(part(samples) for part in self.parts), strict=True)
        return list(scores), list(features)
