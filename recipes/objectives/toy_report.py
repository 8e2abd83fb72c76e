"""What `toy.py` measured, as JSON, Markdown tables and two pictures."""

import io
import json
import statistics
from collections import defaultdict
from pathlib import Path

from matplotlib.figure import Figure
from torch import Tensor

from smf_tts.files import write_whole

DATA = "another sample of the data"
MATCHING = "flow matching"
TEACHER = "flow matching, half the budget (the teacher)"

#: set -> method -> steps -> energy distance of every run.
Table = dict[str, dict[str, dict[int, list[float]]]]

#: What samples of this size tell apart, x 1000; the curves end there.
NOISE = 0.5

COLOURS = {
    MATCHING: "#52514e",
    "SplitMeanFlow": "#2a78d6",
    "SplitMeanFlow, distilled": "#2a78d6",
    "MeanFlow": "#eb6834",
    "MeanFlow, distilled": "#eb6834",
    "trajectory distillation": "#1baa7a",
}


def nested() -> Table:
    """Make an empty table."""
    return defaultdict(lambda: defaultdict(lambda: defaultdict(list)))


def markdown(table: Table, columns: list[int]) -> str:
    """Write one Markdown table a set: a method a row, a step count a column, mean ± deviation."""

    def cell(values: list[float] | None) -> str:
        if not values:
            return ""
        deviation = f" ± {1000 * statistics.stdev(values):.1f}" if len(values) > 1 else ""
        return f"{1000 * statistics.mean(values):.1f}{deviation}"

    lines = []
    for set_name, methods in table.items():
        lines += ["", f"| {set_name} | " + " | ".join(map(str, columns)) + " |"]
        lines += ["|---|" + "---|" * len(columns)]
        for name, by_steps in methods.items():
            cells = [cell(by_steps.get(n)) for n in columns]
            lines += [f"| {name} | " + " | ".join(cells) + " |"]
    return "\n".join(lines)


def curves(table: Table) -> Figure:
    """Plot energy distance against steps, a panel a set."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    panels = figure.subplots(1, len(table))
    for panel, (set_name, methods) in zip(panels, table.items(), strict=True):
        for name, colour in COLOURS.items():
            steps = sorted(methods[name])
            means = [max(1000 * statistics.mean(methods[name][n]), NOISE) for n in steps]
            style = "--" if "distil" in name else "-"
            panel.plot(steps, means, style, color=colour, marker="o", markersize=3, label=name)
        panel.set(title=set_name, xlabel="network evaluations", xscale="log", yscale="log")
        panel.set_ylim(NOISE * 0.8, 2000)
        panel.set_xticks([1, 2, 4, 8, 32, 100], ["1", "2", "4", "8", "32", "100"], minor=False)
        panel.set_xticks([], minor=True)
        panel.grid(color="#e1e0d9", linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("energy distance to the data x 1000")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def pictures(samples: dict[str, dict[str, dict[int, Tensor]]]) -> Figure:
    """Draw the samples of one seed: a method a row, step counts of each set the columns."""
    shown = (1, 2, 32)
    names, columns = [DATA, *COLOURS], len(samples) * len(shown)
    figure = Figure(figsize=(1.15 * columns, 1.2 * len(names)))
    grid = figure.subplots(len(names), columns)
    for row, name in enumerate(names):
        panels = iter(grid[row])
        for set_name, methods in samples.items():
            for n in shown:
                panel, z = next(panels), methods[name].get(n, methods[name][1])[:1500]
                colour = COLOURS.get(name, "black")
                panel.scatter(*z.T.numpy(), s=0.6, color=colour, linewidths=0)
                panel.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), xticks=[], yticks=[], aspect=1)
                panel.spines[:].set_color("#e1e0d9")
                if row == 0:
                    panel.set_title(
                        f"{set_name if n == 2 else ''}\n{n} step{'s' * (n > 1)}", size=7
                    )
        label = "the data" if name == DATA else name.replace(", ", ",\n").replace(" ", "\n", 1)
        grid[row][0].set_ylabel(label, size=7)
    figure.subplots_adjust(0.06, 0.01, 0.995, 0.93, wspace=0.03, hspace=0.03)
    return figure


def write_report(
    folder: Path,
    methods: Table,
    ablations: Table,
    samples: dict[str, dict[str, dict[int, Tensor]]],
    runs: str,
) -> None:
    """Write toy.json, toy.md, curves.png and samples.png into a folder, made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = sorted({n for by_steps in methods.values() for n in by_steps[MATCHING]})
    changed = {
        set_name: {"as it is": methods[set_name]["SplitMeanFlow, distilled"], **rows}
        for set_name, rows in ablations.items()
    }
    text = f"""Energy distance to the data x 1000 by the number of network evaluations;
mean ± deviation over {runs}.
{markdown(methods, steps)}

The distilled SplitMeanFlow, and the same with one choice changed:
{markdown(changed, [1, 2])}
"""
    tables = {"methods": methods, "ablations": ablations}
    write_whole(folder / "toy.md", text.encode())
    write_whole(folder / "toy.json", (json.dumps(tables, indent=1) + "\n").encode())
    for name, figure in (("curves", curves(methods)), ("samples", pictures(samples))):
        image = io.BytesIO()
        figure.savefig(image, dpi=150, format="png")
        write_whole(folder / f"{name}.png", image.getvalue())
