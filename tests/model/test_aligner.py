"""Monotonic alignment search."""

import torch

from smf_tts.model.aligner import align
from smf_tts.model.encoder import expand


def test_a_planted_alignment_is_found():
    durations = torch.tensor([[3, 1, 4, 2, 5], [1, 6, 1, 0, 0]])
    token_lengths, mel_lengths = torch.tensor([5, 3]), durations.sum(1)
    means = 2 * torch.randn(2, 5, 20, generator=torch.Generator().manual_seed(0))
    mel = expand(means, durations, 15) + 0.1 * torch.randn(2, 15, 20)
    mel[1, 8:] = 50.0  # padding is not looked at
    assert torch.equal(align(means, mel, token_lengths, mel_lengths), durations)


def test_every_token_has_a_frame_and_every_frame_a_token():
    token_lengths = torch.tensor([12, 7, 30, 1])
    mel_lengths = torch.tensor([12, 40, 31, 9])
    means, mel = torch.randn(4, 30, 8), torch.randn(4, 40, 8)
    durations = align(means, mel, token_lengths, mel_lengths)
    assert torch.equal(durations.sum(1), mel_lengths)
    for row, n in enumerate(token_lengths.tolist()):
        assert durations[row, :n].min() >= 1
        assert not durations[row, n:].any()


def test_a_row_of_a_batch_is_aligned_as_it_is_alone():
    token_lengths, mel_lengths = torch.tensor([9, 4]), torch.tensor([20, 33])
    means, mel = torch.randn(2, 9, 8), torch.randn(2, 33, 8)
    together = align(means, mel, token_lengths, mel_lengths)
    for i, (n, frames) in enumerate(zip(token_lengths, mel_lengths, strict=True)):
        row = slice(i, i + 1)
        alone = align(means[row, :n], mel[row, :frames], token_lengths[row], mel_lengths[row])
        assert torch.equal(together[row, :n], alone)
