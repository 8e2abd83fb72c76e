"""What was measured as Markdown tables and a picture: quality against speed.

    python report.py RESULTS

reads compare.json, bench.json and, if it is there, quality.json in the folder RESULTS; writes
table.md and quality.png.
"""

from __future__ import annotations

import io
import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from matplotlib.figure import Figure

from smf_tts.bench import table as bench_table
from smf_tts.errors import one_line_errors
from smf_tts.files import write_whole

OURS, TEACHER, PIPER, KOKORO = "smf-tts, 1 step", "teacher, 10 steps", "Piper", "Kokoro int8"

Rows = Sequence[dict[str, Any]]


def ratios(rows: Rows, field: str, one: str, other: str) -> list[float]:
    """How many times as long `one` took as `other`, each time that they were timed in turn."""
    values: dict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if field in row:
            values[row["round"], row.get("id")][row["system"]] = row[field]
    return [v[one] / v[other] for v in values.values() if one in v and other in v]


def quartiles(values: Sequence[float], digits: int = 2) -> str:
    """Median, and the quartiles around it."""
    low, middle, high = statistics.quantiles(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def speed_table(rows: Rows) -> list[str]:
    """A system a row: its real-time factor, and how it compares with one step."""
    lines = [
        "| system | real-time factor | ms a sentence | times as long as 1 step |",
        "|---|---|---|---|",
    ]
    for name in dict.fromkeys(row["system"] for row in rows):
        mine = [row for row in rows if row["system"] == name]
        factor = quartiles([row["seconds"] / row["audio_seconds"] for row in mine], 4)
        milliseconds = quartiles([1000 * row["seconds"] for row in mine], 1)
        ratio = "" if name == OURS else quartiles(ratios(rows, "seconds", name, OURS))
        lines.append(f"| {name} | {factor} | {milliseconds} | {ratio} |")
    return lines


def aims(compared: dict[str, Any], bench: dict[str, Any]) -> list[str]:
    """What the speaking path is meant to reach, and what it reached."""
    sentences, starts = compared["sentences"], compared["starts"]
    first = {
        row["text"]: row["first_sound_seconds"] for row in bench["speaking"] if row["steps"] == 1
    }
    short, *_, long = sorted(bench["memory"], key=lambda row: row["audio_minutes"])
    wanted = [
        ("1 step against Piper", ratios(sentences, "seconds", PIPER, OURS), ">=", 2.0),
        ("1 step against Kokoro int8", ratios(sentences, "seconds", KOKORO, OURS), ">=", 12.0),
        (
            "decoder of 1 step against the teacher's 10 guided",
            ratios(sentences, "decoder_seconds", TEACHER, OURS),
            ">=",
            15.0,
        ),
        ("cold start against Piper's", ratios(starts, "seconds", PIPER, OURS), ">=", 1.0),
        (
            "first sound of ten sentences over that of the first alone",
            [first["ten sentences"] / first["sentence"]],
            "<=",
            1.5,
        ),
        (
            f"peak memory of {long['audio_minutes']:.0f} minutes of speech over that of "
            f"{short['audio_minutes']:.1f}",
            [long["peak_mb"] / short["peak_mb"]],
            "<=",
            1.3,
        ),
    ]
    lines = ["| aim | times | wanted | reached |", "|---|---|---|---|"]
    for name, values, sign, bound in wanted:
        middle = statistics.median(values)
        reached = middle >= bound if sign == ">=" else middle <= bound
        shown = quartiles(values) if len(values) > 1 else f"{middle:.2f}"
        lines.append(f"| {name} | {shown} | {sign} {bound:g} | {'yes' if reached else 'no'} |")
    return lines


def quality_table(quality: dict[str, Any]) -> list[str]:
    """A system a row: WER and DNSMOS P.808 with 95 % intervals."""
    lines = ["| system | WER % | DNSMOS P.808 |", "|---|---|---|"]
    for name, system in quality["systems"].items():
        cells = [
            f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
            for figure in (system["measures"][measure] for measure in ("wer", "dnsmos_p808"))
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def picture(compared: dict[str, Any], quality: dict[str, Any]) -> Figure:
    """Both measures of quality against the real-time factor."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, measure, label in zip(
        panels,
        ("wer", "dnsmos_p808"),
        ("word error rate, %", "DNSMOS P.808"),
        strict=True,
    ):
        for (name, system), marker in zip(quality["systems"].items(), "os^DvPX*", strict=False):
            factors = [
                row["seconds"] / row["audio_seconds"]
                for row in compared["sentences"]
                if row["system"] == name
            ]
            if not factors:  # the recordings
                continue
            value = system["measures"][measure]
            x, y = statistics.median(factors), value["value"]
            panel.errorbar(
                x,
                y,
                [[y - value["low"]], [value["high"] - y]],
                fmt=marker,
                label=name,
                color="#2a78d6" if name.startswith("smf-tts") else "#52514e",
            )
        panel.set(xscale="log", xlabel="real-time factor (left is faster)", ylabel=label)
        panel.margins(x=0.1)
        panel.grid(color="#e1e0d9", linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(f"{compared['cpu']}, {compared['threads']} threads", size=10)
    return figure


def main(results: Annotated[Path, typer.Argument(help="Folder of the JSON files.")]) -> None:
    """Write table.md, and quality.png where quality was measured."""
    compared, bench = (
        json.loads((results / f"{name}.json").read_text("utf-8")) for name in ("compare", "bench")
    )
    rounds = 1 + max(row["round"] for row in compared["sentences"])
    count = len({row["id"] for row in compared["sentences"]})
    lines = [
        f"{compared['cpu']}, {compared['cores']} cores; {compared['threads']} threads; onnxruntime "
        f"{compared['onnxruntime']}. {count} sentences, {rounds} rounds, in turn; medians and, in "
        "brackets, quartiles.",
        "",
        *aims(compared, bench),
        "",
        "## From text to samples",
        "",
        *speed_table(compared["sentences"]),
        "",
        "## Cold start",
        "",
        "| command | seconds |",
        "|---|---|",
    ]
    for name in dict.fromkeys(row["system"] for row in compared["starts"]):
        mine = [row["seconds"] for row in compared["starts"] if row["system"] == name]
        lines.append(f"| {name} | {quartiles(mine)} |")
    lines += ["", "## smf-tts bench", "", bench_table(bench)]
    if (results / "quality.json").exists():
        quality = json.loads((results / "quality.json").read_text("utf-8"))
        lines += ["", "## Quality", "", *quality_table(quality), "", "![](quality.png)"]
        image = io.BytesIO()
        picture(compared, quality).savefig(image, dpi=150, format="png")
        write_whole(results / "quality.png", image.getvalue())
    write_whole(results / "table.md", ("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    with one_line_errors("report"):
        typer.run(main)
