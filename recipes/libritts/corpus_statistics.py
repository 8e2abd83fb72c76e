"""What a prepared corpus holds, as a Markdown table and as JSON.

    python corpus_statistics.py PREPARED OUTPUT

writes OUTPUT/corpus.json and OUTPUT/corpus.md.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from lhotse import CutSet

from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared
from smf_tts.errors import one_line_errors
from smf_tts.files import write_whole


def describe(cuts: CutSet) -> dict[str, Any]:
    """Figures of some cuts: utterances, speakers, hours, and how both are spread."""
    seconds, by_speaker, symbols = [], Counter[str](), 0
    for cut in cuts:
        seconds.append(cut.duration)
        by_speaker[cut.supervisions[0].speaker] += cut.duration
        symbols += len(cut.supervisions[0].custom["phonemes"])
    return {
        "utterances": len(seconds),
        "speakers": len(by_speaker),
        "hours": sum(seconds) / 3600,
        "seconds_5_50_95_percent": [float(q) for q in np.percentile(seconds, [5, 50, 95])],
        "minutes_a_speaker_least_median": [
            min(by_speaker.values()) / 60,
            float(np.median(list(by_speaker.values()))) / 60,
        ],
        "symbols_a_second": symbols / sum(seconds),
    }


def main(
    prepared: Annotated[Path, typer.Argument(help="Folder that smf-tts prepare wrote.")],
    output: Annotated[Path, typer.Argument(help="Folder to write.")],
) -> None:
    """Describe a prepared corpus."""
    known = Prepared.load(prepared)
    rejected = (prepared / "rejected.tsv").read_text(encoding="utf-8").splitlines()
    figures = {
        "train": describe(load_cuts(prepared, "train")),
        "held out": describe(load_cuts(prepared, "dev")),
        "left_out": dict(Counter(line.split("\t")[1] for line in rejected).most_common()),
        "mel_mean": known.mel_mean,
        "mel_deviation": known.mel_deviation,
    }
    lines = [
        "| | utterances | speakers | hours | seconds: 5 %, median, 95 % "
        "| minutes a speaker: least, median | symbols a second |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in ("train", "held out"):
        part = figures[name]
        seconds = ", ".join(f"{value:.1f}" for value in part["seconds_5_50_95_percent"])
        minutes = ", ".join(f"{value:.1f}" for value in part["minutes_a_speaker_least_median"])
        lines.append(
            f"| {name} | {part['utterances']} | {part['speakers']} | {part['hours']:.2f} "
            f"| {seconds} | {minutes} | {part['symbols_a_second']:.1f} |"
        )
    reasons = "; ".join(f"{reason}: {n}" for reason, n in figures["left_out"].items())
    lines += [
        "",
        f"Left out: {len(rejected)}{f' ({reasons})' if reasons else ''}. "
        f"Log mels: mean {known.mel_mean:.3f}, deviation {known.mel_deviation:.3f}.",
    ]
    output.mkdir(parents=True, exist_ok=True)
    write_whole(output / "corpus.json", json.dumps(figures, indent=2).encode())
    table = "\n".join(lines) + "\n"
    write_whole(output / "corpus.md", table.encode())
    typer.echo(table)


if __name__ == "__main__":
    with one_line_errors("corpus_statistics"):
        typer.run(main)
