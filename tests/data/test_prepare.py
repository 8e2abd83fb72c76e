"""Preparation: what is kept, what is left out and why."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import SAMPLE_RATE, SENTENCES, SPEECH, STEREO_SPEAKER, make_sound, write_utterance

from smf_tts.data.batches import load_cuts
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
    for cut in load_cuts(tmp_path / "out", "train"):
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
