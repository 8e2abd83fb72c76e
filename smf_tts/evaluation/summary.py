"""From utterances to systems: means or rates with bootstrap intervals, and paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import bootstrap

from smf_tts.evaluation.scoring import Record

RESAMPLES = 2000
BOOTSTRAP_SEED = 0


@dataclass(frozen=True)
class Measure:
    """A figure of a system: the mean of `field`, or the ratio of the sums of `field` and `per`."""

    name: str
    title: str
    better: str  # "lower", "higher" or "" for neither
    field: str
    per: str = ""
    scale: float = 1.0
    decimals: int = 2
    compared: bool = False  # in the paired differences

    def collect(self, records: Sequence[Record]) -> dict[str, tuple[float, float]]:
        """Numerator and denominator of each utterance, by id; a mean has denominators of 1."""
        needed = [self.field, *([self.per] if self.per else [])]
        return {
            record["id"]: (record[self.field] * self.scale, record[self.per] if self.per else 1.0)
            for record in records
            if all(name in record for name in needed)
        }


MEASURES = (
    Measure("wer", "WER %", "lower", "word_errors", "words", 100, compared=True),
    Measure("cer", "CER %", "lower", "character_errors", "characters", 100),
    Measure("utmos", "UTMOS", "higher", "utmos", decimals=3, compared=True),
    Measure("dnsmos_p808", "DNSMOS P.808", "higher", "dnsmos_p808", decimals=3, compared=True),
    Measure("dnsmos_ovrl", "DNSMOS overall", "higher", "dnsmos_ovrl", decimals=3, compared=True),
    Measure("dnsmos_sig", "DNSMOS speech", "higher", "dnsmos_sig", decimals=3),
    Measure("dnsmos_bak", "DNSMOS background", "higher", "dnsmos_bak", decimals=3),
    Measure("similarity", "Speaker similarity", "higher", "similarity", decimals=3, compared=True),
    Measure(
        "speaker_identified", "Right speaker picked %", "higher", "speaker_identified", "", 100, 1
    ),
    Measure("mcd_db", "MCD dB", "lower", "mcd_db", compared=True),
    Measure("f0_error_cents", "F0 error cents", "lower", "f0_error_cents", decimals=0),
    Measure("f0_correlation", "F0 correlation", "higher", "f0_correlation"),
    Measure("voicing_error", "Voicing error %", "lower", "voicing_error", scale=100, decimals=1),
    Measure("duration_error", "Duration error %", "lower", "duration_error", "", 100, 1),
    Measure("f0_variation_semitones", "F0 variation semitones", "", "f0_variation_semitones"),
    Measure("words_per_second", "Words a second", "", "words_per_second"),
    Measure("silence_share", "Silence %", "", "silence_share", scale=100, decimals=1),
    Measure("rtf", "Real-time factor", "lower", "synthesis_seconds", "audio_seconds", decimals=4),
    Measure("latency_ms", "First sample ms", "lower", "first_sample_seconds", "", 1000, 0),
    Measure("nfe", "Network evaluations", "lower", "nfe", decimals=0),
)


def summarize(records: Sequence[Record]) -> dict[str, Any]:
    """Figures of one system, error counts, ids without audio, and what was odd about files."""
    counts = ("words", "substitutions", "deletions", "insertions")
    figures = {measure.name: _figure(measure, records) for measure in MEASURES}
    return {
        "utterances": len(records),
        "measures": {name: figure for name, figure in figures.items() if figure},
        "counts": {name: sum(r[name] for r in records) for name in counts if name in records[0]},
        "missing": [record["id"] for record in records if record["file"] is None],
        "notes": {record["id"]: record["notes"] for record in records if record["notes"]},
    }


def compare(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Paired differences a - b between all systems on the sentences that both have scores for."""
    systems = list(dict.fromkeys(record["system"] for record in records))
    by_system = {name: [r for r in records if r["system"] == name] for name in systems}
    rows = []
    for a, b in combinations(systems, 2):
        for measure in (measure for measure in MEASURES if measure.compared):
            first, second = measure.collect(by_system[a]), measure.collect(by_system[b])
            shared = [id for id in first if id in second]
            interval = _interval([(*first[id], *second[id]) for id in shared])
            if not interval or interval["n"] < 2:
                continue
            low, high = interval["low"], interval["high"]
            verdict = "no difference shown"
            if low > 0 or high < 0:
                verdict = f"better: {a if (low > 0) == (measure.better == 'higher') else b}"
            rows.append({"a": a, "b": b, "measure": measure.name, **interval, "verdict": verdict})
    return rows


def _figure(measure: Measure, records: Sequence[Record]) -> dict[str, Any] | None:
    return _interval(list(measure.collect(records).values()))


def _interval(rows: Sequence[tuple[float, ...]]) -> dict[str, Any] | None:
    """Value and 95 % percentile interval over utterances of (num, den) or (num, den, num, den)."""
    columns = [np.asarray(column, dtype=float) for column in zip(*rows, strict=True)]
    if not columns or any(column.sum() == 0 for column in columns[1::2]):
        return None
    figure: dict[str, Any] = {"value": float(_statistic(*columns)), "n": len(rows)}
    if len(rows) > 1:
        interval = bootstrap(
            columns,
            _statistic,
            paired=True,
            method="percentile",
            n_resamples=RESAMPLES,
            rng=BOOTSTRAP_SEED,
        ).confidence_interval
        figure |= {"low": float(interval.low), "high": float(interval.high)}
    return figure


def _statistic(*columns: npt.NDArray[np.floating], axis: int = -1) -> npt.NDArray[np.floating]:
    sums = [column.sum(axis=axis) for column in columns]
    value = np.asarray(sums[0] / sums[1])
    return value - sums[2] / sums[3] if len(sums) > 2 else value
