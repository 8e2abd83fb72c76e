"""From noise to data in a few steps."""

import torch
from torch import Tensor

from smf_tts.errors import UserError
from smf_tts.flow.objective import Condition, Velocity
from smf_tts.flow.paths import step


@torch.no_grad()
def sample(
    u: Velocity, z: Tensor, steps: int, c: Condition = None, *, instantaneous: bool = False
) -> Tensor:
    """Carry z from t = 1 to t = 0 over a uniform grid, one evaluation of u a step: [B, ...].

    Args:
        u: the velocity.
        z: noise [B, ...].
        steps: number of steps, 1 or more.
        c: condition, B rows.
        instantaneous: False asks u for its average over each step, u(z_t, r, t); True for the
            velocity at the step's start, u(z_t, t, t), which is Euler's method: all that a
            network trained by flow matching knows.

    Raises:
        UserError: steps is below 1.
    """
    if steps < 1:
        raise UserError(f"steps must be 1 or more, not {steps}")
    grid = torch.linspace(1, 0, steps + 1, dtype=z.dtype, device=z.device)
    for t, r in zip(grid[:-1].expand(len(z), -1).T, grid[1:].expand(len(z), -1).T, strict=True):
        z = step(z, u(z, t if instantaneous else r, t, c), r, t)
    return z
