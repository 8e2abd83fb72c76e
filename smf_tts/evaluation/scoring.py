"""Score every utterance of every system once, and remember the scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tqdm import tqdm

from smf_tts.evaluation.inputs import (
    Recording,
    Sentence,
    System,
    UnreadableAudio,
    Utterance,
    find_audio,
    read_recording,
)
from smf_tts.evaluation.metric import Metric

Record = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One utterance of one system, with the files that its scores depend on."""

    system: System
    sentence: Sentence
    file: Path | None
    reference: Path | None
    prompts: Mapping[str, tuple[Path, ...]]

    @property
    def files(self) -> tuple[Path | None, ...]:
        """The audio itself, its reference, and the prompts."""
        return self.file, self.reference, *chain.from_iterable(self.prompts.values())

    def key(self, labels: Sequence[str], hashes: Mapping[Path | None, str]) -> str:
        """A hash of all that the scores depend on: a changed file or model is scored again."""
        parts = [
            self.system.name,
            self.sentence.id,
            self.sentence.text,
            self.sentence.speaker,
            json.dumps(self.system.speed.get(self.sentence.id)),
            *self.prompts,
            *labels,
            *(hashes[file] for file in self.files),
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def plan(
    systems: Sequence[System],
    sentences: Sequence[Sentence],
    references: Mapping[str, Path],
    prompts: Mapping[str, tuple[Path, ...]],
) -> list[Task]:
    """One task a system and sentence, in that order.

    Raises:
        UserError: a system's folder that holds nothing of the list.
    """
    ids = {sentence.id for sentence in sentences}
    files = {system.name: find_audio(system.folder, ids) for system in systems}
    return [
        Task(
            system,
            sentence,
            files[system.name].get(sentence.id),
            references.get(sentence.id),
            prompts,
        )
        for system in systems
        for sentence in sentences
    ]


def score(tasks: Sequence[Task], metrics: Sequence[Metric], path: Path, jobs: int) -> list[Record]:
    """Score the tasks that `path` does not hold already, adding a line to it for each.

    Args:
        tasks: from `plan`.
        metrics: loaded metrics; called from `jobs` threads at once.
        path: a JSON Lines file; made if need be, only ever added to.
        jobs: utterances scored at once.

    Returns:
        One record a task, in the same order.
    """
    records = _read_records(path)
    files = {file for task in tasks for file in task.files}
    hashes = {f: hashlib.sha256(f.read_bytes()).hexdigest() if f else "" for f in files}
    keys = [task.key([metric.label for metric in metrics], hashes) for task in tasks]
    todo = {key: task for key, task in zip(keys, tasks, strict=True) if key not in records}
    progress = tqdm(total=len(keys), initial=len(keys) - len(todo), desc="score", unit="utterance")
    with path.open("a", encoding="utf-8") as lines, progress, ThreadPoolExecutor(jobs) as pool:
        if lines.tell() and not path.read_bytes().endswith(b"\n"):
            lines.write("\n")  # the last run was cut off within a line
        futures = {pool.submit(_score_one, task, metrics): key for key, task in todo.items()}
        try:
            for future in as_completed(futures):
                record = {"key": futures[future], **future.result()}
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")
                lines.flush()
                records[record["key"]] = record
                progress.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [_found(records[key], task) for key, task in zip(keys, tasks, strict=True)]


def _read_records(path: Path) -> dict[str, Record]:
    records = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
            records[record["key"]] = record
        except (ValueError, KeyError, TypeError):
            continue  # cut off while it was written
    return records


def _found(record: Record, task: Task) -> Record:
    """The record with the places where the same audio is now; None stays, as for no audio."""
    places = {"file": task.file, "reference": task.reference}
    return record | {name: str(file) for name, file in places.items() if record[name]}


def _score_one(task: Task, metrics: Sequence[Metric]) -> Record:
    recording, notes = _read(task.file)
    reference = _read(task.reference)[0] if task.reference else None
    utterance = Utterance(task.sentence, recording, reference, task.prompts)
    record: Record = {
        "system": task.system.name,
        "id": task.sentence.id,
        "text": task.sentence.text,
        "speaker": task.sentence.speaker,
        "file": str(task.file) if recording else None,
        "reference": str(task.reference) if reference else None,
        "notes": notes,
        **task.system.speed.get(task.sentence.id, {}),
    }
    for metric in metrics:
        record |= metric.score(utterance)
    return record


def _read(file: Path | None) -> tuple[Recording | None, list[str]]:
    if file is None:
        return None, ["missing"]
    try:
        recording = read_recording(file)
    except UnreadableAudio as error:
        return None, [str(error)]
    return recording, list(recording.notes)
