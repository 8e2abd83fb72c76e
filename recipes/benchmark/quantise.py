"""A voice package's decoder and vocoder with int8 matrix products, to compare precisions.

    python quantise.py VOICE OUTPUT

Weights are quantised here, a scale for each output channel; activations when they are multiplied, a
scale for each matrix (onnxruntime's dynamic quantisation). The rest stays in single precision.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import onnx
import onnxruntime
import typer
from onnxruntime.quantization import QuantType, quantize_dynamic

from smf_tts.errors import UserError, one_line_errors
from smf_tts.runtime.voice import find_voice


def quantise(graph: Path, output: Path) -> None:
    """Write a graph with its matrix products quantised, weights inside."""
    with tempfile.TemporaryDirectory() as folder:
        folded = Path(folder) / "folded.onnx"
        options = onnxruntime.SessionOptions()
        # Only what makes plain weights of the half-precision ones and their casts.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(folded)
        onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        model = onnx.load(folded)
        del model.graph.value_info[:]  # shapes from before the folding, some no longer true
        onnx.save(model, folded)
        quantize_dynamic(
            folded,
            output,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )


def main(
    voice: Annotated[str, typer.Argument(help="Voice name or package folder.")],
    output: Annotated[Path, typer.Argument(help="Folder of the new package.")],
) -> None:
    """Make an int8 voice package of another."""
    folder = find_voice(voice)
    if output.exists():
        raise UserError(f"{output} exists; choose another folder")
    shutil.copytree(folder, output)
    for part in ("decoder", "vocoder"):
        quantise(folder / f"{part}.onnx", output / f"{part}.onnx")


if __name__ == "__main__":
    with one_line_errors("quantise"):
        typer.run(main)
