"""The training loop: bf16, clipping, EMA, schedule, exact resume, on whatever accelerate finds."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import gather_object, set_seed
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from smf_tts.config import LoggingConfig, OptimizerConfig
from smf_tts.data.batches import Position
from smf_tts.errors import UserError
from smf_tts.files import write_whole
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from smf_tts.training.task import Task


def learning_rate(step: int, config: OptimizerConfig) -> float:
    """Linear warm-up, then half a cosine down to the final rate at the last step."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(config.steps - config.warmup_steps, 1)
    span = config.learning_rate - config.final_learning_rate
    return config.final_learning_rate + span * 0.5 * (1 + math.cos(math.pi * min(done, 1)))


class Trainer:
    """Trains a task in a run's folder; started again there, it continues where it was.

    Args:
        task: the stage; its modules are moved to the device.
        run: the folder for checkpoints, TensorBoard events and log.jsonl.
        optimizer: steps, rates, averaging.
        logging: how often to report and save.
        description: written into every checkpoint: what is needed to build the model again.
        seed: of initialisation and data.
        precision: "bf16" or "fp32".

    Raises:
        UserError: the run's checkpoint is damaged, or of a model of other settings.
    """

    def __init__(
        self,
        task: Task,
        run: Path,
        optimizer: OptimizerConfig,
        logging: LoggingConfig,
        description: Mapping[str, Any],
        seed: int,
        precision: str,
    ) -> None:
        self.config, self.logging, self.run = optimizer, logging, run
        self.description = dict(description)
        self.accelerator = Accelerator(
            # Said for the sake of several processes: without it they would not find each other.
            cpu=not torch.accelerator.is_available(),
            mixed_precision="bf16" if precision == "bf16" else "no",
            kwargs_handlers=[
                DistributedDataParallelKwargs(find_unused_parameters=len(task.phases) > 1)
            ],
        )
        self.task = task
        assert isinstance(task, nn.Module)
        self.forward = self.accelerator.prepare(task)
        self.average = AveragedModel(task.model, multi_avg_fn=self._average)
        self.optimizers = {
            phase: torch.optim.AdamW(
                task.trainable(phase), betas=optimizer.betas, weight_decay=optimizer.weight_decay
            )
            for phase in task.phases
        }
        self.step = 0
        self.position = Position()
        # Each process draws noise of its own.
        set_seed(seed, device_specific=True)
        self._resume()

    def train(self) -> None:
        """Train to the last step; interrupted, the work since the last checkpoint is lost."""
        main = self.accelerator.is_main_process
        writer = SummaryWriter(self.run / "tensorboard", purge_step=self.step) if main else None
        batches = self.task.batches(self.position)
        totals: dict[str, list[float]] = defaultdict(list)
        seconds, waited, started = 0.0, 0.0, time.perf_counter()
        with tqdm(
            total=self.config.steps, initial=self.step, desc=self.run.name, disable=not main
        ) as bar:
            while self.step < self.config.steps:
                heard, wait = self._optimize(batches, totals)
                seconds, waited = seconds + heard, waited + wait
                self.step += 1
                bar.update()
                last = self.step == self.config.steps
                if self.step % self.logging.log_steps == 0 or last:
                    elapsed = time.perf_counter() - started
                    figures = self._means(totals)
                    figures["audio_seconds_per_second"] = (
                        seconds * self.accelerator.num_processes / elapsed
                    )
                    figures["share_waiting_for_data"] = waited / elapsed
                    if writer:
                        self._log(writer, figures)
                    bar.set_postfix_str(
                        f"loss {figures['loss']:.3f}, "
                        f"{figures['audio_seconds_per_second']:.0f} s of audio/s"
                    )
                    totals.clear()
                    seconds, waited, started = 0.0, 0.0, time.perf_counter()
                if writer and (self.step % self.logging.sample_steps == 0 or last):
                    before = time.perf_counter()
                    figures = self._report(writer)
                    bar.write(f"step {self.step}: " + _line(figures))
                    started += time.perf_counter() - before  # not counted in the rates
                if self.step % self.logging.checkpoint_steps == 0 or last:
                    self._save()

    def _optimize(self, batches: Any, totals: dict[str, list[float]]) -> tuple[float, float]:
        """One step of every phase; seconds of audio used and seconds spent waiting for them."""
        count = self.config.accumulate_batches
        before = time.perf_counter()
        group = [next(batches) for _ in range(count)]
        waited = time.perf_counter() - before
        heard = sum(self.task.seconds(batch) for batch in group)
        if self.accelerator.device.type != "cpu":
            group = [batch.to(self.accelerator.device) for batch in group]
        rate = learning_rate(self.step, self.config)
        for phase, optimizer in self.optimizers.items():
            parameters = self.task.trainable(phase)
            for batch in group:
                loss = self.forward(phase, batch, self.step / self.config.steps)
                self.accelerator.backward(loss.value / count)
                for name, value in loss.log.items():
                    totals[name].append(float(value))
            norm = nn.utils.clip_grad_norm_(parameters, self.config.clip_norm)
            # A step whose gradient is not finite is left out rather than ending the run.
            if torch.isfinite(norm):
                for parameter_group in optimizer.param_groups:
                    parameter_group["lr"] = rate * self.task.rates.get(phase, 1.0)
                optimizer.step()
            totals[f"gradient_norm/{phase}"].append(float(norm))
            # Other phases' parameters got gradients too; they are not theirs.
            self.forward.zero_grad(set_to_none=True)
        self.average.update_parameters(self.task.model)
        totals["learning_rate"].append(rate)
        return heard, waited

    def _average(self, averages: Any, currents: Any, count: Any) -> None:
        # Young averages follow quickly, or the random start would linger in a short training.
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(averages), list(currents), 1 - decay)

    def _means(self, totals: Mapping[str, list[float]]) -> dict[str, float]:
        """Mean of each figure over the steps since the last report and over the processes."""
        joined: dict[str, list[float]] = defaultdict(list)
        for part in gather_object([dict(totals)]):
            for name, values in part.items():
                joined[name] += values
        return {name: sum(values) / len(values) for name, values in joined.items()}

    def _log(self, writer: SummaryWriter, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(name, value, self.step)
        with (self.run / "log.jsonl").open("a", encoding="utf-8") as file:
            rounded = {name: float(f"{value:.5g}") for name, value in figures.items()}
            file.write(json.dumps({"step": self.step, **rounded}) + "\n")

    def _report(self, writer: SummaryWriter) -> dict[str, float]:
        model = self.average.module
        model.eval()
        # Held-out figures use fixed noise; training's random state goes on as if nothing was.
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            values = self.task.report(writer, self.step, model)
        figures = {name: float(value) for name, value in values.items()}
        self._log(writer, figures)
        return figures

    def _save(self) -> None:
        random = gather_object([self._random_state()])
        if not self.accelerator.is_main_process:
            return
        groups = {
            "model": self.average.module.state_dict(),
            "task": self.task.state_dict(),  # type: ignore[attr-defined]
            "random": {name: torch.stack([x[name] for x in random]) for name in random[0]},
        }
        for phase, optimizer in self.optimizers.items():
            groups[f"optimizer-{phase}"] = {
                f"{i}.{name}": torch.as_tensor(value)
                for i, values in optimizer.state_dict()["state"].items()
                for name, value in values.items()
            }
        state = {
            "step": self.step,
            "position": asdict(self.position),
            "averaged": int(self.average.n_averaged),
            **self.description,
        }
        save_checkpoint(self.run, self.step, groups, state, self.logging.keep_checkpoints)

    def _random_state(self) -> dict[str, Tensor]:
        """This process's generators; each process draws noise of its own."""
        states = {"torch": torch.get_rng_state()}
        if self.accelerator.device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self.accelerator.device)
        return states

    def _resume(self) -> None:
        checkpoint = latest_checkpoint(self.run)
        if checkpoint is None:
            self.run.mkdir(parents=True, exist_ok=True)
            self._forget_later_lines()
            return
        groups, state = load_checkpoint(checkpoint)
        try:
            self.task.load_state_dict(groups["task"])  # type: ignore[attr-defined]
        except RuntimeError as error:
            raise UserError(
                f"{checkpoint} holds a model of other settings; choose another run"
            ) from error
        self.average.module.load_state_dict(groups["model"])
        self.average.n_averaged.fill_(state["averaged"])
        for phase, optimizer in self.optimizers.items():
            entries: dict[int, dict[str, Tensor]] = defaultdict(dict)
            for key, value in groups[f"optimizer-{phase}"].items():
                index, name = key.split(".", 1)
                entries[int(index)][name] = value
            current = optimizer.state_dict()
            optimizer.load_state_dict({**current, "state": dict(entries)})
        random = {name: x.view(-1, x.shape[-1]) for name, x in groups["random"].items()}
        # Another number of processes goes on with fresh noise, as it does with other batches.
        if len(random["torch"]) == self.accelerator.num_processes:
            torch.set_rng_state(random["torch"][self.accelerator.process_index])
            if "cuda" in random and self.accelerator.device.type == "cuda":
                state_of_cuda = random["cuda"][self.accelerator.process_index]
                torch.cuda.set_rng_state(state_of_cuda, self.accelerator.device)
        self.step = state["step"]
        self.position = Position(**state["position"])
        self._forget_later_lines()

    def _forget_later_lines(self) -> None:
        path = self.run / "log.jsonl"
        if self.accelerator.is_main_process and path.exists():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            # A line without its end was being written when the training was stopped.
            whole = [line for line in lines if line.endswith("\n")]
            kept = [line for line in whole if json.loads(line)["step"] <= self.step]
            write_whole(path, "".join(kept).encode())


def _line(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
