"""MeanFlow (Geng et al., arXiv 2505.13447): average velocities from a differential identity.

Differentiating (t-r) u = ∫_r^t v by t gives the MeanFlow Identity (Eq. 6 of the paper),

    u(z_t, r, t) = v(z_t, t) - (t-r) d/dt u(z_t, r, t),    d/dt u = v ∂_z u + ∂_t u    (Eq. 8),

whose right side takes a Jacobian-vector product of the network.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from smf_tts.flow.intervals import Intervals
from smf_tts.flow.objective import Condition, Loss, Velocity, regress, select
from smf_tts.flow.paths import interpolate, rowwise


def mean_flow_target(
    u: Velocity, z_t: Tensor, r: Tensor, t: Tensor, v: Tensor, c: Condition = None
) -> Tensor:
    """Return the identity's right side, v - (t-r) (v ∂_z u + ∂_t u): [B, ...].

    Args:
        u: the average velocity, made of operations with a forward-mode derivative.
        z_t: states at t [B, ...].
        r: interval starts [B].
        t: interval ends [B].
        v: velocities at (z_t, t) [B, ...].
        c: condition, B rows.
    """
    tangent = (v, torch.zeros_like(r), torch.ones_like(t))  # d/dt of (z_t, r, t)
    du_dt = torch.func.jvp(lambda z, r, t: u(z, r, t, c), (z_t, r, t), tangent)[1]
    return v - rowwise(t - r, z_t) * du_dt


@dataclass(frozen=True)
class MeanFlow:
    """Algorithm 1 of the paper on the intervals of SplitMeanFlow, so that only the targets differ.

    The paper takes the product through the whole batch while gradients are recorded, and discards
    them from the target. Here it runs without gradient on the rows with r < t alone: the same
    gradient of the loss for one more evaluation of these rows, at a fraction of the memory.
    """

    teacher: Velocity | None = None  # gives v at (z_t, t); None: learn from the data alone
    intervals: Intervals = field(default_factory=Intervals)  # how (r, t) are drawn
    p: float = 0.5  # power of the adaptive weight; 0 for data of few dimensions, see `regress`

    def __call__(
        self,
        u: Velocity,
        x: Tensor,
        c: Condition = None,
        mask: Tensor | None = None,
        progress: float = 0.0,
    ) -> Loss:
        """Compute the loss of u on x [B, ...]; see `Objective`."""
        r, t = self.intervals.draw(x, progress)
        z_t, v = interpolate(x, torch.randn_like(x), t)

        prediction = u(z_t, r, t, c)  # before the targets: see `SplitMeanFlow`

        split = r < t
        with torch.no_grad():
            if self.teacher is not None:
                v = self.teacher(z_t, t, t, c).to(v.dtype)
            target = v.clone()
            if split.any():
                u_tangent = mean_flow_target(
                    u, z_t[split], r[split], t[split], v[split], select(c, split)
                )
                target[split] = u_tangent.to(target.dtype)
        return regress(prediction, target, r, t, mask, self.p)
