"""What a training step of each objective costs on the mel decoder: seconds and peak memory.

    python recipes/objectives/cost.py TEACHER PREPARED RESULTS

TEACHER is a teacher's run, PREPARED a folder of `smf-tts prepare`; RESULTS gets cost.json and
cost.md. A step is the trainer's: alignment without gradient, loss, backward pass, clipping, AdamW;
one thread. Every objective takes its turn on the same batch, with the same draws, in one run.
Memory is what torch holds at a step's peak beyond what it held before: neither weights nor AdamW's
averages.
"""

import json
import platform
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from tqdm import tqdm

from smf_tts.config import DataConfig, OptimizerConfig
from smf_tts.data.batches import Batch, Position
from smf_tts.errors import one_line_errors
from smf_tts.files import write_whole
from smf_tts.flow import (
    Condition,
    FlowMatching,
    Loss,
    MeanFlow,
    Objective,
    SplitMeanFlow,
    TrajectoryDistillation,
    Velocity,
    guided,
)
from smf_tts.flow.objective import regress
from smf_tts.flow.paths import interpolate, rowwise
from smf_tts.model.decoder import Condition as MelCondition
from smf_tts.training.acoustic import StudentTask
from smf_tts.training.runs import load_acoustic

LATE = 1.0  # progress: half of the rows on the boundary, the other half split


@dataclass(frozen=True)
class RecordedMeanFlow(MeanFlow):
    """MeanFlow as its paper has it: one recorded product gives u and du/dt for the whole batch."""

    def __call__(
        self,
        u: Velocity,
        x: Tensor,
        c: Condition = None,
        mask: Tensor | None = None,
        progress: float = 0.0,
    ) -> Loss:
        """Compute the loss of u on x [B, ...]: that of `MeanFlow`, with the same gradient."""
        r, t = self.intervals.draw(x, progress)
        z_t, v = interpolate(x, torch.randn_like(x), t)
        if self.teacher is not None:
            with torch.no_grad():
                v = self.teacher(z_t, t, t, c).to(v.dtype)
        tangent = (v, torch.zeros_like(r), torch.ones_like(t))
        prediction, du_dt = torch.func.jvp(lambda z, r, t: u(z, r, t, c), (z_t, r, t), tangent)
        return regress(prediction, v - rowwise(t - r, z_t) * du_dt, r, t, mask, self.p)


