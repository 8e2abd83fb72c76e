"""Every objective on the mel decoder of a voice: one teacher, one budget, mels and speech judged.

    python recipes/objectives/mel.py TEACHER PREPARED SENTENCES RESULTS --whisper MODEL

TEACHER is a teacher's run, PREPARED a folder of `smf-tts prepare`, SENTENCES a list of held-out
id<TAB>text<TAB>speaker, MODEL a faster-whisper model or its folder. RESULTS gets mel.md, mel.json
and mel.png. Trainings and speech are kept in --work; started again, it goes on where it was.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import soundfile
import torch
import typer
from mel_report import write_report
from tqdm import tqdm
from units import units_per_row

from smf_tts.data.batches import UtteranceDataset, few_of_each_speaker
from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError, one_line_errors
from smf_tts.evaluation import evaluate
from smf_tts.evaluation.inputs import Sentence, read_list
from smf_tts.files import whole_file, write_whole
from smf_tts.flow import Velocity, guided, sample
from smf_tts.flow.objective import masked_mean
from smf_tts.model.decoder import Condition
from smf_tts.training.checkpoint import latest_checkpoint
from smf_tts.training.runs import load_acoustic, load_synthesizer
from smf_tts.training.stages import STUDENT_OBJECTIVES, load_stage, train

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "configs" / "kokoro_mini" / "student.yaml"
TEACHER, REFERENCE_STEPS = "the teacher", 32
HELD_OUT = 24  # utterances in the mel error, of all speakers

NAMES = {
    "split_mean_flow": "SplitMeanFlow",
    "mean_flow": "MeanFlow",
    "trajectory_distillation": "trajectory distillation",
}
# What the choices of SplitMeanFlow are worth: settings that differ.
ABLATIONS = {
    "boundary share .5 throughout": ("intervals.boundary_start=0.5",),
    "no rows of the deployed grid": ("intervals.deployed_share=0.0",),
    "neither growth nor deployed grid": ("intervals.growth=0.0", "intervals.deployed_share=0.0"),
}


@dataclass(frozen=True)
class Method:
    """A decoder and the step counts that it is judged at."""

    run: Path
    steps: tuple[int, ...] = (1, 2, 4)
    guidance: float = 1.0
    instantaneous: bool = False  # Euler steps, for the teacher


@dataclass(frozen=True)
class Training:
    """A student to be trained: what differs from the recipe's settings."""

    objective: str
    steps: int
    settings: tuple[str, ...] = field(default=())


def plan(steps: int, guidance: float) -> tuple[dict[str, Training], dict[str, float]]:
    """Trainings at the cost of `steps` steps of SplitMeanFlow, and what a row of each costs."""
    units = {name: units_per_row(STUDENT_OBJECTIVES[name], guidance) for name in NAMES}
    budget = steps * units["split_mean_flow"]
    trainings = {
        title: Training(name, round(budget / units[name])) for name, title in NAMES.items()
    }
    return trainings, {NAMES[name]: cost for name, cost in units.items()}


