"""Held-out sentences to test a voice with, and their recordings.

    python sentences.py PREPARED OUTPUT --count 24

writes OUTPUT/sentences.tsv (id, text, speaker) and OUTPUT/recordings/ID.wav; speakers take turns.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import soundfile
import typer

from smf_tts.data.batches import few_of_each_speaker
from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError, one_line_errors
from smf_tts.files import write_whole


def main(
    prepared: Annotated[Path, typer.Argument(help="Folder that smf-tts prepare wrote.")],
    output: Annotated[Path, typer.Argument(help="Folder to write.")],
    count: Annotated[int, typer.Option(min=1, help="Sentences at most.")] = 24,
) -> None:
    """Choose the sentences."""
    known = Prepared.load(prepared)
    (output / "recordings").mkdir(parents=True, exist_ok=True)
    lines = ["id\ttext\tspeaker\n"]
    for cut in few_of_each_speaker(load_cuts(prepared, "dev"), known.speakers, count):
        spoken = cut.supervisions[0]
        lines.append(f"{spoken.id}\t{' '.join(spoken.text.split())}\t{spoken.speaker}\n")
        path = output / "recordings" / f"{spoken.id}.wav"
        soundfile.write(path, cut.load_samples(), known.mel.sample_rate_hz)
    if len(lines) == 1:
        raise UserError(f"{prepared} holds out no sentence of a speaker that training hears")
    write_whole(output / "sentences.tsv", "".join(lines).encode())
    typer.echo(f"{len(lines) - 1} sentences in {output / 'sentences.tsv'}")


if __name__ == "__main__":
    with one_line_errors("sentences"):
        typer.run(main)
