"""Speech from the tiny voice: lengths, times, seeds, and what cannot be said."""

import math
from itertools import pairwise

import numpy as np
import pytest

from smf_tts import Speech, Synthesizer
from smf_tts.errors import UserError
from smf_tts.runtime.synthesizer import whole_durations

TEXT = "The birch canoe slid on the smooth planks. Dr. Smith paid $5 for it! Was it easy?"
ONE = "Rice is often served in round bowls."


def equal(a: Speech, b: Speech) -> bool:
    return a.words == b.words and np.array_equal(a.samples, b.samples)


def test_speech_is_mono_finite_and_within_bounds(synthesizer: Synthesizer):
    speech = synthesizer.synthesize(TEXT)
    assert speech.sample_rate == 24_000
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert np.abs(speech.samples).max() <= 1
    assert speech.samples.std() > 0
    assert speech.seconds == len(speech.samples) / 24_000


@pytest.mark.parametrize("settings", [{}, {"speed": 2.0}, {"speed": 0.5, "speaker": "bob"}])
def test_words_cover_the_text_and_their_times_increase(synthesizer: Synthesizer, settings: dict):
    speech = synthesizer.synthesize(TEXT, **settings)
    assert " ".join(word.text for word in speech.words) == TEXT
    assert speech.words[0].start >= 0
    assert speech.words[-1].end <= speech.seconds
    for word in speech.words:
        assert word.start <= word.end
    for word, following in pairwise(speech.words):
        assert word.end <= following.start
        assert word.start < following.start


def test_words_touch_where_no_mark_parts_them(synthesizer: Synthesizer):
    one, two, three, four = synthesizer.synthesize("Well known, and good.").words
    assert one.end == two.start and three.end == four.start
    assert two.end < three.start


def test_a_stream_is_the_whole_cut_into_sentences(synthesizer: Synthesizer):
    whole = synthesizer.synthesize(TEXT, steps=2, seed=5)
    parts = list(synthesizer.stream(TEXT, steps=2, seed=5))
    assert len(parts) == 3
    assert np.array_equal(np.concatenate([p.samples for p in parts]), whole.samples)
    assert tuple(word for p in parts for word in p.words) == whole.words


def test_a_sentence_does_not_depend_on_those_around_it(synthesizer: Synthesizer):
    alone = synthesizer.synthesize(f"{ONE} [pause 0s]")
    second = list(synthesizer.stream(f"Oh, no! {ONE} Yes."))[1]
    # What follows is the pause.
    count = len(alone.samples)
    assert np.array_equal(alone.samples, second.samples[:count])
    assert not second.samples[count:].any()


def test_a_seed_decides_the_noise_and_nothing_else(synthesizer: Synthesizer):
    first = synthesizer.synthesize(ONE, seed=1)
    assert equal(first, synthesizer.synthesize(ONE, seed=1))
    other = synthesizer.synthesize(ONE, seed=2)
    assert other.words == first.words
    assert not np.array_equal(other.samples, first.samples)


def test_temperature_scales_the_noise(synthesizer: Synthesizer):
    still = synthesizer.synthesize(ONE, temperature=0, seed=1)
    assert equal(still, synthesizer.synthesize(ONE, temperature=0, seed=2))
    # The voice's own is 0.8.
    assert equal(synthesizer.synthesize(ONE), synthesizer.synthesize(ONE, temperature=0.8))
    assert not equal(synthesizer.synthesize(ONE), synthesizer.synthesize(ONE, temperature=1))


def test_steps_change_the_samples_and_not_the_times(synthesizer: Synthesizer):
    one, two, five = (synthesizer.synthesize(ONE, steps=steps) for steps in (1, 2, 5))
    assert one.words == two.words == five.words
    assert not np.array_equal(one.samples, two.samples)
    assert not np.array_equal(two.samples, five.samples)
    assert equal(one, synthesizer.synthesize(ONE))  # the voice's own number


def test_speed_scales_the_length(synthesizer: Synthesizer):
    usual = synthesizer.synthesize(TEXT).seconds
    for speed in (0.5, 0.8, 1.5, 2.0):
        assert synthesizer.synthesize(TEXT, speed=speed).seconds == pytest.approx(
            usual / speed, rel=0.05
        )


def test_speakers_differ(synthesizer: Synthesizer):
    ann, bob = (synthesizer.synthesize(ONE, speaker=name) for name in ("ann", "bob"))
    assert equal(ann, synthesizer.synthesize(ONE))  # the first by default
    assert not equal(ann, bob)


