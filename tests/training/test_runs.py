"""Models of training runs, to speak with and to export."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from vocos import Vocos
from vocos.feature_extractors import MelSpectrogramFeatures
from vocos.heads import ISTFTHead
from vocos.models import VocosBackbone

from smf_tts.config import MelConfig
from smf_tts.errors import UserError
from smf_tts.runtime.voice import Speaker
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint
from smf_tts.training.runs import (
    load_acoustic,
    load_acoustic_for,
    load_synthesizer,
    load_vocoder,
)

TEXT = "Glue the sheet."


def make_vocos(n_mels: int = 100) -> Vocos:
    backbone = VocosBackbone(n_mels, 24, 48, 3)
    head = ISTFTHead(24, 1024, 256, padding="center")
    return Vocos(MelSpectrogramFeatures(n_mels=n_mels), backbone, head).eval()


def test_the_averaged_weights_are_loaded(student_run: Path):
    model, prepared, state = load_acoustic(student_run)
    weights = load_checkpoint(latest_checkpoint(student_run))[0]["model"]
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    assert [speaker.name for speaker in prepared.speakers] == ["ann", "bob", "303"]
    assert state["step"] == 8


def test_known_speakers_keep_their_rows_and_new_ones_start_between(teacher_run: Path):
    model, known, _ = load_acoustic(teacher_run)
    ann, bob, third = model.encoder.embed_speakers.weight.detach()
    prepared = replace(known, speakers=(Speaker("eve"), Speaker("303"), Speaker("bob", "en-us")))
    other, _ = load_acoustic_for(teacher_run, prepared)
    table = other.encoder.embed_speakers.weight
    assert table.requires_grad
    torch.testing.assert_close(table, torch.stack([(ann + bob + third) / 3, third, bob]))
    for name, weight in model.state_dict().items():
        if "embed_speakers" not in name:
            assert torch.equal(weight, other.state_dict()[name])
    with pytest.raises(UserError, match="mels or symbols of other settings"):
        load_acoustic_for(teacher_run, replace(prepared, mel=MelConfig(hop_length=128)))


def test_a_run_speaks_with_the_vocoder_beside_it(student_run: Path, vocoder_run: Path):
    assert vocoder_run.parent == student_run.parent
    synthesizer = load_synthesizer(student_run)
    assert synthesizer.voice.steps == 1
    speech = synthesizer.synthesize(TEXT, speaker="bob")
    assert np.isfinite(speech.samples).all()
    assert speech.samples.std() > 0


def test_a_teacher_takes_eulers_steps_with_its_velocity(teacher_run: Path, vocoder_run: Path):
    synthesizer = load_synthesizer(teacher_run, str(vocoder_run), guidance=1.0)
    assert synthesizer.voice.steps == 10
    engine = synthesizer.engine
    z, mu = np.random.default_rng(0).standard_normal((2, 6, 100)).astype(np.float32)
    mu, speaker = mu[:, :16], np.ones(8, np.float32)
    at_once = engine.velocity(z, 0.5, 1.0, mu, speaker)
    np.testing.assert_array_equal(at_once, engine.velocity(z, 1.0, 1.0, mu, speaker))


def test_guidance_goes_from_unconditional_to_beyond_the_condition(
    teacher_run: Path, vocoder_run: Path
):
    rng = np.random.default_rng(0)
    z, mu = rng.standard_normal((6, 100), np.float32), rng.standard_normal((6, 16), np.float32)
    speaker = rng.standard_normal(8, np.float32)

    def velocity(scale: float, mu: np.ndarray = mu, speaker: np.ndarray = speaker) -> np.ndarray:
        engine = load_synthesizer(teacher_run, str(vocoder_run), guidance=scale).engine
        return engine.velocity(z, 0.5, 0.5, mu, speaker)

    null, plain, double = velocity(0.0), velocity(1.0), velocity(2.0)
    np.testing.assert_allclose(null, velocity(1.0, 0 * mu, 0 * speaker), atol=1e-5)
    np.testing.assert_allclose(double, 2 * plain - null, atol=1e-5)


def test_a_published_vocos_by_name(monkeypatch: pytest.MonkeyPatch):
    torch.manual_seed(0)
    published = make_vocos()
    monkeypatch.setattr(Vocos, "from_pretrained", lambda name: published)
    vocoder = load_vocoder("somebody/vocos", MelConfig())
    log_mel = torch.randn(1, 12, 100)
    with torch.no_grad():
        wanted = published.decode(log_mel.transpose(1, 2))
        torch.testing.assert_close(vocoder(log_mel), wanted)


def test_a_published_vocos_in_a_folder(published_vocos: Path, tmp_path: Path):
    published = Vocos.from_hparams(str(published_vocos / "config.yaml")).eval()
    weights = torch.load(published_vocos / "pytorch_model.bin", weights_only=True)
    published.load_state_dict(weights)
    vocoder = load_vocoder(str(published_vocos), MelConfig())
    log_mel = torch.randn(1, 12, 100)
    with torch.no_grad():
        wanted = published.decode(log_mel.transpose(1, 2))
        torch.testing.assert_close(vocoder(log_mel), wanted)
    shutil.copy(published_vocos / "config.yaml", tmp_path)
    with pytest.raises(UserError, match=r"config\.yaml and pytorch_model\.bin"):
        load_vocoder(str(tmp_path), MelConfig())


def test_a_vocos_for_other_mels_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Vocos, "from_pretrained", lambda name: make_vocos(n_mels=80))
    with pytest.raises(UserError, match=r"that Vocos has .*80, 1024, 256, 'center'"):
        load_vocoder("somebody/vocos", MelConfig())


def test_a_run_of_a_vocoder_for_other_mels_is_refused(vocoder_run: Path):
    with pytest.raises(UserError, match="mels of other settings"):
        load_vocoder(str(vocoder_run), MelConfig(hop_length=128))


def test_a_run_of_another_versions_vocoder_is_refused(source_filter_run: Path, tmp_path: Path):
    run = Path(shutil.copytree(source_filter_run, tmp_path / "run"))
    path = latest_checkpoint(run) / "model.safetensors"
    weights = load_file(path)
    del weights["envelope.weight"]
    save_file(weights, path)
    with pytest.raises(UserError, match=f"another version; train it on, .* start_from={run}"):
        load_vocoder(str(run), MelConfig())


def test_a_hub_that_cannot_be_reached_is_one_clear_line(monkeypatch: pytest.MonkeyPatch):
    def unreachable(name: str) -> Any:
        raise OSError("no route\nto host")

    monkeypatch.setattr(Vocos, "from_pretrained", unreachable)
    with pytest.raises(UserError, match=r"'somebody/vocos' .* cannot be downloaded") as error:
        load_vocoder("somebody/vocos", MelConfig())
    assert "\n" not in str(error.value)


def test_a_device_that_torch_does_not_have_is_one_clear_line(student_run: Path, vocoder_run: Path):
    with pytest.raises(UserError, match="torch has no device 'nonsense' here") as error:
        load_synthesizer(student_run, str(vocoder_run), device="nonsense")
    assert "\n" not in str(error.value)


def test_runs_of_the_wrong_stage_or_none_are_named(
    tmp_path: Path, student_run: Path, vocoder_run: Path
):
    with pytest.raises(UserError, match="no checkpoint; train it first"):
        load_acoustic(tmp_path)
    with pytest.raises(UserError, match="vocoder trained a vocoder"):
        load_acoustic(vocoder_run)
    with pytest.raises(UserError, match="student trained a student"):
        load_vocoder(str(student_run), MelConfig())
