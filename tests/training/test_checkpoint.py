"""Checkpoints: whole or not at all."""

from pathlib import Path

import pytest
import torch

from smf_tts.errors import UserError
from smf_tts.training import checkpoint
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint


def save(run: Path, step: int, keep: int = 2) -> Path:
    weight = torch.full((2, 3), float(step))
    groups = {
        # Views that share memory, integers, scalars, half precision.
        "model": {"a": weight, "b": weight[0], "c": weight.T},
        "other": {"step": torch.tensor(step), "half": weight.bfloat16()},
    }
    return save_checkpoint(run, step, groups, {"step": step, "text": "ü"}, keep)


def test_what_is_saved_is_read_back(tmp_path: Path):
    groups, state = load_checkpoint(save(tmp_path, 3))
    assert state == {"step": 3, "text": "ü"}
    assert torch.equal(groups["model"]["c"], torch.full((3, 2), 3.0))
    assert groups["other"]["step"] == 3
    assert groups["other"]["half"].dtype == torch.bfloat16


def test_the_last_ones_are_kept_in_the_order_of_their_steps(tmp_path: Path):
    assert latest_checkpoint(tmp_path) is None
    for step in (1, 9, 10, 99_999_999):
        save(tmp_path, step)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-00000010", "step-99999999"]
    assert latest_checkpoint(tmp_path).name == "step-99999999"


@pytest.mark.parametrize("file", ["model", "other"])
def test_a_kill_while_writing_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
):
    save(tmp_path, 1)

    class Killed(BaseException):
        pass

    def die(tensors: object, path: Path) -> None:
        if path.stem == file:
            path.write_bytes(b"half of i")
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save_file", die)
        with pytest.raises(Killed):
            save(tmp_path, 2)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2  # the remains lie there
    assert load_checkpoint(latest_checkpoint(tmp_path))[1]["step"] == 1
    save(tmp_path, 2)
    assert load_checkpoint(latest_checkpoint(tmp_path))[1]["step"] == 2
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2


@pytest.mark.parametrize("file", ["model.safetensors", "state.json"])
def test_damage_is_named_with_the_way_out(tmp_path: Path, file: str):
    save(tmp_path, 1)
    path = save(tmp_path, 2) / file
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UserError, match=r"step-00000002.*delete it to use the one before"):
        load_checkpoint(latest_checkpoint(tmp_path))


@pytest.mark.parametrize("file", ["other.safetensors", "state.json"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, file: str):
    (save(tmp_path, 2) / file).unlink()
    with pytest.raises(UserError, match=rf"step-00000002.*{file}"):
        load_checkpoint(latest_checkpoint(tmp_path))[0]["other"]
