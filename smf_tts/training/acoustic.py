"""Stages that train the acoustic model: the flow-matching teacher, then the few-step student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from smf_tts.config import DataConfig
from smf_tts.data.batches import (
    Batch,
    Position,
    UtteranceDataset,
    endless_batches,
    few_of_each_speaker,
)
from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared
from smf_tts.flow import Loss, Objective
from smf_tts.model.acoustic import AcousticModel, Aligned
from smf_tts.training.figures import alignment_picture, mel_picture

_HELD_OUT = 24


class _AcousticTask(nn.Module):
    """What both stages share: data, the forward pass and the report."""

    phases = ("acoustic",)
    rates: Mapping[str, float] = {}

    def __init__(
        self,
        model: AcousticModel,
        objective: Objective,
        prepared: Path,
        data: DataConfig,
        seed: int,
        instantaneous: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.objective = objective
        self.prepared = Prepared.load(prepared)
        self.data, self.seed = data, seed
        # What the decoder answers: velocities, for many Euler steps, or averages, for few.
        self.instantaneous = instantaneous
        self.report_steps = (4, 16) if instantaneous else (1, 2, 4)
        self.dataset = UtteranceDataset(self.prepared)
        self.train_cuts = load_cuts(prepared, "train", ["mel"])
        # One batch, whatever the corpus holds out: enough to see a trend.
        dev = load_cuts(prepared, "dev", ["mel"])
        cuts = few_of_each_speaker(dev, self.prepared.speakers, _HELD_OUT)
        self.held_out = self.dataset[cuts]

    def trainable(self, phase: str) -> list[nn.Parameter]:
        """The parameters that still learn."""
        return [p for p in self.model.parameters() if p.requires_grad]

    def batches(self, position: Position) -> Iterator[Batch]:
        """Endless training batches."""
        return endless_batches(self.dataset, self.train_cuts, self.data, self.seed, position)

    def seconds(self, batch: Batch) -> float:
        """Seconds of speech in a batch."""
        return batch.seconds(self.prepared.mel.frames_per_second)

    def align(self, model: AcousticModel, batch: Batch) -> Aligned:
        """Align a batch; see `AcousticModel.align`."""
        return model.align(
            batch.tokens, batch.token_lengths, batch.speaker_ids, batch.mel, batch.mel_lengths
        )

    @torch.no_grad()
    def report(self, writer: SummaryWriter, step: int, model: AcousticModel) -> dict[str, Tensor]:
        """Held-out flow loss and duration error; mels at the reported step counts."""
        batch = self.held_out.to(next(model.parameters()).device)
        aligned = self.align(model, batch)
        mask = aligned.condition.mask
        figures = {
            f"held_out/{name}": value
            for name, value in self.objective(
                model.decoder, batch.mel, aligned.condition, mask, progress=1.0
            ).log.items()
        }
        figures["held_out/duration_error_frames"] = duration_error(aligned)
        for steps in self.report_steps:
            mel = model.decode(aligned.condition, steps, self.instantaneous)
            error = ((mel - batch.mel).abs() * mask).sum() / mask.sum() / mel.shape[-1]
            # Blur shows as less variation over time than real speech has.
            ratio = _deviation(mel, mask) / _deviation(batch.mel, mask)
            figures[f"held_out/mel_error_{steps}_steps"] = error
            figures[f"held_out/deviation_ratio_{steps}_steps"] = ratio
            length = int(batch.mel_lengths[0])
            writer.add_image(f"mel/{steps}_steps", mel_picture(mel[0, :length]), step)
        length = int(batch.mel_lengths[0])
        writer.add_image("mel/real", mel_picture(batch.mel[0, :length]), step)
        writer.add_image("mel/aligner_means", mel_picture(aligned.means[0, :length]), step)
        durations = aligned.durations[0, : int(batch.token_lengths[0])]
        writer.add_image("alignment", alignment_picture(durations), step)
        writer.add_histogram("durations", aligned.durations[aligned.durations > 0], step)
        return figures


class TeacherTask(_AcousticTask):
    """Encoder, aligner, durations and decoder from nothing."""

    def __init__(self, *args: Any, condition_dropout: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.condition_dropout = condition_dropout

    def forward(self, phase: str, batch: Batch, progress: float) -> Loss:
        """Flow loss + prior loss (Glow-TTS's, for the alignment) + duration loss."""
        aligned = self.align(self.model, batch)
        mask = aligned.condition.mask
        # Some rows learn the unconditional velocity, so that guidance exists.
        keep = torch.rand_like(aligned.condition.speaker[:, 0]) >= self.condition_dropout
        condition = aligned.condition.drop(keep.float())
        flow = self.objective(self.model.decoder, batch.mel, condition, mask, progress)
        prior = (
            0.5
            * ((aligned.means.float() - batch.mel).square() * mask).sum()
            / (mask.sum() * batch.mel.shape[-1])
        )
        duration = duration_loss(aligned)
        value = flow.value + prior + duration
        parts = {"prior": prior.detach(), "duration": duration.detach(), "loss": value.detach()}
        return Loss(value, {**flow.log, **parts})


class StudentTask(_AcousticTask):
    """The decoder alone, by an average-velocity objective; text side and durations stay."""

    def __init__(self, *args: Any, teacher: nn.Module, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model.encoder.requires_grad_(False)
        # The objective calls it; it is kept here to follow the task to its device.
        self.teacher = teacher.requires_grad_(False)

    def forward(self, phase: str, batch: Batch, progress: float) -> Loss:
        """The objective's loss on the aligned batch."""
        with torch.no_grad():
            aligned = self.align(self.model, batch)
        condition = aligned.condition
        loss = self.objective(self.model.decoder, batch.mel, condition, condition.mask, progress)
        return Loss(loss.value, {**loss.log, "loss": loss.value.detach()})


def duration_loss(aligned: Aligned) -> Tensor:
    """Deviance of a gamma distribution over tokens: a scalar.

    For small errors it is the squared error of the logarithms. That has its minimum where the
    geometric mean is, below the mean: durations that vary come out too short, and speech too fast
    (by 8 % in the embedded voice, before). This one has it at the mean.
    """
    mask = aligned.token_mask.squeeze(-1)
    predicted = aligned.log_durations.float()
    wanted = aligned.durations.clamp(min=1).float()
    deviance = 2 * (predicted - wanted.log() + wanted * (-predicted).exp() - 1)
    return (deviance * mask).sum() / mask.sum()


def duration_error(aligned: Aligned) -> Tensor:
    """Mean absolute error of durations over tokens, in frames: a scalar."""
    mask = aligned.token_mask.squeeze(-1)
    error = (aligned.log_durations.float().exp() - aligned.durations).abs()
    return (error * mask).sum() / mask.sum()


def _deviation(mel: Tensor, mask: Tensor) -> Tensor:
    """Deviation over time of each bin, averaged over bins and utterances: a scalar."""
    count = mask.sum(1, keepdim=True)
    centred = (mel - (mel * mask).sum(1, keepdim=True) / count) * mask
    return (centred.square().sum(1) / count.squeeze(1)).sqrt().mean()
