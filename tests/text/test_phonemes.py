"""Phonemes of words in context, through the espeak-ng that ships with the package."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from smf_tts.text.phonemes import LANGUAGES, phonemize
from smf_tts.text.symbols import PHONEMES, PUNCTUATION, SYMBOLS, known, token_ids

SENTENCES = [
    "In the middle of the night, in the house of a friend.",
    "It is going to be on the table for a while; I am sure of it!",
    'He said, "Hello, world!" (or so we thought) and left…',
    "What would you have done, had you been there with us at the end of an hour?",
    "As soon as it is out of the box it has to be in one of these.",
]


def bare(word: str) -> str:
    """A word's phonemes without punctuation and stress."""
    return "".join(c for c in word if c not in PUNCTUATION + "ˈˌ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_word_gets_its_phonemes_and_keeps_its_punctuation(sentence: str, language: str):
    words = sentence.split()
    phonemes = phonemize(words, language)
    assert len(phonemes) == len(words)
    for word, said in zip(words, phonemes, strict=True):
        assert bare(said), word
        assert " " not in said
        # The same marks before and after it, in the same order.
        assert [c for c in said if c in PUNCTUATION] == [c for c in word if c in PUNCTUATION]
        assert (said[0] in PUNCTUATION) == (word[0] in PUNCTUATION)
        assert (said[-1] in PUNCTUATION) == (word[-1] in PUNCTUATION)
    assert set("".join(phonemes)) <= set(SYMBOLS)


@pytest.mark.parametrize(
    ("pair", "first", "second"),
    [
        ("of the", "v", "ð"),
        ("in the", "n", "ð"),
        ("on the", "n", "ð"),
        ("out of", "t", "v"),
        ("I am", "aɪ", "m"),
        ("with us", "ð", "s"),
        ("going to", "ŋ", "t"),
    ],
)
def test_words_that_are_read_as_one_are_cut_where_the_word_ends(pair: str, first: str, second: str):
    one, other, *_ = phonemize([*pair.split(), "house"], "en-us")
    last = bare(one).replace("ɾ", "t")
    assert last.endswith(first)
    # The mark of the second word: its first consonant, or its last.
    assert second in (bare(other)[0], bare(other)[-1])
    assert not bare(one).endswith(second) or first == second


def test_nothing_is_lost_or_added_where_fused_words_are_cut():
    words = [
        "one",
        "of",
        "the",
        "best",
        "of",
        "the",
        "rest",
        "in",
        "the",
        "west",
        "of",
        "an",
        "hour",
    ]
    together = "".join(phonemize(words, "en-us"))
    # Read as one "word", a phrase is not cut at all.
    whole = phonemize([" ".join(words)], "en-us")[0]
    assert together == whole


def test_context_decides_how_a_word_is_said():
    assert phonemize(["the", "apple"], "en-us")[0] != phonemize(["the", "cat"], "en-us")[0]
    # Punctuation ends the phrase, and with it the context.
    assert phonemize(["the,", "apple"], "en-us")[0].rstrip(",") == "ðə"


def test_british_and_american_english_differ():
    us, gb = (phonemize(["car", "park", "tomato", "lot"], language) for language in LANGUAGES)
    assert us[0].endswith("ɹ")
    assert not gb[0].endswith("ɹ")
    assert "eɪ" in us[2]
    assert "ɑː" in gb[2]
    assert us[3] != gb[3]


def test_stress_is_kept():
    record = [phonemize(words, "en-us")[1] for words in (["a", "record"], ["to", "record"])]
    assert all("ˈ" in said for said in record)
    assert record[0].index("ˈ") != record[1].index("ˈ")


def test_a_word_with_nothing_to_say_keeps_its_punctuation():
    assert phonemize(["—", "well", "…", "()"], "en-gb")[0::2] == ["—", "…"]
    assert phonemize([""], "en-us") == [""]


def test_tokens_are_the_phonemes_between_two_silences():
    phonemes = " ".join(phonemize(SENTENCES[2].split(), "en-gb"))
    ids = token_ids(phonemes)
    assert "".join(SYMBOLS[i] for i in ids) == f" {phonemes} "


def test_symbols_are_single_and_distinct():
    assert len(set(SYMBOLS)) == len(SYMBOLS)
    assert all(len(symbol) == 1 for symbol in SYMBOLS)
    assert token_ids(SYMBOLS[0])[1] == 0  # padding, as batches are padded with zeros


def test_only_known_characters_pass():
    assert known("hɛˈloʊ5Ж") == "hɛˈloʊ"
    assert known("".join(SYMBOLS)) == "".join(SYMBOLS)
    assert set(PHONEMES).isdisjoint(PUNCTUATION)
    with pytest.raises(KeyError):
        token_ids("hЖ")


def test_threads_do_not_get_each_others_phonemes():
    sentences = [sentence.split() for sentence in SENTENCES] * 8
    alone = [phonemize(words, "en-us") for words in sentences]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda words: phonemize(words, "en-us"), sentences)) == alone
