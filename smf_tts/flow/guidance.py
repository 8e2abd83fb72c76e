"""Classifier-free guidance as a velocity of its own."""

from collections.abc import Callable

from torch import Tensor

from smf_tts.flow.objective import Condition, Velocity


def guided(u: Velocity, null: Callable[[Condition], Condition], scale: float) -> Velocity:
    """Return u_w = u_null + w (u_c - u_null), at two evaluations of u a call unless w = 1.

    As the teacher of a student it folds guidance into the student's targets, so that the student
    speaks with guidance at one evaluation.

    Args:
        u: the velocity of a network trained with dropped conditions.
        null: maps a condition to the unconditional one, with the same rows.
        scale: w; 1 is u itself, 0 the unconditional velocity.
    """
    if scale == 1:
        return u

    def u_w(z: Tensor, r: Tensor, t: Tensor, c: Condition) -> Tensor:
        u_null = u(z, r, t, null(c))
        return u_null + scale * (u(z, r, t, c) - u_null)

    return u_w
