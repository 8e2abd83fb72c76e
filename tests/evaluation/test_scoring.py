import shutil
from pathlib import Path

import pytest

from smf_tts.evaluation.inputs import System
from smf_tts.evaluation.scoring import plan, score


class Counting:
    """A metric that only counts its calls, and breaks off at one of them."""

    def __init__(self, label="counting", break_at=None):
        self.label, self.break_at, self.scored = label, break_at, []

    def score(self, utterance):
        if len(self.scored) == self.break_at:
            raise KeyboardInterrupt
        self.scored.append(utterance.sentence.id)
        return {"seconds": utterance.recording.seconds if utterance.recording else 0.0}


@pytest.fixture
def wavs(tmp_path, speech):
    return shutil.copytree(speech, tmp_path / "wavs")


def run(wavs, sentences, metric, jobs=1):
    tasks = plan([System("ours", wavs)], sentences, {}, {})
    return score(tasks, [metric], wavs.parent / "utterances.jsonl", jobs)


def test_an_interrupted_run_goes_on_where_it_stopped(wavs, sentences):
    with pytest.raises(KeyboardInterrupt):
        run(wavs, sentences, Counting(break_at=3))
    again = Counting()
    records = run(wavs, sentences, again)
    assert len(again.scored) == len(sentences) - 3
    assert [record["id"] for record in records] == [sentence.id for sentence in sentences]
    finished = Counting()
    assert run(wavs, sentences, finished) == records
    assert finished.scored == []


def test_a_line_cut_off_by_a_crash_is_scored_again(wavs, sentences):
    records = run(wavs, sentences, Counting())
    lines = wavs.parent / "utterances.jsonl"
    lines.write_bytes(lines.read_bytes()[:-20])
    again = Counting()
    assert run(wavs, sentences, again) == records
    assert again.scored == [sentences[-1].id]
    untouched = Counting()
    run(wavs, sentences, untouched)
    assert untouched.scored == []


def test_changed_audio_and_other_models_are_scored_again(wavs, sentences):
    run(wavs, sentences, Counting())
    changed, other = sentences[0].id, sentences[1].id
    shutil.copy(wavs / f"{other}.opus", wavs / f"{changed}.opus")
    again = Counting()
    run(wavs, sentences, again)
    assert again.scored == [changed]
    newer = Counting(label="counting 2")
    run(wavs, sentences, newer)
    assert len(newer.scored) == len(sentences)


def test_audio_that_was_moved_is_found_and_not_scored_again(wavs, sentences):
    run(wavs, sentences, Counting())
    moved = wavs.rename(wavs.parent / "moved")
    again = Counting()
    records = run(moved, sentences, again)
    assert again.scored == []
    assert all(Path(record["file"]).is_relative_to(moved) for record in records)


def test_missing_and_unreadable_audio_stay_in_the_list(wavs, sentences):
    (wavs / f"{sentences[0].id}.opus").unlink()
    (wavs / f"{sentences[1].id}.opus").write_bytes(b"nothing")
    records = run(wavs, sentences, Counting(), jobs=4)
    assert [record["file"] is None for record in records[:3]] == [True, True, False]
    assert records[0]["notes"] == ["missing"]
    assert records[1]["notes"][0].startswith("unreadable")
