"""Preparation: what is kept, what is left out and why."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import SAMPLE_RATE, SENTENCES, SPEECH, STEREO_SPEAKER, make_sound, write_utterance

from smf_tts.data.batches import few_of_each_speaker
from smf_tts.data.features import extract_or_reject
from smf_tts.data.parts import load_cuts
from smf_tts.data.prepare import Prepared, load_speakers, prepare
from smf_tts.errors import UserError
from smf_tts.runtime.voice import Speaker
from smf_tts.text.symbols import SYMBOLS


def all_cuts(prepared: Path):
    return [*load_cuts(prepared, "train"), *load_cuts(prepared, "dev")]


def test_each_fault_is_listed_with_its_reason(prepared: Path, faults: dict[str, str]):
    lines = (prepared / "rejected.tsv").read_text().splitlines()
    rejected = dict(line.split("\t") for line in lines)
    assert len(lines) == len(rejected)
    assert rejected.keys() == faults.keys()
    for name, reason in faults.items():
        assert rejected[name].startswith(reason)


def test_everything_else_is_kept(prepared: Path):
    cuts = all_cuts(prepared)
    assert sorted(c.supervisions[0].text for c in cuts) == sorted(text for *_, text in SENTENCES)
    known = Prepared.load(prepared)
    assert known.symbols == SYMBOLS
    assert known.speakers == (
        Speaker("ann", "en-us"),
        Speaker("bob", "en-gb"),
        Speaker(STEREO_SPEAKER, "en-us"),
    )
    assert known.hours.keys() == {"train-clean", "dev-clean"}
    assert sum(known.hours.values()) * 3600 == pytest.approx(sum(c.duration for c in cuts))


def test_mels_and_samples_fit_each_other(prepared: Path):
    for cut in all_cuts(prepared):
        mel, samples = cut.mel.load(), cut.load_samples()
        assert samples.dtype == np.int16
        assert mel.shape == (1 + len(samples) // 256, 100)
        assert len(samples) / SAMPLE_RATE == pytest.approx(cut.duration, abs=1e-3)
        assert len(mel) >= len(cut.supervisions[0].custom["phonemes"]) + 2


def test_another_rate_and_stereo_are_converted(prepared: Path):
    (number,) = (i for i, (_, who, _) in enumerate(SENTENCES) if who == STEREO_SPEAKER)
    (cut,) = (c for c in all_cuts(prepared) if c.supervisions[0].speaker == STEREO_SPEAKER)
    # The same sound that was written, at half its rate, as left and half as loud right channel.
    original = make_sound(0.4 + 0.04 * len(SENTENCES[number][2]), number)
    kept = cut.load_samples() / 32768
    assert len(kept) == pytest.approx(1.5 * len(original), abs=2)
    spectrum, wanted = (
        np.abs(np.fft.rfft(x, n))[: len(original) // 2]
        for x, n in ((kept / 1.5, round(1.5 * len(original))), (0.75 * original, len(original)))
    )
    low = slice(0, len(original) // 3)  # where the resampler's filter is flat
    assert np.abs(spectrum[low] - wanted[low]).max() < 0.02 * wanted.max()


def test_conversion_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for i in range(3):
        write_utterance(
            tmp_path / "in", "train", "5", i, "Yes.", make_sound(0.5, i)[:, None].repeat(2, 1)
        )
    prepare(tmp_path / "in", tmp_path / "out")
    said = [line for line in capsys.readouterr().out.splitlines() if "mixed to mono" in line]
    assert len(said) == 1
    assert said[0].startswith("3 utterances")


def test_ljspeechs_layout(tmp_path: Path):
    (tmp_path / "in" / "wavs").mkdir(parents=True)
    (tmp_path / "in" / "metadata.csv").write_text("a|Yes.\nb|It is 5.|It is five.\n")
    for i, name in enumerate("ab"):
        soundfile.write(tmp_path / "in" / "wavs" / f"{name}.wav", make_sound(0.9, i), SAMPLE_RATE)
    known = prepare(tmp_path / "in", tmp_path / "out")
    assert known.speakers == (Speaker("in"),)
    (dev,), (train,) = (load_cuts(tmp_path / "out", split) for split in ("dev", "train"))
    assert (dev.id, train.supervisions[0].text) == ("a", "It is five.")


def test_opus_of_real_speech(tmp_path: Path):
    rows = [line.split("\t") for line in (SPEECH / "list.tsv").read_text().splitlines()]
    speech = {}
    for name, sentence, *_ in rows[1:3]:
        folder = tmp_path / "in" / "train" / name.split("_")[0] / "1"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.opus").write_bytes((SPEECH / f"{name}.opus").read_bytes())
        (folder / f"{name}.normalized.txt").write_text(sentence, encoding="utf-8")
        speech[name] = soundfile.read(SPEECH / f"{name}.opus", dtype="float32")[0]
    prepare(tmp_path / "in", tmp_path / "out")
    for cut in all_cuts(tmp_path / "out"):
        wanted = speech.pop(cut.supervisions[0].id)
        np.testing.assert_allclose(cut.load_samples() / 32768, wanted, atol=1e-3)
    assert not speech


def test_statistics_are_those_of_the_training_mels(prepared: Path):
    known = Prepared.load(prepared)
    mels = np.concatenate([c.mel.load().astype(np.float64) for c in load_cuts(prepared, "train")])
    assert mels.mean() == pytest.approx(known.mel_mean, abs=1e-3)
    assert mels.std() == pytest.approx(known.mel_deviation, abs=1e-3)


def test_each_speaker_is_read_in_its_accent(prepared: Path):
    phonemes = {
        c.supervisions[0].text: c.supervisions[0].custom["phonemes"] for c in all_cuts(prepared)
    }
    assert "hˈɑːd" in phonemes["A large size in stockings is hard to sell."]  # British
    assert "dˈɑːɹk" in phonemes["Glue the sheet to the dark blue background."]  # American


def test_an_interrupted_preparation_does_only_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for i in range(5):
        write_utterance(tmp_path / "in", "train-a", "5", i, "Yes.", make_sound(0.9, i))
    write_utterance(tmp_path / "in", "dev", "5", 9, "No.", make_sound(0.9, 9))
    monkeypatch.setattr("smf_tts.data.prepare._PART", 2)
    done: list[str] = []

    def extract_until(last: int):
        def extract(utterance, *arguments):
            if len(done) == last:
                raise KeyboardInterrupt
            done.append(utterance.id)
            return extract_or_reject(utterance, *arguments)

        monkeypatch.setattr("smf_tts.data.prepare.extract_or_reject", extract)

    extract_until(3)  # one part, and half of the second
    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path / "in", tmp_path / "out")
    with pytest.raises(UserError, match="prepare first"):
        Prepared.load(tmp_path / "out")
    extract_until(99)
    whole = prepare(tmp_path / "in", tmp_path / "out")
    assert len(done) == 3 + 4  # the second part again, and two more
    assert len(set(done)) == 6
    written = (tmp_path / "out" / "prepared.json").stat().st_mtime_ns
    assert whole == prepare(tmp_path / "in", tmp_path / "out")
    assert len(done) == 3 + 4
    assert (tmp_path / "out" / "prepared.json").stat().st_mtime_ns == written
    assert len(all_cuts(tmp_path / "out")) == 6
    # Another accent makes other phonemes of everything.
    prepare(tmp_path / "in", tmp_path / "out", {"5": Speaker("eve", "en-gb")})
    assert len(done) == 3 + 4 + 6


def test_subsets_are_what_is_prepared_and_no_more(tmp_path: Path):
    for split in ("train-a", "train-b", "dev-c", "test-d"):
        for i in range(2):
            name = f"{split}{i}"
            write_utterance(tmp_path / "in", split, name, i, "Yes.", make_sound(0.9, i))
            write_utterance(tmp_path / "in", "dev-c", name, 5 + i, "Yes.", make_sound(0.9, i))
    out = tmp_path / "out"
    assert prepare(tmp_path / "in", out).hours.keys() == {"train-a", "train-b", "dev-c"}
    assert prepare(tmp_path / "in", out, subsets=["train-b"]).hours.keys() == {
        "train-b",
        "dev-of-train-b",
    }
    assert {c.supervisions[0].speaker for c in all_cuts(out)} == {"train-b0", "train-b1"}
    assert not list(out.glob("train-a*"))
    with pytest.raises(UserError, match=r"no subset train-c; it has dev-c, test-d, train-a"):
        prepare(tmp_path / "in", out, subsets=["train-a", "train-c"])
    with pytest.raises(UserError, match=r"no split whose name starts with train; it has dev-c"):
        prepare(tmp_path / "in", out, subsets=["dev-c"])


def test_speakers_that_training_never_hears_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """LibriTTS's development speakers are others than those for training."""
    for i in range(3):
        write_utterance(tmp_path / "in", "train", str(i), i, "Yes.", make_sound(0.9, i))
    silent = write_utterance(tmp_path / "in", "train", "7", 7, "Yes.", 0 * make_sound(0.9, 7))
    for i, speaker in enumerate(["1", "7", "8"]):
        write_utterance(tmp_path / "in", "dev", speaker, 50 + i, "No.", make_sound(0.9, i))
    known = prepare(tmp_path / "in", tmp_path / "out", largest_rejected_share=0.5)
    assert [speaker.name for speaker in known.speakers] == ["0", "1", "2"]
    assert silent in (tmp_path / "out" / "rejected.tsv").read_text()
    assert "not used: 1 of speakers that training never hears" in capsys.readouterr().out
    held_out = few_of_each_speaker(load_cuts(tmp_path / "out", "dev"), known.speakers, 24)
    assert [c.supervisions[0].speaker for c in held_out] == ["1"]  # 7 is heard nowhere


