"""Training runs to a voice package."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import onnx
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from smf_tts.config import AcousticConfig, build
from smf_tts.errors import UserError
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.decoder import Condition
from smf_tts.model.vocoder import Vocoder
from smf_tts.training.runs import load_acoustic, load_vocoder, voice_config


class _EncoderGraph(nn.Module):
    def __init__(self, model: AcousticModel) -> None:
        super().__init__()
        self.encoder = model.encoder

    def forward(self, tokens: Tensor, speaker: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mask = torch.ones_like(tokens, dtype=torch.float32).unsqueeze(-1)
        features, _, log_durations, vector = self.encoder(tokens, speaker, mask)
        return features, log_durations, vector


class _DecoderGraph(nn.Module):
    def __init__(self, model: AcousticModel) -> None:
        super().__init__()
        self.decoder = model.decoder

    def forward(self, z: Tensor, r: Tensor, t: Tensor, mu: Tensor, speaker: Tensor) -> Tensor:
        return self.decoder(z, r, t, Condition(mu, speaker, torch.ones_like(z[..., :1])))


class _VocoderGraph(nn.Module):
    def __init__(self, vocoder: Vocoder) -> None:
        super().__init__()
        self.vocoder = vocoder

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        return self.vocoder.spectrum(log_mel)


def export(
    acoustic_run: Path,
    vocoder_run: str,
    output: Path,
    name: str,
    description: str,
    steps: int,
    temperature: float,
    model_card: str,
) -> None:
    """Write a voice package whole or not at all.

    Args:
        acoustic_run: a student's run (or a teacher's).
        vocoder_run: a vocoder's run, or the name of a published Vocos.
        output: the folder to write; a package there is replaced.
        name: of the voice.
        description: one line.
        steps: the default number of steps.
        temperature: the default temperature.
        model_card: Markdown.

    Raises:
        UserError: a run has no checkpoint, or `output` is a folder but no voice package.
    """
    if output.exists() and not (output / "voice.json").exists():
        raise UserError(f"{output} exists and is no voice package; choose another folder")
    model, prepared, state = load_acoustic(acoustic_run)
    vocoder = load_vocoder(vocoder_run, prepared.mel)
    acoustic = build(AcousticConfig, state["acoustic"])
    voice = voice_config(prepared, acoustic, name, description, steps, temperature)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as temporary:
        folder = Path(temporary) / output.name
        folder.mkdir()
        _write_graphs(model, vocoder, folder, acoustic.patch_frames)
        weights = {f"acoustic.{key}": value for key, value in model.state_dict().items()}
        weights |= {f"vocoder.{key}": value for key, value in vocoder.state_dict().items()}
        half = {key: value.half().contiguous().clone() for key, value in weights.items()}
        metadata = {"acoustic": json.dumps(state["acoustic"])}
        save_file(half, folder / "model.safetensors", metadata)
        (folder / "voice.json").write_text(
            json.dumps(asdict(voice), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        (folder / "MODEL_CARD.md").write_text(model_card, encoding="utf-8")
        if output.exists():
            shutil.rmtree(output)
        os.replace(folder, output)


def _write_graphs(model: AcousticModel, vocoder: Vocoder, folder: Path, patch: int) -> None:
    tokens, speaker = torch.zeros(1, 17, dtype=torch.long), torch.zeros(1, dtype=torch.long)
    features, _, vector = _EncoderGraph(model)(tokens, speaker)
    mu = features[:, :16].repeat(1, patch, 1)
    frames = mu.shape[1]
    length = torch.export.Dim("length", min=2)
    patches = torch.export.Dim("patches", min=2)
    z = torch.zeros(1, frames, model.n_mels)
    graphs: dict[str, tuple[nn.Module, tuple[Tensor, ...], list[str], list[str], dict]] = {
        "encoder": (
            _EncoderGraph(model),
            (tokens, speaker),
            ["tokens", "speaker"],
            ["features", "log_durations", "vector"],
            {"tokens": {1: length}, "speaker": None},
        ),
        "decoder": (
            _DecoderGraph(model),
            (z, torch.zeros(1), torch.ones(1), mu, vector),
            ["z", "r", "t", "mu", "speaker"],
            ["u"],
            {"z": {1: patch * patches}, "r": None, "t": None, "mu": {1: patch * patches}}
            | {"speaker": None},
        ),
        "vocoder": (
            _VocoderGraph(vocoder),
            (z,),
            ["log_mel"],
            ["real", "imaginary"],
            {"log_mel": {1: length}},
        ),
    }
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    for name, (graph, example, inputs, outputs, shapes) in graphs.items():
        program = torch.onnx.export(
            graph.eval(),
            example,
            dynamo=True,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=shapes,
            opset_version=20,
            verbose=False,
        )
        assert program is not None
        onnx.save(program.model_proto, folder / f"{name}.onnx")
