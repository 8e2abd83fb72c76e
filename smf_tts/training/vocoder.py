"""The vocoder stage: Vocos by spectral losses, then with discriminators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import librosa
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

from smf_tts.config import DataConfig, DiscriminatorConfig, VocoderConfig
from smf_tts.data.batches import Position, UtteranceDataset, endless_batches
from smf_tts.data.mel import LOG_FLOOR, LogMel
from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError
from smf_tts.flow import Loss
from smf_tts.flow.paths import interpolate, step
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.source_filter import PITCH_RANGE_HZ, SourceFilterVocoder
from smf_tts.model.vocoder import AnyVocoder, Discriminators, make_vocoder


@dataclass(frozen=True)
class AdversarialConfig:
    """Pieces of speech and losses of a vocoder's training."""

    segment_frames: int = 48  # length of a piece of speech
    start: float = 0.0  # share of the training done when the discriminators join; 1 for never
    fft_sizes: tuple[int, ...] = (2048, 1024, 512, 256, 128)  # Vocos has 1024 alone
    mel_weight: float = 45.0
    # Mels of the higher harmonics blur them into one band; spectra tell them from noise.
    magnitude_weight: float = 25.0
    magnitude_below_hz: float = 8000.0
    matching_weight: float = 1.0  # of the discriminators' feature maps
    # Of a source-filter vocoder: losses of the pitch, of the pulses' spectrum, of its phases alone.
    pitch_weight: float = 2.0
    spectrum_weight: float = 3.0
    phase_weight: float = 10.0
    spectrum_below_hz: float = 4000.0  # higher, a pitch's small errors leave no phase to compare
    # Where a vocoder learns from generated mels: the latest time to which real ones are noised.
    noised_until: float = 0.8


@dataclass(frozen=True)
class SegmentBatch:
    """Pieces of speech and the mels they are to be made from."""

    mel: Tensor  # [B, T, M] log mel
    samples: Tensor  # [B, (T - 1) * hop]
    f0_hz: Tensor  # [B, T] pitch of the samples; where nothing is voiced, any

    def to(self, device: torch.device) -> SegmentBatch:
        """The batch on `device`."""
        return SegmentBatch(*(getattr(self, f.name).to(device) for f in fields(self)))


