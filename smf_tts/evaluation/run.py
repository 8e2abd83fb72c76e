"""Evaluate systems side by side: one call, one folder of results."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from smf_tts.errors import UserError
from smf_tts.evaluation.acoustics import Acoustics
from smf_tts.evaluation.inputs import System, find_audio, find_prompts, read_list
from smf_tts.evaluation.intelligibility import Intelligibility
from smf_tts.evaluation.metric import Metric, Unavailable
from smf_tts.evaluation.naturalness import UTMOS_HUB, Dnsmos, DnsmosP835, Utmos
from smf_tts.evaluation.report import write_html, write_markdown
from smf_tts.evaluation.scoring import plan, score
from smf_tts.evaluation.speaker import SpeakerSimilarity
from smf_tts.evaluation.summary import compare, summarize
from smf_tts.evaluation.synthesis import synthesize
from smf_tts.files import write_whole

METRICS = ("wer", "utmos", "dnsmos", "p835", "similarity", "acoustics")
# All but P.835, which takes longer than the others together.
USUAL_METRICS = tuple(name for name in METRICS if name != "p835")
LIBRARIES = (
    "smf-tts",
    "faster-whisper",
    "ctranslate2",
    "jiwer",
    "whisper-normalizer",
    "speechmos",
    "transformers",
    "resemblyzer",
    "torch",
    "librosa",
    "numpy",
    "scipy",
    "onnxruntime",
)


def evaluate(
    sentences: Path,
    output: Path,
    *,
    systems: Mapping[str, Path] | None = None,
    voice: str | None = None,
    steps: Sequence[int] = (1, 2, 4, 10),
    seed: int = 0,
    references: Path | None = None,
    prompts: Path | None = None,
    whisper: str = "large-v3",
    speaker_model: str = "microsoft/wavlm-base-plus-sv",
    utmos: str = UTMOS_HUB,
    metrics: Sequence[str] = USUAL_METRICS,
    threads: int | None = None,
    jobs: int = 1,
) -> dict[str, Any]:
    """Score systems on the same sentences and write the report.

    Writes `utterances.jsonl`, `summary.json`, `table.md` and `report.html` into `output`, and the
    audio of `voice` into `output/wavs`. Run again, it scores only what is new or changed.

    Args:
        sentences: a list of `id<TAB>text[<TAB>speaker]` lines.
        output: a folder, made if need be.
        systems: names and folders of audio named `<id>.wav` (or flac, ogg, opus, mp3).
        voice: the name or folder of a voice, to be spoken at each of `steps` and scored too.
        steps: network evaluations for a sentence.
        seed: of the voice's noise.
        references: a folder of recordings of the same sentences, by id.
        prompts: a folder of each speaker's audio: `SPEAKER.wav` or files in `SPEAKER/`.
        whisper: a faster-whisper model's name, or a CTranslate2 folder.
        speaker_model: a WavLM x-vector model's hub name or folder, or `ge2e`.
        utmos: a torch hub entry, or a clone of it with the checkpoint inside.
        metrics: which of METRICS to compute; one whose model cannot be had says so instead.
        threads: processor cores that the voice speaks with; all by default.
        jobs: utterances scored at once.

    Returns:
        What `summary.json` holds.

    Raises:
        UserError: nothing to evaluate, or input that cannot be used.
    """
    if not systems and not voice:
        raise UserError("nothing to evaluate: give a folder of audio or a voice")
    if unknown := set(metrics) - set(METRICS):
        raise UserError(f"unknown metric {min(unknown)!r}; known: {', '.join(METRICS)}")
    threads = threads or os.cpu_count() or 1
    if not steps or min(jobs, threads, *steps) < 1:
        raise UserError("jobs, threads and every number of steps must be at least 1")
    listed = read_list(sentences)
    ids = {sentence.id for sentence in listed}
    reference_files = find_audio(references, ids) if references else {}
    prompt_files = find_prompts(prompts, {s.speaker for s in listed}) if prompts else {}
    judged = [System(name, folder) for name, folder in (systems or {}).items()]
    plan(judged, listed, reference_files, prompt_files)  # refuses bad folders before long work
    output.mkdir(parents=True, exist_ok=True)
    if voice:
        judged = [*synthesize(voice, listed, steps, seed, threads, output / "wavs"), *judged]

    loaders: dict[str, Callable[[], Metric]] = {
        "wer": lambda: Intelligibility(whisper, jobs),
        "utmos": lambda: Utmos(utmos),
        "dnsmos": Dnsmos,
        "p835": DnsmosP835,
        "similarity": lambda: SpeakerSimilarity(speaker_model),
        "acoustics": Acoustics,
    }
    loaded, models = _load({name: loaders[name] for name in metrics})
    tasks = plan(judged, listed, reference_files, prompt_files)
    records = score(tasks, loaded, output / "utterances.jsonl", jobs)

    by_system = {
        system.name: [record for record in records if record["system"] == system.name]
        for system in judged
    }
    summary = {
        "list": {
            "name": sentences.name,
            "sha256": hashlib.sha256(sentences.read_bytes()).hexdigest(),
            "sentences": len(listed),
        },
        "seed": seed if voice else None,
        "models": models,
        "libraries": _libraries(),
        "machine": {**_machine(), "synthesis_threads": threads if voice else None},
        "systems": {
            system.name: {"steps": system.steps, **summarize(by_system[system.name])}
            for system in judged
        },
        "differences": compare(records),
    }
    write_whole(output / "summary.json", json.dumps(summary, indent=2).encode())
    write_markdown(summary, output / "table.md")
    write_html(summary, records, output / "report.html")
    return summary


def _load(loaders: Mapping[str, Callable[[], Metric]]) -> tuple[list[Metric], dict[str, str]]:
    """The metrics that can be had here, and the label of each or why it cannot."""
    metrics, models = [], {}
    for name, load in loaders.items():
        try:
            metrics.append(load())
            models[name] = metrics[-1].label
        except Unavailable as reason:
            models[name] = f"not available: {reason}"
    return metrics, models


def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _machine() -> dict[str, str | int | None]:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
