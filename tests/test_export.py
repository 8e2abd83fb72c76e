"""Voice packages: the graphs are the networks, the folder is whole or not there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from safetensors import safe_open

from smf_tts import Synthesizer
from smf_tts.errors import UserError
from smf_tts.export import export
from smf_tts.model.engine import TorchEngine
from smf_tts.runtime.engine import OnnxEngine
from smf_tts.runtime.voice import load_voice_config
from smf_tts.training.runs import load_acoustic, load_vocoder


@pytest.fixture(scope="module")
def torch_engine(student_run: Path, vocoder_run: Path) -> TorchEngine:
    """The runs' networks in torch, their weights rounded to half precision as a package's are."""
    model, prepared, _ = load_acoustic(student_run)
    vocoder = load_vocoder(str(vocoder_run), prepared.mel)
    for network in (model, vocoder):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(parameter.half())
    return TorchEngine(model, vocoder)


@pytest.fixture(scope="module")
def onnx_engine(voice: Path) -> OnnxEngine:
    return OnnxEngine(voice, threads=1)


def close(ours: tuple, theirs: tuple) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("length", [3, 17, 60])
def test_the_encoder(torch_engine: TorchEngine, onnx_engine: OnnxEngine, length: int):
    tokens = np.random.default_rng(length).integers(1, 40, length)
    for speaker in (0, 2):
        close(onnx_engine.encode(tokens, speaker), torch_engine.encode(tokens, speaker))


@pytest.mark.parametrize("frames", [4, 32, 70])
@pytest.mark.parametrize(("r", "t"), [(0.0, 1.0), (0.25, 0.5), (0.3, 0.3)])
def test_the_decoder(
    torch_engine: TorchEngine, onnx_engine: OnnxEngine, frames: int, r: float, t: float
):
    rng = np.random.default_rng(frames)
    z, mu = rng.standard_normal((frames, 100), np.float32), rng.standard_normal((frames, 16))
    inputs = (z, r, t, mu.astype(np.float32), rng.standard_normal(8).astype(np.float32))
    close((onnx_engine.velocity(*inputs),), (torch_engine.velocity(*inputs),))


@pytest.mark.parametrize("frames", [2, 33])
def test_the_vocoder(torch_engine: TorchEngine, onnx_engine: OnnxEngine, frames: int):
    log_mel = np.random.default_rng(frames).standard_normal((frames, 100), np.float32)
    ours, theirs = onnx_engine.waveform(log_mel), torch_engine.waveform(log_mel)
    assert ours.shape == ((frames - 1) * 256,)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def test_a_source_filter_vocoder_speaks_the_same_in_torch_and_onnxruntime(
    student_run: Path, source_filter_run: Path, tmp_path: Path
):
    output = tmp_path / "voice"
    export(student_run, str(source_filter_run), output, "voice", "-", 1, 0.5, "# -")
    model, prepared, _ = load_acoustic(student_run)
    vocoder = load_vocoder(str(source_filter_run), prepared.mel).half().float()
    log_mel = np.random.default_rng(4).standard_normal((40, 100), np.float32)
    ours = OnnxEngine(output, threads=1).waveform(log_mel)
    theirs = TorchEngine(model, vocoder).waveform(log_mel)
    assert ours.shape == (39 * 256,)
    # High harmonics multiply what the pitch differs by.
    assert np.abs(ours - theirs).mean() < 0.01 * np.abs(ours).mean()
    assert Synthesizer.from_pretrained(output).synthesize("Hello.").seconds > 0.1


@pytest.mark.parametrize("steps", [1, 3])
def test_speech_is_the_same_in_torch_and_onnxruntime(
    torch_engine: TorchEngine, synthesizer: Synthesizer, steps: int
):
    text = "The birch canoe slid on the smooth planks. Oh, no!"
    ours = synthesizer.synthesize(text, speaker="bob", steps=steps, seed=3)
    theirs = Synthesizer(synthesizer.voice, torch_engine).synthesize(
        text, speaker="bob", steps=steps, seed=3
    )
    assert ours.words == theirs.words
    assert np.abs(ours.samples - theirs.samples).max() < 1e-3


def test_the_folder(voice: Path, student_run: Path, vocoder_run: Path):
    graphs = {"encoder.onnx", "decoder.onnx", "vocoder.onnx"}
    files = graphs | {"voice.json", "model.safetensors", "MODEL_CARD.md"}
    assert {path.name for path in voice.iterdir()} == files
    for name in graphs:
        onnx.checker.check_model(str(voice / name))
        # Weights are kept once, in half precision, in model.safetensors.
        assert (voice / name).stat().st_size < 200_000
    config = load_voice_config(voice)
    assert (config.name, config.steps, config.temperature) == ("tiny", 1, 0.8)
    assert [s.name for s in config.speakers] == ["ann", "bob", "303"]
    assert (voice / "MODEL_CARD.md").read_text() == "# Tiny\n"
    assert not list(voice.parent.glob(".*"))  # nothing temporary is left


def test_the_weights_can_be_trained_on(voice: Path, student_run: Path, vocoder_run: Path):
    model, prepared, state = load_acoustic(student_run)
    vocoder = load_vocoder(str(vocoder_run), prepared.mel)
    wanted = dict(model.state_dict())
    wanted |= {f"vocoder.{name}": value for name, value in vocoder.state_dict().items()}
    with safe_open(voice / "model.safetensors", "pt") as weights:
        assert json.loads(weights.metadata()["acoustic"]) == state["acoustic"]
        assert set(weights.keys()) == wanted.keys()
        for name, value in wanted.items():
            assert torch.equal(weights.get_tensor(name), value.half())


def run_export(student_run: Path, vocoder_run: Path, output: Path, steps: int = 1) -> None:
    export(student_run, str(vocoder_run), output, output.name, "", steps, 1.0, "# Card\n")


def test_a_published_vocos_is_exported_by_its_folder(
    tmp_path: Path, student_run: Path, published_vocos: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("smf_tts.export._graphs", lambda *_: {})  # they take long
    run_export(student_run, published_vocos, tmp_path / "mine")
    weights = torch.load(published_vocos / "pytorch_model.bin", weights_only=True)
    with safe_open(tmp_path / "mine" / "model.safetensors", "pt") as ours:
        names = [name for name in ours.keys() if name.startswith("vocoder.")]  # noqa: SIM118
        assert len(names) > 20
        for name in names:
            wanted = weights[name.removeprefix("vocoder.")].half()
            assert torch.equal(ours.get_tensor(name), wanted)


def test_another_folder_is_not_overwritten(tmp_path: Path, student_run: Path, vocoder_run: Path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(UserError, match="photos exists and is no voice package"):
        run_export(student_run, vocoder_run, tmp_path / "photos")
    assert (tmp_path / "photos" / "cat.jpg").exists()


def test_a_package_is_replaced_whole_or_stays(
    tmp_path: Path, student_run: Path, vocoder_run: Path, monkeypatch: pytest.MonkeyPatch
):
    output = tmp_path / "mine"
    monkeypatch.setattr("smf_tts.export._graphs", lambda *_: {})  # they take long
    run_export(student_run, vocoder_run, output, steps=2)

    def fail(*_: Any) -> None:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr("smf_tts.export._graphs", fail)
        with pytest.raises(RuntimeError):
            run_export(student_run, vocoder_run, output, steps=3)
    assert load_voice_config(output).steps == 2
    run_export(student_run, vocoder_run, output, steps=4)
    assert load_voice_config(output).steps == 4
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
