"""Compute in forward units: what evaluations of a network cost, whatever the machine.

To evaluate a network on one row costs 1, to record that for a backward pass and run it 2 more, to
carry a tangent along 1 more.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd import forward_ad

from smf_tts.flow import Condition, Objective, guided


def forward_units(z: Tensor) -> int:
    """Cost of the evaluation on the rows of z [B, ...] that is going on."""
    tangent = forward_ad.unpack_dual(z).tangent is not None
    return len(z) * (1 + 2 * torch.is_grad_enabled() + tangent)


def units_per_row(make: Callable[..., Objective], guidance: float) -> float:
    """Cost of an objective for a row of a batch, on average over a training.

    Args:
        make: makes the objective of its `teacher`'s velocity.
        guidance: scale of the teacher's guidance, which takes two evaluations unless it is 1.
    """
    rows, instants, spent = 1000, 100, 0

    def u(z: Tensor, r: Tensor, t: Tensor, c: Condition) -> Tensor:
        nonlocal spent
        spent += forward_units(z)
        return z

    objective = make(teacher=guided(u, lambda c: c, guidance))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for i in range(instants):
            objective(u, torch.zeros(rows, 1), progress=(i + 0.5) / instants)
    return spent / (rows * instants)
