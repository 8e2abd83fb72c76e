"""The comparison of the objectives on the mel decoder, run on a tiny voice from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState
from torch import nn

from smf_tts.errors import UserError
from smf_tts.flow import Intervals, MeanFlow, SplitMeanFlow, TrajectoryDistillation
from smf_tts.training.checkpoint import latest_checkpoint

RECIPE = Path(__file__).parents[2] / "recipes" / "objectives"
sys.path.insert(0, str(RECIPE))

import cost  # noqa: E402
import mel  # noqa: E402
from units import units_per_row  # noqa: E402


@pytest.mark.parametrize(
    ("make", "plain", "guided"),
    # Shares of boundary rows: half. Each row is learnt on (3); the rest is what targets take.
    [
        (SplitMeanFlow, 3 + 0.5 * 1 + 0.5 * 2, 3 + 0.5 * 2 + 0.5 * 2),
        (MeanFlow, 3 + 1 + 0.5 * 2, 3 + 2 + 0.5 * 2),
        (TrajectoryDistillation, 3 + 0.5 * 1 + 0.5 * 4, 3 + 0.5 * 2 + 0.5 * 8),
        (cost.RecordedMeanFlow, 4 + 1, 4 + 2),
    ],
)
def test_a_row_costs_what_its_evaluations_do(make, plain: float, guided: float):
    def with_halves(teacher):
        return make(teacher=teacher, intervals=Intervals(0.5, 0.5, growth=0))

    assert units_per_row(with_halves, 1.0) == pytest.approx(plain)
    assert units_per_row(with_halves, 2.0) == pytest.approx(guided)


def test_every_objective_gets_the_same_budget():
    trainings, units = mel.plan(1000, 2.0)
    assert trainings["SplitMeanFlow"].steps == 1000
    spent = [training.steps * units[name] for name, training in trainings.items()]
    assert max(spent) - min(spent) < max(units.values())


def test_the_recorded_product_gives_mean_flows_gradient():
    torch.manual_seed(0)
    network, teacher = (nn.Linear(4, 2, dtype=torch.float64) for _ in range(2))

    def velocity(layer):
        return lambda z, r, t, c: layer(torch.cat([z, r[:, None], t[:, None]], 1)).sin()

    results = []
    for kind in (MeanFlow, cost.RecordedMeanFlow):
        torch.manual_seed(1)
        x = torch.randn(64, 2, dtype=torch.float64)
        loss = kind(teacher=velocity(teacher))(velocity(network), x, progress=1.0)
        results.append([loss.value, *torch.autograd.grad(loss.value, list(network.parameters()))])
    torch.testing.assert_close(results[0], results[1])


def test_what_a_step_costs_is_measured(teacher_run: Path, prepared: Path, tmp_path: Path):
    cost.main(teacher_run, prepared, tmp_path, batch_seconds=6.0, repetitions=1)
    groups = json.loads((tmp_path / "cost.json").read_text())["groups"]
    for objectives in groups.values():
        assert all(figure > 0 for row in objectives.values() for figure in row.values())
        split, recorded = (
            objectives[name]["fp32_peak_mb"]
            for name in ("SplitMeanFlow", "MeanFlow, product recorded as in its paper")
        )
        assert recorded > split
    assert "| trajectory distillation | " in (tmp_path / "cost.md").read_text()


def test_the_comparison_runs_and_goes_on(
    teacher_run: Path, vocoder_run: Path, prepared: Path, tmp_path: Path
):
    sentences = tmp_path / "dev.tsv"
    sentences.write_text("one\tThe boy was there.\tann\n")

    def compare(**changed):
        AcceleratorState._reset_state(True)
        settings = {
            "work": tmp_path / "work",
            "vocoder": str(vocoder_run),
            "whisper": str(tmp_path / "none"),
            "steps": 4,
            "batch_seconds": 6.0,
            "guidance": 1.5,
            "temperature": 0.5,
            "threads": 1,
            "ablations": True,
        }
        results = tmp_path / "results"
        mel.main(teacher_run, prepared, sentences, results, **{**settings, **changed})
        return json.loads((results / "mel.json").read_text())

    first = compare()
    assert {name: row["not_finite"] for name, row in first["trainings"].items()} == {
        "SplitMeanFlow": 0,
        "MeanFlow": 0,
        "trajectory distillation": 0,
    }
    teacher = first["quality"]["the teacher"]
    assert teacher["32"]["mel_error"] == 0 < teacher["1"]["mel_error"]
    assert teacher["10"]["evaluations"] == 20
    assert set(first["quality"]["MeanFlow"]) == {"1", "2", "4"}
    assert 1 < first["quality"]["MeanFlow"]["1"]["dnsmos_p808"]["value"] < 5
    assert list(first["ablations"]) == ["SplitMeanFlow", *mel.ABLATIONS]
    table = (tmp_path / "results" / "mel.md").read_text()
    assert "| the teacher | 10 | 20 | " in table and "not available" in table

    run = tmp_path / "work" / "trainings" / "MeanFlow"
    written = latest_checkpoint(run).stat().st_mtime_ns
    assert compare() == first
    assert latest_checkpoint(run).stat().st_mtime_ns == written
    with pytest.raises(UserError, match=r"trainings was made with another steps"):
        compare(steps=5)
    with pytest.raises(UserError, match=r"speech was made with another temperature"):
        compare(temperature=0.6)


def test_run_sh_says_what_is_wrong(tmp_path: Path):
    def run(*arguments: str) -> str:
        command = ["bash", str(RECIPE / "run.sh"), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert result.returncode == 2
        return result.stderr

    assert "the stages are: toy, cost, mel" in run("toys")
    dev = tmp_path / "dev.tsv"
    dev.write_text("one\tThe boy was there.\n")
    message = run("mel", str(tmp_path), str(tmp_path), str(dev))
    assert message == f"mel: {tmp_path} has no checkpoint; give a teacher's run\n"
