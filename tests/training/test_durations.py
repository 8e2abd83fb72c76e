"""What the duration loss makes a predictor predict."""

import math

import pytest
import torch

from smf_tts.model.acoustic import Aligned
from smf_tts.model.decoder import Condition
from smf_tts.training.acoustic import duration_loss


def loss_of(log_duration: torch.Tensor, durations: list[int]) -> torch.Tensor:
    """The loss of one answer to tokens of several durations; a last one is masked."""
    count = len(durations)
    mask = torch.ones(1, count + 1, 1)
    mask[:, -1] = 0
    nothing = torch.zeros(1, 1, 1)
    aligned = Aligned(
        Condition(nothing, nothing[0], nothing),
        nothing,
        torch.tensor([[*durations, 1000]]),
        log_duration.expand(1, count + 1),
        mask,
    )
    return duration_loss(aligned)


@pytest.mark.parametrize("durations", [[2, 8], [1, 1, 1, 30], [7]])
def test_its_minimum_is_the_mean_duration(durations: list[int]):
    answer = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.LBFGS([answer], max_iter=50)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = loss_of(answer, durations)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert answer.exp().item() == pytest.approx(sum(durations) / len(durations), rel=1e-3)


def test_it_is_the_squared_error_of_logarithms_where_that_is_small():
    assert loss_of(torch.tensor(math.log(10)), [10]).item() == pytest.approx(0, abs=1e-6)
    assert loss_of(torch.tensor(math.log(10) + 0.01), [10]).item() == pytest.approx(1e-4, rel=0.01)
