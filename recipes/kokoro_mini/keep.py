"""A run's last checkpoint made small, to be committed and to go on from.

    python recipes/kokoro_mini/keep.py RUN FOLDER

leaves out the optimiser's state and random states, and halves the precision of the rest. Of an
acoustic run only averaged weights are kept; of a vocoder's also its networks as they are, which a
training goes on from.
"""

from pathlib import Path
from typing import Annotated

import typer

from smf_tts.errors import UserError, one_line_errors
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint


def main(
    run: Annotated[Path, typer.Argument(help="The run.")],
    folder: Annotated[Path, typer.Argument(help="A run's folder to write.")],
) -> None:
    """Write FOLDER/checkpoints/step-N."""
    checkpoint = latest_checkpoint(run)
    if checkpoint is None:
        raise UserError(f"{run} has no checkpoint; give a run's folder")
    groups, state = load_checkpoint(checkpoint)
    kept = ("model", "task") if "vocoder" in state else ("model",)
    halved = {name: {key: tensor.half() for key, tensor in groups[name].items()} for name in kept}
    typer.echo(save_checkpoint(folder, state["step"], halved, state, keep=1))


if __name__ == "__main__":
    with one_line_errors("keep"):
        typer.run(main)
