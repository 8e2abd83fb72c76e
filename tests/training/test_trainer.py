"""The training loop, on a task small enough to follow by hand."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import read_log
from torch import Tensor, nn

from smf_tts.config import LoggingConfig, OptimizerConfig
from smf_tts.data.batches import Position
from smf_tts.errors import UserError
from smf_tts.flow import Loss
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint
from smf_tts.training.trainer import Trainer, learning_rate

OPTIMIZER = OptimizerConfig(steps=8, learning_rate=0.05, warmup_steps=2, weight_decay=0.0)
LOGGING = LoggingConfig(log_steps=1, sample_steps=4, checkpoint_steps=3, keep_checkpoints=2)


class LineTask(nn.Module):
    """A line through noisy points; every step's weights are remembered."""

    phases = ("fit",)
    rates: Mapping[str, float] = {}

    def __init__(self, rows: int = 4, noise: float = 0.1, width: int = 3) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.model = nn.Linear(width, 1)
        self.rows, self.noise = rows, noise
        self.history: list[Tensor] = []
        self.broken_batch = -1

    def trainable(self, phase: str) -> list[nn.Parameter]:
        return list(self.model.parameters())

    def batches(self, position: Position) -> Iterator[Tensor]:
        while True:
            generator = torch.Generator().manual_seed(0)
            points = torch.randn(1000, 3, generator=generator)
            start = position.batch * self.rows
            batch = points[start : start + self.rows].clone()
            if position.batch == self.broken_batch:
                batch[0, 0] = torch.inf
            position.batch += 1
            yield batch

    def seconds(self, batch: Tensor) -> float:
        return float(len(batch))

    def forward(self, phase: str, batch: Tensor, progress: float) -> Loss:
        self.history.append(self.model.weight.detach().clone())
        target = batch.sum(1, keepdim=True) + self.noise * torch.randn(len(batch), 1)
        value = (self.model(batch) - target).square().mean()
        return Loss(value, {"loss": value.detach()})

    def report(self, writer: Any, step: int, model: nn.Linear) -> dict[str, Tensor]:
        return {"held_out/noise": torch.randn(()), "held_out/weight": model.weight.detach().norm()}


Make = Callable[..., Trainer]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make_trainer(task: nn.Module, run: str = "run", **settings: Any) -> Trainer:
        config = replace(OPTIMIZER, **settings)
        return Trainer(task, tmp_path / run, config, LOGGING, {"about": "test"}, 1, "fp32")

    return make_trainer


def comparable(run: Path) -> list[dict[str, float]]:
    """The log without what depends on the clock."""
    clock = ("audio_seconds_per_second", "share_waiting_for_data")
    return [{k: v for k, v in line.items() if k not in clock} for line in read_log(run)]


def test_learning_rate_warms_up_to_its_peak_and_ends_at_the_final_one():
    config = OptimizerConfig(
        steps=100, warmup_steps=10, learning_rate=1e-3, final_learning_rate=1e-5
    )
    rates = [learning_rate(step, config) for step in range(101)]
    assert rates[:10] == pytest.approx([1e-4 * (i + 1) for i in range(10)])
    assert rates[10] == max(rates) == 1e-3
    assert all(a > b for a, b in pairwise(rates[10:]))
    assert rates[55] == pytest.approx((1e-3 + 1e-5) / 2)  # half a cosine at half its way
    assert rates[100] == pytest.approx(1e-5)
    short = replace(config, steps=10)
    assert learning_rate(9, short) == pytest.approx(1e-3)


def test_the_model_learns_and_the_average_follows_by_its_formula(make: Make):
    task = LineTask(noise=0)
    trainer = make(task, steps=40, ema_decay=0.8)
    trainer.train()
    weights = [*task.history[1:], task.model.weight.detach()]
    average = weights[0]
    for step, current in enumerate(weights[1:], 1):
        decay = min(0.8, (1 + step) / (10 + step))
        average = decay * average + (1 - decay) * current
    torch.testing.assert_close(trainer.average.module.weight, average)
    losses = [line["loss"] for line in read_log(trainer.run) if "loss" in line]
    assert sum(losses[-5:]) < 0.2 * sum(losses[:5])


def test_accumulated_batches_are_one_large_batch(make: Make):
    whole, halves = LineTask(rows=8, noise=0), LineTask(rows=4, noise=0)
    make(whole, "whole").train()
    make(halves, "halves", accumulate_batches=2).train()
    torch.testing.assert_close(whole.model.weight, halves.model.weight)
    assert whole.history[-1].ne(whole.history[0]).all()


def test_gradients_are_clipped(make: Make):
    task = LineTask()
    trainer = make(task, clip_norm=1e-3, steps=1)
    seen: list[float] = []
    optimizer = trainer.optimizers["fit"]

    def remember(*_: Any) -> None:
        norms = [p.grad.norm() for p in task.model.parameters()]
        seen.append(float(torch.stack(norms).norm()))

    optimizer.register_step_pre_hook(remember)
    trainer.train()
    assert seen == pytest.approx([1e-3], rel=1e-3)


