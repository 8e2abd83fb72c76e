"""Whatever is written: speech with every word in its place, or one clear line."""

import os

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import TEXTS

from smf_tts import Synthesizer, UserError

# More of them with FUZZ_CASES=2000.
CASES = int(os.environ.get("FUZZ_CASES", "50"))


@settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(TEXTS, st.floats(0.5, 2.0), st.sampled_from(["ann", "bob"]))
@example("I.", 2.0, "ann")
@example(f"hello{'a' * 60}... Ａ 3/4/2025", 1.912109375, "bob")  # times that rounding would add to
@example("a a a a", 2.0, "bob")
@example("[pause 1ms] [[ə]] [pause 1s]", 0.5, "ann")
def test_any_text_is_said_or_refused(synthesizer: Synthesizer, text, speed, speaker):
    try:
        speech = synthesizer.synthesize(text, speed=speed, speaker=speaker)
    except UserError as error:
        assert str(error)
        assert "\n" not in str(error)
        return
    assert np.isfinite(speech.samples).all()
    assert np.abs(speech.samples).max() <= 1
    times = [time for word in speech.words for time in (word.start, word.end)]
    assert times
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= speech.seconds


def test_every_word_of_a_long_text_is_timed(synthesizer: Synthesizer):
    """Sentences of all lengths, one of a thousand words; what is read as one is one word."""
    usual = "Dr. Smith's 3 dogs, e.g. Rex, ran 5 km (or so) on Jan. 5, 2021 -- why? "
    endless = "and on it went over the hills, " * 140
    text = f"{usual * 10}\n\n{endless}\n\n- One “item”\n- Another; it's done…"
    words = [word for part in synthesizer.stream(text, speed=2) for word in part.words]
    written = text.replace("- One", "One").replace("- Another", "Another")
    assert " ".join(word.text for word in words).split() == written.split()
    ends = [0.0, *(word.end for word in words)]
    for word, before in zip(words, ends, strict=False):
        assert before <= word.start < word.end
