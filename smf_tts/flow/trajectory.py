"""Trajectory distillation (as in IntMeanFlow, arXiv 2510.07979): chords of the teacher's path.

The student's average velocity over [r, t] regresses (z_t - z_r) / (t-r), where z_r is where Euler
steps of a frozen teacher carry z_t. Nothing is bootstrapped: the target is as good as those steps.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from smf_tts.errors import UserError
from smf_tts.flow.intervals import Intervals
from smf_tts.flow.objective import Condition, Loss, Velocity, regress, select
from smf_tts.flow.paths import interpolate, step


def chord(
    v: Velocity, z_t: Tensor, r: Tensor, t: Tensor, steps: int, c: Condition = None
) -> Tensor:
    """Return (z_t - z_r) / (t-r) along an Euler path from t to r; v itself where r = t: [B, ...].

    With equal steps the chord is the mean of the velocities met on the way.

    Args:
        v: a velocity, asked at r = t only.
        z_t: states at t [B, ...].
        r: interval starts [B].
        t: interval ends [B].
        steps: Euler steps in each interval.
        c: condition, B rows.
    """
    z, total = z_t, torch.zeros_like(z_t)
    for i in range(steps):
        start, end = torch.lerp(t, r, i / steps), torch.lerp(t, r, (i + 1) / steps)
        v_start = v(z, start, start, c)
        z, total = step(z, v_start, end, start), total + v_start
    return total / steps


@dataclass(frozen=True)
class TrajectoryDistillation:
    """|| u(z_t, r, t) - chord of the teacher from t to r ||^2; rows with r = t take v(z_t, t)."""

    teacher: Velocity  # frozen; a `guided` one folds its guidance in
    steps: int = 4  # the teacher's Euler steps in every interval, each an evaluation of its rows
    intervals: Intervals = field(default_factory=Intervals)  # how (r, t) are drawn
    p: float = 0.5  # power of the adaptive weight; 0 for data of few dimensions, see `regress`

    def __post_init__(self) -> None:
        """Check the steps; raise UserError."""
        if self.steps < 1:
            raise UserError(f"steps must be 1 or more, not {self.steps}")

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
        z_t, target = interpolate(x, torch.randn_like(x), t)
        prediction = u(z_t, r, t, c)  # before the targets: see `SplitMeanFlow`

        with torch.no_grad():
            for rows, steps in ((r == t, 1), (r < t, self.steps)):
                if rows.any():
                    c_rows = select(c, rows)
                    u_chord = chord(self.teacher, z_t[rows], r[rows], t[rows], steps, c_rows)
                    target[rows] = u_chord.to(target.dtype)
        return regress(prediction, target, r, t, mask, self.p)
