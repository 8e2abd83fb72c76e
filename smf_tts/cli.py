"""The command line: each command a few lines over the library."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smf_tts.errors import UserError, one_line_errors

if TYPE_CHECKING:
    from smf_tts.runtime.synthesizer import Synthesizer

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
        typer.Option(
            help="Text or Markdown to speak, - for standard input; with --output-dir also a .tsv "
            "of id<TAB>text[<TAB>speaker]."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Audio file: .wav .flac .ogg .opus .mp3; - for raw PCM on standard output. "
            "speech.wav by default."
        ),
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option(help="Folder for a file for each line of a .tsv, or each chapter of a text."),
    ] = None,
    format: Annotated[str, typer.Option(help="Suffix of the files in --output-dir.")] = ".wav",
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep the files that are in --output-dir already.")
    ] = False,
    timestamps: Annotated[
        Path | None,
        typer.Option(help="File for word times: .srt or .vtt captions, .json for every word."),
    ] = None,
    voice: Annotated[str | None, typer.Option(help="Voice name or package folder.")] = None,
    speaker: Annotated[
        str | None, typer.Option(help="Speaker of the voice; also instead of a .tsv's own.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Network evaluations, 1 or more.")] = None,
    speed: Annotated[float, typer.Option(help="0.5 is half as fast, 2 twice as fast.")] = 1.0,
    temperature: Annotated[float | None, typer.Option(help="Deviation of the noise.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same samples.")] = 0,
    lexicon: Annotated[
        Path | None, typer.Option(help="Pronunciations: a word and its IPA on each line.")
    ] = None,
    speak_emoji: Annotated[
        bool, typer.Option("--speak-emoji", help="Say the names of emoji; else they are skipped.")
    ] = False,
    sample_rate: Annotated[
        int | None, typer.Option(help="Of the output in Hz; the voice's by default.")
    ] = None,
    floating: Annotated[
        bool, typer.Option("--float", help="32-bit float samples instead of 16-bit, .wav or raw.")
    ] = False,
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
    """Speak a text, every line of a list, or a book in chapters."""
    from smf_tts.runtime.inputs import read_passages
    from smf_tts.runtime.recording import record
    from smf_tts.runtime.timestamps import check_timestamps, write_timestamps
    from smf_tts.text import load_lexicon

    passages = read_passages(text, file, several=output_dir is not None)
    if output_dir is None and resume:
        raise UserError("--resume goes with --output-dir")
    if output_dir is not None and (output is not None or timestamps is not None):
        raise UserError("--output-dir goes without --output and --timestamps")
    if timestamps is not None:
        check_timestamps(timestamps)
    settings: dict[str, Any] = {
        "speaker": speaker,
        "steps": steps,
        "speed": speed,
        "temperature": temperature,
        "seed": seed,
        "lexicon": load_lexicon(lexicon) if lexicon else None,
        "speak_emoji": speak_emoji,
    }
    synthesizer = _load(voice, threads, checkpoint, vocoder, device, guidance)
    started, seconds = time.perf_counter(), 0.0
    sentences = []
    for sentence in record(
        synthesizer,
        passages,
        output or output_dir or Path("speech.wav"),
        suffix=None if output_dir is None else f".{format.removeprefix('.')}",
        sample_rate=sample_rate,
        floating=floating,
        resume=resume,
        **settings,
    ):
        seconds += sentence.seconds
        if timestamps is not None:
            sentences.append(sentence.words)
    if timestamps is not None:
        write_timestamps(timestamps, sentences)
    if verbose:
        spent = time.perf_counter() - started
        typer.echo(
            f"{steps or synthesizer.voice.steps} NFE, {seconds:.2f} s of audio in {spent:.3f} s, "
            f"real-time factor {spent / seconds if seconds else 0:.4f}",
            err=True,
        )


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
    subsets: Annotated[
        str, typer.Option(help="Which to use, as train-clean-100,train-clean-360; all by default.")
    ] = "",
    largest_rejected_share: Annotated[
        float, typer.Option(min=0, max=1, help="Stop if more of the utterances cannot be used.")
    ] = 0.1,
    shards: Annotated[
        bool, typer.Option("--shards", help="Keep arrays in tar archives instead of a file each.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Turn a corpus into what a training reads; started again, it does what is left."""
    with _extra("train"):
        from smf_tts.data.prepare import load_speakers
        from smf_tts.data.prepare import prepare as prepare_corpus
    prepared = prepare_corpus(
        corpus,
        output,
        load_speakers(speakers) if speakers else None,
        largest_rejected_share=largest_rejected_share,
        subsets=subsets.replace(",", " ").split(),
        shards=shards,
        jobs=jobs,
    )
    for split, hours in prepared.hours.items():
        typer.echo(f"{split}: {hours:.2f} hours")


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A stage's YAML, see configs/.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Settings to change, as optimizer.steps=1000.")
    ] = None,
) -> None:
    """Train a stage; started again, it continues from its last checkpoint.

    Any setting of the YAML, and any that it leaves at its default, can be given as NAME=VALUE; an
    unknown name gets the list of those known. Those asked for most: run (the folder of checkpoints
    and logs), start_from (an earlier run, to go on from), data.prepared, data.batch_seconds,
    data.workers, optimizer.steps, optimizer.learning_rate, optimizer.accumulate_batches,
    logging.checkpoint_steps, precision, seed; teacher (its run, for a student).

    For several processes: torchrun --nproc-per-node 4 -m smf_tts.cli train ..., or accelerate
    launch -m smf_tts.cli train ...; each takes batches of its own of data.batch_seconds.
    """
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


