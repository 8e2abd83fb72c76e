"""Batches of aligned length, in an order that a resumed training can continue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count, islice
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
from smf_tts.runtime.voice import Speaker
from smf_tts.text.symbols import token_ids

_MOST_BUCKETS = 10
# Cuts that the sampler holds and mixes; from shards they come with their arrays: 19 kB for each
# second's mel, 48 kB for its samples.
_BUFFER = 5000

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


def few_of_each_speaker(cuts: CutSet, speakers: Sequence[Speaker], most: int) -> CutSet:
    """At most `most` cuts, the speakers taking turns: the first of each, then the second.

    Those of speakers that are not in the list are left out.
    """
    order = {speaker.name: i for i, speaker in enumerate(speakers)}
    turns: Counter[str] = Counter()
    found = []
    for cut in cuts:
        name = cut.supervisions[0].speaker
        if name in order:
            found.append((turns[name], order[name], cut))
            turns[name] += 1
    first = sorted(found, key=lambda item: item[:2])[:most]
    return CutSet.from_cuts(cut for _, _, cut in sorted(first, key=lambda item: item[1]))


@dataclass
class Position:
    """Where in the endless sequence of batches a training is."""

    epoch: int = 0
    batch: int = 0


class _Reproducible(Dataset[AnyBatch]):
    """A dataset whose chance depends on a batch's number alone, whoever loads it and when."""

    def __init__(self, dataset: Dataset[AnyBatch]) -> None:
        self.dataset = dataset

    def __getitem__(self, numbered: tuple[int, CutSet]) -> AnyBatch:
        number, cuts = numbered
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(number)
            return self.dataset[cuts]


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
            num_cuts_for_bins_estimate=_BUFFER,
            buffer_size=_BUFFER,
        )
        numbers = count(((seed + position.epoch) * sampler.world_size + sampler.rank) << 32)
        for batch in DataLoader(
            _Reproducible(dataset),
            sampler=islice(zip(numbers, sampler, strict=False), position.batch, None),
            batch_size=None,
            num_workers=config.workers,
            # Its own: by default each loader, so each resume, takes a number from training's noise.
            generator=torch.Generator().manual_seed(seed + position.epoch),
        ):
            position.batch += 1
            yield batch
        position.epoch, position.batch = position.epoch + 1, 0
