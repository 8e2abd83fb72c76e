"""Pictures for TensorBoard."""

from __future__ import annotations

import torch
from torch import Tensor


def mel_picture(mel: Tensor) -> Tensor:
    """Normalised mel [T, M] to a grey picture [1, M, T], low bins at the bottom."""
    return ((mel.T.flip(0).float() + 2.5) / 5).clamp(0, 1).unsqueeze(0).cpu()


def alignment_picture(durations: Tensor) -> Tensor:
    """Frames of each token [L] to a picture [1, L, T] of the path, first token at the bottom."""
    token = torch.repeat_interleave(torch.arange(len(durations)), durations.cpu())
    return torch.nn.functional.one_hot(token, len(durations)).T.flip(0).unsqueeze(0).float()
