"""Readers of corpora."""

from pathlib import Path

import pytest

from smf_tts.data.corpus import read_libritts, read_metadata_csv, reader_of
from smf_tts.errors import UserError


def touch(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_libritts(tmp_path: Path):
    folder = tmp_path / "train-clean" / "7" / "1"
    touch(folder / "7_1_000002_000000.normalized.txt", " Second. \n")
    opus = touch(folder / "7_1_000002_000000.opus")
    touch(folder / "7_1_000001_000000.normalized.txt", "First.")
    touch(folder / "7_1_000001_000000.original.txt", "FIRST.")
    wav = touch(folder / "7_1_000001_000000.wav")
    dev = touch(tmp_path / "dev-clean" / "8" / "2" / "8_2_000001_000000.flac")
    assert reader_of(tmp_path) is read_libritts
    utterances = list(read_libritts(tmp_path))
    assert [(u.id, u.audio, u.text, u.speaker, u.split) for u in utterances] == [
        ("8_2_000001_000000", dev, "", "8", "dev-clean"),  # no transcript
        ("7_1_000001_000000", wav, "First.", "7", "train-clean"),
        ("7_1_000002_000000", opus, "Second.", "7", "train-clean"),
    ]


def test_ljspeech(tmp_path: Path):
    lines = ['a1|He said "3.|He said "three.', "a2|Plain text", "", "a3|", "a4"]
    touch(tmp_path / "metadata.csv", "\n".join(lines) + "\n")
    wav = touch(tmp_path / "wavs" / "a2.wav")
    assert reader_of(tmp_path) is read_metadata_csv
    utterances = list(read_metadata_csv(tmp_path))
    assert [(u.id, u.text) for u in utterances] == [
        ("a1", 'He said "three.'),
        ("a2", "Plain text"),
        ("a3", ""),
        ("a4", ""),
    ]
    assert utterances[1].audio == wav
    assert {u.speaker for u in utterances} == {tmp_path.name}


def test_ljspeech_holds_out_every_hundredth(tmp_path: Path):
    touch(tmp_path / "metadata.csv", "".join(f"a{i}|Text.\n" for i in range(250)))
    dev = [u.id for u in read_metadata_csv(tmp_path) if u.split == "dev"]
    assert dev == ["a0", "a100", "a200"]


def test_a_folder_without_a_corpus_says_what_is_expected(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match=r"LibriTTS's layout .* metadata\.csv"):
            reader_of(folder)
