"""The mel decoder: the average velocity u(z_t, r, t | mu, speaker)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from smf_tts.config import AcousticConfig
from smf_tts.model.blocks import ConvNeXtBlock, ScalarEmbedding


@dataclass(frozen=True)
class Condition:
    """What a mel is decoded from. Rows can be picked by mask or index: `condition[rows]`."""

    mu: Tensor  # [B, T, C] text features, one a frame
    speaker: Tensor  # [B, S]
    mask: Tensor  # [B, T, 1]

    def __getitem__(self, rows: Tensor) -> Condition:
        return Condition(self.mu[rows], self.speaker[rows], self.mask[rows])

    def drop(self, keep: Tensor) -> Condition:
        """Replace text and speaker by zeros where `keep` [B] is 0; those rows are unconditional."""
        return Condition(self.mu * keep[:, None, None], self.speaker * keep[:, None], self.mask)

    def null(self) -> Condition:
        """The unconditional condition, for classifier-free guidance."""
        return self.drop(torch.zeros_like(self.speaker[:, 0]))


def gaussian_skip(r: Tensor, t: Tensor, deviation: float) -> Tensor:
    """Coefficient of z_t in the average velocity of data ~ N(m, deviation^2).

    For Gaussian data z_r = (1-r) m + (S_r/S_t) (z_t - (1-t) m) with
    S_t^2 = (1-t)^2 deviation^2 + t^2, hence u = (z_t - z_r) / (t-r) is linear in z_t. Given to the
    decoder as a skip connection, it leaves the network what the text decides and spares it from
    carrying the noise through. The form below has no division by t - r; at r = t it is the
    coefficient of the instantaneous velocity.
    """
    variance = deviation**2
    deviation_t = ((1 - t) ** 2 * variance + t**2).sqrt()
    deviation_r = ((1 - r) ** 2 * variance + r**2).sqrt()
    return ((t + r) - (2 - t - r) * variance) / (deviation_t * (deviation_t + deviation_r))


class Decoder(nn.Module):
    """ConvNeXt blocks over patches of mel frames, modulated by t, h = t - r and the speaker."""

    def __init__(self, config: AcousticConfig, n_mels: int) -> None:
        super().__init__()
        dim, self.patch = config.decoder_dim, config.patch_frames
        self.deviation = config.data_deviation
        self.enter = nn.Linear(self.patch * (n_mels + config.encoder_dim), dim)
        self.embed_t = ScalarEmbedding(dim, highest_frequency=100.0)
        self.embed_h = ScalarEmbedding(dim, highest_frequency=10.0, zero=True)
        self.embed_speaker = nn.Linear(config.speaker_dim, dim)
        modulate = nn.Linear(dim, 3 * dim)
        self.modulate = nn.Sequential(nn.SiLU(), modulate)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(dim, config.expansion, config.kernel_size, gate=1 / config.decoder_layers)
            for _ in range(config.decoder_layers)
        )
        self.norm = nn.LayerNorm(dim)
        self.leave = nn.Linear(dim, self.patch * n_mels)
        for layer in (modulate, self.leave):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, z: Tensor, r: Tensor, t: Tensor, c: Condition) -> Tensor:
        """Average velocity over [r, t] at z_t; the instantaneous velocity where r = t.

        Args:
            z: [B, T, M] the state z_t.
            r: [B] end of the interval, 0 <= r <= t.
            t: [B] its start, t <= 1; 1 is noise, 0 is data.
            c: the condition.

        Returns:
            [B, T, M], zero where the mask is.
        """
        batch, frames, _ = z.shape
        x = self.enter(self._patches(torch.cat([z, c.mu], -1) * c.mask))
        mask = self._patches(c.mask).amax(-1, keepdim=True)
        time = self.embed_t(t) + self.embed_h(t - r) + self.embed_speaker(c.speaker)
        condition = self.modulate(time).view(batch, 1, 3, -1)
        for block in self.blocks:
            x = block(x, mask, condition)
        out = self.leave(self.norm(x)).reshape(batch, -1, z.shape[-1])[:, :frames]
        skip = gaussian_skip(r, t, self.deviation)[:, None, None]
        return (skip * z + out) * c.mask

    def _patches(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, ceil(T / patch), patch * D]."""
        batch, frames, dim = x.shape
        x = nn.functional.pad(x, (0, 0, 0, -frames % self.patch))
        return x.reshape(batch, -1, self.patch * dim)
