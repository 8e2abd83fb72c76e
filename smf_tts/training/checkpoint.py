"""Checkpoints: safetensors and JSON in a folder that appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from smf_tts.errors import UserError

_PREFIX = "step-"


def save_checkpoint(
    run: Path, step: int, groups: Mapping[str, Mapping[str, Tensor]], state: Any, keep: int
) -> Path:
    """Write run/checkpoints/step-N and delete all but the last `keep`.

    Args:
        run: the run's folder.
        step: the training step.
        groups: named sets of tensors, each a file NAME.safetensors.
        state: anything JSON can hold, written as state.json.
        keep: checkpoints to keep.
    """
    folder = run / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{_PREFIX}{step:08d}"
    temporary = folder / f".{final.name}.partial"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    for name, tensors in groups.items():
        # safetensors refuses views that share memory.
        owned = {key: tensor.detach().cpu().contiguous().clone() for key, tensor in tensors.items()}
        save_file(owned, temporary / f"{name}.safetensors")
    (temporary / "state.json").write_text(json.dumps(state), encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    os.replace(temporary, final)
    for old in _checkpoints(run)[:-keep]:
        shutil.rmtree(old)
    return final


def _checkpoints(run: Path) -> list[Path]:
    return sorted((run / "checkpoints").glob(f"{_PREFIX}*"))


def latest_checkpoint(run: Path) -> Path | None:
    """The newest complete checkpoint of a run, if there is one."""
    checkpoints = _checkpoints(run)
    return checkpoints[-1] if checkpoints else None


class _Groups(dict[str, dict[str, Tensor]]):
    """Tensors by group; to ask for one that has no file names the file."""

    def __init__(self, checkpoint: Path) -> None:
        super().__init__((path.stem, load_file(path)) for path in checkpoint.glob("*.safetensors"))
        self._checkpoint = checkpoint

    def __missing__(self, name: str) -> dict[str, Tensor]:
        raise UserError(
            f"checkpoint {self._checkpoint} has no {name}.safetensors; copy it again, or delete it "
            "to use the one before"
        )


def load_checkpoint(checkpoint: Path) -> tuple[dict[str, dict[str, Tensor]], Any]:
    """Read what `save_checkpoint` wrote: tensors by group, and the state.

    Raises:
        UserError: a file is damaged; or missing, once its group is asked for.
    """
    try:
        groups = _Groups(checkpoint)
        return groups, json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
    except Exception as error:
        # safetensors raises its own kinds for a damaged file, json others.
        raise UserError(
            f"checkpoint {checkpoint} cannot be read ({error}); delete it to use the one before"
        ) from error
