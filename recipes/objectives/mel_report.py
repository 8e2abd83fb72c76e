"""What `mel.py` measured, as JSON, Markdown tables and a picture."""

import io
import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from toy_report import COLOURS, MATCHING

from smf_tts.files import write_whole

#: key -> title, decimals, arrow.
MEASURES = {
    "mel_error": ("mel error", 3, "↓"),
    "wer": ("WER %", 1, "↓"),
    "dnsmos_p808": ("P.808", 2, "↑"),
    "dnsmos_ovrl": ("OVRL", 2, "↑"),
}


def value(figures: dict[str, Any], key: str) -> float | None:
    """A measured figure; None where a metric could not be had."""
    found = figures.get(key)
    return found["value"] if isinstance(found, dict) else found


def cell(figures: dict[str, Any], key: str) -> str:
    """A figure with its 95 % interval, if it has one."""
    decimals, number = MEASURES[key][1], value(figures, key)
    if number is None:
        return "-"
    found, text = figures[key], f"{number:.{decimals}f}"
    if isinstance(found, dict) and "low" in found:
        text += f" [{found['low']:.{decimals}f}, {found['high']:.{decimals}f}]"
    return text


def markdown(content: dict[str, Any]) -> str:
    """Write the tables."""
    budget = content["budget"]
    lines = [
        f"Trained from one teacher, guidance {budget['guidance']:g} folded in, batches of "
        f"{budget['batch_seconds']:g} s, {budget['units_per_row']:,.0f} forward units a row each:",
        "",
        "| | units a row | steps | steps not finite | largest gradient norm |",
        "|---|---|---|---|---|",
    ]
    for name, row in content["trainings"].items():
        lines.append(
            f"| {name} | {row['units_per_row']:.2f} | {row['steps']} | {row['not_finite']} "
            f"| {row['largest_gradient_norm']:.3g} |"
        )
    lines += [
        "",
        "Mel error: mean absolute difference of normalised log mels from the teacher's at 32 "
        "guided steps, same noise, held-out utterances. Speech: "
        f"{content['sentences']} sentences at temperature {content['temperature']:g}, "
        f"{'; '.join(content['models'].values())}; in brackets 95 % bootstrap intervals.",
        "",
        "| | steps | evaluations | "
        + " | ".join(f"{title} {arrow}" for title, _, arrow in MEASURES.values())
        + " |",
        "|---|---|---|" + "---|" * len(MEASURES),
    ]
    for name, by_steps in content["quality"].items():
        for n, figures in by_steps.items():
            cells = " | ".join(cell(figures, key) for key in MEASURES)
            lines.append(f"| {name} | {n} | {figures['evaluations']} | {cells} |")
    if content["ablations"]:
        lines += [
            "",
            "SplitMeanFlow, and the same with one choice changed, mel error by steps:",
            "",
            "| | 1 | 2 | 4 |",
            "|---|---|---|---|",
        ]
        for name, by_steps in content["ablations"].items():
            errors = " | ".join(f"{error:.3f}" for error in by_steps.values())
            lines.append(f"| {name} | {errors} |")
    return "\n".join(lines) + "\n"


def curves(quality: dict[str, dict[int, dict[str, Any]]]) -> Figure:
    """Plot each measure against evaluations of the network."""
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    keys = ("mel_error", "wer", "dnsmos_p808")
    for panel, key in zip(figure.subplots(1, len(keys)), keys, strict=True):
        for name, by_steps in quality.items():
            points = [
                (figures["evaluations"], number)
                for figures in by_steps.values()
                if (number := value(figures, key)) is not None
            ]
            colour = COLOURS.get(name, COLOURS[MATCHING])
            panel.plot(*zip(*points, strict=True) if points else ((), ()), color=colour, label=name)
            panel.scatter(*zip(*points, strict=True) if points else ((), ()), color=colour, s=12)
        title, _, arrow = MEASURES[key]
        panel.set(title=f"{title} {arrow}", xlabel="network evaluations", xscale="log")
        panel.set_xticks([1, 2, 4, 8, 20, 64], ["1", "2", "4", "8", "20", "64"], minor=False)
        panel.set_xticks([], minor=True)
        panel.grid(color="#e1e0d9", linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    handles, labels = panel.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return figure


def write_report(folder: Path, content: dict[str, Any]) -> None:
    """Write mel.json, mel.md and mel.png into a folder, made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "mel.json", (json.dumps(content, indent=1) + "\n").encode())
    write_whole(folder / "mel.md", markdown(content).encode())
    image = io.BytesIO()
    curves(content["quality"]).savefig(image, dpi=150, format="png")
    write_whole(folder / "mel.png", image.getvalue())
