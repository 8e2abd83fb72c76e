"""Arbitrary text: sentences that keep the contract, or one clear line."""

import os

from hypothesis import HealthCheck, given, settings
from strategies import TEXTS
from test_reader import check

from smf_tts.errors import UserError
from smf_tts.text import read_text

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
