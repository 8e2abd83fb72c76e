"""A flow whose average velocity is known in closed form, and a network small enough to test on."""

import pytest
import torch
from torch import Tensor, nn


class GaussianFlow(nn.Module):
    """The exact u(z, r, t) for data x ~ N(m, sigma^2 I), smooth in z, r <= t, m and sigma.

    With S_t^2 = (1-t)^2 sigma^2 + t^2 the path through z_t is
    z_r = (1-r) m + (S_r / S_t) (z_t - (1-t) m), and u = (z_t - z_r) / (t-r).
    """

    def __init__(self, m: float = 0.7, sigma: float = 0.4) -> None:
        super().__init__()
        self.m = nn.Parameter(torch.tensor(m, dtype=torch.float64))
        self.sigma = nn.Parameter(torch.tensor(sigma, dtype=torch.float64))

    def spread(self, t: Tensor) -> Tensor:
        return ((1 - t).square() * self.sigma.square() + t.square()).sqrt()

    def forward(self, z: Tensor, r: Tensor, t: Tensor, c: object = None) -> Tensor:
        r, t = (time.view(-1, *[1] * (z.ndim - 1)) for time in (r, t))
        s_r, s_t = self.spread(r), self.spread(t)
        # (S_t - S_r) / (t-r), written without the division: it holds at r = t as well.
        slope = ((t + r) - (2 - t - r) * self.sigma.square()) / (s_t + s_r)
        return (z - (1 - t) * self.m) * slope / s_t - self.m

    def path(self, z_t: Tensor, r: Tensor, t: Tensor) -> Tensor:
        """The point z_r that z_t came from, straight from the formula."""
        r, t = (time.view(-1, *[1] * (z_t.ndim - 1)) for time in (r, t))
        centred = z_t - (1 - t) * self.m
        return (1 - r) * self.m + self.spread(r) / self.spread(t) * centred

    def data(self, rows: int, width: int = 3) -> Tensor:
        return (self.m + self.sigma * torch.randn(rows, width, dtype=torch.float64)).detach()


class Frames(nn.Module):
    """A velocity of [B, T, 2] that sees neighbouring frames; c is its mask, [B, T, 1], or None."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(2, 16, 3, padding=1)
        self.time = nn.Linear(2, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, z: Tensor, r: Tensor, t: Tensor, c: Tensor | None = None) -> Tensor:
        valid = torch.ones_like(z[..., :1]) if c is None else c
        hidden = self.conv((z * valid).transpose(1, 2)).transpose(1, 2)
        return self.out(torch.tanh(hidden + self.time(torch.stack([t, t - r], 1))[:, None]))


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(7)


@pytest.fixture
def oracle() -> GaussianFlow:
    return GaussianFlow()


@pytest.fixture
def network() -> Frames:
    return Frames().double()


@pytest.fixture
def other_network() -> Frames:
    return Frames().double()
