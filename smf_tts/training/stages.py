"""A stage's configuration file to a training run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
import yaml

from smf_tts.config import (
    AcousticConfig,
    DataConfig,
    LoggingConfig,
    OptimizerConfig,
    VocoderConfig,
    build,
)
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError
from smf_tts.flow import FlowMatching, SplitMeanFlow, guided
from smf_tts.flow.intervals import Intervals
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.decoder import Condition
from smf_tts.training.acoustic import StudentTask, TeacherTask
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint
from smf_tts.training.trainer import Trainer
from smf_tts.training.vocoder import AdversarialConfig, VocoderTask


@dataclass(frozen=True)
class StageConfig:
    """What every stage's YAML holds."""

    run: str  # the folder of checkpoints and logs
    data: DataConfig
    stage: str
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    logging: LoggingConfig = field(default_factory=LoggingConfig)
    seed: int = 1
    precision: Literal["bf16", "no"] = "bf16"


@dataclass(frozen=True)
class TeacherConfig(StageConfig):
    """Flow matching from nothing."""

    acoustic: AcousticConfig = field(default_factory=AcousticConfig)
    condition_dropout: float = 0.1


@dataclass(frozen=True)
class StudentConfig(StageConfig):
    """SplitMeanFlow from a teacher's weights."""

    teacher: str = ""  # the teacher's run
    from_scratch: bool = False  # boundary target eps - x instead of the teacher's velocity
    guidance: float = 1.0  # folded into the boundary target
    intervals: Intervals = field(default_factory=Intervals)


@dataclass(frozen=True)
class VocoderStageConfig(StageConfig):
    """Vocos on real mels, with or without discriminators."""

    vocoder: VocoderConfig = field(default_factory=VocoderConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)


STAGES = {"teacher": TeacherConfig, "student": StudentConfig, "vocoder": VocoderStageConfig}


def load_stage(path: Path, overrides: Mapping[str, Any] | None = None) -> StageConfig:
    """Read a stage's YAML; `overrides` maps dotted names ("optimizer.steps") to values.

    Raises:
        UserError: no such file, no such stage, or a setting that is unknown or of another type.
    """
    if not path.exists():
        raise UserError(f"no configuration {path}")
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    for name, value in (overrides or {}).items():
        *parents, leaf = name.split(".")
        node = values
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = value
    stage = values.get("stage")
    if stage not in STAGES:
        raise UserError(f"{path}: stage must be one of {', '.join(STAGES)}, got {stage!r}")
    return build(STAGES[stage], values)


def load_acoustic(run: Path) -> tuple[AcousticModel, Prepared, dict[str, Any]]:
    """The averaged acoustic model of a run's last checkpoint, its data and its state.

    Raises:
        UserError: the run has no checkpoint.
    """
    checkpoint = latest_checkpoint(run)
    if checkpoint is None:
        raise UserError(f"{run} has no checkpoint; train it first")
    groups, state = load_checkpoint(checkpoint)
    prepared = build(Prepared, state["prepared"])
    model = AcousticModel(
        build(AcousticConfig, state["acoustic"]),
        prepared.mel,
        len(prepared.symbols),
        len(prepared.speakers),
    )
    model.load_state_dict(groups["model"])
    return model.eval(), prepared, state


def train(config: StageConfig) -> None:
    """Run a stage to its end, continuing from its last checkpoint."""
    if not config.data.prepared:
        raise UserError("data.prepared must name a folder written by smf-tts prepare")
    folder = Path(config.data.prepared)
    prepared = Prepared.load(folder)
    torch.manual_seed(config.seed)
    description: dict[str, Any] = {"prepared": asdict(prepared), "config": asdict(config)}
    if isinstance(config, TeacherConfig):
        description["acoustic"] = asdict(config.acoustic)
        model = AcousticModel(
            config.acoustic, prepared.mel, len(prepared.symbols), len(prepared.speakers)
        )
        task: Any = TeacherTask(
            model,
            FlowMatching(),
            folder,
            config.data,
            config.seed,
            report_steps=(4, 16),
            condition_dropout=config.condition_dropout,
        )
    elif isinstance(config, StudentConfig):
        model, _, state = load_acoustic(Path(config.teacher))
        description["acoustic"] = state["acoustic"]
        objective = SplitMeanFlow(intervals=config.intervals)
        if not config.from_scratch:
            teacher = load_acoustic(Path(config.teacher))[0].decoder.requires_grad_(False)
            velocity = guided(teacher, Condition.null, config.guidance)
            objective = dataclasses.replace(objective, teacher=velocity)
        task = StudentTask(
            model.train(), objective, folder, config.data, config.seed, report_steps=(1, 2, 4)
        )
    else:
        assert isinstance(config, VocoderStageConfig)
        description["vocoder"] = asdict(config.vocoder)
        task = VocoderTask(
            config.vocoder, config.adversarial, folder, config.data, config.seed
        )
    Trainer(
        task,
        Path(config.run),
        config.optimizer,
        config.logging,
        description,
        config.seed,
        config.precision,
    ).train()