class SegmentDataset(Dataset[SegmentBatch]):
    """Cuts to one random piece of each, with its mel: the real one, or a generated one.

    Args:
        prepared: the corpus.
        segment_frames: length of a piece.
        acoustic: if given, a few-step student that makes the mels: real ones are noised to a time
            t ~ U(0, noised_until) and brought back in one step, so that they have the student's
            faults and still fit the samples. From pure noise they would have another pitch than
            the recording, which no text determines.
        noised_until: in [0, 1].
    """

    def __init__(
        self,
        prepared: Prepared,
        segment_frames: int,
        acoustic: AcousticModel | None = None,
        noised_until: float = 0.0,
    ) -> None:
        self.prepared, self.frames, self.hop = prepared, segment_frames, prepared.mel.hop_length
        self.utterances = UtteranceDataset(prepared)
        self.acoustic, self.noised_until = acoustic, noised_until
        self.log_mel = LogMel(prepared.mel)

    def __getitem__(self, cuts: CutSet) -> SegmentBatch:
        """Cut the pieces; a clip shorter than a piece is followed by silence."""
        size = self.frames * self.hop
        waves = [cut.load_samples().astype(np.float32) / 32768 for cut in cuts]
        # A generated mel is as long as the real one, so a piece of both starts on a frame.
        starts = [int(torch.randint(max(len(w) - size, 0) // self.hop + 1, ())) for w in waves]
        pieces = [
            wave[start * self.hop :][:size] for wave, start in zip(waves, starts, strict=True)
        ]
        samples = torch.from_numpy(
            np.stack([np.pad(piece, (0, size - len(piece))) for piece in pieces])
        )
        mel = self.log_mel(samples) if self.acoustic is None else self._generate(cuts, starts)
        return SegmentBatch(mel, samples, self._pitch(samples))

    def _pitch(self, samples: Tensor) -> Tensor:
        """YIN (de Cheveigné and Kawahara 2002)."""
        low, high = PITCH_RANGE_HZ
        f0_hz = librosa.yin(
            samples.numpy(),
            fmin=low,
            fmax=high,
            sr=self.prepared.mel.sample_rate_hz,
            frame_length=self.prepared.mel.n_fft,
            hop_length=self.hop,
        )
        return torch.from_numpy(f0_hz.astype(np.float32))

    @torch.no_grad()
    def _generate(self, cuts: CutSet, starts: list[int]) -> Tensor:
        assert self.acoustic is not None
        batch = self.utterances[cuts]
        with torch.autocast("cpu", torch.bfloat16):
            aligned = self.acoustic.align(
                batch.tokens, batch.token_lengths, batch.speaker_ids, batch.mel, batch.mel_lengths
            )
            t = self.noised_until * torch.rand(len(batch.mel))
            z, _ = interpolate(batch.mel, torch.randn_like(batch.mel), t)
            r = torch.zeros_like(t)
            mel = step(z, self.acoustic.decoder(z, r, t, aligned.condition), r, t)
        mel = mel * self.prepared.mel_deviation + self.prepared.mel_mean
        # Past a short clip's end is silence, as in the samples.
        mel = torch.where(aligned.condition.mask > 0, mel, LOG_FLOOR)
        mel = nn.functional.pad(mel, (0, 0, 0, self.frames + 1), value=LOG_FLOOR)
        return torch.stack(
            [m[start : start + self.frames + 1] for m, start in zip(mel, starts, strict=True)]
        )


class VocoderTask(nn.Module):
    """Vocos against its discriminators (arXiv 2306.00814, section 3).

    Raises:
        UserError: discriminators are to join, and there are none.
    """

    phases: tuple[str, ...] = ("discriminator", "generator")

    def __init__(
        self,
        vocoder: VocoderConfig,
        discriminators: DiscriminatorConfig,
        config: AdversarialConfig,
        prepared: Path,
        data: DataConfig,
        seed: int,
        acoustic: AcousticModel | None = None,
    ) -> None:
        super().__init__()
        self.config, self.data, self.seed = config, data, seed
        self.prepared = Prepared.load(prepared)
        mel = self.prepared.mel
        self.model = make_vocoder(vocoder, mel)
        self.discriminators = Discriminators(discriminators, mel.sample_rate_hz)
        self.rates = {"discriminator": discriminators.rate}
        if config.start < 1 and not self.discriminators.parts:
            raise UserError(
                "the discriminators have no sizes: give discriminators.magnitude_sizes, or "
                "adversarial.start=1 for a training without them"
            )
        if config.start >= 1:
            self.phases = ("generator",)
            self.discriminators.requires_grad_(False)
        self.mel_losses = nn.ModuleList(
            MelSpecReconstructionLoss(
                mel.sample_rate_hz, size, size // 4, min(mel.n_mels, size // 8)
            )
            for size in config.fft_sizes
        )
        self.dataset = SegmentDataset(
            self.prepared,
            config.segment_frames,
            acoustic,
            config.noised_until,
        )
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
                nothing = torch.stack([p.sum() * 0 for p in self.trainable(phase)]).sum()
                return Loss(nothing, {})
            with torch.no_grad():
                fake = self._make(batch)
            scores, _ = self.discriminators(torch.cat([real, fake]))
            halves = [score.float().chunk(2) for score in scores]
            value = DiscriminatorLoss()([r for r, _ in halves], [f for _, f in halves])[0].squeeze()
            return Loss(value, {"discriminator": value.detach()})
        losses: dict[str, Tensor] = {}
        if isinstance(self.model, SourceFilterVocoder):
            voiced, breath = self.model.sounds(batch.mel, real)
            fake = voiced + breath
            losses |= self._source_losses(self.model, batch, voiced)
        else:
            fake = self.model(batch.mel)
        losses["mel"] = torch.stack([loss(fake, real) for loss in self.mel_losses]).mean()
        losses["magnitude"] = self._magnitude_error(fake, real)
        value = torch.stack(
            [getattr(self.config, f"{name}_weight") * loss for name, loss in losses.items()]
        ).sum()
        log = {name: loss.detach() for name, loss in losses.items()}
        if adversarial:
            scores, features = self.discriminators(fake)
            with torch.no_grad():
                _, real_features = self.discriminators(real)
            generator = GeneratorLoss()([score.float() for score in scores])[0].squeeze()
            matching = FeatureMatchingLoss()(real_features, features).squeeze() / len(features)
            value = value + generator / len(scores) + self.config.matching_weight * matching
            log |= {"generator": generator.detach(), "matching": matching.detach()}
        return Loss(value, {**log, "loss": value.detach()})

    def _make(self, batch: SegmentBatch) -> Tensor:
        if isinstance(self.model, SourceFilterVocoder):
            return self.model(batch.mel, batch.samples)
        return self.model(batch.mel)

    def _magnitude_error(self, fake: Tensor, real: Tensor) -> Tensor:
        """Log spectral distance in nepers, as in Parallel WaveGAN (arXiv 1910.11480, eq. 6)."""
        errors = []
        for size in self.config.fft_sizes:
            bins = round(self.config.magnitude_below_hz / self.prepared.mel.sample_rate_hz * size)
            window = torch.hann_window(size, device=real.device)
            got, wanted = (
                torch.stft(x, size, size // 4, window=window, return_complex=True)[:, :bins]
                .abs()
                .clamp(min=1e-2)  # as good as silent
                .log()
                for x in (fake, real)
            )
            errors.append((got - wanted).abs().mean())
        return torch.stack(errors).mean()

    def _source_losses(
        self, model: SourceFilterVocoder, batch: SegmentBatch, voiced: Tensor
    ) -> dict[str, Tensor]:
        """What a source-filter vocoder's pitch and pulses miss; see the comments.

        All compare with a recording that the pulses are aligned with.
        """
        # In nepers. An absolute error, as YIN finds octaves, and in noise anything. The frames at
        # the ends of a piece have too little of it for YIN.
        pitch = (model.f0_hz(batch.mel) / batch.f0_hz).log()[:, 3:-3].abs().mean()
        mel = self.prepared.mel
        bins = round(self.config.spectrum_below_hz / mel.sample_rate_hz * mel.n_fft)
        got, wanted = (model.stft(samples)[:, :bins] for samples in (voiced, batch.samples))
        # Relative to the recording's spectrum, so to the strongest harmonics. Being absolute it
        # leaves to the noise what pulses cannot foresee.
        size = wanted.abs().mean((1, 2)).clamp(min=1e-2)  # a floor for silent pieces
        spectrum = ((got - wanted).abs().mean((1, 2)) / size).mean()
        # 1 - cos of the angle between them, also of the weak harmonics, whatever their size.
        cross = got.conj() * wanted
        weight = cross.abs().detach().sqrt()
        cosine = cross.real / cross.abs().clamp(min=1e-6)
        phase = 1 - (cosine * weight).sum() / weight.sum().clamp(min=1e-6)
        return {"pitch": pitch, "spectrum": spectrum, "phase": phase}

    def report(self, writer: SummaryWriter, step: int, model: AnyVocoder) -> dict[str, Tensor]:
        """Reconstruction error of whole held-out sentences, and one of them to hear."""
        device = next(model.parameters()).device
        log_mel, hop = self.dataset.log_mel.to(device), self.prepared.mel.hop_length
        errors = []
        for i, cut in enumerate(self.held_out):
            samples = torch.from_numpy(cut.load_samples().astype(np.float32) / 32768)
            real = samples[None, : len(samples) // hop * hop].to(device)
            fake = model(log_mel(real))
            errors.append(torch.stack([loss(fake, real) for loss in self.mel_losses]).mean())
            if i < 2:
                rate = self.prepared.mel.sample_rate_hz
                writer.add_audio(f"generated/{i}", fake, step, sample_rate=rate)
                writer.add_audio(f"real/{i}", real, step, sample_rate=rate)
        self.dataset.log_mel.cpu()
        return {"held_out/mel": torch.stack(errors).mean()}
