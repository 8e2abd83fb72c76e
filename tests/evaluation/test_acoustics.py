import librosa
import numpy as np
import pytest

from smf_tts.evaluation.acoustics import Acoustics, distances, manner, pitch
from smf_tts.evaluation.inputs import SAMPLE_RATE_HZ, Recording, Sentence, Utterance


@pytest.fixture(scope="module")
def samples(sentences, recordings):
    return recordings[sentences[0].id].samples


@pytest.fixture(scope="module")
def f0_hz(samples):
    return pitch(samples)


def test_a_file_is_at_distance_nought_from_itself(samples, f0_hz):
    scores = distances(samples, samples, f0_hz)
    assert scores["f0_correlation"] == pytest.approx(1)
    assert {name: scores[name] for name in scores if name != "f0_correlation"} == {
        "mcd_db": 0,
        "voicing_error": 0,
        "duration_error": 0,
        "f0_error_cents": 0,
    }


def test_mcd_rises_with_distortion(samples, f0_hz):
    noise = np.random.default_rng(0).standard_normal(len(samples)).astype(np.float32)
    mcd_db = [
        distances(samples + level * noise, samples, f0_hz)["mcd_db"]
        for level in (0, 0.001, 0.01, 0.1)
    ]
    assert mcd_db[0] == 0
    assert np.all(np.diff(mcd_db) > 0.5)


def test_mcd_of_a_constant_tilt_is_its_size():
    """Cepstra that differ by c_1 = d alone are 10 / ln 10 * sqrt(2) * d apart in the definition."""
    from smf_tts.evaluation import acoustics

    cepstra = np.random.default_rng(0).standard_normal((20, acoustics.CEPSTRAL_ORDER)) * 100
    moved = cepstra + np.eye(acoustics.CEPSTRAL_ORDER)[0] * 0.3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acoustics, "mel_cepstra", lambda samples: samples)
        patch.setattr(acoustics, "pitch", lambda samples: np.full(len(samples), np.nan))
        scores = distances(moved, cepstra, np.full(20, np.nan))
    assert scores["mcd_db"] == pytest.approx(10 / np.log(10) * np.sqrt(2) * 0.3)


def test_warping_forgives_tempo_but_duration_does_not(samples, f0_hz):
    slow = librosa.effects.time_stretch(samples, rate=0.8)
    noise = 0.01 * np.random.default_rng(0).standard_normal(len(samples)).astype(np.float32)
    stretched = distances(slow, samples, pitch(slow))
    assert stretched["duration_error"] == pytest.approx(0.25, abs=0.01)
    assert stretched["mcd_db"] < distances(samples + noise, samples, f0_hz)["mcd_db"]


def test_a_semitone_is_a_hundred_cents(samples, f0_hz):
    scores = distances(samples, samples, f0_hz * 2 ** (1 / 12))
    assert scores["f0_error_cents"] == pytest.approx(100)
    assert scores["f0_correlation"] == pytest.approx(1)


def test_manner_sees_pauses_rate_and_monotony(samples, f0_hz):
    pause = np.zeros(SAMPLE_RATE_HZ, np.float32)
    plain = manner(samples, f0_hz, 10)
    paused = manner(np.concatenate([samples, pause, samples]), f0_hz, 20)
    assert paused["silence_share"] > plain["silence_share"] + 0.1
    assert paused["words_per_second"] < plain["words_per_second"]
    flat = np.where(np.isfinite(f0_hz), 200.0, np.nan)
    assert manner(samples, flat, 10)["f0_variation_semitones"] < 1e-9
    assert 1 < plain["f0_variation_semitones"] < 8


def test_silence_has_no_scores(samples):
    silence = Recording(np.zeros(SAMPLE_RATE_HZ, np.float32))
    voice, sentence = Recording(samples), Sentence("a", "Hello.")
    assert Acoustics().score(Utterance(sentence, silence, voice)) == {}
    assert "mcd_db" not in Acoustics().score(Utterance(sentence, voice, silence))


@pytest.mark.parametrize("length", [1, 160])
def test_a_click_is_scored(samples, length):
    click = Recording(np.full(length, 0.1, np.float32))
    scores = Acoustics().score(Utterance(Sentence("a", "Hello."), click, Recording(samples)))
    assert scores["mcd_db"] > 1
    assert scores["duration_error"] > 0.9
    assert "f0_variation_semitones" not in scores
