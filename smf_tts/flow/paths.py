"""The straight path between data and noise, and a step along an average velocity.

t = 0 is data x, t = 1 is noise eps, and times are ordered 0 <= r <= s <= t <= 1.
"""

from torch import Tensor


def rowwise(t: Tensor, z: Tensor) -> Tensor:
    """Shape one number a row, t [B], so that it broadcasts over z [B, ...]."""
    return t.view(-1, *[1] * (z.ndim - 1))


def interpolate(x: Tensor, eps: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return the path's point z_t = (1-t) x + t eps and its velocity v = dz_t/dt = eps - x.

    Args:
        x: data [B, ...].
        eps: noise [B, ...].
        t: times [B].
    """
    t = rowwise(t, x)
    return (1 - t) * x + t * eps, eps - x


def step(z_t: Tensor, u: Tensor, r: Tensor, t: Tensor) -> Tensor:
    """Go from time t down to r: z_r = z_t - (t-r) u, exact if u is the average velocity.

    Args:
        z_t: states [B, ...].
        u: u(z_t, r, t) [B, ...].
        r: end times [B].
        t: start times [B].
    """
    return z_t - rowwise(t - r, z_t) * u
