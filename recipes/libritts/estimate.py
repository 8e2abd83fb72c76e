"""Memory and speed that a training of the acoustic model needs, computed from its configuration.

    python estimate.py configs/base/teacher.yaml --teraflops 100

Counts the operations of one step (PyTorch's FlopCounterMode) and the bytes kept for its gradients
on the CPU, on a batch of random speech, in bf16 as in training; both grow with the batch's seconds.
The speed is what a device that sustains so many TFLOP/s could reach, with no wait for data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer
from torch.utils.flop_counter import FlopCounterMode

from smf_tts.config import MelConfig
from smf_tts.errors import UserError, one_line_errors
from smf_tts.flow import FlowMatching
from smf_tts.model.acoustic import AcousticModel
from smf_tts.text.symbols import SYMBOLS
from smf_tts.training.acoustic import duration_loss
from smf_tts.training.stages import TeacherConfig, load_stage

SECONDS, SYMBOLS_A_SECOND = 5, 15
# Weights, gradients, AdamW's two moments and the average, each in single precision.
BYTES_A_PARAMETER = 5 * 4


def main(
    config: Annotated[Path, typer.Argument(help="A teacher's YAML.")],
    teraflops: Annotated[float, typer.Option(help="That the device sustains.")],
    speakers: Annotated[int, typer.Option(help="In the table.")] = 1151,
) -> None:
    """Print parameters, memory and frames a second."""
    stage = load_stage(config)
    if not isinstance(stage, TeacherConfig):
        raise UserError(f"{config} trains a {stage.stage}; give a teacher's YAML")
    mel = MelConfig()
    model = AcousticModel(stage.acoustic, mel, len(SYMBOLS), speakers)
    # What does not grow with the batch, as the weights in half precision, falls out.
    (few_frames, few_flops, few_bytes), (frames, flops, kept) = (step(model, n) for n in (1, 5))
    flops_a_frame = (flops - few_flops) / (frames - few_frames)
    bytes_a_frame = (kept - few_bytes) / (frames - few_frames)
    count = sum(p.numel() for p in model.parameters())
    batch_bytes = bytes_a_frame * stage.data.batch_seconds * mel.frames_per_second
    typer.echo(
        f"{count / 1e6:.1f} M parameters; {count * BYTES_A_PARAMETER / 1e9:.2f} GB for them and "
        f"{batch_bytes / 1e9:.1f} GB for a batch of {stage.data.batch_seconds:g} s; "
        f"{flops_a_frame / 1e6:.0f} MFLOP a frame, {teraflops * 1e12 / flops_a_frame:,.0f} frames "
        f"a second at {teraflops:g} TFLOP/s"
    )


def step(model: AcousticModel, utterances: int) -> tuple[int, int, int]:
    """Frames, operations and bytes kept for the gradients of one step."""
    mel = MelConfig()
    frames = round(SECONDS * mel.frames_per_second)
    tokens = torch.randint(1, len(SYMBOLS), (utterances, SECONDS * SYMBOLS_A_SECOND))
    lengths = torch.full((utterances,), tokens.shape[1])
    sound = torch.randn(utterances, frames, mel.n_mels)
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    counter = FlopCounterMode(display=False)
    with counter, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        with torch.autocast("cpu", torch.bfloat16):
            aligned = model.align(
                tokens, lengths, torch.arange(utterances), sound, torch.full_like(lengths, frames)
            )
            condition = aligned.condition
            flow = FlowMatching()(model.decoder, sound, condition, condition.mask, 0.0)
        (flow.value + aligned.means.float().square().mean() + duration_loss(aligned)).backward()
    model.zero_grad()
    return utterances * frames, counter.get_total_flops(), sum(kept.values())


if __name__ == "__main__":
    with one_line_errors("estimate"):
        typer.run(main)
