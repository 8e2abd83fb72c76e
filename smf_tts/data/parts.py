"""A prepared corpus on disk, part by part, so that what is done stays done.

Each part has a manifest of Lhotse cuts and, written last, a summary in parts/. Its arrays are
files of their own (SPLIT.000000.jsonl.gz and arrays/) or tar archives (SPLIT/cuts.000000.jsonl.gz,
SPLIT/mel.000000.tar, SPLIT/samples.000000.tar: Lhotse's Shar).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from lhotse import CutSet, SupervisionSegment
from lhotse.cut import Cut
from lhotse.features.io import NumpyFilesWriter
from lhotse.shar import SharWriter

from smf_tts.config import MelConfig, build
from smf_tts.data.corpus import Utterance
from smf_tts.data.features import Features
from smf_tts.errors import UserError
from smf_tts.files import write_whole
from smf_tts.runtime.voice import Speaker

_ARRAYS, _PARTS = "arrays", "parts"
_FIELDS = ("mel", "samples")
_TEMPORARY = ".part-"


@dataclass(frozen=True)
class Summary:
    """What is known of a part that is done."""

    split: str
    fingerprint: str
    seconds: float
    converted: int  # utterances resampled or mixed to mono
    sums: tuple[float, float, float]  # number, sum and sum of squares of the mels' values
    speakers: tuple[str, ...]  # the corpus's ids
    rejected: tuple[tuple[str, str], ...]  # ids and reasons


@dataclass(frozen=True)
class Part:
    """Some utterances of a split, and how they are to be prepared."""

    split: str
    number: int
    utterances: tuple[Utterance, ...]
    mel: MelConfig
    speakers: Mapping[str, Speaker]
    shards: bool

    @property
    def manifest(self) -> Path:
        """Where its cuts are, in the prepared folder."""
        if self.shards:
            return Path(self.split) / f"cuts.{self.number:06d}.jsonl.gz"
        return Path(f"{self.split}.{self.number:06d}.jsonl.gz")

    @property
    def _summary(self) -> Path:
        return Path(_PARTS) / f"{self.split}.{self.number:06d}.json"

    @property
    def fingerprint(self) -> str:
        """Changes with whatever the part is made from; of the sound, with the files' sizes."""
        rows = [
            (u.id, u.text, u.speaker, asdict(self.speakers[u.speaker]), _size(u.audio))
            for u in self.utterances
        ]
        content = json.dumps([rows, asdict(self.mel), self.shards])
        return hashlib.sha256(content.encode()).hexdigest()

    def read_summary(self, folder: Path) -> Summary | None:
        """The summary of this very part, if it is done."""
        path = folder / self._summary
        if not path.exists():
            return None
        summary = build(Summary, json.loads(path.read_text(encoding="utf-8")), str(path))
        there = (folder / self.manifest).exists() or not summary.seconds
        return summary if there and summary.fingerprint == self.fingerprint else None

    def write_summary(self, folder: Path, summary: Summary) -> None:
        """Say that the part is done."""
        content = json.dumps(asdict(summary), ensure_ascii=False)
        write_whole(folder / self._summary, content.encode())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class PartWriter:
    """Writes the cuts of a part; as a context manager it finishes the part, or leaves none."""

    def __init__(self, part: Part, folder: Path) -> None:
        self.part, self.folder = part, folder
        self.seconds, self.converted, self.sums = 0.0, 0, np.zeros(3)
        self.speakers: set[str] = set()
        self.rejected: list[tuple[str, str]] = []
        self._lines: list[str] = []

    def __enter__(self) -> PartWriter:
        # One of before would outlive a part that turns out to be all faults.
        (self.folder / self.part.manifest).unlink(missing_ok=True)
        if self.part.shards:
            self._temporary = Path(tempfile.mkdtemp(dir=self.folder, prefix=_TEMPORARY))
            self._shard = SharWriter(
                self._temporary,
                dict.fromkeys(_FIELDS, "numpy"),
                shard_size=None,
                shard_suffix=f".{self.part.number:06d}",
                warn_unused_fields=False,
            )
            self._shard.__enter__()
        else:
            self._arrays = NumpyFilesWriter(self.folder / _ARRAYS)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        manifest = self.folder / self.part.manifest
        if self.part.shards:
            self._shard.close()
            manifest.parent.mkdir(exist_ok=True)
            # The tars before the cuts that need them.
            for path in sorted(self._temporary.iterdir(), reverse=True) if kind is None else ():
                os.replace(path, manifest.parent / path.name)
            shutil.rmtree(self._temporary)
        elif kind is None and self._lines:
            write_whole(manifest, gzip.compress("".join(self._lines).encode()))
        if kind is None:
            self.part.write_summary(self.folder, self.summary)

    def add(self, utterance: Utterance, result: Features | str) -> None:
        """Add an utterance, or the reason why it cannot be used."""
        if isinstance(result, str):
            self.rejected.append((utterance.id, result))
            return
        rate = self.part.mel.sample_rate_hz
        cut = result.recording.resample(rate).to_cut()
        cut.supervisions = [
            SupervisionSegment(
                id=utterance.id,
                recording_id=utterance.id,
                start=0,
                duration=cut.duration,
                text=utterance.text,
                speaker=self.part.speakers[utterance.speaker].name,
                custom={"phonemes": result.phonemes},
            )
        ]
        # Samples are decoded and resampled once: a vocoder reads short pieces of every file.
        for name, array in zip(_FIELDS, (result.mel, result.samples), strict=True):
            if self.part.shards:
                cut = cut.attach_tensor(name, array)
            else:
                setattr(cut, name, self._arrays.store_array(f"{utterance.id}.{name}", array))
        if self.part.shards:
            self._shard.write(cut)
        else:
            self._lines.append(json.dumps(cut.to_dict(), ensure_ascii=False) + "\n")
        self.seconds += cut.duration
        self.converted += result.converted(rate)
        self.sums += result.sums
        self.speakers.add(utterance.speaker)

    @property
    def summary(self) -> Summary:
        """Of what was added so far."""
        count, total, squares = self.sums
        return Summary(
            split=self.part.split,
            fingerprint=self.part.fingerprint,
            seconds=self.seconds,
            converted=self.converted,
            sums=(float(count), float(total), float(squares)),
            speakers=tuple(sorted(self.speakers)),
            rejected=tuple(self.rejected),
        )


