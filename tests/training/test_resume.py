"""A training killed with SIGKILL, amid checkpoints and between them, against one left alone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny import TEACHER, read_log, write_stage

from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint
from smf_tts.training.stages import load_stage, train

CLOCK = ("audio_seconds_per_second", "share_waiting_for_data")


def kill_at(config: Path, step: int, when: str) -> None:
    script = Path(__file__).parent / "killed.py"
    command = [sys.executable, str(script), str(config), str(step), when]
    assert subprocess.run(command, capture_output=True).returncode == -signal.SIGKILL


def test_a_killed_training_continues_as_if_it_had_not_been(
    teacher_run: Path, prepared: Path, tmp_path: Path
):
    run = tmp_path / "killed"
    config = write_stage(
        tmp_path / "killed.yaml", TEACHER, run=str(run), data={"prepared": str(prepared)}
    )
    kill_at(config, 4, "saving")  # the first checkpoint: nothing to continue from
    assert latest_checkpoint(run) is None
    assert [line["step"] for line in read_log(run)] == [1, 2, 3, 4]
    assert list((run / "checkpoints").iterdir())  # half a checkpoint is in the way

    kill_at(config, 7, "training")  # two steps since the first one are lost
    assert latest_checkpoint(run).name == "step-00000004"
    assert [line["step"] for line in read_log(run)] == [1, 2, 3, 4, 5, 6]

    kill_at(config, 8, "saving")  # the second checkpoint: four steps are lost
    assert latest_checkpoint(run).name == "step-00000004"
    assert [line["step"] for line in read_log(run)] == [*range(1, 9), 8]

    train(load_stage(config))
    ours, theirs = read_log(run), read_log(teacher_run)
    assert [line["step"] for line in ours] == [*range(1, 9), 8]  # and a report after the last
    for line, wanted in zip(ours, theirs, strict=True):
        assert line.keys() == wanted.keys()
        for name in line.keys() - set(CLOCK):
            # The log has five digits; another process may add in another order.
            assert line[name] == pytest.approx(wanted[name], rel=1e-3, abs=1e-5), name
    weights, others = (
        load_checkpoint(latest_checkpoint(r))[0]["model"] for r in (run, teacher_run)
    )
    for name, weight in weights.items():
        torch.testing.assert_close(weight, others[name], rtol=1e-3, atol=1e-5)
