"""The whole acoustic model: text and mel aligned, and noise to mels."""

import torch

from smf_tts.model.blocks import length_mask


def make_batch():
    token_lengths, mel_lengths = torch.tensor([6, 4]), torch.tensor([21, 13])
    tokens, speakers = torch.randint(1, 30, (2, 6)), torch.tensor([0, 2])
    return tokens, token_lengths, speakers, torch.randn(2, 21, 100), mel_lengths


def test_alignment_covers_the_mel_and_conditions_each_frame_on_its_token(model):
    tokens, token_lengths, speakers, mel, mel_lengths = make_batch()
    aligned = model.align(tokens, token_lengths, speakers, mel, mel_lengths)
    assert torch.equal(aligned.durations.sum(1), mel_lengths)
    assert torch.equal(aligned.condition.mask, length_mask(mel_lengths))
    mask = length_mask(token_lengths)
    features, means, log_durations, speaker = model.encoder(tokens, speakers, mask)
    torch.testing.assert_close(aligned.log_durations, log_durations)
    assert torch.equal(aligned.condition.speaker, speaker)
    for row in range(2):
        durations, frames = aligned.durations[row], int(mel_lengths[row])
        mu = features[row].repeat_interleave(durations, dim=0)
        torch.testing.assert_close(aligned.condition.mu[row, :frames], mu)
        assert not aligned.condition.mu[row, frames:].any()
        wanted = means[row].repeat_interleave(durations, dim=0)
        torch.testing.assert_close(aligned.means[row, :frames], wanted)


def test_decoding_is_a_sum_of_steps_and_keeps_to_the_mask(model):
    batch = make_batch()
    condition = model.align(*batch).condition
    torch.manual_seed(3)
    mel = model.decode(condition, steps=1)
    torch.manual_seed(3)
    z = torch.randn(2, 21, 100) * condition.mask
    with torch.no_grad():
        u = model.decoder(z, torch.zeros(2), torch.ones(2), condition)
    torch.testing.assert_close(mel, z - u)
    assert not mel[1, 13:].any()
    for instantaneous in (False, True):
        mel = model.decode(condition, 3, instantaneous)
        assert mel.isfinite().all()
        assert not mel[1, 13:].any()