def test_a_hundredth_is_held_out_where_nothing_else_is(tmp_path: Path):
    (tmp_path / "in" / "wavs").mkdir(parents=True)
    names = [f"a{i:03}" for i in range(150)]
    (tmp_path / "in" / "metadata.csv").write_text("".join(f"{name}|Yes.\n" for name in names))
    for name in names:
        soundfile.write(tmp_path / "in" / "wavs" / f"{name}.wav", make_sound(0.6, 1), SAMPLE_RATE)
    prepare(tmp_path / "in", tmp_path / "out")
    train, dev = (
        [c.supervisions[0].id for c in load_cuts(tmp_path / "out", s)] for s in ("train", "dev")
    )
    assert dev == ["a000", "a100"]
    assert sorted(train + dev) == names
    assert train != sorted(train)  # mixed, for the sampler's sake


def test_an_id_that_occurs_twice_is_used_once(tmp_path: Path):
    for speaker in ("1", "2"):
        for i in range(9):
            write_utterance(tmp_path / "in", "train", speaker, i, "Yes.", make_sound(0.9, i))
    folder = tmp_path / "in" / "train" / "2" / "1"
    for path in folder.glob("2_1_000000_000000*"):
        path.rename(folder / path.name.replace("2_1_000000", "1_1_000000"))
    prepare(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out" / "rejected.tsv").read_text() == (
        "1_1_000000_000000\tan id that occurs twice\n"
    )


