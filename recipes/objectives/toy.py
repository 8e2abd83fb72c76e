"""Every objective on points in the plane, at equal compute: energy distances, tables, pictures.

Compute is counted in forward units, see `units.py`.
"""

import copy
import math
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from points import SETS, EnergyDistance
from torch import Tensor, nn
from toy_report import DATA, MATCHING, TEACHER, Table, nested, write_report
from tqdm import tqdm
from units import forward_units

from smf_tts.flow import (
    FlowMatching,
    Intervals,
    MeanFlow,
    Objective,
    SplitMeanFlow,
    TrajectoryDistillation,
    sample,
)

BUDGET = 6_000_000  # forward units a method; a student and its teacher share them equally
BATCH = 256
POINTS = 3_000  # on either side of an energy distance
SEEDS = 3
RUNS = [set_name for set_name in SETS for _ in range(SEEDS)]  # K of them, trained side by side


class Networks(nn.Module):
    """K small networks u(z, r, t) on the plane, one a run, that see the same r and t.

    `units` counts what the evaluations of each have cost.
    """

    def __init__(self, width: int = 64, layers: int = 5) -> None:
        super().__init__()
        self.units = 0
        sizes = [12] + [width] * (layers - 1) + [2]
        self.weights = nn.ParameterList(
            torch.randn(len(RUNS), a, b) / math.sqrt(a) for a, b in pairwise(sizes)
        )
        self.biases = nn.ParameterList(torch.zeros(len(RUNS), 1, b) for b in sizes[1:])

    def forward(self, z: Tensor, r: Tensor, t: Tensor, c: None = None) -> Tensor:
        """Return velocities [B, K, 2] at z [B, K, 2], r and t [B]."""
        self.units += forward_units(z)
        waves = [f(k * math.pi * t) for k in (1, 2, 4, 8) for f in (torch.sin, torch.cos)]
        times = torch.stack([t, t - r, *waves], 1).expand(len(RUNS), -1, -1)
        hidden = torch.cat([z.transpose(0, 1), times], 2)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = torch.baddbmm(bias, nn.functional.silu(hidden) if i else hidden, weight)
        return hidden.transpose(0, 1)


# The objectives, from scratch and with a teacher. Data of two dimensions wants p = 0, which also
# keeps the K runs apart: the gradient of a mean over them is that of each, divided by K.
FROM_SCRATCH: dict[str, Objective] = {
    "SplitMeanFlow": SplitMeanFlow(p=0),
    "MeanFlow": MeanFlow(p=0),
}
DISTILLED: dict[str, Callable[[Networks], Objective]] = {
    "SplitMeanFlow, distilled": lambda v: SplitMeanFlow(v, p=0),
    "MeanFlow, distilled": lambda v: MeanFlow(v, p=0),
    "trajectory distillation": lambda v: TrajectoryDistillation(v, p=0),
}
# What the choices of the distilled SplitMeanFlow are worth: one changed at a time.
ABLATIONS: dict[str, Callable[[Networks], Objective]] = {
    "boundary share .5 throughout": lambda v: SplitMeanFlow(v, Intervals(0.5, 0.5), p=0),
    "boundary share .25 throughout": lambda v: SplitMeanFlow(v, Intervals(0.25, 0.25), p=0),
    "no growth: full gaps, boundary share .5": lambda v: SplitMeanFlow(v, Intervals(growth=0), p=0),
    "no rows of the deployed grid": lambda v: SplitMeanFlow(v, Intervals(deployed_share=0), p=0),
}


def draw(n: int) -> Tensor:
    """Draw n rows of data, a point for every run: [n, K, 2]."""
    return torch.stack([SETS[set_name](n) for set_name in RUNS], 1)


def train(start: Networks, objective: Objective, budget: float) -> Networks:
    """Spend the budget, evaluations of the teacher included, on a copy of the start."""
    torch.manual_seed(1)
    u = copy.deepcopy(start)
    involved = {u, getattr(objective, "teacher", None) or u}
    before, progress = sum(n.units for n in involved), 0.0
    optimizer = torch.optim.Adam(u.parameters(), fused=True)
    bar = tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining}", leave=False)
    while progress < 1:
        optimizer.param_groups[0]["lr"] = 1e-3 * (1 + math.cos(math.pi * progress))
        optimizer.zero_grad()
        objective(u, draw(BATCH), progress=progress).value.backward()
        optimizer.step()
        progress = min((sum(n.units for n in involved) - before) / budget, 1.0)
        bar.update(progress - bar.n)
    bar.close()
    return u


def main(folder: Path) -> None:
    """Run everything and write the report into a folder."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    untrained, real, noise = Networks(), draw(POINTS), torch.randn(POINTS, len(RUNS), 2)
    distances = [EnergyDistance(points) for points in real.unbind(1)]
    methods, ablations = nested(), nested()
    samples: dict[str, dict[str, dict[int, Tensor]]] = {name: {} for name in SETS}

    def judge(table: Table, name: str, made: dict[int, Tensor]) -> None:
        for steps, z in made.items():
            for set_name, distance, points in zip(RUNS, distances, z.unbind(1), strict=True):
                table[set_name][name][steps].append(distance(points))
                samples[set_name].setdefault(name, {})[steps] = points

    def average(u: Networks, steps: tuple[int, ...] = (1, 2, 4, 8, 32)) -> dict[int, Tensor]:
        return {n: sample(u, noise, n) for n in steps}

    def euler(u: Networks) -> dict[int, Tensor]:
        return {n: sample(u, noise, n, instantaneous=True) for n in (1, 2, 4, 8, 16, 32, 100)}

    judge(methods, DATA, {1: draw(POINTS)})
    judge(methods, MATCHING, euler(train(untrained, FlowMatching(), BUDGET)))
    for name, objective in FROM_SCRATCH.items():
        judge(methods, name, average(train(untrained, objective, BUDGET)))

    teacher = train(untrained, FlowMatching(), BUDGET / 2)
    judge(methods, TEACHER, euler(teacher))
    for name, distil in DISTILLED.items():
        judge(methods, name, average(train(teacher, distil(teacher), BUDGET / 2)))
    for name, distil in ABLATIONS.items():
        judge(ablations, name, average(train(teacher, distil(teacher), BUDGET / 2), (1, 2)))

    write_report(folder, methods, ablations, samples, f"{SEEDS} runs of {BUDGET:,} forward units")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
