import numpy as np
import pytest

from smf_tts.evaluation.summary import compare, summarize


def record(system, id, **scores):
    return {"system": system, "id": str(id), "file": "x.wav", "notes": [], **scores}


def test_intervals_hold_the_truth_as_often_as_they_say():
    """95 % intervals of a rate over 40 utterances, drawn 200 times from a known one."""
    random = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        words = random.integers(5, 20, 40)
        errors = random.binomial(words, 0.1)
        pairs = enumerate(zip(errors.tolist(), words.tolist(), strict=True))
        records = [record("a", i, word_errors=e, words=w) for i, (e, w) in pairs]
        wer = summarize(records)["measures"]["wer"]
        assert wer["low"] <= wer["value"] <= wer["high"]
        held += wer["low"] <= 10 <= wer["high"]
    assert 180 <= held <= 199


def test_paired_differences_see_what_the_intervals_cannot():
    """B is 0.1 better on every sentence, far less than sentences differ among themselves."""
    random = np.random.default_rng(0)
    base = random.normal(3.5, 0.5, 30)
    records = [record("a", i, dnsmos_p808=x) for i, x in enumerate(base)]
    records += [
        record("b", i, dnsmos_p808=x + 0.1 + 0.05 * random.normal()) for i, x in enumerate(base)
    ]
    a, b = summarize(records[:30]), summarize(records[30:])
    assert a["measures"]["dnsmos_p808"]["high"] > b["measures"]["dnsmos_p808"]["low"]
    (row,) = compare(records)
    assert row["value"] == pytest.approx(-0.1, abs=0.03)
    assert row["verdict"] == "better: b"


def test_equal_systems_show_no_difference_and_share_only_common_sentences():
    records = [record("a", i, word_errors=i % 2, words=10) for i in range(10)]
    records += [record("b", i, word_errors=(i + 1) % 2, words=10) for i in range(4, 12)]
    (row,) = compare(records)
    assert (row["n"], row["value"], row["verdict"]) == (6, 0, "no difference shown")


def test_measures_nobody_has_are_left_out():
    summary = summarize([record("a", 1, dnsmos_p808=4.0), record("a", 2)])
    assert set(summary["measures"]) == {"dnsmos_p808"}
    assert summary["measures"]["dnsmos_p808"] == {"value": 4.0, "n": 1}