def test_shards_and_processes_change_nothing_but_where_arrays_are(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("smf_tts.data.prepare._PART", 5)
    for name, options in {"files": {}, "shards": {"shards": True, "jobs": 2}}.items():
        prepare(corpus, tmp_path / name, **options)
    files, shards = tmp_path / "files", tmp_path / "shards"
    assert Prepared.load(files) == Prepared.load(shards)
    # Both may be moved; a shard may lie on another disk.
    files, shards = files.rename(tmp_path / "moved"), shards.rename(tmp_path / "away")
    (tmp_path / "disk").mkdir()
    tar = shards / "train-clean" / "mel.000001.tar"
    tar.rename(tmp_path / "disk" / tar.name)
    tar.symlink_to(tmp_path / "disk" / tar.name)
    assert not list(shards.rglob("*.npy"))
    assert len(list(shards.rglob("*.tar"))) == 2 * 4
    ours, theirs = all_cuts(files), all_cuts(shards)
    assert len(ours) == len(SENTENCES)
    for a, b in zip(ours, theirs, strict=True):
        assert a.supervisions == b.supervisions
        assert np.array_equal(a.mel.load(), b.mel.load())
        assert np.array_equal(a.load_samples(), b.load_samples())
    for cut in load_cuts(shards, "train", ["mel"]):
        assert len(cut.mel.load()) > 0
        assert not cut.samples.is_in_memory
    # The manifests alone are what a training goes through to find its place.
    assert all(len(lines) < 20_000 for lines in map(Path.read_bytes, shards.rglob("*.gz")))


@pytest.mark.parametrize("shards", [False, True])
def test_relative_names_of_folders_are_good_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shards: bool
):
    for i in range(3):
        write_utterance(tmp_path / "in", "train", "5", i, "Yes.", make_sound(0.9, i))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    prepare(Path("in"), Path("out"), shards=shards)
    monkeypatch.chdir(tmp_path / "elsewhere")
    cuts = all_cuts(Path("../out"))
    assert len(cuts) == 3
    for cut in cuts:
        assert len(cut.mel.load()) == 1 + len(cut.load_samples()) // 256
        assert cut.recording.load_audio().shape == (1, len(cut.load_samples()))


