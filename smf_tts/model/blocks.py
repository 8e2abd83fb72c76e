"""Building blocks shared by encoder, duration predictor and decoder.

Letters for shapes: B batch, T mel frames, L tokens, M mel bins, D channels. Sequences are
[B, T, D] with a mask [B, T, 1] that is 1 where the sequence is valid.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class ConvNeXtBlock(nn.Module):
    """ConvNeXt block for sequences (Liu et al. 2022, arXiv 2201.03545), optionally modulated.

    A depthwise convolution mixes positions, a two-layer perceptron mixes channels. The input is
    masked before the convolution, so that padding acts as the zeros beyond a sequence's end.
    """

    def __init__(self, dim: int, expansion: int, kernel_size: int, gate: float) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(dim, dim, kernel_size, padding=kernel_size // 2, groups=dim)
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.expand = nn.Linear(dim, expansion * dim)
        self.contract = nn.Linear(expansion * dim, dim)
        # (shift, scale, gate) of adaptive layer norm; what a condition adds comes on top.
        self.modulation = nn.Parameter(torch.zeros(3, dim))
        with torch.no_grad():
            self.modulation[2] = gate

    def forward(self, x: Tensor, mask: Tensor, condition: Tensor | None = None) -> Tensor:
        """Apply the block.

        Args:
            x: [B, T, D].
            mask: [B, T, 1].
            condition: [B, 1, 3, D], added to the block's own shift, scale and gate
                (adaLN-single of PixArt-alpha, arXiv 2310.00426).

        Returns:
            [B, T, D].
        """
        modulation = self.modulation if condition is None else self.modulation + condition
        shift, scale, gate = modulation.unbind(-2)
        h = self.depthwise((x * mask).transpose(1, 2)).transpose(1, 2)
        h = self.norm(h) * (1 + scale) + shift
        h = self.contract(nn.functional.gelu(self.expand(h), approximate="tanh"))
        return x + gate * h


class ScalarEmbedding(nn.Module):
    """Fourier features of a number in [0, 1], then a two-layer perceptron.

    Args:
        dim: size of the embedding.
        highest_frequency: of the features, in radians per unit. Kept low, so that the network
            stays smooth in t and in the interval h, as average velocities are.
        zero: start at zero, so that adding this embedding to a trained network changes nothing.
    """

    def __init__(self, dim: int, highest_frequency: float, zero: bool = False) -> None:
        super().__init__()
        self.frequencies: Tensor
        frequencies = torch.exp(torch.linspace(0.0, math.log(highest_frequency), 64))
        self.register_buffer("frequencies", frequencies, persistent=False)
        last = nn.Linear(dim, dim)
        if zero:
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(nn.Linear(128, dim), nn.SiLU(), last)

    def forward(self, t: Tensor) -> Tensor:
        """Embed t [B] as [B, D]."""
        angles = t[:, None] * self.frequencies
        return self.layers(torch.cat([angles.sin(), angles.cos()], -1))


def length_mask(lengths: Tensor, size: int | None = None) -> Tensor:
    """Mask [B, size, 1] of ones up to each length in `lengths` [B]."""
    positions = torch.arange(size or int(lengths.max()), device=lengths.device)
    return (positions[None, :] < lengths[:, None]).unsqueeze(-1).float()
