"""A stage's configuration file to a training run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
import yaml

from smf_tts.config import (
    AcousticConfig,
    DataConfig,
    DiscriminatorConfig,
    LoggingConfig,
    OptimizerConfig,
    VocoderConfig,
    build,
    read_yaml,
)
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError
from smf_tts.flow import (
    FlowMatching,
    Intervals,
    MeanFlow,
    Objective,
    SplitMeanFlow,
    TrajectoryDistillation,
    guided,
)
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.decoder import Condition
from smf_tts.training.acoustic import StudentTask, TeacherTask
from smf_tts.training.runs import load_acoustic, load_acoustic_for, load_vocoder_networks
from smf_tts.training.trainer import Trainer
from smf_tts.training.vocoder import AdversarialConfig, VocoderTask


@dataclass(frozen=True)
class StageConfig:
    """What every stage's YAML holds."""

    run: str  # the folder of checkpoints and logs
    data: DataConfig
    stage: str
    start_from: str = ""  # an earlier run of the stage, whose weights and sizes this one takes on
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    logging: LoggingConfig = field(default_factory=LoggingConfig)
    seed: int = 1
    precision: Literal["bf16", "fp32"] = "bf16"


@dataclass(frozen=True)
class TeacherConfig(StageConfig):
    """The whole acoustic model from nothing: a teacher, or a few-step model without one."""

    objective: Literal["flow_matching", "split_mean_flow"] = "flow_matching"
    acoustic: AcousticConfig = field(default_factory=AcousticConfig)
    condition_dropout: float = 0.1


@dataclass(frozen=True)
class StudentConfig(StageConfig):
    """A decoder that starts from a teacher's weights and learns average velocities."""

    objective: Literal["split_mean_flow", "mean_flow", "trajectory_distillation"] = (
        "split_mean_flow"
    )
    teacher: str = ""  # the teacher's run
    guidance: float = 1.0  # scale, folded into the teacher's velocity
    intervals: Intervals = field(default_factory=Intervals)


@dataclass(frozen=True)
class VocoderStageConfig(StageConfig):
    """Vocos on real mels or, to finish, on those of an acoustic run."""

    acoustic_run: str = ""  # where the mels come from; real ones if empty
    vocoder: VocoderConfig = field(default_factory=VocoderConfig)
    discriminators: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)


# What a student may learn by, each made of a teacher's velocity and the intervals to draw.
STUDENT_OBJECTIVES: dict[str, Callable[..., Objective]] = {
    "split_mean_flow": SplitMeanFlow,
    "mean_flow": MeanFlow,
    "trajectory_distillation": TrajectoryDistillation,
}

STAGES = {"teacher": TeacherConfig, "student": StudentConfig, "vocoder": VocoderStageConfig}


def load_stage(path: Path, overrides: Sequence[str] = ()) -> StageConfig:
    """Read a stage's YAML; `overrides` change settings by dotted names: "optimizer.steps=100".

    Raises:
        UserError: no such file, no such stage, or a setting that is unknown or of another type.
    """
    values = read_yaml(path)
    for override in overrides:
        name, equals, value = override.partition("=")
        *parents, leaf = name.split(".")
        node = values
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                raise UserError(f"{override!r}: {parent} is a setting, not a group of settings")
        try:
            node[leaf] = yaml.safe_load(value)
        except yaml.YAMLError:
            equals = ""
        if not equals:
            raise UserError(f"expected name=value, the value in YAML, got {override!r}")
    stage = str(values.get("stage"))
    if stage not in STAGES:
        raise UserError(f"{path}: stage must be one of {', '.join(STAGES)}, got {stage!r}")
    return build(STAGES[stage], values)


def train(config: StageConfig) -> None:
    """Run a stage to its end, continuing from its last checkpoint."""
    if not config.data.prepared:
        raise UserError("data.prepared must name a folder written by smf-tts prepare")
    folder = Path(config.data.prepared)
    prepared = Prepared.load(folder)
    torch.manual_seed(config.seed)
    description: dict[str, Any] = {"prepared": asdict(prepared), "config": asdict(config)}
    if isinstance(config, TeacherConfig):
        if config.start_from:
            model, state = load_acoustic_for(Path(config.start_from), prepared)
            description["acoustic"] = state["acoustic"]
        else:
            description["acoustic"] = asdict(config.acoustic)
            model = AcousticModel(
                config.acoustic, prepared.mel, len(prepared.symbols), len(prepared.speakers)
            )
        few_steps = config.objective == "split_mean_flow"
        task: Any = TeacherTask(
            model,
            SplitMeanFlow() if few_steps else FlowMatching(),
            folder,
            config.data,
            config.seed,
            condition_dropout=config.condition_dropout,
            instantaneous=not few_steps,
        )
    elif isinstance(config, StudentConfig):
        model, known, state = load_acoustic(Path(config.start_from or config.teacher))
        if known.speakers != prepared.speakers:
            raise UserError(
                f"{config.teacher} learnt other speakers than {folder} has; train a teacher on "
                "that corpus, with start_from to go on from this one"
            )
        description["acoustic"] = state["acoustic"]
        teacher = load_acoustic(Path(config.teacher))[0].decoder
        velocity = guided(teacher, Condition.null, config.guidance)
        task = StudentTask(
            model,
            STUDENT_OBJECTIVES[config.objective](teacher=velocity, intervals=config.intervals),
            folder,
            config.data,
            config.seed,
            teacher=teacher,
        )
    else:
        assert isinstance(config, VocoderStageConfig)
        vocoder, discriminators = config.vocoder, config.discriminators
        if config.start_from:
            vocoder, discriminators, networks = load_vocoder_networks(Path(config.start_from))
        description |= {"vocoder": asdict(vocoder), "discriminators": asdict(discriminators)}
        acoustic = load_acoustic(Path(config.acoustic_run))[0] if config.acoustic_run else None
        task = VocoderTask(
            vocoder,
            discriminators,
            config.adversarial,
            folder,
            config.data,
            config.seed,
            acoustic,
        )
        if config.start_from:
            task.load_state_dict(networks, strict=False)
    Trainer(
        task,
        Path(config.run),
        config.optimizer,
        config.logging,
        description,
        config.seed,
        config.precision,
    ).train()
