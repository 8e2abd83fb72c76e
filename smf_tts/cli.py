"""The command line: each command a few lines over the library."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from smf_tts.errors import UserError

app = typer.Typer(
    help="Few-step speech synthesis on a CPU.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def synthesize(
    text: Annotated[str | None, typer.Option(help="Text to speak.")] = None,
    file: Annotated[
        str | None,
        typer.Option(help="Text file to speak, - for standard input; .tsv holds id<TAB>text."),
    ] = None,
    output: Annotated[
        str, typer.Option(help="Audio file: .wav .flac .ogg .opus .mp3; - for raw PCM on stdout.")
    ] = "speech.wav",
    output_dir: Annotated[Path | None, typer.Option(help="Folder for a .tsv's <id>.wav.")] = None,
    voice: Annotated[str | None, typer.Option(help="Voice name or package folder.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Speaker of the voice.")] = None,
    steps: Annotated[int | None, typer.Option(help="Network evaluations, 1 or more.")] = None,
    speed: Annotated[float, typer.Option(help="0.5 is half as fast, 2 twice as fast.")] = 1.0,
    temperature: Annotated[float | None, typer.Option(help="Deviation of the noise.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same samples.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Cores to use; all by default.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Speak from this training run instead of a voice.")
    ] = None,
    vocoder: Annotated[
        str | None, typer.Option(help="Vocoder run or published name, with --checkpoint.")
    ] = None,
    device: Annotated[str, typer.Option(help="Torch device, with --checkpoint.")] = "cpu",
    guidance: Annotated[float, typer.Option(help="Guidance scale, with --checkpoint.")] = 1.0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print cost and speed.")] = False,
) -> None:
    """Speak a text, or every line of a list."""
    from smf_tts.runtime.audio import check_output, open_audio, write_pcm
    from smf_tts.runtime.synthesizer import Synthesizer

    texts = _read_texts(text, file, output_dir)
    if output_dir is None and output != "-":
        check_output(Path(output))
    if checkpoint is None:
        synthesizer = Synthesizer.from_pretrained(voice, threads)
    else:
        with _extra("train"):
            from smf_tts.training.runs import load_synthesizer
        synthesizer = load_synthesizer(checkpoint, vocoder, device, guidance)
    settings: dict[str, Any] = {
        "speaker": speaker,
        "steps": steps,
        "speed": speed,
        "temperature": temperature,
        "seed": seed,
    }
    started, seconds = time.perf_counter(), 0.0
    rate = synthesizer.voice.mel.sample_rate_hz
    for name, line in texts:
        parts = synthesizer.stream(line, **settings)
        if output_dir is None and output == "-":
            for part in parts:
                write_pcm(part.samples)
                seconds += part.seconds
            continue
        path = Path(output) if output_dir is None else output_dir / f"{name}.wav"
        try:
            with open_audio(path, rate) as write:
                for part in parts:
                    write(part.samples)
                    seconds += part.seconds
        except UserError as error:
            raise UserError(f"{name}: {error}" if name else str(error)) from error
    if verbose:
        spent = time.perf_counter() - started
        nfe = steps or synthesizer.voice.steps
        typer.echo(
            f"{nfe} NFE, {seconds:.2f} s of audio in {spent:.3f} s, "
            f"real-time factor {spent / seconds:.4f}",
            err=True,
        )


def _read_texts(
    text: str | None, file: str | None, output_dir: Path | None
) -> list[tuple[str, str]]:
    if (text is None) == (file is None):
        raise UserError("give either --text or --file")
    if output_dir is not None and not str(file).endswith(".tsv"):
        raise UserError("--output-dir goes with a .tsv; use --output for other texts")
    if text is not None:
        return [("", text)]
    assert file is not None
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        content = raw.decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text (byte {error.start}); convert it") from error
    if not file.endswith(".tsv"):
        return [("", content)]
    if output_dir is None:
        raise UserError(f"{file} holds several texts: give --output-dir")
    lines = [line.split("\t") for line in content.splitlines() if line.strip()]
    for number, fields in enumerate(lines, 1):
        if len(fields) < 2 or not fields[0].strip() or "/" in fields[0] or "\\" in fields[0]:
            raise UserError(f"{file}, line {number}: expected id<TAB>text, the id a file name")
    if not lines:
        raise UserError(f"{file} is empty: expected id<TAB>text lines")
    names = [fields[0].strip() for fields in lines]
    if len(set(names)) < len(names):
        raise UserError(f"{file} has the same id twice")
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {output_dir}: {error.strerror}") from error
    return [(name, fields[1]) for name, fields in zip(names, lines, strict=True)]


@app.command()
def voices() -> None:
    """List the voices that come with the package, and their speakers."""
    from smf_tts.runtime.voice import list_voices

    for voice in list_voices():
        typer.echo(f"{voice.name}: {voice.description}")
        for speaker in voice.speakers:
            typer.echo(f"  {speaker.name} ({speaker.language})")


@app.command()
def prepare(
    corpus: Annotated[Path, typer.Argument(help="Folder in LibriTTS's or LJSpeech's layout.")],
    output: Annotated[Path, typer.Argument(help="Folder to write.")],
    speakers: Annotated[
        Path | None, typer.Option(help="YAML: speaker id to {name, language}.")
    ] = None,
) -> None:
    """Turn a corpus into what a training reads."""
    with _extra("train"):
        from smf_tts.data.prepare import load_speakers
        from smf_tts.data.prepare import prepare as prepare_corpus
    prepared = prepare_corpus(corpus, output, load_speakers(speakers) if speakers else None)
    for split, hours in prepared.hours.items():
        typer.echo(f"{split}: {hours:.2f} hours")


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A stage's YAML, see configs/.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Settings to change, as optimizer.steps=1000.")
    ] = None,
) -> None:
    """Train a stage; started again, it continues from its last checkpoint."""
    with _extra("train"):
        from smf_tts.training.stages import load_stage
        from smf_tts.training.stages import train as train_stage
    train_stage(load_stage(config, overrides or []))


@app.command()
def export(
    acoustic: Annotated[Path, typer.Argument(help="Run of a student or a teacher.")],
    vocoder: Annotated[str, typer.Argument(help="Run of a vocoder, or a published Vocos's name.")],
    output: Annotated[Path, typer.Argument(help="Voice package to write.")],
    description: Annotated[str, typer.Option(help="One line for the list of voices.")] = "",
    model_card: Annotated[Path | None, typer.Option(help="Markdown to include.")] = None,
    steps: Annotated[int, typer.Option(help="Default number of steps.")] = 1,
    temperature: Annotated[float, typer.Option(help="Default temperature.")] = 1.0,
) -> None:
    """Make a voice package from training runs."""
    with _extra("train"):
        from smf_tts.export import export as export_voice
    card = "# No model card yet\n"
    if model_card:
        try:
            card = model_card.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"cannot read the model card {model_card}: {error}") from error
    export_voice(acoustic, vocoder, output, output.name, description, steps, temperature, card)


@contextmanager
def _extra(name: str) -> Iterator[None]:
    """Turn the absence of an optional dependency into the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(f"this needs {error.name}: pip install 'smf-tts[{name}]'") from error


def main() -> None:
    """Run the command line; bad input is one line on stderr and exit code 2."""
    try:
        app()
    except UserError as error:
        typer.echo(f"smf-tts: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