def claim(folder: Path, settings: dict[str, Any]) -> Path:
    """Make a folder for what these settings lead to.

    Raises:
        UserError: it holds what other settings led to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "settings.json"
    if not path.exists():
        write_whole(path, json.dumps(settings, indent=1).encode())
    known = json.loads(path.read_text(encoding="utf-8"))
    if changed := [name for name in settings if known.get(name) != settings[name]]:
        raise UserError(
            f"{folder} was made with another {', '.join(changed)}; give another --work, "
            "or delete that folder"
        )
    return folder


def train_all(
    trainings: dict[str, Training], teacher: Path, folder: Path, common: Sequence[str]
) -> dict[str, Path]:
    """Train what is not trained yet; the run of each."""
    runs = {}
    for title, training in trainings.items():
        run = runs[title] = folder / title.replace(" ", "_").replace(":", "").replace(",", "")
        done = latest_checkpoint(run)
        if done and int(done.name.rpartition("-")[2]) == training.steps:
            continue
        settings = [
            *common,
            f"run={run}",
            f"teacher={teacher}",
            f"objective={training.objective}",
            f"optimizer.steps={training.steps}",
            "logging.log_steps=1",
            "logging.checkpoint_steps=50",
            *training.settings,
        ]
        train(load_stage(CONFIG, settings))
    return runs


def training_figures(run: Path) -> dict[str, float]:
    """Steps whose loss or gradient was not finite, and the largest gradient's norm."""
    lines = (run / "log.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [line for line in map(json.loads, lines) if "loss" in line]
    norms = [line["gradient_norm/acoustic"] for line in steps]
    finite = [math.isfinite(line["loss"] + norm) for line, norm in zip(steps, norms, strict=True)]
    return {
        "steps": len(steps),
        "not_finite": finite.count(False),
        "largest_gradient_norm": max(norm for norm in norms if math.isfinite(norm)),
    }


@torch.no_grad()
def mel_errors(methods: dict[str, Method], folder: Path) -> dict[tuple[str, int], float]:
    """Mean absolute difference of normalised mels from the teacher's at `REFERENCE_STEPS`.

    All start from the same noise, at temperature 1, with the condition of the aligned utterance.
    """
    model = load_acoustic(methods[TEACHER].run)[0]
    velocities: dict[str, Velocity] = {
        name: guided(load_acoustic(m.run)[0].decoder, Condition.null, m.guidance)
        for name, m in methods.items()
    }
    prepared = Prepared.load(folder)
    cuts = few_of_each_speaker(load_cuts(folder, "dev"), prepared.speakers, HELD_OUT)
    batch = UtteranceDataset(prepared)[cuts]
    condition = model.align(
        batch.tokens, batch.token_lengths, batch.speaker_ids, batch.mel, batch.mel_lengths
    ).condition
    torch.manual_seed(0)
    z = torch.randn_like(batch.mel) * condition.mask
    mels = {
        (name, n): sample(velocities[name], z, n, condition, instantaneous=method.instantaneous)
        for name, method in tqdm(methods.items(), desc="mel errors", unit="method")
        for n in method.steps
    }
    reference = mels[TEACHER, REFERENCE_STEPS]
    return {
        key: masked_mean((mel - reference).abs(), condition.mask).mean().item()
        for key, mel in mels.items()
    }


def speak(
    methods: dict[str, Method],
    sentences: Sequence[Sentence],
    vocoder: str,
    temperature: float,
    folder: Path,
) -> dict[tuple[str, int], Path]:
    """Speak the sentences with every method at its step counts; the folder of each."""
    folders = {}
    for name, method in methods.items():
        synthesizer = load_synthesizer(method.run, vocoder, guidance=method.guidance)
        for n in method.steps:
            wavs = folders[name, n] = folder / f"{name.replace(' ', '_')}-{n}"
            wavs.mkdir(exist_ok=True)
            for sentence in tqdm(sentences, desc=wavs.name, unit="sentence"):
                path = wavs / f"{sentence.id}.wav"
                if path.exists():
                    continue
                speech = synthesizer.synthesize(
                    sentence.text, sentence.speaker or None, n, temperature=temperature
                )
                with whole_file(path) as temporary:
                    soundfile.write(temporary, speech.samples, speech.sample_rate, format="WAV")
    return folders


def main(
    teacher: Annotated[Path, typer.Argument(help="A teacher's run.")],
    prepared: Annotated[Path, typer.Argument(help="Folder of smf-tts prepare.")],
    sentences: Annotated[Path, typer.Argument(help="Held-out id<TAB>text<TAB>speaker.")],
    results: Annotated[Path, typer.Argument(help="Folder for mel.md, mel.json and mel.png.")],
    work: Annotated[Path, typer.Option(help="Folder of trainings and speech.")] = Path(
        "runs/objectives"
    ),
    vocoder: Annotated[str, typer.Option(help="A vocoder's run.")] = str(
        HERE.parent / "kokoro_mini" / "weights" / "vocoder"
    ),
    whisper: Annotated[str, typer.Option(help="faster-whisper model or folder.")] = "large-v3",
    steps: Annotated[int, typer.Option(min=1, help="Budget, in steps of SplitMeanFlow.")] = 480,
    batch_seconds: Annotated[float, typer.Option(help="Speech in a batch.")] = 36.0,
    guidance: Annotated[float, typer.Option(help="Of the teacher.")] = 2.0,
    temperature: Annotated[float, typer.Option(help="Of the speech.")] = 0.5,
    threads: Annotated[int, typer.Option(min=1, help="Cores to use.")] = 1,
    ablations: Annotated[bool, typer.Option(help="Train SplitMeanFlow's ablations too.")] = False,
) -> None:
    """Train, measure, speak, evaluate and write the report."""
    torch.set_num_threads(threads)
    checkpoint = latest_checkpoint(teacher)
    if checkpoint is None:
        raise UserError(f"{teacher} has no checkpoint; give a teacher's run")
    listed = read_list(sentences)
    settings = {
        "teacher": f"{teacher}, {checkpoint.name}",
        "prepared": str(prepared),
        "steps": steps,
        "batch_seconds": batch_seconds,
        "guidance": guidance,
    }
    trainings, units = plan(steps, guidance)
    changed = {
        title: Training("split_mean_flow", steps, overrides)
        for title, overrides in (ABLATIONS.items() if ablations else ())
    }
    common = [
        f"data.prepared={prepared}",
        f"data.batch_seconds={batch_seconds}",
        f"guidance={guidance}",
        f"optimizer.warmup_steps={min(50, steps // 4)}",
        f"logging.sample_steps={10 * steps}",
    ]
    runs = train_all(trainings | changed, teacher, claim(work / "trainings", settings), common)

    students = {title: Method(runs[title]) for title in trainings}
    judged = {TEACHER: Method(teacher, (1, 2, 4, 10, REFERENCE_STEPS), guidance, True)} | students
    errors = mel_errors(judged | {title: Method(runs[title]) for title in changed}, prepared)

    said = {"vocoder": vocoder, "temperature": temperature, **settings}
    folders = speak(judged, listed, vocoder, temperature, claim(work / "speech", said))
    systems = {f"{name}, {n}": folder for (name, n), folder in folders.items()}
    metrics = ("wer", "dnsmos", "p835")
    summary = evaluate(
        sentences, work / "evaluation", systems=systems, whisper=whisper, metrics=metrics
    )
    write_report(
        results,
        {
            "budget": {
                "units_per_row": steps * units["SplitMeanFlow"],
                "batch_seconds": batch_seconds,
                "guidance": guidance,
            },
            "trainings": {
                name: {"units_per_row": units[name], **training_figures(runs[name])}
                for name in trainings
            },
            "quality": {
                name: {
                    n: {
                        "evaluations": n * (2 if method.guidance != 1 else 1),
                        "mel_error": errors[name, n],
                        **summary["systems"][f"{name}, {n}"]["measures"],
                    }
                    for n in method.steps
                }
                for name, method in judged.items()
            },
            "ablations": {
                title: {n: errors[title, n] for n in students["SplitMeanFlow"].steps}
                for title in ("SplitMeanFlow", *changed)
                if changed
            },
            "temperature": temperature,
            "sentences": len(listed),
            "models": summary["models"],
        },
    )


if __name__ == "__main__":
    with one_line_errors("mel"):
        typer.run(main)
