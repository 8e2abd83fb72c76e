"""A whole evaluation: a voice at four step counts beside a folder of someone else's audio."""

import json
import re
import shutil

import numpy as np
import pytest
import soundfile

import smf_tts
from smf_tts.errors import UserError
from smf_tts.evaluation import evaluate

STEPS = (1, 2, 4, 10)


class CorpusVoice:
    """Stands in for a voice: says the sentences of the corpus, with noise that steps remove."""

    spoken = 0

    def __init__(self, speech, sentences):
        self.files = {s.text: speech / f"{s.id}.opus" for s in sentences}

    def stream(self, text, speaker, steps, seed):
        type(self).spoken += 1
        samples, rate_hz = soundfile.read(self.files[text], dtype="float32")
        noise = np.random.default_rng(seed).standard_normal(len(samples)) * 0.02 / steps
        half = len(samples) // 2
        for part in (slice(0, half), slice(half, None)):
            yield smf_tts.Speech((samples + noise).astype(np.float32)[part], rate_hz, ())


@pytest.fixture(scope="module")
def run(tmp_path_factory, speech, sentences, whisper_base):
    """Runs the evaluation in one folder; returns the folder and what evaluate returned."""
    folder = tmp_path_factory.mktemp("run")
    chosen = [sentences[0], sentences[-1]]
    lines = [f"{s.id}\t{s.text}\t{s.speaker}\n" for s in chosen]
    (folder / "list.tsv").write_text("".join(lines), encoding="utf-8")
    rival = folder / "rival"
    rival.mkdir()
    shutil.copy(speech / f"{chosen[0].id}.opus", rival)  # the other one is missing

    class Loader:
        @staticmethod
        def from_pretrained(voice, threads=None):
            return CorpusVoice(speech, sentences)

    def evaluated():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(smf_tts, "Synthesizer", Loader)
            return evaluate(
                folder / "list.tsv",
                folder / "out",
                systems={"rival": rival},
                voice="corpus",
                steps=STEPS,
                references=speech,
                whisper=str(whisper_base),
                utmos=str(folder / "no-such-clone"),
                metrics=("wer", "utmos", "dnsmos", "acoustics"),
                jobs=2,
            )

    return folder / "out", evaluated(), evaluated


def test_summary_says_how_it_was_made(run):
    out, summary, _ = run
    assert summary == json.loads((out / "summary.json").read_text())
    assert list(summary["systems"]) == [
        "corpus, 1 step",
        *(f"corpus, {n} steps" for n in STEPS[1:]),
        "rival",
    ]
    assert summary["models"]["utmos"].startswith("not available: ")
    assert summary["libraries"]["jiwer"] and summary["machine"]["cpu"]
    assert (summary["seed"], summary["list"]["sentences"]) == (0, 2)
    assert re.fullmatch("[0-9a-f]{64}", summary["list"]["sha256"])


def test_more_steps_score_better_and_missing_audio_costs_its_words(run):
    _, summary, _ = run
    measures = [system["measures"] for system in summary["systems"].values()]
    p808 = [measure["dnsmos_p808"]["value"] for measure in measures[:4]]
    mcd = [measure["mcd_db"]["value"] for measure in measures[:4]]
    assert p808 == sorted(p808) and mcd == sorted(mcd, reverse=True)
    assert [measure["nfe"]["value"] for measure in measures[:4]] == list(STEPS)
    rival = summary["systems"]["rival"]
    assert len(rival["missing"]) == 1
    assert rival["counts"]["deletions"] == 10  # all words of the missing sentence
    assert rival["measures"]["mcd_db"] == {"value": 0, "n": 1}
    assert "rtf" not in rival["measures"]


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


def test_a_second_run_scores_and_speaks_nothing_again(run):
    out, summary, evaluated = run
    lines = (out / "utterances.jsonl").read_bytes()
    wavs = {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}
    CorpusVoice.spoken = 0
    assert evaluated() == summary
    assert (out / "utterances.jsonl").read_bytes() == lines
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")} == wavs
    assert CorpusVoice.spoken == len(STEPS)  # each warm-up, which also tells the voice is the same


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