def claim(folder: Path) -> None:
    """Make a folder for a prepared corpus; one that is there already stays as it is.

    Raises:
        UserError: the folder holds something else, which `forget_others` might delete.
    """
    ours = [folder / _PARTS, folder / "prepared.json"]
    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not any(path.exists() for path in ours)
    ):
        raise UserError(f"{folder} exists and is no prepared corpus; choose another folder")
    (folder / _PARTS).mkdir(parents=True, exist_ok=True)


def forget_others(folder: Path, parts: Sequence[Part]) -> None:
    """Remove from a prepared folder the manifests that are not of these parts, and remains."""
    wanted = {folder / part.manifest for part in parts}
    for path in _manifests(folder, "") + _shards(folder, ""):
        if path not in wanted:
            path.unlink()
    for path in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(path)


def _manifests(folder: Path, split: str) -> list[Path]:
    return sorted(folder.glob(f"{split}*.jsonl.gz"))


def _shards(folder: Path, split: str) -> list[Path]:
    return sorted(folder.glob(f"{split}*/cuts.*.jsonl.gz"))


def load_cuts(folder: Path, split: str, arrays: Sequence[str] = _FIELDS) -> CutSet:
    """The cuts of all splits whose name starts with `split` ("train", "dev"), read as asked for.

    Args:
        folder: a prepared corpus, wherever it is now.
        split: the start of the names.
        arrays: "mel", "samples" or both; from shards nothing else is read.

    Raises:
        UserError: there are none.
    """
    if shards := _shards(folder, split):
        streams = {"cuts": shards}
        for name in arrays:
            streams[name] = [path.with_name(f"{name}.{path.name[5:11]}.tar") for path in shards]
        return CutSet.from_shar(fields=streams)
    manifests = _manifests(folder, split)
    if not manifests:
        raise UserError(f"{folder} has no prepared split {split!r}; run smf-tts prepare first")
    cuts = CutSet.from_files(manifests, shuffle_iters=False)
    return cuts.map(partial(_find_arrays, arrays=str(folder / _ARRAYS)))


def _find_arrays(cut: Cut, arrays: str) -> Cut:
    """The cut with its arrays where the folder is now, whatever it was called when prepared."""
    for name in _FIELDS:
        array = getattr(cut, name)
        getattr(array, "array", array).storage_path = arrays
    return cut
