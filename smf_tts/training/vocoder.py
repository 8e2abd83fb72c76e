"""The vocoder stage: Vocos by spectral losses, then with discriminators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from lhotse import CutSet
from torch import Tensor, nn
from torch.utils.data import Dataset
from torch.utils.tensorboard import SummaryWriter
from vocos.loss import (
    DiscriminatorLoss,
    FeatureMatchingLoss,
    GeneratorLoss,
    MelSpecReconstructionLoss,
)

from smf_tts.config import DataConfig, VocoderConfig
from smf_tts.data.batches import Position, endless_batches, load_cuts
from smf_tts.data.mel import LogMel
from smf_tts.data.prepare import Prepared
from smf_tts.flow import Loss
from smf_tts.model.vocoder import Discriminators, Vocoder


@dataclass(frozen=True)
class AdversarialConfig:
    """Pieces, losses and discriminators of a vocoder's training."""

    segment_frames: int = 48  # length of a piece of speech
    start: float = 0.0  # share of the training done when the discriminators join; 1 for never
    fft_sizes: tuple[int, ...] = (2048, 512)  # Vocos adds 1024
    channels: int = 16  # width of the spectrogram discriminators; Vocos has 32
    periods: tuple[int, ...] = (2, 3, 5, 7, 11)
    period_channels: int = 16  # first width of the waveform discriminators; Vocos has 32
    mel_weight: float = 45.0
    mel_fft_sizes: tuple[int, ...] = (2048, 1024, 512, 256)  # Vocos has 1024 alone


@dataclass(frozen=True)
class SegmentBatch:
    """Pieces of speech and the mels they are to be made from."""

    mel: Tensor  # [B, T, M] log mel
    samples: Tensor  # [B, N]

    def to(self, device: torch.device) -> SegmentBatch:
        """The batch on `device`."""
        return SegmentBatch(*(getattr(self, f.name).to(device) for f in fields(self)))


class SegmentDataset(Dataset[SegmentBatch]):
    """Cuts to one random piece of each, with its mel."""

    def __init__(self, prepared: Prepared, segment_frames: int) -> None:
        self.size = segment_frames * prepared.mel.hop_length
        self.log_mel = LogMel(prepared.mel)

    def __getitem__(self, cuts: CutSet) -> SegmentBatch:
        """Cut the pieces; a clip shorter than a piece is followed by silence."""
        pieces = []
        for cut in cuts:
            samples = cut.load_samples()
            start = int(torch.randint(max(len(samples) - self.size, 0) + 1, ()))
            piece = samples[start : start + self.size].astype(np.float32) / 32768
            pieces.append(np.pad(piece, (0, self.size - len(piece))))
        batch = torch.from_numpy(np.stack(pieces))
        return SegmentBatch(self.log_mel(batch), batch)


class VocoderTask(nn.Module):
    """Vocos against its discriminators (arXiv 2306.00814, section 3)."""

    phases = ("discriminator", "generator")

    def __init__(
        self,
        vocoder: VocoderConfig,
        config: AdversarialConfig,
        prepared: Path,
        data: DataConfig,
        seed: int,
    ) -> None:
        super().__init__()
        self.config, self.data, self.seed = config, data, seed
        self.prepared = Prepared.load(prepared)
        mel = self.prepared.mel
        self.model = Vocoder(vocoder, mel)
        self.discriminators = Discriminators(
            config.fft_sizes, config.channels, config.periods, config.period_channels
        )
        self.mel_losses = nn.ModuleList(
            MelSpecReconstructionLoss(
                mel.sample_rate_hz, size, size // 4, min(mel.n_mels, size // 8)
            )
            for size in config.mel_fft_sizes
        )
        self.dataset = SegmentDataset(self.prepared, config.segment_frames)
        self.train_cuts = load_cuts(prepared, "train")
        dev = load_cuts(prepared, "dev").to_eager()
        self.held_out = [dev[i] for i in range(0, len(dev), max(len(dev) // 16, 1))]

    def trainable(self, phase: str) -> list[nn.Parameter]:
        """The parameters of one side."""
        side = self.model if phase == "generator" else self.discriminators
        return list(side.parameters())

    def batches(self, position: Position) -> Iterator[SegmentBatch]:
        """Endless batches; `data.batch_seconds` counts whole utterances, one piece of each."""
        return endless_batches(self.dataset, self.train_cuts, self.data, self.seed, position)

    def seconds(self, batch: SegmentBatch) -> float:
        """Seconds of audio in a batch."""
        return batch.samples.numel() / self.prepared.mel.sample_rate_hz

    def forward(self, phase: str, batch: SegmentBatch, progress: float) -> Loss:
        """The hinge losses of a phase; reconstruction alone until the discriminators join."""
        adversarial = progress >= self.config.start
        self.discriminators.requires_grad_(phase == "discriminator")
        real = batch.samples
        if phase == "discriminator":
            if not adversarial:
                return Loss(sum(p.sum() * 0 for p in self.trainable(phase)), {})  # none yet
            with torch.no_grad():
                fake = self.model(batch.mel)
            scores, _ = self.discriminators(torch.cat([real, fake]))
            halves = [score.float().chunk(2) for score in scores]
            value = DiscriminatorLoss()([r for r, _ in halves], [f for _, f in halves])[0].squeeze()
            return Loss(value, {"discriminator": value.detach()})
        fake = self.model(batch.mel)
        reconstruction = sum(loss(fake, real) for loss in self.mel_losses) / len(self.mel_losses)
        value = self.config.mel_weight * reconstruction
        log = {"mel": reconstruction.detach()}
        if adversarial:
            scores, features = self.discriminators(fake)
            with torch.no_grad():
                _, real_features = self.discriminators(real)
            generator = GeneratorLoss()([score.float() for score in scores])[0].squeeze()
            matching = FeatureMatchingLoss()(real_features, features).squeeze() / len(features)
            value = value + generator / len(scores) + matching
            log |= {"generator": generator.detach(), "matching": matching.detach()}
        return Loss(value, {**log, "loss": value.detach()})

    def report(self, writer: SummaryWriter, step: int, model: Vocoder) -> dict[str, Tensor]:
        """Reconstruction error of whole held-out sentences, and one of them to hear."""
        device = next(model.parameters()).device
        errors = []
        for i, cut in enumerate(self.held_out):
            real = torch.from_numpy(cut.load_samples().astype(np.float32) / 32768)
            size = len(real) // self.dataset.log_mel.transform.hop_length
            real = real[None, : size * self.dataset.log_mel.transform.hop_length].to(device)
            fake = model(self.dataset.log_mel.to(device)(real))
            errors.append(torch.stack([loss(fake, real) for loss in self.mel_losses]).mean())
            if i < 2:
                rate = self.prepared.mel.sample_rate_hz
                writer.add_audio(f"generated/{i}", fake, step, sample_rate=rate)
                writer.add_audio(f"real/{i}", real, step, sample_rate=rate)
        return {"held_out/mel": torch.stack(errors).mean()}
