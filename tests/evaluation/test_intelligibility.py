from concurrent.futures import ThreadPoolExecutor

import jiwer
import numpy as np
import pytest

from smf_tts.evaluation.inputs import SAMPLE_RATE_HZ, Recording, Sentence, Utterance
from smf_tts.evaluation.intelligibility import Intelligibility, count_errors, normalise
from smf_tts.evaluation.metric import Unavailable
from smf_tts.evaluation.summary import summarize

TRANSCRIPTS = [
    ("The quick brown fox, Mr. Fox!", "the quick brown fox mister fox"),
    ("It costs twenty-five dollars.", "It costs $25."),
    ("Two and three look alike.", "Two and free look a like"),
    ("Nothing was heard here.", ""),
    ("Short.", "A short one, really."),
]


def test_error_rates_equal_jiwers_over_the_whole_list():
    records = [
        {"id": str(i), "file": "x", "notes": [], **count_errors(text, heard)}
        for i, (text, heard) in enumerate(TRANSCRIPTS)
    ]
    summary = summarize(records)
    texts, heard = zip(*[(normalise(a), normalise(b)) for a, b in TRANSCRIPTS], strict=True)
    whole = jiwer.process_words(list(texts), list(heard))
    assert summary["measures"]["wer"]["value"] == pytest.approx(100 * whole.wer)
    assert summary["counts"]["substitutions"] == whole.substitutions
    assert summary["counts"]["deletions"] == whole.deletions
    assert summary["counts"]["insertions"] == whole.insertions
    cer = jiwer.cer(list(texts), list(heard))
    assert summary["measures"]["cer"]["value"] == pytest.approx(100 * cer)


def test_spelling_case_and_punctuation_are_no_errors():
    assert (
        count_errors("It cost £20, Dr. Gray!", "it cost twenty pounds doctor grey")["word_errors"]
        == 0
    )


def test_real_speech_is_recognised(recogniser, sentences, recordings):
    utterances = [Utterance(s, recordings[s.id]) for s in sentences]
    with ThreadPoolExecutor(2) as pool:
        scores = list(pool.map(recogniser.score, utterances))
    errors = sum(score["word_errors"] for score in scores)
    words = sum(score["words"] for score in scores)
    assert words > 80
    assert errors / words < 0.04


def test_missing_and_silent_audio_lose_all_words(recogniser):
    sentence = Sentence("a", "Four words are lost.")
    silence = Recording(np.zeros(SAMPLE_RATE_HZ, np.float32))
    for recording in (None, silence):
        scores = recogniser.score(Utterance(sentence, recording))
        assert (scores["deletions"], scores["insertions"], scores["words"]) == (4, 0, 4)


def test_audio_longer_than_a_window_is_heard_to_its_end(recogniser, recordings, sentences):
    pause = np.zeros(2 * SAMPLE_RATE_HZ, np.float32)
    chosen = [*sentences, *sentences[:2]]
    parts = [part for s in chosen for part in (recordings[s.id].samples, pause)]
    samples = np.concatenate(parts)
    assert len(samples) > 35 * SAMPLE_RATE_HZ
    scores = count_errors(" ".join(s.text for s in chosen), recogniser.transcribe(samples))
    assert scores["word_errors"] / scores["words"] < 0.2


def test_unknown_model_says_why():
    with pytest.raises(Unavailable, match="Whisper no-such-size cannot be loaded"):
        Intelligibility("no-such-size", jobs=1)