@app.command()
def evaluate(
    sentences: Annotated[Path, typer.Argument(help="List of id<TAB>text[<TAB>speaker].")],
    output: Annotated[Path, typer.Argument(help="Folder for the report.")],
    system: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FOLDER of <id>.wav to score; give it once for each system."),
    ] = None,
    voice: Annotated[str | None, typer.Option(help="Voice name or package folder.")] = None,
    steps: Annotated[str, typer.Option(help="Step counts for the voice.")] = "1,2,4,10",
    seed: Annotated[int, typer.Option(help="Of the voice's noise.")] = 0,
    references: Annotated[
        Path | None, typer.Option(help="Folder of recordings of the same sentences.")
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(help="Folder of SPEAKER.wav or SPEAKER/*.wav.")
    ] = None,
    whisper: Annotated[
        str, typer.Option(help="faster-whisper model or CTranslate2 folder.")
    ] = "large-v3",
    speaker_model: Annotated[
        str, typer.Option(help="WavLM x-vector model or folder, or ge2e.")
    ] = "microsoft/wavlm-base-plus-sv",
    utmos: Annotated[
        str, typer.Option(help="Torch hub entry, or a clone with the checkpoint inside.")
    ] = "tarepan/SpeechMOS:v1.2.0",
    metrics: Annotated[
        str, typer.Option(help="Which to compute; p835 (DNSMOS P.835, slow) is one more.")
    ] = "wer,utmos,dnsmos,similarity,acoustics",
    threads: Annotated[int | None, typer.Option(help="Cores the voice speaks with.")] = None,
    jobs: Annotated[int, typer.Option(help="Utterances scored at once.")] = 1,
) -> None:
    """Score folders of audio, or a voice at several step counts, and write a report."""
    with _extra("eval"):
        from smf_tts.evaluation import evaluate as evaluate_systems
    systems = _named_folders("--system", system or [])
    counts = _step_counts(steps)
    evaluate_systems(
        sentences,
        output,
        systems=systems,
        voice=voice,
        steps=counts,
        seed=seed,
        references=references,
        prompts=prompts,
        whisper=whisper,
        speaker_model=speaker_model,
        utmos=utmos,
        metrics=metrics.split(","),
        threads=threads,
        jobs=jobs,
    )
    typer.echo((output / "table.md").read_text(encoding="utf-8"))


