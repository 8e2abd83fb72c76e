"""Written forms and what a careful American reader says for them."""

import re
from pathlib import Path

from smf_tts.text import read_text

FORMS = [
    line.split("\t")
    for line in (Path(__file__).parent / "forms.tsv").read_text(encoding="utf-8").splitlines()
]


def said(text: str, language: str = "en-us") -> str:
    words = [word.spoken for sentence in read_text(text, language) for word in sentence.words]
    return plain(" ".join(words))


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]+", " ", text.lower()).split())


def test_written_forms_are_said_as_a_reader_says_them():
    misses = [
        f"{written!r}: {said(written)!r}, not {plain(spoken)!r}"
        for written, spoken in FORMS
        if said(written) != plain(spoken)
    ]
    print(f"{len(FORMS) - len(misses)} of {len(FORMS)} forms are said as expected; misses:")
    print("\n".join(misses) or "none")
    assert len(FORMS) >= 170
    assert len(misses) <= 0.05 * len(FORMS), "\n".join(misses)


def test_british_english_has_its_own_dates_and_numbers():
    assert said("3/4/2025", "en-gb") == "the third of april twenty twenty five"
    assert said("105", "en-gb") == "one hundred and five"
    assert said("March 4, 2025", "en-gb") == "the fourth of march twenty twenty five"


def test_a_sentence_keeps_its_punctuation():
    (sentence,) = read_text('He paid $5, "in cash".', "en-us")
    assert sentence.phonemes.count(",") == 1
    assert sentence.phonemes.count('"') == 2
    assert sentence.phonemes.rstrip('"').endswith(".")
