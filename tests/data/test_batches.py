"""Batches: padding, coverage, and an order that can be continued anywhere."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from lhotse import CutSet
from tiny import SENTENCES

from smf_tts.config import DataConfig
from smf_tts.data.batches import (
    Batch,
    Position,
    UtteranceDataset,
    endless_batches,
    few_of_each_speaker,
)
from smf_tts.data.mel import LogMel
from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError
from smf_tts.training.vocoder import SegmentDataset

N_TRAIN = sum(split.startswith("train") for split, *_ in SENTENCES)


@pytest.fixture(scope="module")
def dataset(prepared: Path) -> UtteranceDataset:
    return UtteranceDataset(Prepared.load(prepared))


@pytest.fixture
def cuts(prepared: Path) -> CutSet:
    return load_cuts(prepared, "train")


def key(batch: Batch) -> tuple:
    """What tells two batches apart."""
    return (*batch.mel_lengths.tolist(), *batch.mel.sum((1, 2)).tolist())


def take(dataset, cuts, count: int, seed: int = 1, workers: int = 0, at: Position | None = None):
    config = DataConfig(batch_seconds=6, workers=workers)
    batches = endless_batches(dataset, cuts, config, seed, at or Position())
    return list(islice(batches, count))


def test_a_batch_is_its_utterances_padded_with_zeros(dataset, cuts):
    cuts = cuts.to_eager()
    batch = dataset[cuts]
    assert batch.mel.shape == (N_TRAIN, int(batch.mel_lengths.max()), 100)
    for i, cut in enumerate(cuts):
        single = dataset[CutSet.from_cuts([cut])]
        frames, tokens = int(single.mel_lengths[0]), int(single.token_lengths[0])
        assert (batch.mel_lengths[i], batch.token_lengths[i]) == (frames, tokens)
        assert torch.equal(batch.mel[i, :frames], single.mel[0])
        assert torch.equal(batch.tokens[i, :tokens], single.tokens[0])
        assert not batch.mel[i, frames:].any()
        assert not batch.tokens[i, tokens:].any()
        assert batch.speaker_ids[i] == single.speaker_ids[0]
    speech = torch.cat([m[:n] for m, n in zip(batch.mel, batch.mel_lengths, strict=True)])
    assert speech.mean().abs() < 1e-2
    assert abs(speech.std() - 1) < 1e-2
    assert batch.seconds(93.75) == pytest.approx(sum(c.duration for c in cuts), rel=0.02)


def epoch(dataset, cuts, number: int, seed: int = 1) -> list[Batch]:
    position, result = Position(number), []
    for batch in endless_batches(dataset, cuts, DataConfig(batch_seconds=6), seed, position):
        if position.epoch > number:
            return result
        result.append(batch)


@pytest.mark.parametrize("number", [0, 1, 5])
def test_an_epoch_has_every_utterance_once_and_no_batch_is_too_long(dataset, cuts, number: int):
    batches = epoch(dataset, cuts, number)
    seen = [total for b in batches for total in b.mel.sum((1, 2)).tolist()]
    assert len(seen) == len(set(seen)) == N_TRAIN
    for batch in batches:
        assert batch.seconds(93.75) <= 6 + 0.03 * len(batch.mel)


def test_order_depends_on_seed_and_epoch_alone(dataset, cuts):
    def order(number: int, seed: int) -> list[tuple]:
        return [key(b) for b in epoch(dataset, cuts, number, seed)]

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(1, 1)
    assert order(0, 1) != order(0, 7)


@pytest.mark.parametrize("start", [1, 3, 7])
def test_a_saved_position_continues_with_the_same_batches(dataset, cuts, start: int):
    position = Position()
    batches = endless_batches(dataset, cuts, DataConfig(batch_seconds=6), 1, position)
    for _ in range(start):
        next(batches)
    saved = Position(position.epoch, position.batch)
    rest = [key(next(batches)) for _ in range(6)]  # into the next epoch
    assert [key(b) for b in take(dataset, cuts, 6, at=saved)] == rest


def test_workers_change_nothing(dataset, cuts):
    ours, theirs = take(dataset, cuts, 3), take(dataset, cuts, 3, workers=1)
    assert [key(b) for b in ours] == [key(b) for b in theirs]


def test_a_position_and_workers_leave_the_vocoders_chance_as_it_is(prepared: Path, cuts):
    pieces = SegmentDataset(Prepared.load(prepared), segment_frames=16)
    ours = [b.samples for b in take(pieces, cuts, 4)]
    torch.manual_seed(5)
    theirs = [b.samples for b in take(pieces, cuts, 2, workers=1, at=Position(0, 2))]
    assert all(torch.equal(a, b) for a, b in zip(ours[2:], theirs, strict=True))
    assert not torch.equal(ours[0][0], ours[1][0])


def test_few_of_each_speaker_take_turns(prepared: Path, cuts):
    speakers = Prepared.load(prepared).speakers
    names = [c.supervisions[0].speaker for c in few_of_each_speaker(cuts, speakers, 6)]
    assert names == ["ann", "ann", "ann", "bob", "bob", "303"]
    assert len(few_of_each_speaker(cuts, speakers[:1], 99)) == 6


def test_a_corpus_of_two_utterances_is_enough_and_one_is_not(dataset, cuts):
    few = cuts.to_eager().subset(first=2)
    lengths = {tuple(b.mel_lengths.tolist()) for b in take(dataset, few, 4)}
    assert {n for batch in lengths for n in batch} == {1 + round(c.num_samples) // 256 for c in few}
    with pytest.raises(UserError, match="two utterances"):
        take(dataset, cuts.subset(first=1), 1)


def test_a_split_that_is_not_there_is_named(prepared: Path):
    with pytest.raises(UserError, match=r"no prepared split 'test'.*smf-tts prepare"):
        load_cuts(prepared, "test")


def test_pieces_for_the_vocoder_are_cut_from_the_samples(prepared: Path, cuts):
    known, cuts = Prepared.load(prepared), cuts.to_eager()
    torch.manual_seed(0)
    batch = SegmentDataset(known, segment_frames=200)[cuts]
    assert batch.samples.shape == (N_TRAIN, 200 * 256)
    assert torch.equal(batch.mel, LogMel(known.mel)(batch.samples))
    for piece, cut in zip(batch.samples.numpy(), cuts, strict=True):
        whole = cut.load_samples().astype(np.float32) / 32768
        if len(whole) <= len(piece):  # all of it, then silence
            assert np.array_equal(piece[: len(whole)], whole)
            assert not piece[len(whole) :].any()
        else:
            starts = np.flatnonzero(whole[: len(whole) - len(piece) + 1] == piece[0])
            assert any(np.array_equal(piece, whole[i : i + len(piece)]) for i in starts)
