"""Pictures for TensorBoard."""

from __future__ import annotations

from torch import Tensor


def mel_picture(mel: Tensor) -> Tensor:
    """Normalised mel [T, M] to a grey picture [1, M, T], low bins at the bottom."""
    return ((mel.T.flip(0).float() + 2.5) / 5).clamp(0, 1).unsqueeze(0).cpu()
