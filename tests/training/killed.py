"""Trains a stage and dies by SIGKILL: `python killed.py CONFIG STEP training|saving`.

It dies before the step is taken, or amid the checkpoint that is due after it.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from smf_tts.cli import main
from smf_tts.training import checkpoint
from smf_tts.training.trainer import Trainer

_, config, step, when = sys.argv
save_file, optimize = checkpoint.save_file, Trainer._optimize


def save_one_and_die(tensors: Any, path: Path) -> None:
    save_file(tensors, path)
    if f"step-{int(step):08d}" in str(path):
        os.kill(os.getpid(), signal.SIGKILL)


def optimize_or_die(self: Trainer, *arguments: Any) -> tuple[float, float]:
    if self.step + 1 == int(step):
        os.kill(os.getpid(), signal.SIGKILL)
    return optimize(self, *arguments)


if when == "saving":
    checkpoint.save_file = save_one_and_die
else:
    Trainer._optimize = optimize_or_die  # type: ignore[method-assign]
sys.argv = ["smf-tts", "train", config]
main()
