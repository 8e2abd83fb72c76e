"""Kept weights: small, those that were averaged, and a start for another training."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tiny import TEACHER, VOCODER

from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint

KEEP = Path(__file__).parents[2] / "recipes" / "kokoro_mini" / "keep.py"


def keep(run: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, KEEP, run, folder]
    return subprocess.run(command, capture_output=True, text=True)


def kept(run: Path, folder: Path) -> dict[str, Any]:
    """The groups that are kept of a run, each of which must be the run's own in half precision."""
    done = keep(run, folder)
    assert done.returncode == 0, done.stderr
    before, after = latest_checkpoint(run), latest_checkpoint(folder)
    assert before is not None and after is not None
    (whole, state), (groups, kept_state) = load_checkpoint(before), load_checkpoint(after)
    assert kept_state == state
    for group in groups:
        assert groups[group].keys() == whole[group].keys()
        for name, tensor in groups[group].items():
            assert torch.equal(tensor, whole[group][name].half())
    return dict(groups)


def test_of_a_teacher_the_average_is_kept(
    teacher_run: Path, train_stage: Callable[..., Path], tmp_path: Path
) -> None:
    assert kept(teacher_run, tmp_path / "kept").keys() == {"model"}
    again = train_stage("goes_on_from_kept", TEACHER, start_from=str(tmp_path / "kept"))
    assert latest_checkpoint(again) is not None


def test_of_a_vocoder_both_sides_are_kept(
    vocoder_run: Path, train_stage: Callable[..., Path], tmp_path: Path
) -> None:
    groups = kept(vocoder_run, tmp_path / "kept")
    assert groups.keys() == {"model", "task"}
    assert any(name.startswith("discriminators.") for name in groups["task"])
    again = train_stage("vocodes_on_from_kept", VOCODER, start_from=str(tmp_path / "kept"))
    assert latest_checkpoint(again) is not None


def test_a_run_that_is_none_is_one_line(tmp_path: Path) -> None:
    done = keep(tmp_path / "nothing", tmp_path / "kept")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"keep: {tmp_path}/nothing has no checkpoint; give a run's folder\n"
    assert not (tmp_path / "kept").exists()
