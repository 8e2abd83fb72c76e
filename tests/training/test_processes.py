"""Two processes (torchrun, gloo, on the CPU) against one with the same global batch."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fixed_noise
import pytest
import torch
from tiny import SENTENCES, TEACHER, make_sound, read_log, write_stage, write_utterance

from smf_tts.data.prepare import prepare
from smf_tts.training import stages
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint


@pytest.fixture(scope="module")
def equal_lengths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Utterances of one length, for which batches do not depend on the number of processes."""
    folder = tmp_path_factory.mktemp("equal")
    for i, (*_, text) in enumerate(SENTENCES[:4] * 3):
        write_utterance(folder / "in", "train", "5", i, text, make_sound(2.0, i))
    write_utterance(folder / "in", "dev", "5", 99, "Yes.", make_sound(1.0, 99))
    prepare(folder / "in", folder / "out")
    return folder / "out"


def test_two_processes_reach_the_loss_curve_of_one(
    equal_lengths: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def configure(name: str, accumulate: int) -> Path:
        settings: dict[str, Any] = {
            "run": str(tmp_path / name),
            "data": {"prepared": str(equal_lengths)},
            "optimizer": {"steps": 6, "accumulate_batches": accumulate},
            "logging": {"sample_steps": 6},
            "condition_dropout": 0.0,
            "precision": "fp32",
        }
        return write_stage(tmp_path / f"{name}.yaml", TEACHER, **settings)

    monkeypatch.setattr(stages, "FlowMatching", fixed_noise.FixedNoise)
    stages.train(stages.load_stage(configure("one", accumulate=2)))

    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = [fixed_noise.__file__, str(configure("two", accumulate=1))]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    result = subprocess.run([*launch, *script], capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr[-2000:]

    one, two = read_log(tmp_path / "one"), read_log(tmp_path / "two")
    assert [line["step"] for line in two] == [1, 2, 3, 4, 5, 6, 6]
    for line, wanted in zip(two, one, strict=True):
        for name in ("error", "prior", "duration", "loss", "gradient_norm/acoustic"):
            if name in wanted:  # the last line is the report
                assert line[name] == pytest.approx(wanted[name], rel=1e-3), (line["step"], name)
    checkpoints = [load_checkpoint(latest_checkpoint(tmp_path / n)) for n in ("one", "two")]
    (ours, _), (theirs, state) = checkpoints
    for name, weight in ours["model"].items():
        torch.testing.assert_close(weight, theirs["model"][name], rtol=1e-3, atol=1e-5)
    # Each process's generator is kept, and they differ.
    assert state["position"] == {"epoch": 2, "batch": 2}
    first, second = theirs["random"]["torch"]
    assert not torch.equal(first, second)
