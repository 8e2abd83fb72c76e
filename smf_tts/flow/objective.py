"""What every objective is: a regression of u(z_t, r, t) onto a target that carries no gradient.

A further objective is one more file: a frozen dataclass that draws (r, t), makes its target and
returns `regress(...)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import torch
from torch import Tensor

#: What the velocity is conditioned on: None, a Tensor, or anything whose rows `c[rows]` selects.
Condition: TypeAlias = Any

#: u(z, r, t, c) -> [B, ...]: the average velocity over [r, t] of the path through z [B, ...] at
#: time t, with r and t [B]; at r = t it is the instantaneous velocity v(z, t).
Velocity: TypeAlias = Callable[[Tensor, Tensor, Tensor, Condition], Tensor]

GAP_BUCKETS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0))


@dataclass(frozen=True)
class Loss:
    """What one call of an objective yields."""

    value: Tensor  # the scalar to backpropagate
    log: dict[str, Tensor]  # detached scalars; a key without rows in this batch is left out


class Objective(Protocol):
    """A training objective; its hyper-parameters are the fields of a frozen dataclass."""

    def __call__(
        self,
        u: Velocity,
        x: Tensor,
        c: Condition = None,
        mask: Tensor | None = None,
        progress: float = 0.0,
    ) -> Loss:
        """Compute the loss of u on one batch, drawing from torch's global random state.

        Args:
            u: the network that learns.
            x: data [B, ...].
            c: its condition, B rows.
            mask: broadcastable to x, 1 where valid and 0 in padding; None if all is valid.
            progress: share of the training that is done, in [0, 1].
        """
        ...


def select(c: Condition, rows: Tensor) -> Condition:
    """Return the rows (a mask or indices) of a condition that may be None."""
    return None if c is None else c[rows]


def masked_mean(values: Tensor, mask: Tensor | None) -> Tensor:
    """Average each row of values [B, ...] over its valid elements: [B]."""
    if mask is None:
        return values.flatten(1).mean(1)
    valid = mask.to(torch.bool).expand_as(values)
    total = values.masked_fill(~valid, 0).flatten(1).sum(1)
    return total / valid.flatten(1).sum(1).clamp(min=1)


def regress(
    prediction: Tensor,
    target: Tensor,
    r: Tensor,
    t: Tensor,
    mask: Tensor | None,
    p: float,
    c: float = 1e-3,
) -> Loss:
    """Squared error, averaged within each row, then weighted by 1 / sg(error + c)^p.

    p = 0 is plain mean squared error; the weight is the one MeanFlow uses. Where a row has few
    elements its error is mostly the noise of its own target, and weighting by it would pull the
    prediction away from the mean that the identities are about: use p = 0 there. Computed in at
    least single precision, whatever the network ran in.

    Args:
        prediction: u(z_t, r, t) [B, ...].
        target: [B, ...]; no gradient flows into it.
        r: interval starts [B].
        t: interval ends [B].
        mask: broadcastable to prediction, 1 where valid, or None.
        p: power of the adaptive weight.
        c: keeps the adaptive weight finite as a row's error vanishes.

    Returns:
        The loss; its log holds unweighted errors: `error` of all rows, `error/boundary` where
        r = t, `error/gap_LOW_HIGH` by t - r, and `residual`, the error of the rows with r < t
        relative to their target's power: how far the objective's identity is from holding.
    """
    dtype = torch.promote_types(prediction.dtype, torch.float32)
    target = target.detach().to(dtype)
    error = masked_mean((prediction.to(dtype) - target).square(), mask)
    weight = (error.detach() + c).pow(-p)

    error_seen, gap = error.detach(), t - r
    groups = {"error": torch.ones_like(gap, dtype=torch.bool), "error/boundary": gap == 0}
    for low, high in GAP_BUCKETS:
        groups[f"error/gap_{low:.2f}_{high:.2f}"] = (gap > low) & (gap <= high)
    log = {key: error_seen[rows].mean() for key, rows in groups.items() if rows.any()}
    split = gap > 0
    if split.any():
        power = masked_mean(target.square(), mask)[split].mean()
        log["residual"] = error_seen[split].mean() / power.clamp(min=1e-12)
    return Loss((weight * error).mean(), log)
