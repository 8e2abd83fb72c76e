"""Flow matching with noise and times that are functions of the data, which any split agrees on.

As a program it trains a stage with it: `python fixed_noise.py CONFIG`.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor

from smf_tts.flow import Loss
from smf_tts.flow.objective import Condition, Velocity, regress
from smf_tts.flow.paths import interpolate
from smf_tts.training import stages


class FixedNoise:
    """An `Objective` without chance."""

    def __call__(
        self,
        u: Velocity,
        x: Tensor,
        c: Condition = None,
        mask: Tensor | None = None,
        progress: float = 0.0,
    ) -> Loss:
        eps = torch.sin(100 * x)
        t = 0.5 + 0.4 * torch.sin(x.abs().mean((1, 2)))
        z, v = interpolate(x, eps, t)
        return regress(u(z, t, t, c), v, t, t, mask, p=0)


def train(config: Path) -> None:
    """Train a teacher with `FixedNoise` in place of flow matching."""
    stages.FlowMatching = FixedNoise  # type: ignore[misc, assignment]
    stages.train(stages.load_stage(config))


if __name__ == "__main__":
    train(Path(sys.argv[1]))