def test_a_lexicon_changes_a_word(synthesizer: Synthesizer):
    changed = synthesizer.synthesize("It is rice.", lexicon={"rice": "mˈiːt"})
    assert not equal(changed, synthesizer.synthesize("It is rice."))


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_what_is_heard_between_sentences_is_the_pause(synthesizer: Synthesizer, speed: float):
    first, _ = synthesizer.stream("Yes. [pause 700ms] No.", speed=speed)
    alone = synthesizer.synthesize("Yes. [pause 0s]", speed=speed)
    edges = 2 * synthesizer.voice.edge_silence_seconds
    assert first.seconds - alone.seconds == pytest.approx((0.7 - edges) / speed, abs=1e-4)
    assert not first.samples[len(alone.samples) :].any()


def test_a_pause_shorter_than_the_edges_cuts_nothing(synthesizer: Synthesizer):
    first, _ = synthesizer.stream("Yes. [pause 10ms] No.")
    assert equal(first, synthesizer.synthesize("Yes. [pause 0s]"))


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_a_text_ends_in_silence(synthesizer: Synthesizer, speed: float):
    bare = synthesizer.synthesize("Yes. [pause 0s]", speed=speed)
    whole = synthesizer.synthesize("Yes.", speed=speed)
    count = len(bare.samples)
    assert np.array_equal(whole.samples[:count], bare.samples)
    assert not whole.samples[count:].any()
    assert whole.seconds - bare.seconds == pytest.approx(0.24 / speed, abs=1e-4)


def test_a_pause_before_any_word_is_kept_whole(synthesizer: Synthesizer):
    silence, speech = synthesizer.stream("[pause 700ms] Yes.")
    assert (silence.seconds, silence.words) == (pytest.approx(0.7), ())
    assert not silence.samples.any()
    assert speech.words[0].start > 0.7


def test_joins_do_not_click(synthesizer: Synthesizer):
    """This voice makes noise up to its edges; and no join is a jump like those within it."""
    parts = list(synthesizer.stream(f"{TEXT} {ONE}", temperature=1.5))
    whole = np.concatenate([part.samples for part in parts])
    jumps = np.abs(np.diff(whole, prepend=0.0, append=0.0))
    usual = np.sqrt(np.mean(jumps**2))
    joins = np.cumsum([0] + [len(part.samples) for part in parts])
    for join in joins:
        assert jumps[max(0, join - 10) : join + 10].max() < usual


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps must be 1 or more, got 0"),
        ({"steps": -3}, "steps must be 1 or more"),
        ({"speed": 0.49}, "speed must be between 0.5 and 2, got 0.49"),
        ({"speed": 2.01}, "speed must be between 0.5 and 2"),
        ({"speed": math.nan}, "speed must be between"),
        ({"temperature": -0.1}, "temperature must be between 0 and 2"),
        ({"temperature": math.inf}, "temperature must be between"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"speaker": "eve"}, "no speaker 'eve'; it has ann, bob, 303"),
    ],
)
def test_values_out_of_range_are_refused_before_any_work(
    synthesizer: Synthesizer, settings: dict, message: str
):
    with pytest.raises(UserError, match=message):
        synthesizer.stream(ONE, **settings)


@pytest.mark.parametrize("text", ["", " \n\t ", "...", "?!", "🎉🎉", "—", "\u200b"])
def test_a_text_without_words_is_refused(synthesizer: Synthesizer, text: str):
    with pytest.raises(UserError, match="nothing to say"):
        synthesizer.synthesize(text)


@pytest.mark.parametrize("text", ["Привет, мир", "Hello 世界", "مرحبا"])
def test_another_script_is_refused_at_once(synthesizer: Synthesizer, text: str):
    with pytest.raises(UserError, match="English"):
        synthesizer.stream(text)


def test_threads_below_one_are_refused(voice):
    for threads in (0, -2):
        with pytest.raises(UserError, match="threads must be 1 or more"):
            Synthesizer.from_pretrained(voice, threads=threads)


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("multiple", [1, 2, 3])
def test_whole_durations_lose_no_time(speed: float, multiple: int):
    log_durations = np.random.default_rng(0).normal(1.2, 0.8, 50).astype(np.float32)
    durations = whole_durations(log_durations, speed, multiple)
    exact = np.cumsum(np.maximum(np.exp(log_durations.astype(np.float64)), 1) / speed)
    assert durations.sum() % multiple == 0
    assert (durations >= 0).all()
    # Every token ends within half a frame of where it should, only the last one is filled up.
    assert np.abs(np.cumsum(durations)[:-1] - exact[:-1]).max() <= 0.5
    assert 0 <= durations.sum() - np.rint(exact[-1]) < multiple
