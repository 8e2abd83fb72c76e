"""The acoustic model: text to mel, with its alignment in training and its durations in use."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from smf_tts.config import AcousticConfig, MelConfig
from smf_tts.flow import sample
from smf_tts.model.aligner import align
from smf_tts.model.blocks import length_mask
from smf_tts.model.decoder import Condition, Decoder
from smf_tts.model.encoder import Encoder, expand


@dataclass(frozen=True)
class Aligned:
    """A batch of utterances with text and mel aligned."""

    condition: Condition
    means: Tensor  # [B, T, M] the aligner's mean of each frame
    durations: Tensor  # [B, L] frames of each token
    log_durations: Tensor  # [B, L] as predicted
    token_mask: Tensor  # [B, L, 1]


class AcousticModel(nn.Module):
    """Encoder, durations and average-velocity decoder over normalised mels."""

    def __init__(
        self, config: AcousticConfig, mel: MelConfig, n_symbols: int, n_speakers: int
    ) -> None:
        super().__init__()
        self.encoder = Encoder(config, n_symbols, n_speakers, mel.n_mels)
        self.decoder = Decoder(config, mel.n_mels)
        self.n_mels = mel.n_mels

    def align(
        self,
        tokens: Tensor,
        token_lengths: Tensor,
        speaker_ids: Tensor,
        mel: Tensor,
        mel_lengths: Tensor,
    ) -> Aligned:
        """Encode texts and align them with their mels.

        Args:
            tokens: [B, L] ids. token_lengths: [B].
            speaker_ids: [B].
            mel: [B, T, M] normalised. mel_lengths: [B], at least the token lengths.
        """
        token_mask = length_mask(token_lengths, tokens.shape[1])
        features, means, log_durations, speaker = self.encoder(tokens, speaker_ids, token_mask)
        durations = align(means, mel, token_lengths, mel_lengths)
        frames = mel.shape[1]
        mask = length_mask(mel_lengths, frames)
        condition = Condition(expand(features, durations, frames) * mask, speaker, mask)
        return Aligned(
            condition, expand(means, durations, frames), durations, log_durations, token_mask
        )

    @torch.no_grad()
    def decode(self, condition: Condition, steps: int, instantaneous: bool = False) -> Tensor:
        """Noise, drawn from torch's global generator, to normalised mels.

        Args:
            condition: B rows of T frames.
            steps: evaluations of the decoder.
            instantaneous: Euler steps with the velocity at r = t, for a flow-matching teacher.

        Returns:
            [B, T, M], zero where the mask is.
        """
        batch, frames, _ = condition.mu.shape
        eps = torch.randn(batch, frames, self.n_mels, device=condition.mu.device)
        z = eps * condition.mask
        return sample(self.decoder, z, steps, condition, instantaneous=instantaneous)
