"""A blind listening test: comparison mean opinion scores (CMOS, ITU-T P.800, annex E) of systems.

A trial is one sentence by two systems, in random order; the listener says which is better, and how
much, from -3 (the first is much better) to 3 (the second is).
"""

from __future__ import annotations

import csv
import io
import os
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timezone
from itertools import combinations
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from smf_tts.errors import UserError
from smf_tts.files import write_whole

SCALE = {
    -3: "A is much better",
    -2: "A is better",
    -1: "A is slightly better",
    0: "About the same",
    1: "B is slightly better",
    2: "B is better",
    3: "B is much better",
}
COLUMNS = ("time", "listener", "sentence", "left", "right", "choice")
LONGEST_NAME = 40
_RESAMPLES = 2000


@dataclass(frozen=True)
class Trial:
    """A sentence, and the systems whose readings of it the listener hears as A and as B."""

    sentence: str
    left: str
    right: str


@dataclass(frozen=True)
class Preference:
    """How much listeners preferred `second` over `first`.

    Attributes:
        score: mean choice, -3 to 3; positive for `second`.
        low, high: 95 % percentile bootstrap interval over sentences; None for one sentence.
        for_first, equal, for_second: counts of choices.
    """

    first: str
    second: str
    sentences: int
    listeners: int
    score: float
    low: float | None
    high: float | None
    for_first: int
    equal: int
    for_second: int


class ListeningTest:
    """Folders of wavs of the same sentences, compared two by two, and the choices in a CSV.

    Beside it, with `.preferences.csv` in place of the suffix, stands what the choices come to: the
    fields of `Preference`, a line a pair.

    Args:
        systems: two or more names, each with a folder of <sentence>.wav.
        results: CSV with `COLUMNS`; made, or appended to.

    Raises:
        UserError: too few systems, no sentence that all have, or another file at `results`.
    """

    def __init__(self, systems: Mapping[str, Path], results: Path) -> None:
        if len(systems) < 2:
            raise UserError("a listening test needs two systems or more; give --ab once for each")
        for name, folder in systems.items():
            if not folder.is_dir():
                raise UserError(f"system {name}: there is no folder {folder}")
        stems = [{path.stem for path in folder.glob("*.wav")} for folder in systems.values()]
        self.sentences = sorted(set.intersection(*stems))
        if not self.sentences:
            raise UserError("the systems share no sentence: name their wavs alike, <sentence>.wav")
        self.systems = dict(systems)
        self._results = results
        self._lock = threading.RLock()
        if not results.parent.is_dir():
            raise UserError(f"cannot write {results}: there is no folder {results.parent}")
        self._read()

    def trials(self, listener: str) -> list[Trial]:
        """What the listener has not judged yet, in an order and on sides of their own."""
        judged = {
            (row["sentence"], frozenset((row["left"], row["right"])))
            for row in self._read()
            if row["listener"] == listener
        }
        open_trials = [
            Trial(sentence, *random.sample(pair, 2))
            for sentence in self.sentences
            for pair in combinations(self.systems, 2)
            if (sentence, frozenset(pair)) not in judged
        ]
        random.shuffle(open_trials)
        return open_trials

    def sounds(self, trial: Trial) -> list[tuple[NDArray[np.float32], int]]:
        """Mono samples and rates of a trial's left and right.

        Raises:
            UserError: one of them cannot be read.
        """
        sounds = []
        for system in (trial.left, trial.right):
            path = self.systems[system] / f"{trial.sentence}.wav"
            try:
                samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                # Without the path: the listener must not read there which system it is.
                raise UserError(
                    "a sound of this pair is damaged; tell who runs the test"
                ) from error
            sounds.append((samples.mean(axis=1), rate))
        return sounds

    def save(self, listener: str, trial: Trial, choice: int) -> None:
        """Append a choice, one whole line at a time, and work the preferences out again.

        Raises:
            UserError: a choice off the scale, or the file cannot be written.
        """
        if choice not in SCALE:
            raise UserError(f"a choice is one of {', '.join(map(str, SCALE))}")
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        row = (now, listener, trial.sentence, trial.left, trial.right, choice)
        with self._lock:
            try:
                with open(self._results, "ab") as file:
                    file.write((b"" if file.tell() else _line(COLUMNS)) + _line(row))
                    file.flush()
                    os.fsync(file.fileno())
                lines = [_line(astuple(one)) for one in self.preferences()]
                header = _line([field.name for field in fields(Preference)])
                write_whole(self._results.with_suffix(".preferences.csv"), header + b"".join(lines))
            except OSError as error:
                raise UserError(f"cannot write {self._results}: {error.strerror}") from error

    def preferences(self) -> list[Preference]:
        """Of every two systems that were compared, by all listeners so far."""
        rows = self._read()
        pairs = combinations(self.systems, 2)
        return [found for pair in pairs if (found := _preference(*pair, rows)) is not None]

    def _read(self) -> list[dict[str, str]]:
        with self._lock:
            try:
                text = self._results.read_text(encoding="utf-8")
            except FileNotFoundError:
                return []
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(f"cannot read {self._results}: {error}") from error
        reader = csv.DictReader(io.StringIO(text))
        if text and tuple(reader.fieldnames or ()) != COLUMNS:
            raise UserError(f"{self._results} is not of a listening test; choose another file")
        rows = list(reader)
        for number, row in enumerate(rows, 2):
            if row["choice"] not in map(str, SCALE):
                raise UserError(f"{self._results}, line {number}: the choice is not from -3 to 3")
        return rows


def check_listener(name: str) -> str:
    """The listener's name without the spaces around it.

    Raises:
        UserError: it is empty, too long, or holds what is no letter, digit, space, dot or dash.
    """
    name = name.strip()
    if not name:
        raise UserError("please type a name or a number of your choice first")
    if len(name) > LONGEST_NAME or not all(c.isalnum() or c in " .-_" for c in name):
        raise UserError(f"a name has up to {LONGEST_NAME} letters, digits, spaces, dots or dashes")
    return name


def _line(cells: Sequence[object]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode("utf-8")


def _preference(first: str, second: str, rows: Sequence[Mapping[str, str]]) -> Preference | None:
    by_sentence: dict[str, list[int]] = {}
    listeners = set()
    for row in rows:
        if {row["left"], row["right"]} == {first, second}:
            sign = 1 if row["right"] == second else -1
            by_sentence.setdefault(row["sentence"], []).append(sign * int(row["choice"]))
            listeners.add(row["listener"])
    choices = [choice for several in by_sentence.values() for choice in several]
    if not choices:
        return None
    low = high = None
    if len(by_sentence) > 1:
        sums = np.array([(sum(several), len(several)) for several in by_sentence.values()])
        picks = np.random.default_rng(0).integers(len(sums), size=(_RESAMPLES, len(sums)))
        totals = sums[picks].sum(axis=1)
        low, high = np.percentile(totals[:, 0] / totals[:, 1], [2.5, 97.5]).tolist()
    return Preference(
        first,
        second,
        len(by_sentence),
        len(listeners),
        float(np.mean(choices)),
        low,
        high,
        sum(choice < 0 for choice in choices),
        sum(choice == 0 for choice in choices),
        sum(choice > 0 for choice in choices),
    )
