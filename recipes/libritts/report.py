"""Corpus, training and evaluation of one run on a page.

    python report.py RUN_DIR

reads what the stages left in RUN_DIR and writes RUN_DIR/report.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from smf_tts.errors import UserError, one_line_errors
from smf_tts.files import write_whole

STAGES = ("teacher", "student", "vocoder")


def read(path: Path) -> str:
    """The text of a file that a stage should have left.

    Raises:
        UserError: the stage was not run.
    """
    if not path.exists():
        raise UserError(f"{path} is not there; run the stages before this one")
    return path.read_text(encoding="utf-8").strip()


def training_row(run: Path) -> str:
    """A stage's row of the table, from its log: averages over the run, errors at its end."""
    lines = [json.loads(line) for line in read(run / "log.jsonl").splitlines()]
    steps = [line for line in lines if "loss" in line]
    held_out = [line for line in lines if any(name.startswith("held_out/") for name in line)]
    errors = ", ".join(
        f"{name.removeprefix('held_out/').replace('_', ' ')} {value:.3g}"
        for name, value in held_out[-1].items()
        if name.startswith("held_out/") and name.count("/") == 1  # not its parts
    )
    rate, waiting = (
        sum(line[name] for line in steps) / len(steps)
        for name in ("audio_seconds_per_second", "share_waiting_for_data")
    )
    return (
        f"| {run.name} | {steps[-1]['step']:,} | {steps[0]['loss']:.3f} | {steps[-1]['loss']:.3f} "
        f"| {errors} | {rate:.0f} | {waiting:.1%} |"
    )


def main(run: Annotated[Path, typer.Argument(help="The recipe's --run-dir.")]) -> None:
    """Write the report."""
    runs = [run / name for name in STAGES if (run / name / "log.jsonl").exists()]
    if not runs:
        raise UserError(f"{run} holds no training; run the stages before this one")
    speeds = sorted((run / "test" / "wavs").glob("*.txt"))
    page = [
        "# Report",
        "## Corpus",
        read(run / "corpus.md"),
        "## Training",
        "| stage | steps | first loss | last loss | held out, at the end "
        "| seconds of audio a second | waiting for data |\n|---|---|---|---|---|---|---|\n"
        + "\n".join(map(training_row, runs)),
        "## Held-out sentences",
        read(run / "test" / "evaluation" / "table.md"),
        "\n".join(f"- {path.stem}: {read(path).splitlines()[-1]}" for path in speeds),
        "`test/evaluation/report.html` plays them.",
    ]
    write_whole(run / "report.md", ("\n\n".join(page) + "\n").encode())
    typer.echo(f"{run / 'report.md'} is the report")


if __name__ == "__main__":
    with one_line_errors("report"):
        typer.run(main)