def test_what_is_repaired_or_spoilt_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("smf_tts.data.prepare._PART", 1)
    sound, last = make_sound(0.9, 0), "5_1_000002_000000"

    def prepare_with(samples: np.ndarray) -> tuple[int, str]:
        write_utterance(tmp_path / "in", "train", "5", 2, "Yes.", samples)
        prepare(tmp_path / "in", tmp_path / "out", largest_rejected_share=0.5)
        return len(all_cuts(tmp_path / "out")), (tmp_path / "out" / "rejected.tsv").read_text()

    for i in (0, 1):
        write_utterance(tmp_path / "in", "train", "5", i, "Yes.", sound)
    assert prepare_with(sound[:0]) == (2, f"{last}\tunreadable or empty audio: no samples\n")
    assert prepare_with(sound) == (3, "")
    assert prepare_with(sound[:99]) == (2, f"{last}\tshorter than 0.3 seconds\n")


def test_a_folder_that_holds_something_else_is_left_alone(corpus: Path, tmp_path: Path):
    other = tmp_path / "train.000000.jsonl.gz"
    other.touch()
    for folder in (tmp_path, other, corpus):
        before = sorted(corpus.iterdir())
        with pytest.raises(UserError, match="exists and is no prepared corpus; choose another"):
            prepare(corpus, folder)
        assert sorted(corpus.iterdir()) == before
    assert list(tmp_path.iterdir()) == [other]


def test_a_shard_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for i in range(3):
        write_utterance(tmp_path / "in", "train", "5", i, "Yes.", make_sound(0.9, i))

    def extract(utterance, *arguments):
        if utterance.split == "train":
            raise KeyboardInterrupt
        return extract_or_reject(utterance, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr("smf_tts.data.prepare.extract_or_reject", extract)
        with pytest.raises(KeyboardInterrupt):
            prepare(tmp_path / "in", tmp_path / "out", shards=True)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    (tmp_path / "out" / ".part-killed").mkdir()
    prepare(tmp_path / "in", tmp_path / "out", shards=True)
    assert len(all_cuts(tmp_path / "out")) == 3
    assert not list((tmp_path / "out").glob(".*"))


def test_a_transcript_is_read_as_a_text_to_be_spoken(tmp_path: Path):
    for i, text in enumerate(["Mrs. Lee paid $5, no more.", "It was 1812"]):
        write_utterance(tmp_path / "in", "train", "5", i, text, make_sound(3.0, i))
    prepare(tmp_path / "in", tmp_path / "out")
    said = {c.supervisions[0].text: c.supervisions[0].custom for c in all_cuts(tmp_path / "out")}
    assert said["Mrs. Lee paid $5, no more."]["phonemes"] == (
        "mˈɪsəs lˈiː pˈeɪd fˈaɪv dˈɑːlɚz, nˈoʊ mˌɔːɹ."
    )
    assert said["It was 1812"]["phonemes"].endswith("twˈɛlv.")


def test_too_many_faults_stop_early_with_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("smf_tts.data.prepare._PART", 2)
    for i in range(8):
        sound = make_sound(1.0, 0) if i else np.zeros(0)
        write_utterance(tmp_path / "in", "train", "5", i, "Yes, it is." if i > 6 else "", sound)
    with pytest.raises(UserError, match=r"2 of 8 .*no transcript: 2"):
        prepare(tmp_path / "in", tmp_path / "out")


def test_too_many_faults_stop_with_the_list(tmp_path: Path):
    sound = make_sound(1.0, 0)
    write_utterance(tmp_path / "in", "train", "5", 0, "Yes, it is.", sound)
    write_utterance(tmp_path / "in", "train", "5", 1, "Yes, it is.", 0 * sound)
    with pytest.raises(UserError, match=r"1 of 2 .*silence: 1.*rejected\.tsv"):
        prepare(tmp_path / "in", tmp_path / "out")
    assert "silence" in (tmp_path / "out" / "rejected.tsv").read_text()
    with pytest.raises(UserError, match="prepare first"):
        Prepared.load(tmp_path / "out")


def test_no_corpus_leaves_no_folder(tmp_path: Path):
    with pytest.raises(UserError, match="no corpus"):
        prepare(tmp_path / "nowhere", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_list_of_speakers(tmp_path: Path):
    path = tmp_path / "speakers.yaml"
    path.write_text("9001: {name: ann}\n'x': {name: bob, language: en-gb}\n")
    assert load_speakers(path) == {"9001": Speaker("ann"), "x": Speaker("bob", "en-gb")}
    path.write_text("9001: {name: ann, accent: en-gb}\n")
    with pytest.raises(UserError, match=r"9001\.accent'; known: language, name"):
        load_speakers(path)
