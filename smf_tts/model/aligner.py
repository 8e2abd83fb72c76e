"""Monotonic alignment search: which frames belong to which token."""

from __future__ import annotations

import torch
from monotonic_alignment_search import maximum_path
from torch import Tensor


@torch.no_grad()
def align(means: Tensor, mel: Tensor, token_lengths: Tensor, mel_lengths: Tensor) -> Tensor:
    """Durations of the likeliest monotonic alignment (Glow-TTS, arXiv 2005.11129, Algorithm 1).

    Args:
        means: [B, L, M] mean of each token's frames, unit variance.
        mel: [B, T, M] normalised mel.
        token_lengths: [B].
        mel_lengths: [B], each at least the number of tokens.

    Returns:
        [B, L] frames of each token, at least 1 each; they sum to the mel's length.
    """
    means, mel = means.float(), mel.float()
    # log N(mel | mean, 1) without the constant and the term that no alignment changes.
    score = means @ mel.transpose(1, 2) - 0.5 * means.square().sum(-1, keepdim=True)
    tokens = torch.arange(means.shape[1], device=mel.device)[None, :, None]
    frames = torch.arange(mel.shape[1], device=mel.device)[None, None, :]
    mask = (tokens < token_lengths[:, None, None]) & (frames < mel_lengths[:, None, None])
    path = maximum_path(score, mask.to(score.dtype))
    return path.sum(-1).long()
