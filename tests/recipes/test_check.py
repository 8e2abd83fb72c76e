"""What is asked of a voice's words, with the recogniser's part played by a list."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from smf_tts import Speech
from smf_tts.errors import UserError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "recipes" / "text"))

import check  # noqa: E402


def run(*arguments) -> str:
    result = CliRunner().invoke(check.app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_first_and_last_words_count_where_the_reference_has_them(tmp_path):
    heard = {
        "recordings": ["The birch canoe slid.", "Glue the sheet.", "Rice is served in balls."],
        "voice": ["the birch canoe", "Clue the sheet", "Rice is served in bowls."],
    }
    said = ["The birch canoe slid.", "Glue the sheet.", "Rice is served in bowls."]
    lines = [
        json.dumps({"system": system, "id": str(i), "text": text, "heard": words[i]})
        for system, words in heard.items()
        for i, text in enumerate(said)
    ]
    (tmp_path / "utterances.jsonl").write_text("\n".join(lines))
    assert run("edges", tmp_path, "recordings").splitlines() == [
        "voice: first word heard in 2 of 3 (66.7%)",
        "voice: last word heard in 1 of 2 (50.0%)",
    ]
    result = CliRunner().invoke(check.app, ["edges", str(tmp_path), "rival"])
    assert isinstance(result.exception, UserError)
    assert "it has recordings, voice" in str(result.exception)


def test_long_texts_are_whole_transcripts(tmp_path, corpus):
    run("texts", corpus, tmp_path / "long.tsv", "--count", "2", "--words", "20")
    lines = (tmp_path / "long.tsv").read_text().splitlines()
    known = {path.read_text().strip() for path in corpus.rglob("*.normalized.txt")}
    assert [line.split("\t")[0] for line in lines] == ["long-00", "long-01"]
    for line in lines:
        text = line.split("\t")[1]
        assert len(text.split()) >= 20
        assert sum(sentence in text for sentence in known) >= 2


@pytest.mark.parametrize("seconds", [[3.0] * 20, [40.0, 1.0], [24.9, 0.2]])
def test_pieces_hold_every_sample_in_whole_sentences(seconds):
    speech = [
        Speech(np.full(round(s * 16_000), i, np.float32), 16_000, ())
        for i, s in enumerate(seconds, 1)
    ]
    pieces = list(check._pieces(speech))
    np.testing.assert_array_equal(
        np.concatenate(pieces), np.concatenate([part.samples for part in speech])
    )
    for piece in pieces:
        assert len(piece) <= 25 * 16_000 or len(set(piece.tolist())) == 1


@pytest.mark.parametrize(
    ("alone", "verdict"), [("", "LOST"), ("Blue the cheat to it.", "skipped or misheard")]
)
def test_a_sentence_that_is_not_heard_even_alone_is_lost(tmp_path, monkeypatch, alone, verdict):
    """The recogniser hears two sentences of three, then listens to the third again."""

    class Deaf:
        def __init__(self, model: str, jobs: int) -> None:
            self.answers = iter(
                ["The birch canoe slid on the planks. Rice is served in round bowls.", alone]
            )
            self.lengths: list[int] = []

        def transcribe(self, samples: np.ndarray) -> str:
            self.lengths.append(len(samples))
            assert self.lengths[-1] * 2 < self.lengths[0] or len(self.lengths) == 1
            return next(self.answers)

    monkeypatch.setattr(check, "Intelligibility", Deaf)
    text = "The birch canoe slid on the planks. Glue the sheet to it. Rice is served in bowls."
    (tmp_path / "list.tsv").write_text(f"a\t{text}\n")
    said = run("lost", tmp_path / "list.tsv", "--whisper", "none")
    assert f"a: {verdict}: Glue the sheet to it." in said
    counts = (0, 1) if verdict == "LOST" else (1, 0)
    assert "{} sentences heard only alone, {} of 3 lost".format(*counts) in said
