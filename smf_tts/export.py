"""Training runs to a voice package."""

from __future__ import annotations

import json
import logging
import os
import shutil
import struct
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import onnx
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from smf_tts.config import AcousticConfig, build
from smf_tts.errors import UserError
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.decoder import Condition
from smf_tts.model.vocoder import AnyVocoder
from smf_tts.training.runs import load_acoustic, load_vocoder, voice_config

WEIGHTS = "model.safetensors"


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
    def __init__(self, vocoder: AnyVocoder) -> None:
        super().__init__()
        self.vocoder = vocoder

    def forward(self, log_mel: Tensor) -> tuple[Tensor, ...]:
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
        weights = {f"encoder.{k}": v for k, v in model.encoder.state_dict().items()}
        weights |= {f"decoder.{k}": v for k, v in model.decoder.state_dict().items()}
        weights |= {f"vocoder.{k}": v for k, v in vocoder.state_dict().items()}
        half = {key: value.half().contiguous().clone() for key, value in weights.items()}
        save_file(half, folder / WEIGHTS, {"acoustic": json.dumps(state["acoustic"])})
        (folder / WEIGHTS).chmod(0o644)
        offsets = _offsets(folder / WEIGHTS)
        for part, graph in _graphs(model, vocoder, acoustic.patch_frames).items():
            _share_weights(graph, offsets)
            onnx.save(graph, folder / f"{part}.onnx")
        (folder / "voice.json").write_text(
            json.dumps(asdict(voice), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        (folder / "MODEL_CARD.md").write_text(model_card, encoding="utf-8")
        if output.exists():
            shutil.rmtree(output)
        os.replace(folder, output)


def _graphs(model: AcousticModel, vocoder: AnyVocoder, patch: int) -> dict[str, onnx.ModelProto]:
    tokens, speaker = torch.zeros(1, 17, dtype=torch.long), torch.zeros(1, dtype=torch.long)
    encoder = _EncoderGraph(model)
    features, _, vector = encoder(tokens, speaker)
    mu = features[:, :16].repeat(1, patch, 1)
    z = torch.zeros(1, mu.shape[1], model.n_mels)
    length, patches = torch.export.Dim("length", min=2), torch.export.Dim("patches", min=2)
    frames = {1: patch * patches}
    return {
        "encoder": _trace(
            encoder,
            {"tokens": tokens, "speaker": speaker},
            ["features", "log_durations", "vector"],
            {"tokens": {1: length}, "speaker": None},
        ),
        "decoder": _trace(
            _DecoderGraph(model),
            {"z": z, "r": torch.zeros(1), "t": torch.ones(1), "mu": mu, "speaker": vector},
            ["u"],
            {"z": frames, "r": None, "t": None, "mu": frames, "speaker": None},
        ),
        "vocoder": _trace(
            _VocoderGraph(vocoder), {"log_mel": z}, [*vocoder.outputs], {"log_mel": {1: length}}
        ),
    }


def _trace(
    module: nn.Module, inputs: dict[str, Tensor], outputs: list[str], dynamic: dict[str, Any]
) -> onnx.ModelProto:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own making
        program = torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            dynamo=True,
            # onnxruntime optimises when it loads; until then weights keep names and layout.
            optimize=False,
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=dynamic,
            opset_version=20,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


def _offsets(path: Path) -> dict[str, tuple[int, int]]:
    """Byte offset and length of each tensor in a safetensors file."""
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return {
        name: (8 + size + start, end - start)
        for name, entry in header.items()
        for start, end in [entry["data_offsets"]]
    }


def _share_weights(graph: onnx.ModelProto, offsets: dict[str, tuple[int, int]]) -> None:
    """Make a graph read its weights from the package's one safetensors file.

    Each becomes a half-precision tensor of that file and a cast, which onnxruntime folds when it
    loads the graph.
    """
    casts = []
    for tensor in graph.graph.initializer:
        if tensor.name not in offsets:
            continue
        offset, length = offsets[tensor.name]
        casts.append(
            onnx.helper.make_node(
                "Cast", [f"{tensor.name}/half"], [tensor.name], to=onnx.TensorProto.FLOAT
            )
        )
        tensor.name += "/half"
        tensor.data_type = onnx.TensorProto.FLOAT16
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", WEIGHTS), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
    for i, cast in enumerate(casts):
        graph.graph.node.insert(i, cast)
    for node in graph.graph.node:  # source positions, most of the file's size
        del node.metadata_props[:]
