"""The text encoder, and features repeated for their durations."""

import torch

from smf_tts.model.blocks import length_mask
from smf_tts.model.encoder import expand


def test_a_sentence_in_a_batch_is_what_it_is_alone(model):
    lengths = torch.tensor([21, 13, 2])
    tokens = torch.randint(1, 30, (3, 21))  # padded with anything
    speakers = torch.tensor([0, 2, 1])
    features, means, log_durations, speaker = model.encoder(tokens, speakers, length_mask(lengths))
    assert features.shape == (3, 21, 16)
    assert means.shape == (3, 21, 100)
    for i, n in enumerate(lengths.tolist()):
        single = model.encoder(
            tokens[i : i + 1, :n], speakers[i : i + 1], length_mask(lengths[i : i + 1])
        )
        for ours, alone in zip((features, means, log_durations), single, strict=False):
            torch.testing.assert_close(ours[i, :n], alone[0], rtol=1e-4, atol=1e-4)
        assert torch.equal(speaker[i], single[3][0])
        assert not features[i, n:].any()


def test_speakers_differ_in_features_and_durations(model):
    tokens, mask = torch.randint(1, 30, (1, 9)).expand(2, -1), torch.ones(2, 9, 1)
    features, _, log_durations, _ = model.encoder(tokens, torch.tensor([0, 1]), mask)
    assert (features[0] - features[1]).abs().max() > 1e-3
    assert (log_durations[0] - log_durations[1]).abs().max() > 1e-3


def test_durations_learn_without_shaping_the_features(model):
    tokens, mask = torch.randint(1, 30, (1, 9)), torch.ones(1, 9, 1)
    model.encoder(tokens, torch.tensor([0]), mask)[2].sum().backward()
    encoder = model.encoder
    assert all(p.grad is None for p in encoder.blocks.parameters())
    assert encoder.embed_tokens.weight.grad is None
    assert encoder.embed_speakers.weight.grad is None
    assert all(p.grad is not None for p in encoder.duration_blocks.parameters())


def test_features_are_repeated_for_their_durations():
    features = torch.randn(2, 3, 4)
    durations = torch.tensor([[2, 0, 3], [1, 1, 1]])
    expanded = expand(features, durations, 5)
    assert torch.equal(expanded[0], features[0, [0, 0, 2, 2, 2]])
    assert torch.equal(expanded[1], features[1, [0, 1, 2, 2, 2]])  # past the end: the last
    for row, times in enumerate(durations):
        wanted = features[row].repeat_interleave(times, dim=0)
        assert torch.equal(expanded[row, : len(wanted)], wanted)
