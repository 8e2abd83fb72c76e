"""Batches of aligned length, in an order that a resumed training can continue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from lhotse import CutSet
from lhotse.dataset import DynamicBucketingSampler
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from smf_tts.config import DataConfig
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError
from smf_tts.text.symbols import token_ids

_MOST_BUCKETS = 10

AnyBatch = TypeVar("AnyBatch")


@dataclass(frozen=True)
class Batch:
    """Utterances padded to the longest."""

    tokens: Tensor  # [B, L]
    token_lengths: Tensor  # [B]
    speaker_ids: Tensor  # [B]
    mel: Tensor  # [B, T, M] normalised, zero where padded
    mel_lengths: Tensor  # [B]

    def to(self, device: torch.device) -> Batch:
        """The batch on `device`."""
        return Batch(*(getattr(self, f.name).to(device) for f in fields(self)))

    def seconds(self, frames_per_second: float) -> float:
        """Seconds of speech, padding left out."""
        return float(self.mel_lengths.sum()) / frames_per_second


class UtteranceDataset(Dataset[Batch]):
    """Cuts to a `Batch` of texts and mels."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.speaker_ids = {s.name: i for i, s in enumerate(prepared.speakers)}

    def __getitem__(self, cuts: CutSet) -> Batch:
        """Load and pad `cuts`."""
        # All of it: by its duration, `cut.load_mel()` would leave out the last frame.
        mels = [
            (cut.mel.load().astype(np.float32) - self.prepared.mel_mean)
            / self.prepared.mel_deviation
            for cut in cuts
        ]
        tokens = [token_ids(cut.supervisions[0].custom["phonemes"]) for cut in cuts]
        speakers = [self.speaker_ids[cut.supervisions[0].speaker] for cut in cuts]
        return Batch(
            tokens=_pad([torch.tensor(t) for t in tokens]),
            token_lengths=torch.tensor([len(t) for t in tokens]),
            speaker_ids=torch.tensor(speakers),
            mel=_pad([torch.from_numpy(m) for m in mels]),
            mel_lengths=torch.tensor([len(m) for m in mels]),
        )


def _pad(items: list[Tensor]) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(items, batch_first=True)


def load_cuts(folder: Path, split: str) -> CutSet:
    """The cuts of all splits whose name starts with `split` ("train", "dev").

    Raises:
        UserError: there are none.
    """
    paths = sorted(folder.glob(f"{split}*.jsonl.gz"))
    if not paths:
        raise UserError(f"{folder} has no prepared split {split!r}; run smf-tts prepare first")
    cuts = CutSet.from_jsonl_lazy(paths[0])
    for path in paths[1:]:
        cuts = cuts + CutSet.from_jsonl_lazy(path)
    return cuts


@dataclass
class Position:
    """Where in the endless sequence of batches a training is."""

    epoch: int = 0
    batch: int = 0


def endless_batches(
    dataset: Dataset[AnyBatch], cuts: CutSet, config: DataConfig, seed: int, position: Position
) -> Iterator[AnyBatch]:
    """Yield batches for ever, epoch after epoch, starting at `position` and moving it along.

    The order depends on `seed` and the epoch alone. To continue, batches already used are drawn
    again as lists of names, without loading anything.

    With several processes each gets its share: the next of W batches in turn.

    Raises:
        UserError: there are fewer than two utterances.
    """
    buckets = len(list(islice(cuts, _MOST_BUCKETS)))
    if buckets < 2:
        raise UserError("the training split needs at least two utterances")
    while True:
        sampler = DynamicBucketingSampler(
            cuts,
            max_duration=config.batch_seconds,
            num_buckets=buckets,
            shuffle=True,
            seed=seed + position.epoch,
        )
        remaining = islice(iter(sampler), position.batch, None)
        for batch in DataLoader(
            dataset,
            sampler=remaining,
            batch_size=None,
            num_workers=config.workers,
            # Its own: by default each loader, so each resume, takes a number from training's noise.
            generator=torch.Generator().manual_seed(seed + position.epoch),
        ):
            position.batch += 1
            yield batch
        position.epoch, position.batch = position.epoch + 1, 0