def test_a_gradient_that_is_not_finite_is_left_out(make: Make):
    task = LineTask(noise=0)
    task.broken_batch = 3
    make(task).train()
    assert torch.equal(task.history[4], task.history[3])
    assert not torch.equal(task.history[5], task.history[4])
    assert task.model.weight.isfinite().all()


def test_phases_do_not_touch_each_others_parameters(make: Make):
    class Pair(LineTask):
        phases = ("left", "right")

        def trainable(self, phase: str) -> list[nn.Parameter]:
            return [self.model.weight if phase == "left" else self.model.bias]

        def forward(self, phase: str, batch: Tensor, progress: float) -> Loss:
            both = self.model.weight.sum() + self.model.bias.sum()
            value = both if phase == "left" else 0 * both
            return Loss(value, {"loss": value.detach()})

    task = Pair()
    weight, bias = task.model.weight.detach().clone(), task.model.bias.detach().clone()
    make(task).train()
    assert torch.equal(task.model.bias, bias)
    assert task.model.weight.ne(weight).all()


def test_a_phase_learns_at_its_own_rate(make: Make):
    class Uneven(LineTask):
        phases = ("weight", "bias")
        rates: Mapping[str, float] = {"bias": 3.0}

        def trainable(self, phase: str) -> list[nn.Parameter]:
            return [getattr(self.model, phase)]

        def forward(self, phase: str, batch: Tensor, progress: float) -> Loss:
            value = getattr(self.model, phase).sum()
            return Loss(value, {"loss": value.detach()})

    task = Uneven()
    weight, bias = task.model.weight.detach().clone(), task.model.bias.detach().clone()
    make(task).train()
    # Of a gradient that is always the same AdamW makes steps as long as the learning rate.
    moved = (weight - task.model.weight).mean().item()
    assert moved > 0
    assert (bias - task.model.bias).item() == pytest.approx(3 * moved, rel=1e-3)


def test_log_and_checkpoints(make: Make):
    trainer = make(LineTask())
    trainer.train()
    log = read_log(trainer.run)
    training = [line for line in log if "loss" in line]
    assert [line["step"] for line in training] == list(range(1, 9))
    assert [line["step"] for line in log if "held_out/weight" in line] == [4, 8]
    for step, line in enumerate(training):
        assert line["learning_rate"] == pytest.approx(learning_rate(step, OPTIMIZER), rel=1e-4)
        assert line["gradient_norm/fit"] > 0
        assert 0 <= line["share_waiting_for_data"] <= 1
        assert line["audio_seconds_per_second"] > 0
    names = sorted(path.name for path in (trainer.run / "checkpoints").iterdir())
    assert names == ["step-00000006", "step-00000008"]
    groups, state = load_checkpoint(latest_checkpoint(trainer.run))
    assert state["about"] == "test"
    assert torch.equal(groups["model"]["weight"], trainer.average.module.weight)


def test_reports_leave_the_noise_of_training_alone(make: Make, monkeypatch: pytest.MonkeyPatch):
    make(LineTask(), "reported").train()
    silent = make(LineTask(), "silent")
    monkeypatch.setattr(silent, "_report", lambda writer: {})
    silent.train()
    reported = comparable(silent.run.parent / "reported")
    assert [line for line in reported if "loss" in line] == comparable(silent.run)


@pytest.mark.parametrize("stop", [1, 4, 5, 7])
def test_an_interrupted_training_continues_as_if_it_had_not_been(make: Make, stop: int):
    whole = make(LineTask(), "whole")
    whole.train()

    class Interrupted(LineTask):
        def forward(self, phase: str, batch: Tensor, progress: float) -> Loss:
            if len(self.history) == stop:
                raise KeyboardInterrupt
            return super().forward(phase, batch, progress)

    with pytest.raises(KeyboardInterrupt):
        make(Interrupted(), "stopped").train()
    stopped = make(LineTask(), "stopped")
    assert stopped.step == stop // 3 * 3
    stopped.train()
    assert comparable(stopped.run) == comparable(whole.run)
    for ours, theirs in (
        (stopped.task.model, whole.task.model),
        (stopped.average.module, whole.average.module),
    ):
        assert torch.equal(ours.weight, theirs.weight)


def test_a_finished_training_is_not_done_again(make: Make):
    trainer = make(LineTask())
    trainer.train()
    before = (trainer.run / "log.jsonl").read_bytes()
    again = LineTask()
    make(again).train()
    assert not again.history
    assert (trainer.run / "log.jsonl").read_bytes() == before


def test_a_log_line_cut_short_by_a_crash_is_dropped(make: Make):
    trainer = make(LineTask(), steps=3)
    trainer.train()
    with (trainer.run / "log.jsonl").open("a") as log:
        log.write(json.dumps({"step": 3, "loss": 1.0})[:11])
    make(LineTask()).train()
    assert [line["step"] for line in read_log(trainer.run) if "loss" in line] == list(range(1, 9))


def test_a_run_of_a_model_of_other_settings_is_refused(make: Make):
    make(LineTask()).train()
    with pytest.raises(UserError, match="other settings; choose another run"):
        make(LineTask(width=4))
