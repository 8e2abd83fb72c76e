"""Readers of corpora."""

import shutil
from pathlib import Path

import pytest
from lhotse.recipes import prepare_libritts
from tiny import SENTENCES

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


def test_it_finds_what_lhotse_finds(corpus: Path, tmp_path: Path):
    """The real LibriTTS has lists in each chapter, which Lhotse's preparation reads."""
    folder = Path(shutil.copytree(corpus, tmp_path / "LibriTTS"))
    for chapter in folder.glob("*/*/*"):
        names = sorted(path.stem for path in chapter.glob("*.wav"))
        texts = {n: (chapter / f"{n}.normalized.txt").read_text() for n in names}
        stem = f"{chapter.parent.name}_{chapter.name}"
        rows = [f"{name}\t{texts[name]}\t{texts[name]}\n" for name in names]
        (chapter / f"{stem}.trans.tsv").write_text("".join(rows))
        (chapter / f"{stem}.book.tsv").write_text("".join(f"{n}\t20.0\n" for n in names))
        (chapter / f"._{names[0]}.wav").touch()  # as in LibriTTS-R
    splits = ["dev-clean", "train-clean"]
    wanted = {
        (s.id, s.text, s.speaker, split, manifests["recordings"][s.id].sources[0].source)
        for split, manifests in prepare_libritts(folder, splits).items()
        for s in manifests["supervisions"]
    }
    found = [(u.id, u.text, u.speaker, u.split, str(u.audio)) for u in read_libritts(folder)]
    assert len(found) == len(wanted) == len(SENTENCES)
    assert set(found) == wanted


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


@pytest.mark.parametrize("line", ["../a|Yes.", "wavs/a.wav|Yes.", "|Yes."])
def test_a_list_that_names_no_files_is_refused(tmp_path: Path, line: str):
    touch(tmp_path / "metadata.csv", f"a|Yes.\n{line}\n")
    with pytest.raises(UserError, match=r"is no file name; a line is id\|text"):
        list(read_metadata_csv(tmp_path))


def test_names_may_carry_the_suffix(tmp_path: Path):
    touch(tmp_path / "metadata.csv", "\ufeffa.wav|Yes.\n")
    wav = touch(tmp_path / "wavs" / "a.wav")
    assert [(u.id, u.audio) for u in read_metadata_csv(tmp_path)] == [("a", wav)]


def test_a_folder_without_a_corpus_says_what_is_expected(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match=r"LibriTTS's layout .* metadata\.csv"):
            reader_of(folder)
