"""Flow matching (Lipman et al., arXiv 2210.02747) on the straight path: the teacher's objective."""

from dataclasses import dataclass

import torch
from torch import Tensor

from smf_tts.flow.objective import Condition, Loss, Velocity, regress
from smf_tts.flow.paths import interpolate


@dataclass(frozen=True)
class FlowMatching:
    """Regress the instantaneous velocity: || u(z_t, t, t) - (eps - x) ||^2."""

    p: float = 0.0  # power of the adaptive weight; 0 is plain mean squared error

    def __call__(
        self,
        u: Velocity,
        x: Tensor,
        c: Condition = None,
        mask: Tensor | None = None,
        progress: float = 0.0,
    ) -> Loss:
        """Compute the loss of u on x [B, ...]; see `Objective`."""
        t = torch.rand(len(x), dtype=x.dtype, device=x.device)
        z_t, v = interpolate(x, torch.randn_like(x), t)
        return regress(u(z_t, t, t, c), v, t, t, mask, self.p)
