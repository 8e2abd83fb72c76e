"""Memory and speed of the loader over one epoch of a corpus, and of one many times as large.

    python measure_loader.py compare PREPARED --times 1 --times 10

The larger one is the corpus under several names, by links. Each is loaded in a process of its own,
which prints its resident memory after a quarter, half and all of the epoch.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from smf_tts.config import DataConfig
from smf_tts.data.batches import Position, UtteranceDataset, endless_batches
from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared
from smf_tts.errors import one_line_errors

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def compare(
    prepared: Annotated[Path, typer.Argument(help="Folder that smf-tts prepare wrote.")],
    times: Annotated[list[int], typer.Option(help="Sizes of the epoch.")],
    batch_seconds: Annotated[float, typer.Option(help="As data.batch_seconds.")] = 48,
    workers: Annotated[int, typer.Option(help="As data.workers.")] = 0,
) -> None:
    """Measure each size and print a table."""
    Prepared.load(prepared)
    typer.echo("| epoch | hours | MB at the start | a quarter | half | all | s of audio a second |")
    typer.echo("|---|---|---|---|---|---|---|")
    for count in times:
        with tempfile.TemporaryDirectory() as folder:
            multiply(prepared.resolve(), Path(folder), count)
            command = [sys.executable, __file__, "epoch", folder, str(batch_seconds), str(workers)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        typer.echo(f"| {count} times | {done.stdout.strip()} |")


def multiply(prepared: Path, folder: Path, count: int) -> None:
    """Link a prepared corpus into `folder` `count` times."""
    for name in ("prepared.json", "arrays"):
        if (prepared / name).exists():
            (folder / name).symlink_to(prepared / name)
    for path in prepared.glob("train*"):  # manifests, or folders of shards
        for i in range(count):
            (folder / f"train-{i:03d}-{path.name}").symlink_to(path)


@app.command()
def epoch(prepared: Path, batch_seconds: float, workers: int) -> None:
    """Load one epoch; print hours, memory on the way and the rate."""
    known = Prepared.load(prepared)
    cuts = load_cuts(prepared, "train", ["mel"])  # as for a teacher
    hours = sum(cut.duration for cut in cuts) / 3600
    config = DataConfig(batch_seconds=batch_seconds, workers=workers)
    position = Position()
    batches = endless_batches(UtteranceDataset(known), cuts, config, 1, position)
    memory, heard, started = [], 0.0, time.perf_counter()
    with tqdm(total=round(hours * 3600), unit="s of audio") as bar:
        for batch in batches:
            if position.epoch:
                break
            if not memory:
                memory.append(resident_megabytes())
            seconds = batch.seconds(known.mel.frames_per_second)
            heard += seconds
            bar.update(round(seconds))
            if len(memory) < 3 and heard > hours * 3600 * (0.25, 0.5)[len(memory) - 1]:
                memory.append(resident_megabytes())
    memory.append(resident_megabytes())
    rate = heard / (time.perf_counter() - started)
    figures = [f"{hours:.3g}", *(f"{value:.0f}" for value in memory), f"{rate:.0f}"]
    typer.echo(" | ".join(figures))


def resident_megabytes() -> float:
    """Memory of this process and of its loader's workers."""
    processes = [os.getpid(), *children(os.getpid())]
    pages = sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in processes)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def children(process: int) -> list[int]:
    """The ids of a process's children."""
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in path.read_text().split()]


if __name__ == "__main__":
    with one_line_errors("measure_loader"):
        app()
