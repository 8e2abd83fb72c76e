"""SplitMeanFlow (Guo et al., arXiv 2507.16884): average velocities from an algebraic identity.

The displacement over [r, t] is the sum of those over [r, s] and [s, t]. This is Interval
Splitting Consistency, for any r <= s <= t:

    (t-r) u(z_t, r, t) = (s-r) u(z_s, r, s) + (t-s) u(z_t, s, t)

or, with s = (1-lambda) t + lambda r,

    u(z_t, r, t) = (1-lambda) u(z_s, r, s) + lambda u(z_t, s, t).

No derivative of the network is taken. For s -> t it becomes MeanFlow's differential identity.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from smf_tts.flow.intervals import Intervals
from smf_tts.flow.objective import Condition, Loss, Velocity, regress, select
from smf_tts.flow.paths import interpolate, rowwise, step


def split_target(
    u: Velocity, z_t: Tensor, r: Tensor, t: Tensor, lam: Tensor, c: Condition = None
) -> Tensor:
    """Return the identity's right side, (1-lambda) u(z_s, r, s) + lambda u(z_t, s, t): [B, ...].

    Args:
        u: the average velocity.
        z_t: states at t [B, ...].
        r: interval starts [B].
        t: interval ends [B].
        lam: lambda, the share [B] of the interval that lies on the noise side, in [s, t].
        c: condition, B rows.
    """
    s = (1 - lam) * t + lam * r
    u_2 = u(z_t, s, t, c)
    z_s = step(z_t, u_2, s, t)  # the model's own state at s, not the data's
    u_1 = u(z_s, r, s, c)
    lam = rowwise(lam, z_t)
    return (1 - lam) * u_1 + lam * u_2


@dataclass(frozen=True)
class SplitMeanFlow:
    """Algorithm 1 of the paper, with boundary and split rows mixed within every batch.

    Rows with r = t regress a velocity: eps - x from scratch, or a frozen teacher's v(z_t, t) to
    distil it (a `guided` teacher folds its guidance in). Rows with r < t regress the identity's
    right side, made by the network itself without gradient: two more evaluations of those rows.

    As in the paper it is the network of this very step that makes them, not an average (EMA) of its
    past weights: that would be one more network in memory, and the boundary already holds it still.
    """

    teacher: Velocity | None = None  # gives the boundary targets; None: learn from the data alone
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

        # Before the targets: autocast of older torch versions caches the weights that it casts
        # under no_grad, and an evaluation after them would find those without their gradient.
        prediction = u(z_t, r, t, c)

        target = v.clone()
        split = r < t
        with torch.no_grad():
            if self.teacher is not None and not split.all():
                edge = ~split
                v_teacher = self.teacher(z_t[edge], t[edge], t[edge], select(c, edge))
                target[edge] = v_teacher.to(target.dtype)
            if split.any():
                lam = torch.rand_like(t[split])  # lambda ~ U(0, 1)
                u_split = split_target(u, z_t[split], r[split], t[split], lam, select(c, split))
                target[split] = u_split.to(target.dtype)
        return regress(prediction, target, r, t, mask, self.p)
