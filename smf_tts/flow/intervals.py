"""How the intervals [r, t] of a batch are drawn, from the boundary r = t to the whole path."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from smf_tts.errors import UserError


@dataclass(frozen=True)
class Intervals:
    """A curriculum over (r, t): velocities first, then longer gaps, at last the deployed grid.

    Every batch mixes its rows: some sit on the boundary r = t, which anchors the average velocity
    to the data or the teacher, the others have r < t.
    """

    boundary_start: float = 0.75  # share of rows with r = t when training starts
    boundary_end: float = 0.5  # the same once the gap is fully grown
    growth: float = 0.4  # share of training in which the gap grows and the boundary share falls
    deployed_from: float = 0.7  # progress from which rows of the deployed grid are mixed in
    deployed_share: float = 0.25  # their share of the rows with r < t
    deployed_steps: tuple[int, ...] = (1, 2)  # step counts whose grids count as deployed

    def __post_init__(self) -> None:
        """Check the ranges; raise UserError."""
        for name in ("boundary_start", "boundary_end", "growth", "deployed_from", "deployed_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f"{name} must lie in [0, 1], not {getattr(self, name)}")
        if not self.deployed_steps or min(self.deployed_steps) < 1:
            raise UserError("deployed_steps needs step counts of 1 or more")

    def draw(self, x: Tensor, progress: float) -> tuple[Tensor, Tensor]:
        """Draw one interval a row, (r, t), each [B], with x's dtype and device.

        The gap is drawn first, t - r ~ grown * Beta(1.5, 1.5), and then its place, uniformly:
        two uniform times in order would make long gaps rare.
        """
        rows = len(x)
        like: dict[str, Any] = {"dtype": x.dtype, "device": x.device}
        grown = min(progress / self.growth, 1.0) if self.growth else 1.0

        beta = torch.distributions.Beta(*torch.full((2, 1), 1.5, **like))
        gap = grown * beta.sample((rows,)).squeeze(1)
        r = (1 - gap) * torch.rand(rows, **like)
        t = (r + gap).clamp(max=1)

        if progress >= self.deployed_from:
            grid = [(i / n, (i + 1) / n) for n in self.deployed_steps for i in range(n)]
            picked = torch.randint(len(grid), (rows,), device=x.device)
            r_grid, t_grid = torch.tensor(grid, **like)[picked].unbind(1)
            deployed = torch.rand(rows, **like) < self.deployed_share
            r, t = torch.where(deployed, r_grid, r), torch.where(deployed, t_grid, t)

        # k of the rows, k = share * rows rounded at random: right on average for any batch size.
        share = self.boundary_start + grown * (self.boundary_end - self.boundary_start)
        rank = torch.randperm(rows, device=x.device)
        boundary = rank + torch.rand(1, **like) < share * rows
        instant = torch.rand(rows, **like)
        return torch.where(boundary, instant, r), torch.where(boundary, instant, t)