def peak_bytes(folder: Path, step: "Step") -> int:
    """Most bytes that torch allocates during a step, beyond those before it."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        step()
    path = folder / "trace.json"
    profiler.export_chrome_trace(str(path))
    events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    memory = [e for e in events if e["name"] == "[memory]"]
    memory.sort(key=lambda e: e["ts"])
    totals = [e["args"]["Total Allocated"] for e in memory]
    return max(totals) - (totals[0] - memory[0]["args"]["Bytes"])


class Step:
    """One training step of a task on a batch, with the objective that the task has by then."""

    def __init__(self, task: StudentTask, batch: Batch, bf16: bool) -> None:
        self.task, self.batch, self.bf16 = task, batch, bf16
        self.parameters = task.trainable("acoustic")
        # A rate of 0: all steps start from the same weights.
        self.optimizer = torch.optim.AdamW(self.parameters, lr=0.0)

    def __call__(self) -> None:
        """Take it."""
        torch.manual_seed(0)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            loss = self.task("acoustic", self.batch, LATE)
        loss.value.backward()
        nn.utils.clip_grad_norm_(self.parameters, OptimizerConfig().clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def measure(
    teacher_run: Path, prepared: Path, guidance: float, batch_seconds: float, repetitions: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Time all objectives in turn: group -> objective -> figures."""
    model, teacher = load_acoustic(teacher_run)[0], load_acoustic(teacher_run)[0].decoder
    velocity = guided(teacher, MelCondition.null, guidance)
    kinds = {
        "SplitMeanFlow": SplitMeanFlow,
        "MeanFlow": MeanFlow,
        "MeanFlow, product recorded as in its paper": RecordedMeanFlow,
    }
    groups: dict[str, dict[str, Objective]] = {
        "from a teacher": {
            **{name: kind(teacher=velocity) for name, kind in kinds.items()},
            "trajectory distillation": TrajectoryDistillation(velocity),
        },
        "from scratch": {
            "flow matching": FlowMatching(),
            **{name: kind() for name, kind in kinds.items()},
        },
    }
    data = DataConfig(batch_seconds=batch_seconds)
    task = StudentTask(model, FlowMatching(), prepared, data, 1, teacher=teacher)
    batch = next(task.batches(Position()))
    result: dict[str, dict[str, dict[str, float]]] = {
        group: {name: {} for name in objectives} for group, objectives in groups.items()
    }
    steps = 2 * (repetitions + 2) * sum(map(len, groups.values()))
    with tempfile.TemporaryDirectory() as folder, tqdm(total=steps, desc="steps") as bar:
        for precision in ("bf16", "fp32"):
            step = Step(task, batch, precision == "bf16")
            seconds: dict[tuple[str, str], list[float]] = {}
            for repetition in range(-2, repetitions):
                for group, objectives in groups.items():
                    for name, task.objective in objectives.items():
                        figures = result[group][name]
                        if repetition == -2:  # warms up as well
                            figures[f"{precision}_peak_mb"] = peak_bytes(Path(folder), step) / 1e6
                        else:
                            start = time.perf_counter()
                            step()
                            taken = time.perf_counter() - start
                            if repetition >= 0:
                                seconds.setdefault((group, name), []).append(taken)
                        bar.update()
            for (group, name), times in seconds.items():
                result[group][name][f"{precision}_seconds"] = statistics.median(times)
    return result


def write_report(results: Path, measured: dict, setting: str) -> None:
    """Write cost.json and cost.md."""
    lines = [
        setting,
        "",
        "| | bf16: s | MB | fp32: s | MB |",
        "|---|---|---|---|---|",
    ]
    columns = ("bf16_seconds", "bf16_peak_mb", "fp32_seconds", "fp32_peak_mb")
    for group, objectives in measured.items():
        lines.append(f"| *{group}* | | | | |")
        base = objectives["SplitMeanFlow"]
        for name, figures in objectives.items():
            cells = [
                f"{figures[k]:.{2 if 'seconds' in k else 0}f} (x {figures[k] / base[k]:.2f})"
                for k in columns
            ]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    results.mkdir(parents=True, exist_ok=True)
    write_whole(results / "cost.md", ("\n".join(lines) + "\n").encode())
    content = {"setting": setting, "groups": measured}
    write_whole(results / "cost.json", (json.dumps(content, indent=1) + "\n").encode())


def main(
    teacher: Annotated[Path, typer.Argument(help="A teacher's run.")],
    prepared: Annotated[Path, typer.Argument(help="Folder of smf-tts prepare.")],
    results: Annotated[Path, typer.Argument(help="Folder for cost.json and cost.md.")],
    guidance: Annotated[float, typer.Option(help="Of the teacher.")] = 2.0,
    batch_seconds: Annotated[float, typer.Option(help="Speech in the batch.")] = 36.0,
    repetitions: Annotated[int, typer.Option(help="Timed steps of each objective.", min=1)] = 7,
) -> None:
    """Measure and write the report."""
    torch.set_num_threads(1)
    measured = measure(teacher, prepared, guidance, batch_seconds, repetitions)
    setting = (
        f"A training step on a batch of {batch_seconds:g} s of speech, guidance {guidance:g}: "
        f"median of {repetitions}, in turns, and the most memory that torch allocates in it; in "
        f"brackets the ratio to SplitMeanFlow. One thread of {cpu()}, torch {torch.__version__}."
    )
    write_report(results, measured, setting)


def cpu() -> str:
    """Name of this machine's processor."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    with one_line_errors("cost"):
        typer.run(main)
