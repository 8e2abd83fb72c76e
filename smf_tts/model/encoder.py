"""Text encoder and duration predictor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from smf_tts.config import AcousticConfig
from smf_tts.model.blocks import ConvNeXtBlock


class Encoder(nn.Module):
    """Token ids and a speaker to text features, log durations and the aligner's mel means."""

    def __init__(
        self, config: AcousticConfig, n_symbols: int, n_speakers: int, n_mels: int
    ) -> None:
        super().__init__()
        dim = config.encoder_dim
        self.embed_tokens = nn.Embedding(n_symbols, dim)
        self.embed_speakers = nn.Embedding(n_speakers, config.speaker_dim)
        self.enter_speaker = nn.Linear(config.speaker_dim, dim)
        self.blocks = self._stack(config, config.encoder_layers)
        self.norm = nn.LayerNorm(dim)
        self.mean = nn.Linear(dim, n_mels)
        self.duration_speaker = nn.Linear(config.speaker_dim, dim)
        self.duration_blocks = self._stack(config, config.duration_layers)
        self.duration = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 1))

    @staticmethod
    def _stack(config: AcousticConfig, layers: int) -> nn.ModuleList:
        return nn.ModuleList(
            ConvNeXtBlock(config.encoder_dim, config.expansion, config.kernel_size, gate=1 / layers)
            for _ in range(layers)
        )

    def forward(
        self, tokens: Tensor, speaker_ids: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Encode a batch of sentences.

        Args:
            tokens: [B, L] token ids.
            speaker_ids: [B].
            mask: [B, L, 1].

        Returns:
            features [B, L, C], mel means for the aligner [B, L, M], log durations in frames
            [B, L] and speaker embeddings [B, S]. Durations learn without shaping the features.
        """
        speaker = self.embed_speakers(speaker_ids)
        x = self.embed_tokens(tokens) + self.enter_speaker(speaker)[:, None]
        for block in self.blocks:
            x = block(x, mask)
        features = self.norm(x) * mask
        d = features.detach() + self.duration_speaker(speaker.detach())[:, None]
        for block in self.duration_blocks:
            d = block(d, mask)
        log_durations = self.duration(d).squeeze(-1)
        return features, self.mean(features), log_durations, speaker


def expand(features: Tensor, durations: Tensor, frames: int) -> Tensor:
    """Repeat each token's features for its number of frames.

    Args:
        features: [B, L, C].
        durations: [B, L] whole numbers of frames.
        frames: T, at least the largest sum of durations.

    Returns:
        [B, T, C]; frames past an utterance's end repeat its last token and are to be masked.
    """
    ends = durations.cumsum(1)
    positions = torch.arange(frames, device=features.device).expand(len(ends), -1).contiguous()
    token = torch.searchsorted(ends, positions.to(ends.dtype), right=True)
    token = token.clamp(max=features.shape[1] - 1)
    return features.gather(1, token.unsqueeze(-1).expand(-1, -1, features.shape[-1]))