@app.command()
def demo(
    voice: Annotated[str | None, typer.Option(help="Voice name or package folder.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Run of a teacher, to compare the voice with.")
    ] = None,
    guidance: Annotated[float, typer.Option(help="Guidance scale of the teacher.")] = 2.0,
    ab: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=FOLDER of <sentence>.wav, once for each system: a blind listening test "
            "instead of the voice."
        ),
    ] = None,
    ab_results: Annotated[
        Path, typer.Option(help="CSV that the listening test's choices are added to.")
    ] = Path("listening.csv"),
    port: Annotated[
        int | None, typer.Option(help="To serve on; the first free one from 7860 by default.")
    ] = None,
    share: Annotated[
        bool, typer.Option("--share", help="Also make a public link, through Gradio's servers.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="Cores to use; all by default.")] = None,
) -> None:
    """Show the voice in a browser, or run a blind listening test of folders of wavs."""
    with _extra("demo"):
        from smf_tts.demo.app import launch, listening_page, voice_page
        from smf_tts.demo.listening import ListeningTest
        from smf_tts.demo.speaking import VoiceDemo
    if ab:
        page = listening_page(ListeningTest(_named_folders("--ab", ab), ab_results))
    else:
        from smf_tts.runtime.synthesizer import Synthesizer

        student, teacher = Synthesizer.from_pretrained(voice, threads), None
        if checkpoint is not None:
            with _extra("train"):
                from smf_tts.training.runs import load_synthesizer
            teacher = load_synthesizer(checkpoint, guidance=guidance)
        page = voice_page(VoiceDemo(student, teacher, 1 if guidance == 1 else 2))
    launch(page, port, share)


def _named_folders(option: str, pairs: list[str]) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not equals or not name or name in folders:
            raise UserError(f"{option} {pair!r}: expected NAME=FOLDER, each name once")
        folders[name] = Path(folder)
    return folders


@app.command()
def bench(
    voice: Annotated[str | None, typer.Option(help="Voice name or package folder.")] = None,
    steps: Annotated[str, typer.Option(help="Step counts.")] = "1,2,4,10",
    threads: Annotated[int | None, typer.Option(help="Cores to use; all by default.")] = None,
    repeats: Annotated[int, typer.Option(min=2, help="Times that each thing is measured.")] = 7,
    minutes: Annotated[
        list[float] | None,
        typer.Option(help="Speech whose peak memory is measured; 1 by default, may be repeated."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="JSON file for the figures.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Measure this training run instead of a voice.")
    ] = None,
    vocoder: Annotated[
        str | None, typer.Option(help="Vocoder run or published name, with --checkpoint.")
    ] = None,
    device: Annotated[str, typer.Option(help="Torch device, with --checkpoint.")] = "cpu",
    guidance: Annotated[float, typer.Option(help="Guidance scale, with --checkpoint.")] = 1.0,
) -> None:
    """Measure how fast a voice speaks, how fast it starts, and the memory it takes."""
    from smf_tts.bench import measure, table
    from smf_tts.files import write_whole
    from smf_tts.runtime.audio import check_place

    if output is not None:
        check_place(output)
    options = {
        "--voice": voice,
        "--threads": threads,
        "--checkpoint": checkpoint,
        "--vocoder": vocoder,
        "--device": device,
        "--guidance": guidance,
    }
    report = measure(
        _load(voice, threads, checkpoint, vocoder, device, guidance),
        [f"{name}={value}" for name, value in options.items() if value is not None],
        _step_counts(steps),
        threads,
        device,
        repeats,
        minutes or [1.0],
    )
    if output is not None:
        write_whole(output, (json.dumps(report, indent=1) + "\n").encode())
    typer.echo(table(report))


def _load(
    voice: str | None,
    threads: int | None,
    checkpoint: Path | None,
    vocoder: str | None,
    device: str,
    guidance: float,
) -> Synthesizer:
    """The synthesizer of a voice package, or of a training run."""
    if checkpoint is None:
        from smf_tts.runtime.synthesizer import Synthesizer

        return Synthesizer.from_pretrained(voice, threads)
    with _extra("train"):
        from smf_tts.training.runs import load_synthesizer
    return load_synthesizer(checkpoint, vocoder, device, guidance)


def _step_counts(steps: str) -> list[int]:
    try:
        return [int(count) for count in steps.split(",")]
    except ValueError:
        raise UserError(f"--steps {steps!r}: expected whole numbers, as 1,2,4,10") from None


@contextmanager
def _extra(name: str) -> Iterator[None]:
    """Turn the absence of an optional dependency into the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(f"this needs {error.name}: pip install 'smf-tts[{name}]'") from error


def main() -> None:
    """Run the command line; bad input is one line on stderr and exit code 2."""
    with one_line_errors("smf-tts"):
        app()


if __name__ == "__main__":
    main()
