"""Recordings as a vocoder gives them back from their own mels: what it costs on its own.

python recipes/kokoro_mini/resynthesize.py RUN LIST RECORDINGS OUTPUT
smf-tts evaluate LIST report --system vocoder=OUTPUT --system recordings=RECORDINGS
"""

from pathlib import Path
from typing import Annotated

import soundfile
import torch
import typer
from tqdm import tqdm

from smf_tts.config import MelConfig
from smf_tts.data.mel import LogMel
from smf_tts.errors import UserError, one_line_errors
from smf_tts.evaluation.inputs import find_audio, read_list
from smf_tts.files import whole_file
from smf_tts.training.runs import load_vocoder


@torch.no_grad()
def main(
    run: Annotated[str, typer.Argument(help="A vocoder's run, or a published Vocos.")],
    sentences: Annotated[Path, typer.Argument(help="List of id<TAB>text.")],
    recordings: Annotated[Path, typer.Argument(help="Folder that holds their audio.")],
    output: Annotated[Path, typer.Argument(help="Folder for <id>.wav.")],
) -> None:
    """Write each recording anew."""
    mel = MelConfig()
    vocoder, log_mel = load_vocoder(run, mel), LogMel(mel)
    audio = find_audio(recordings, {sentence.id for sentence in read_list(sentences)})
    output.mkdir(parents=True, exist_ok=True)
    for id, path in tqdm(audio.items(), unit="recording"):
        samples, rate = soundfile.read(path, dtype="float32")
        if rate != mel.sample_rate_hz:
            raise UserError(f"{path} is at {rate} Hz; give recordings at {mel.sample_rate_hz}")
        torch.manual_seed(0)
        made = vocoder(log_mel(torch.from_numpy(samples)[None]))[0]
        with whole_file(output / f"{id}.wav") as temporary:
            soundfile.write(temporary, made.numpy(), rate, format="WAV")


if __name__ == "__main__":
    with one_line_errors("resynthesize"):
        typer.run(main)
