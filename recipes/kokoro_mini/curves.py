"""The trainings' curves as one picture, from their logs.

    python recipes/kokoro_mini/curves.py recipes/kokoro_mini/results

reads FOLDER's teacher.jsonl and so on, logs of runs in the order in which they continue each other,
and writes FOLDER/curves.png.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from matplotlib.figure import Figure

from smf_tts.errors import one_line_errors
from smf_tts.files import whole_file

# Of each stage: what is drawn over the steps, and its name.
PANELS = {
    "teacher": {"error": "flow error, training", "held_out/error": "flow error, held out"},
    "student": {
        "held_out/mel_error_1_steps": "mel error at 1 step",
        "held_out/mel_error_2_steps": "at 2 steps",
        "held_out/mel_error_4_steps": "at 4 steps",
    },
    "vocoder": {"mel": "mel error, training", "held_out/mel": "mel error, held out"},
    "vocoder_adversarial": {"mel": "mel error, training", "held_out/mel": "mel error, held out"},
}


def read_log(path: Path) -> list[dict[str, float]]:
    """Lines of a log; where a run continues another, its steps are counted on from there."""
    lines, before, last = [], 0, 0
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if line["step"] < last:
            before += last
        last = line["step"]
        lines.append({**line, "step": before + last})
    return lines


def main(folder: Annotated[Path, typer.Argument(help="Folder of the logs.")]) -> None:
    """Draw the curves."""
    figure = Figure(figsize=(5 * len(PANELS), 3.5), layout="constrained")
    for panel, (stage, names) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        lines = read_log(folder / f"{stage}.jsonl")
        for name, title in names.items():
            points = [(line["step"], line[name]) for line in lines if name in line]
            marker = "o" if name.startswith("held_out/") else ""
            panel.plot(*zip(*points, strict=True), marker=marker, markersize=3, label=title)
        # The first steps would flatten the rest.
        seen = sorted(line[name] for line in lines for name in names if name in line)
        panel.set(title=stage, xlabel="step", ylim=(0.95 * seen[0], seen[int(0.97 * len(seen))]))
        panel.grid(alpha=0.3)
        panel.legend(fontsize="small")
    with whole_file(folder / "curves.png") as temporary:
        figure.savefig(temporary, format="png", dpi=80)


if __name__ == "__main__":
    with one_line_errors("curves"):
        typer.run(main)
