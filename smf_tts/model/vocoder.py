"""The vocoder: Vocos (Siuzdak, arXiv 2306.00814), mel to waveform by inverse STFT."""

from __future__ import annotations

import math
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

_LOCAL_BAND_HZ = (500.0, 4800.0)


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


class _OfMagnitudes(nn.Module):
    """A discriminator of log magnitudes: convolutions, and the score that comes after them."""

    window: Tensor
    layers: nn.ModuleList
    score: nn.Module

    def __init__(self, n_fft: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, samples: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Samples [B, N] to scores and feature maps."""
        with torch.autocast(samples.device.type, enabled=False):
            spectrum = torch.stft(
                samples, self.n_fft, self.n_fft // 4, window=self.window, return_complex=True
            )
            # Noise is as loud in windows of any length, and silence has a floor.
            loudness = (spectrum.abs() / math.sqrt(self.n_fft / 256)).clamp(min=1e-2).log()
        x = self.seen(0.5 * loudness + 1)
        features = []
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x), features

    def seen(self, loudness: Tensor) -> Tensor:
        """What of [B, n_fft / 2 + 1, T] the first layer gets."""
        return loudness


class MagnitudeDiscriminator(_OfMagnitudes):
    """All magnitudes, the bins as channels of convolutions over time.

    That is cheap on a CPU, and bins differ: what is natural at 200 Hz is not at 4 kHz.
    """

    def __init__(self, n_fft: int, channels: int) -> None:
        super().__init__(n_fft)
        widths = (n_fft // 2 + 1, channels, channels, channels, channels)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv1d(a, b, 5, dilation=dilation, padding=2 * dilation))
            for (a, b), dilation in zip(pairwise(widths), (1, 1, 2, 4), strict=True)
        )
        self.score = weight_norm(nn.Conv1d(channels, 1, 3, padding=1))


class LocalDiscriminator(_OfMagnitudes):
    """Magnitudes near to each other in time and frequency, where ears are sharpest.

    The convolutions are the same at all frequencies, so they learn fast what a harmonic, and what
    is between two, looks like.
    """

    def __init__(self, n_fft: int, channels: int, sample_rate_hz: int) -> None:
        super().__init__(n_fft)
        self.low, self.high = (round(hz / sample_rate_hz * n_fft) for hz in _LOCAL_BAND_HZ)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, size, stride, padding=(size[0] // 2, size[1] // 2)))
            for a, b, size, stride in (
                (1, channels, (5, 3), (1, 1)),
                (channels, channels, (3, 3), (2, 1)),
                (channels, 2 * channels, (3, 3), (2, 2)),
                (2 * channels, 2 * channels, (3, 3), (1, 1)),
            )
        )
        self.score = weight_norm(nn.Conv2d(2 * channels, 1, 3, padding=1))

    def seen(self, loudness: Tensor) -> Tensor:
        """The band, as a picture of one channel."""
        return loudness[:, None, self.low : self.high]


class Discriminators(nn.Module):
    """Judges of magnitudes; as in Vocos, of complex spectrograms and of folded waveforms."""

    def __init__(self, config: DiscriminatorConfig, sample_rate_hz: int) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            MagnitudeDiscriminator(size, config.magnitude_channels)
            for size in config.magnitude_sizes
        )
        self.parts.extend(
            LocalDiscriminator(size, config.local_channels, sample_rate_hz)
            for size in config.local_sizes
        )
        self.parts.extend(
            DiscriminatorR(window_length=size, channels=config.channels)
            for size in config.fft_sizes
        )
        self.parts.extend(
            PeriodDiscriminator(period, config.period_channels) for period in config.periods
        )

    def forward(self, samples: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Samples [B, N] to each part's scores and feature maps."""
        scores, features = zip(*(part(samples) for part in self.parts), strict=True)
        return list(scores), list(features)
