"""Arbitrary text: sentences that keep the contract, or one clear line."""

import os

from hypothesis import HealthCheck, example, given, settings
from strategies import TEXTS
from test_reader import check

from smf_tts.errors import UserError
from smf_tts.text import read_text
from smf_tts.text.characters import clean_word, strip_invisible
from smf_tts.text.normalise import find_claims

# More of them with FUZZ_CASES=2000.
CASES = int(os.environ.get("FUZZ_CASES", "300"))


@settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_any_text_is_read_or_refused(text):
    try:
        sentences = list(read_text(text, "en-us"))
    except UserError as error:
        assert str(error)
        assert "\n" not in str(error)
        return
    assert any(sentence.words for sentence in sentences)
    for sentence in sentences:
        check(sentence)
        assert len(sentence.phonemes) < 600


@settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
@example("PM2.5 x1.7y 1,2,3.4.5 0800hrs")
def test_every_digit_is_said(text):
    """No rule leaves beside its claim a digit that no other takes: it would be lost in silence."""
    words = (clean_word(word, False) for word in strip_invisible(text).split())
    sentence = " ".join(word for word in words if word)
    outside, position = "", 0
    for start, stop, _ in find_claims(sentence, "en-us"):
        assert start >= position
        outside += sentence[position:start]
        position = stop
    outside += sentence[position:]
    assert not any(character.isdecimal() for character in outside)
