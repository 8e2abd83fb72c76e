"""What a voice is judged by: its corpus's held-out sentences, and each speaker's training prompts.

    python held_out.py CORPUS SPEAKERS.yaml OUTPUT

writes OUTPUT/list.tsv (id, text, speaker) and OUTPUT/prompts/SPEAKER/, for `smf-tts evaluate`.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Annotated

import typer

from smf_tts.data.corpus import reader_of
from smf_tts.data.prepare import load_speakers
from smf_tts.errors import one_line_errors
from smf_tts.files import write_whole

PROMPTS = 10  # training recordings of each speaker, chosen by this seed
SEED = 0


def main(
    corpus: Annotated[Path, typer.Argument(help="The corpus, not prepared.")],
    speakers: Annotated[Path, typer.Argument(help="YAML: speaker id to {name, language}.")],
    output: Annotated[Path, typer.Argument(help="Folder to write.")],
) -> None:
    """Write the list of held-out sentences, and every speaker's prompts."""
    utterances = [u for u in reader_of(corpus)(corpus) if u.text and u.audio.exists()]
    lines = ["id\ttext\tspeaker\n"]
    for id, speaker in load_speakers(speakers).items():
        own = [u for u in utterances if u.speaker == id]
        if not own:
            continue
        held_out = [u for u in own if u.split.startswith("dev")]
        trained = [u for u in own if not u.split.startswith("dev")]
        lines += [f"{u.id}\t{' '.join(u.text.split())}\t{speaker.name}\n" for u in held_out]
        folder = output / "prompts" / speaker.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for prompt in random.Random(SEED).sample(trained, min(PROMPTS, len(trained))):
            shutil.copy(prompt.audio, folder)
    write_whole(output / "list.tsv", "".join(lines).encode())


if __name__ == "__main__":
    with one_line_errors("held_out"):
        typer.run(main)
