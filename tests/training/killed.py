"""Trains a stage and dies by SIGKILL amid a checkpoint: `python killed.py CONFIG STEP`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from smf_tts.cli import main
from smf_tts.training import checkpoint

_, config, step = sys.argv
save_file = checkpoint.save_file


def save_one_and_die(tensors: Any, path: Path) -> None:
    save_file(tensors, path)
    if f"step-{int(step):08d}" in str(path):
        os.kill(os.getpid(), signal.SIGKILL)


checkpoint.save_file = save_one_and_die
sys.argv = ["smf-tts", "train", config]
main()
