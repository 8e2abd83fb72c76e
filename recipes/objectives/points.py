"""Points in the plane: three sets to draw from, and how far two samples lie apart."""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def eight_gaussians(n: int) -> Tensor:
    """Draw n points [n, 2] from eight narrow Gaussians on a circle."""
    angle = torch.randint(8, (n,)) * (math.pi / 4)
    return 1.4 * torch.stack([angle.cos(), angle.sin()], 1) + 0.1 * torch.randn(n, 2)


def two_moons(n: int) -> Tensor:
    """Draw n points [n, 2] from two interleaved half circles."""
    angle, side = math.pi * torch.rand(n), torch.randint(2, (n,)) * 2.0 - 1
    moon = torch.stack([side * (angle.cos() - 0.5), side * (angle.sin() - 0.25)], 1)
    return 1.2 * moon + 0.06 * torch.randn(n, 2)


def checkerboard(n: int) -> Tensor:
    """Draw n points [n, 2] from the dark squares of a 4 x 4 board."""
    column, row = torch.randint(4, (n,)), torch.randint(2, (n,))
    corner = torch.stack([column, 2 * row + column % 2], 1)
    return 0.85 * (corner + torch.rand(n, 2) - 2)


SETS: dict[str, Callable[[int], Tensor]] = {
    "8 Gaussians": eight_gaussians,
    "two moons": two_moons,
    "checkerboard": checkerboard,
}


def mean_distance(a: Tensor, b: Tensor) -> float:
    """Average the distance between a point of a and one of b; between distinct points if a is b."""
    pairs = len(a) * (len(b) - 1 if a is b else len(b))
    return torch.cdist(a, b).sum().item() / pairs


class EnergyDistance:
    """2 E|A-B| - E|A-A'| - E|B-B'| of samples a and b [n, 2]; 0 on average if they agree."""

    def __init__(self, b: Tensor) -> None:
        self.b, self.within_b = b, mean_distance(b, b)

    def __call__(self, a: Tensor) -> float:
        """Measure how far a [n, 2] lies from b."""
        return 2 * mean_distance(a, self.b) - mean_distance(a, a) - self.within_b
