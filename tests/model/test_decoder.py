"""The decoder: padding and batching change nothing; its skip is the Gaussian's exact velocity."""

import pytest
import torch
from torch import Tensor

from smf_tts.config import AcousticConfig
from smf_tts.model.blocks import length_mask
from smf_tts.model.decoder import Condition, Decoder, gaussian_skip

CONFIG = AcousticConfig(speaker_dim=8, encoder_dim=16, decoder_dim=16, decoder_layers=2)


def condition(frames: int, rows: int = 1) -> Condition:
    return Condition(
        torch.randn(rows, frames, 16), torch.randn(rows, 8), torch.ones(rows, frames, 1)
    )


@pytest.mark.parametrize("patch", [1, 2, 3])
def test_a_row_of_a_batch_is_what_it_is_alone(make_model, patch: int):
    decoder = make_model(patch).decoder
    lengths = torch.tensor([23, 16, 7, 1])
    rows, frames = len(lengths), 23
    c = Condition(torch.randn(rows, frames, 16), torch.randn(rows, 8), length_mask(lengths))
    # Whatever stands in the padding: it is not read.
    z = torch.where(c.mask.bool(), torch.randn(rows, frames, 100), 1e3)
    r, t = torch.tensor([0.0, 0.2, 0.5, 0.3]), torch.tensor([1.0, 0.7, 0.5, 0.9])
    batch = decoder(z, r, t, c)
    assert batch.shape == z.shape
    for i, n in enumerate(lengths.tolist()):
        alone = Condition(c.mu[i : i + 1, :n], c.speaker[i : i + 1], c.mask[i : i + 1, :n])
        single = decoder(z[i : i + 1, :n], r[i : i + 1], t[i : i + 1], alone)
        torch.testing.assert_close(batch[i, :n], single[0], rtol=1e-4, atol=1e-4)
        assert not batch[i, n:].any()


@pytest.mark.parametrize("what", ["z", "r", "t", "mu", "speaker"])
def test_every_input_matters(model, what: str):
    inputs = {
        "z": torch.randn(1, 8, 100),
        "r": torch.tensor([0.2]),
        "t": torch.tensor([0.8]),
        "mu": torch.randn(1, 8, 16),
        "speaker": torch.randn(1, 8),
    }

    def u(values: dict[str, Tensor]) -> Tensor:
        c = Condition(values["mu"], values["speaker"], torch.ones(1, 8, 1))
        return model.decoder(values["z"], values["r"], values["t"], c)

    changed = {**inputs, what: inputs[what] * 0.9}
    assert (u(inputs) - u(changed)).abs().max() > 1e-3


@pytest.mark.parametrize("deviation", [0.1, 0.5, 1.3])
def test_the_skip_is_the_average_velocity_of_gaussian_data(deviation: float):
    """u = (z_t - z_r) / (t - r) with z_r = (S_r / S_t) z_t, for data of mean 0."""
    times = torch.linspace(0, 1, 11, dtype=torch.float64)
    r, t = (x.flatten() for x in torch.meshgrid(times, times, indexing="ij"))
    r, t = r[r < t], t[r < t]

    def spread(x: Tensor) -> Tensor:
        return ((1 - x).square() * deviation**2 + x.square()).sqrt()

    wanted = (1 - spread(r) / spread(t)) / (t - r)
    torch.testing.assert_close(gaussian_skip(r, t, deviation), wanted)


@pytest.mark.parametrize("deviation", [0.1, 0.5, 1.3])
def test_where_r_is_t_the_skip_is_the_instantaneous_velocity(deviation: float):
    """d z_t / dt = (S_t' / S_t) z_t; also the limit of r -> t."""
    t = torch.linspace(0, 1, 11, dtype=torch.float64, requires_grad=True)
    log_spread = 0.5 * ((1 - t).square() * deviation**2 + t.square()).log()
    (wanted,) = torch.autograd.grad(log_spread.sum(), t)
    t = t.detach()
    torch.testing.assert_close(gaussian_skip(t, t, deviation), wanted)
    near = gaussian_skip((t - 1e-7).clamp(min=0), t, deviation)
    torch.testing.assert_close(near, wanted, rtol=1e-5, atol=1e-5)


def test_a_new_decoder_is_the_skip_alone():
    decoder = Decoder(CONFIG, n_mels=100)
    c, z = condition(9), torch.randn(1, 9, 100)
    r, t = torch.tensor([0.2]), torch.tensor([0.7])
    skip = gaussian_skip(r, t, CONFIG.data_deviation)
    torch.testing.assert_close(decoder(z, r, t, c), skip * z)


def test_a_new_decoder_knows_the_interval_by_the_skip_alone(model):
    """At first h = t - r is embedded as zero, so that a velocity network starts as an average."""
    decoder = model.decoder
    for parameter in decoder.embed_h.layers[2].parameters():
        torch.nn.init.zeros_(parameter)  # as it is initialised
    c, z, t = condition(9), torch.randn(1, 9, 100), torch.tensor([0.8])

    def learnt(r: float) -> Tensor:
        start = torch.tensor([r])
        return decoder(z, start, t, c) - gaussian_skip(start, t, decoder.deviation) * z

    for r in (0.0, 0.3, 0.8):
        torch.testing.assert_close(learnt(r), learnt(0.5), rtol=1e-5, atol=1e-5)


def test_embedding_of_the_interval_starts_at_zero_and_that_of_time_does_not():
    from smf_tts.model.blocks import ScalarEmbedding

    h = torch.linspace(0, 1, 5)
    assert not ScalarEmbedding(16, 10.0, zero=True)(h).any()
    assert ScalarEmbedding(16, 10.0)(h).any()


def test_rows_of_a_condition():
    c = condition(5, rows=3)
    picked = c[torch.tensor([True, False, True])]
    by_index = c[torch.tensor([0, 2])]
    for name in ("mu", "speaker", "mask"):
        assert torch.equal(getattr(picked, name), getattr(c, name)[[0, 2]])
        assert torch.equal(getattr(picked, name), getattr(by_index, name))


def test_dropped_rows_are_unconditional_and_keep_their_length():
    c = condition(5, rows=3)
    dropped = c.drop(torch.tensor([1.0, 0.0, 1.0]))
    assert torch.equal(dropped.mu[[0, 2]], c.mu[[0, 2]])
    assert not dropped.mu[1].any()
    assert not dropped.speaker[1].any()
    assert torch.equal(dropped.mask, c.mask)
    null = c.null()
    assert not null.mu.any()
    assert not null.speaker.any()
    assert torch.equal(null.mask, c.mask)
