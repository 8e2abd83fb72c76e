"""Stages: their files of settings, and what a real, tiny training of each leaves behind."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
import torch
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import (
    SOURCE_FILTER,
    STUDENT,
    TEACHER,
    VOCODER,
    make_sound,
    read_log,
    write_stage,
    write_utterance,
)

from smf_tts.data.prepare import prepare
from smf_tts.errors import UserError
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint
from smf_tts.training.stages import STAGES, STUDENT_OBJECTIVES, load_stage, train

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))


@pytest.mark.parametrize(
    "path",
    [p for p in CONFIGS if "stage" in yaml.safe_load(p.read_text())],
    ids=lambda p: f"{p.parent.name}/{p.stem}",
)
def test_every_shipped_configuration_is_valid(path: Path):
    assert isinstance(load_stage(path), tuple(STAGES.values()))


def test_settings_are_changed_by_dotted_names(tmp_path: Path):
    path = write_stage(tmp_path / "s.yaml", STUDENT, run="here", teacher="there")
    config = load_stage(
        path,
        [
            "optimizer.steps=100",
            "optimizer.learning_rate=2e-4",
            "optimizer.betas=[0.8, 0.9]",
            "intervals.deployed_steps=[1, 4]",
            "data.prepared=some/where=else",
            "precision=fp32",
        ],
    )
    assert config.optimizer.steps == 100
    assert config.optimizer.learning_rate == 2e-4
    assert config.optimizer.betas == (0.8, 0.9)
    assert config.intervals.deployed_steps == (1, 4)
    assert config.data.prepared == "some/where=else"
    assert config.data.batch_seconds == 6.0  # the file's, beside the changed one
    assert config.precision == "fp32"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.step=1", r"'optimizer.step'; known: accumulate_batches, .*, steps"),
        ("optimizer.steps=many", "optimizer.steps must be int, got 'many'"),
        ("optimizer.steps", "expected name=value"),
        ("optimizer.steps=[1", "expected name=value"),
        ("run.folder=x", "run is a setting, not a group"),
        ("optimizer=3", "optimizer must be a mapping"),
        ("stage=singer", "stage must be one of teacher, student, vocoder, got 'singer'"),
        ("stage=[teacher]", "stage must be one of"),
        ("objective=flow_matching", "objective must be one of split_mean_flow, mean_flow, traj"),
        ("precision=fp8", "precision must be one of bf16, fp32, got 'fp8'"),
        ("intervals.growth=2", r"growth must lie in \[0, 1\]"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(tmp_path: Path, override: str, message: str):
    path = write_stage(tmp_path / "s.yaml", STUDENT, run="here", teacher="there")
    with pytest.raises(UserError, match=message) as error:
        load_stage(path, [override])
    assert "\n" not in str(error.value)


def test_what_a_stage_needs_is_named(tmp_path: Path):
    path = write_stage(tmp_path / "s.yaml", TEACHER, run=str(tmp_path / "run"))
    with pytest.raises(UserError, match=r"data\.prepared must name a folder"):
        train(load_stage(path))
    with pytest.raises(UserError, match="not a prepared corpus"):
        train(load_stage(path, [f"data.prepared={tmp_path}"]))
    assert not (tmp_path / "run").exists()


def training_lines(run: Path) -> list[dict[str, float]]:
    return [line for line in read_log(run) if "loss" in line]


@pytest.mark.parametrize("stage", ["teacher", "student", "vocoder"])
def test_a_stage_trains_to_its_end_with_finite_figures(stage: str, request: pytest.FixtureRequest):
    run = request.getfixturevalue(f"{stage}_run")
    steps = {"teacher": TEACHER, "student": STUDENT, "vocoder": VOCODER}[stage]["optimizer"][
        "steps"
    ]
    log = read_log(run)
    assert [line["step"] for line in training_lines(run)] == list(range(1, steps + 1))
    assert all(abs(value) < 1e4 for line in log for value in line.values())
    assert any(name.startswith("held_out/") for name in log[-1])
    events = EventAccumulator(str(run / "tensorboard")).Reload().Tags()
    assert "loss" in events["scalars"]
    assert events["audio"] if stage == "vocoder" else "mel/real" in events["images"]


def test_the_teacher_learns(teacher_run: Path):
    lines = training_lines(teacher_run)
    assert lines[-1]["prior"] < lines[0]["prior"]
    assert lines[-1]["duration"] < lines[0]["duration"]


def test_the_student_moves_its_decoder_and_nothing_else(teacher_run: Path, student_run: Path):
    teacher, student = (
        load_checkpoint(latest_checkpoint(run))[0]["model"] for run in (teacher_run, student_run)
    )
    assert teacher.keys() == student.keys()
    for name, weight in teacher.items():
        same = torch.equal(weight, student[name])
        assert same == name.startswith("encoder."), name


def test_a_student_starts_as_its_teacher_where_r_is_t(
    train_stage: Callable[..., Path], teacher_run: Path
):
    run = train_stage(
        "student-first-step",
        STUDENT,
        teacher=str(teacher_run),
        guidance=1.0,
        precision="fp32",
        optimizer={"steps": 1},
    )
    (line,) = training_lines(run)
    assert line["error/boundary"] < 1e-9


def test_a_student_has_its_teachers_speakers(teacher_run: Path, tmp_path: Path):
    write_utterance(tmp_path / "in", "train", "7", 1, "Yes.", make_sound(0.9, 1))
    write_utterance(tmp_path / "in", "train", "7", 2, "Yes.", make_sound(0.9, 2))
    prepare(tmp_path / "in", tmp_path / "other")
    path = write_stage(
        tmp_path / "s.yaml",
        STUDENT,
        run=str(tmp_path / "run"),
        teacher=str(teacher_run),
        data={"prepared": str(tmp_path / "other")},
    )
    with pytest.raises(UserError, match=r"learnt other speakers than .*other has"):
        train(load_stage(path))


def test_guidance_is_folded_into_the_students_target(student_run: Path):
    assert training_lines(student_run)[0]["error/boundary"] > 1e-6


def test_a_student_learns_by_the_objective_it_is_told(
    train_stage: Callable[..., Path], teacher_run: Path
):
    """With the same draws: the same boundary rows, and targets of its own for the others."""
    first_lines = [
        training_lines(
            train_stage(
                f"student-{objective}",
                STUDENT,
                objective=objective,
                teacher=str(teacher_run),
                precision="fp32",
                data={"batch_seconds": 12},
                intervals={"growth": 0.0},
                optimizer={"steps": 1},
            )
        )[0]
        for objective in STUDENT_OBJECTIVES
    ]
    for a, b in combinations(first_lines, 2):
        assert a["error/boundary"] == pytest.approx(b["error/boundary"], rel=1e-4)
        assert a["residual"] != pytest.approx(b["residual"], rel=1e-2)


def test_the_vocoders_discriminators_join_when_they_are_told_to(vocoder_run: Path):
    lines = training_lines(vocoder_run)
    joined = ["discriminator" in line and "generator" in line for line in lines]
    assert joined == [False, False, True, True]
    assert lines[0]["gradient_norm/discriminator"] == 0
    assert lines[-1]["gradient_norm/discriminator"] > 0


def test_discriminators_that_never_join_take_no_time(train_stage: Callable[..., Path]):
    run = train_stage(
        "alone",
        SOURCE_FILTER,
        adversarial={"start": 1.0},
        optimizer={"steps": 2},
    )
    line = training_lines(run)[-1]
    assert not [name for name in line if "discriminator" in name]
    assert line["gradient_norm/generator"] > 0
    assert 0 < line["phase"] < 2 and line["spectrum"] > 0 and line["pitch"] > 0


def test_discriminators_that_are_to_join_must_be_there(train_stage: Callable[..., Path]):
    none = {"magnitude_sizes": [], "local_sizes": [], "fft_sizes": [], "periods": []}
    with pytest.raises(UserError, match=r"no sizes: give .*, or adversarial\.start=1"):
        train_stage("none", SOURCE_FILTER, discriminators=none)


def test_a_vocoder_goes_on_from_another_on_the_mels_of_a_student(
    train_stage: Callable[..., Path], student_run: Path, vocoder_run: Path
):
    run = train_stage(
        "finetuned",
        {**VOCODER, "vocoder": {}, "discriminators": {}},  # sizes are the other's
        start_from=str(vocoder_run),
        acoustic_run=str(student_run),
        optimizer={"steps": 1, "learning_rate": 0.0, "final_learning_rate": 0.0},
        adversarial={"start": 0.0},
    )
    before, after = (load_checkpoint(latest_checkpoint(r))[0]["task"] for r in (vocoder_run, run))
    for name, weight in before.items():
        torch.testing.assert_close(after[name], weight)
    config = load_stage(run.parent / "finetuned.yaml", [f"start_from={student_run}", "run=other"])
    with pytest.raises(UserError, match="student holds no vocoder"):
        train(config)
    # The mels it got are not the real ones, whose error is the same before and after.
    assert training_lines(run)[0]["mel"] != pytest.approx(training_lines(vocoder_run)[-1]["mel"])


@pytest.mark.parametrize("stage", ["teacher", "student"])
def test_an_acoustic_stage_goes_on_from_an_earlier_run(
    train_stage: Callable[..., Path], teacher_run: Path, student_run: Path, stage: str
):
    earlier = {"teacher": teacher_run, "student": student_run}[stage]
    own = {"acoustic": {}} if stage == "teacher" else {"teacher": str(teacher_run)}
    run = train_stage(
        f"more_{stage}",
        {**{"teacher": TEACHER, "student": STUDENT}[stage], **own},
        start_from=str(earlier),
        optimizer={"steps": 1, "learning_rate": 0.0, "final_learning_rate": 0.0},
    )
    before, after = (load_checkpoint(latest_checkpoint(r))[0]["model"] for r in (earlier, run))
    for name, weight in before.items():
        torch.testing.assert_close(after[name], weight)


def test_a_few_step_model_is_trained_without_a_teacher(train_stage: Callable[..., Path]):
    run = train_stage(
        "scratch",
        TEACHER,
        objective="split_mean_flow",
        precision="fp32",
        optimizer={"steps": 2},
        logging={"sample_steps": 2},
    )
    assert "held_out/mel_error_1_steps" in read_log(run)[-1]
