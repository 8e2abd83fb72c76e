"""A whole evaluation: a voice at four step counts beside a folder of someone else's audio."""

import json
import re
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest

import smf_tts
from smf_tts.errors import UserError
from smf_tts.evaluation import evaluate

STEPS = (1, 2, 4, 10)


# The corpus's speakers by their names in the embedded voice.
SPEAKERS = {"9001": "heart", "9002": "michael", "9003": "emma", "9004": "george"}


@pytest.fixture(scope="module")
def run(tmp_path_factory, speech, sentences, whisper_base):
    """Runs the evaluation in one folder; returns the folder and what evaluate returned."""
    folder = tmp_path_factory.mktemp("run")
    chosen = [sentences[3], sentences[5]]
    lines = [f"{s.id}\t{s.text}\t{SPEAKERS[s.speaker]}\n" for s in chosen]
    (folder / "list.tsv").write_text("".join(lines), encoding="utf-8")
    rival, prompts = folder / "rival", folder / "prompts"
    rival.mkdir()
    shutil.copy(speech / f"{chosen[0].id}.opus", rival)  # the other one is missing
    for prompt in (sentences[2], sentences[4]):
        (prompts / SPEAKERS[prompt.speaker]).mkdir(parents=True)
        shutil.copy(speech / f"{prompt.id}.opus", prompts / SPEAKERS[prompt.speaker])

    def evaluated():
        return evaluate(
            folder / "list.tsv",
            folder / "out",
            systems={"rival": rival},
            voice="kokoro-mini",
            steps=STEPS,
            references=speech,
            prompts=prompts,
            whisper=str(whisper_base),
            utmos=str(folder / "no-such-clone"),
            speaker_model="ge2e",
            threads=1,
            jobs=2,
        )

    return folder / "out", evaluated(), evaluated


def test_summary_says_how_it_was_made(run):
    out, summary, _ = run
    assert summary == json.loads((out / "summary.json").read_text())
    assert list(summary["systems"]) == [
        "kokoro-mini, 1 step",
        *(f"kokoro-mini, {n} steps" for n in STEPS[1:]),
        "rival",
    ]
    assert summary["models"]["utmos"].startswith("not available: ")
    assert summary["libraries"]["jiwer"] and summary["machine"]["cpu"]
    assert (summary["seed"], summary["list"]["sentences"]) == (0, 2)
    assert re.fullmatch("[0-9a-f]{64}", summary["list"]["sha256"])


def test_every_step_count_speaks_the_sentences(run):
    _, summary, _ = run
    measures = [system["measures"] for system in summary["systems"].values()][: len(STEPS)]
    assert [measure["nfe"]["value"] for measure in measures] == list(STEPS)
    for measure in measures:
        assert measure["wer"]["value"] < 50 and measure["wer"]["n"] == 2
        assert 1 < measure["dnsmos_p808"]["value"] < 5
        assert measure["mcd_db"]["value"] > 0 and measure["rtf"]["value"] > 0
    # Durations come before the steps, so they are the same at any number of them.
    assert len({measure["duration_error"]["value"] for measure in measures}) == 1


def test_missing_audio_costs_its_words(run):
    _, summary, _ = run
    rival = summary["systems"]["rival"]
    assert len(rival["missing"]) == 1
    assert rival["counts"]["deletions"] == 8  # all words of the missing sentence
    assert rival["measures"]["mcd_db"] == {"value": 0, "n": 1}
    assert "rtf" not in rival["measures"]


@pytest.mark.skipif(
    find_spec("resemblyzer") is None, reason="GE2E's weights: pip install --no-deps resemblyzer"
)
def test_speakers_are_told_apart_by_their_prompts(run):
    _, summary, _ = run
    rival = summary["systems"]["rival"]["measures"]
    assert rival["speaker_identified"] == {"value": 100, "n": 1}
    assert 0.7 < rival["similarity"]["value"] <= 1


def test_first_sample_comes_before_the_whole(run):
    out, _, _ = run
    records = [json.loads(line) for line in (out / "utterances.jsonl").read_text().splitlines()]
    spoken = [record for record in records if record["system"] != "rival"]
    assert len(spoken) == 8
    assert all(0 < r["first_sample_seconds"] < r["synthesis_seconds"] for r in spoken)


