"""The report: a Markdown table, and one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from tqdm import tqdm

from smf_tts.evaluation.pictures import mel_picture, player, plot
from smf_tts.evaluation.scoring import Record
from smf_tts.evaluation.summary import MEASURES, Measure
from smf_tts.files import write_whole

WORST = 10  # utterances shown for each system
SIDE_BY_SIDE = 4  # sentences shown for all systems
ARROWS = {"lower": "↓", "higher": "↑", "": ""}
PLOTTED = ("wer", "utmos", "dnsmos_p808", "similarity")
# Measures that are shown as missing, and the model that each comes from.
SOURCES = {"wer": "wer", "utmos": "utmos", "dnsmos_p808": "dnsmos", "similarity": "similarity"}

Summary = Mapping[str, Any]


def write_markdown(summary: Summary, path: Path) -> None:
    """Write the table and, below it, how it was made."""
    header, rows = table(summary)
    lines = [header, [":--", *("--:" for _ in header[1:])], *rows]
    text = "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)
    models = [f"{name}: {label}" for name, label in summary["models"].items()]
    notes = "\n".join(f"- {line}" for line in [*models, *setting(summary)])
    write_whole(path, f"{text}\n\n{notes}\n".encode())


def write_html(summary: Summary, records: Sequence[Record], path: Path) -> None:
    """Write the report with its plots, players and mel pictures inside."""
    environment = Environment(
        loader=PackageLoader("smf_tts.evaluation", "."),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    header, rows = table(summary)
    compared = {row["measure"] for row in summary["differences"]}
    page = environment.get_template("report.html.j2").render(
        summary=summary,
        header=header,
        rows=rows,
        setting=setting(summary),
        plots=_plots(summary["systems"]),
        pairs=_pairs(summary["differences"]),
        compared={m.name: m.title for m in MEASURES if m.name in compared},
        worst=_worst(summary, records),
        side_by_side=_side_by_side(records),
    )
    write_whole(path, page.encode())


def table(summary: Summary) -> tuple[list[str], list[list[str]]]:
    """Header and rows: a row a measure, a column a system. The models listed below say why not."""
    systems = summary["systems"]
    rows = []
    for measure in MEASURES:
        figures = [system["measures"].get(measure.name) for system in systems.values()]
        title = f"{measure.title} {ARROWS[measure.better]}".strip()
        if any(figures):
            rows.append([title, *(_show(figure, measure) for figure in figures)])
            if measure.name == "wer":
                rows.append(["errors S / D / I, of words", *map(_counts, systems.values())])
        elif reason := summary["models"].get(SOURCES.get(measure.name, "")):
            why = "not available" if reason.startswith("not available") else "nothing to compare to"
            rows.append([title, *(why for _ in figures)])
    missing = (str(len(system["missing"])) for system in systems.values())
    return ["", *systems], [*rows, ["missing or unreadable", *missing]]


def setting(summary: Summary) -> list[str]:
    """How the figures were made, a line each."""
    listed, machine = summary["list"], summary["machine"]
    libraries = ", ".join(f"{name} {number}" for name, number in summary["libraries"].items())
    spoken = []
    if summary["seed"] is not None:
        threads = machine["synthesis_threads"]
        spoken = [f"spoken one sentence at a time, threads: {threads}, seed: {summary['seed']}"]
    return [
        f"{listed['sentences']} sentences of {listed['name']} (sha256 {listed['sha256'][:12]})",
        "brackets: 95 % bootstrap intervals over utterances",
        f"{machine['cpu']}, {machine['cores']} cores",
        *spoken,
        libraries,
    ]


def _show(figure: Mapping[str, float] | None, measure: Measure) -> str:
    if figure is None:
        return "-"
    number = f"{figure['value']:.{measure.decimals}f}"
    if "low" not in figure or figure["low"] == figure["high"]:
        return number
    return f"{number} [{figure['low']:.{measure.decimals}f}, {figure['high']:.{measure.decimals}f}]"


def _counts(system: Mapping[str, Any]) -> str:
    counts = system["counts"]
    errors = " / ".join(str(counts[n]) for n in ("substitutions", "deletions", "insertions"))
    return f"{errors}, {counts['words']}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _plots(systems: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    measured = [
        (m.name, m.title)
        for m in MEASURES
        if m.name in PLOTTED and any(m.name in s["measures"] for s in systems.values())
    ]
    plots = {}
    if measured and any(system["steps"] for system in systems.values()):
        plots["Quality against steps"] = plot(systems, "steps", "steps", measured)
        plots["Quality against speed"] = plot(systems, "rtf", "real-time factor", measured)
    return plots


def _pairs(differences: Sequence[Summary]) -> dict[tuple[str, str], dict[str, Summary]]:
    """For each two systems, their differences by the name of the measure."""
    pairs: dict[tuple[str, str], dict[str, Summary]] = {}
    for row in differences:
        pairs.setdefault((row["a"], row["b"]), {})[row["measure"]] = row
    return pairs


def _worst(summary: Summary, records: Sequence[Record]) -> dict[str, list[dict[str, Any]]]:
    """For each system the utterances with most errors a word, then the least natural ones."""

    def badness(record: Record) -> tuple[float, float]:
        error_rate = record.get("word_errors", 0) / max(1, record.get("words", 1))
        return -error_rate, record.get("utmos") or record.get("dnsmos_p808") or 0.0

    worst = {}
    for name in summary["systems"]:
        own = sorted((r for r in records if r["system"] == name), key=badness)[:WORST]
        worst[name] = [
            {**record, "player": _embed(player, record["file"])}
            for record in tqdm(own, desc=f"players, {name}", unit="utterance")
        ]
    return worst


def _side_by_side(records: Sequence[Record]) -> list[dict[str, Any]]:
    rows = []
    for id in list(dict.fromkeys(record["id"] for record in records))[:SIDE_BY_SIDE]:
        spoken = [record for record in records if record["id"] == id]
        files = [(record["system"], record["file"]) for record in spoken]
        if reference := spoken[0]["reference"]:
            files.insert(0, ("reference", reference))
        cells = [
            {"name": name, "player": _embed(player, file), "mel": _embed(mel_picture, file)}
            for name, file in files
        ]
        rows.append({"id": id, "text": spoken[0]["text"], "cells": cells})
    return rows


def _embed(picture: Callable[[Path], str], file: str | None) -> str:
    return picture(Path(file)) if file else ""