def test_report_holds_everything_and_needs_nothing_beside_it(run):
    out, summary, _ = run
    page = (out / "report.html").read_text()
    for system in summary["systems"]:
        assert f"<h3>{system}</h3>" in page
    assert "Quality against steps" in page and "Quality against speed" in page
    assert page.count("<svg") == 2
    assert "Paired differences" in page
    # 2 x 4 + 1 utterances among the worst and beside each other; 2 references beside them
    assert page.count("data:audio/mpeg;base64,") == 9 + 9 + 2
    assert page.count("data:image/png;base64,") == 9 + 2
    assert "no-such-clone is neither a folder nor" in page  # why there is no UTMOS
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    table = (out / "table.md").read_text()
    assert "| WER % ↓ |" in table and "rival" in table


def test_report_opens_in_a_browser(run, browser):
    out, _, _ = run
    page, asked, failures = browser.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto((out / "report.html").as_uri())
    sizes = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(sizes) == 9 + 2 and min(sizes) > 50
    seconds = page.evaluate(
        """Promise.all([...document.querySelectorAll('audio')].map(audio => new Promise(
            (resolve, reject) => {
                audio.onloadedmetadata = () => resolve(audio.duration);
                audio.onerror = () => reject(audio.error.message);
                audio.preload = 'metadata';
            })))"""
    )
    assert len(seconds) == 9 + 9 + 2 and min(seconds) > 0.5
    for plot in page.locator("figure[role=img]").all():
        assert plot.bounding_box()["height"] > 100
    page.set_viewport_size({"width": 390, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
    assert not failures
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_a_second_run_scores_and_speaks_nothing_again(run, monkeypatch):
    out, summary, evaluated = run
    lines = (out / "utterances.jsonl").read_bytes()
    wavs = {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}
    spoken, stream = [], smf_tts.Synthesizer.stream
    monkeypatch.setattr(
        smf_tts.Synthesizer,
        "stream",
        lambda self, text, **settings: spoken.append(text) or stream(self, text, **settings),
    )
    assert evaluated() == summary
    assert (out / "utterances.jsonl").read_bytes() == lines
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")} == wavs
    assert len(spoken) == len(STEPS)  # each warm-up, which also tells the voice is the same


# The command, but for its death while it scores the fourth utterance.
KILLED = """
import os, signal
from smf_tts.cli import main
from smf_tts.evaluation.acoustics import Acoustics

score, calls = Acoustics.score, []

def killed(self, utterance):
    calls.append(utterance)
    if len(calls) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return score(self, utterance)

Acoustics.score = killed
main()
"""


def test_a_killed_run_is_completed_by_the_next(speech, sentences, tmp_path):
    out, lines = tmp_path / "out", tmp_path / "out" / "utterances.jsonl"
    options = ["--system", f"corpus={speech}", "--metrics", "acoustics"]
    command = [sys.executable, "-c", KILLED, "evaluate", speech / "list.tsv", out, *options]
    assert subprocess.run(command, capture_output=True).returncode == -signal.SIGKILL
    before = lines.read_bytes()
    assert 1 <= before.count(b"\n") < 4
    assert not (out / "report.html").exists()
    evaluate(speech / "list.tsv", out, systems={"corpus": speech}, metrics=("acoustics",), jobs=2)
    assert lines.read_bytes().startswith(before)
    scored = [json.loads(line)["id"] for line in lines.read_text().splitlines()]
    assert sorted(scored) == sorted(sentence.id for sentence in sentences)
    assert (out / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "nothing to evaluate"),
        ({"voice": "x", "metrics": ("wer", "mos")}, "unknown metric 'mos'; known: wer, utmos"),
        ({"voice": "x", "steps": (1, 0)}, "must be at least 1"),
        ({"voice": "x", "jobs": 0}, "must be at least 1"),
    ],
)
def test_arguments_that_make_no_sense(speech, tmp_path, arguments, reason):
    with pytest.raises(UserError, match=reason):
        evaluate(speech / "list.tsv", tmp_path / "out", **arguments)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_refused_before_long_work(speech, tmp_path):
    with pytest.raises(UserError, match="holds no audio named after the list"):
        evaluate(speech / "list.tsv", tmp_path / "out", systems={"rival": tmp_path})
