"""Words that espeak-ng misreads."""

import pytest

from smf_tts.text import read_text
from smf_tts.text.phonemes import LANGUAGES, phonemize
from smf_tts.text.respellings import RESPELLINGS, respell


def read(text: str, language: str = "en-us", **options: object) -> str:
    return " ".join(s.phonemes for s in read_text(text, language, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_one_word_that_is_misread_without_it(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = list(RESPELLINGS)
    said = [phonemize([word], language)[0] for word in words]
    monkeypatch.setattr("smf_tts.text.phonemes.respell", lambda word: word)
    misread = [phonemize([word], language)[0] for word in words]
    same = [word for word, a, b in zip(words, said, misread, strict=True) if a == b]
    assert same == []
    # What espeak-ng cannot read it spells, and stresses every letter.
    stresses = {word: phonemes.count("ˈ") for word, phonemes in zip(words, said, strict=True)}
    hyphens = {word: spelling.count("-") for word, spelling in RESPELLINGS.items()}
    assert {word for word in words if stresses[word] != 1 + hyphens[word]} == set()
    assert words == sorted(words) and all(word == word.lower() for word in words)


@pytest.mark.parametrize(
    ("word", "american", "british"),
    [
        ("Murray", "mˈɜːɹi", "mˈʌɹi"),
        ("Plato", "plˈeɪɾoʊ", "plˈeɪtəʊ"),
        ("Charlemagne", "ʃˈɑːɹlɐmˌeɪn", "ʃˈɑːlɐmˌeɪn"),
        ("handkerchief", "hˈæŋkɚtʃˌɪf", "hˈaŋkətʃˌɪf"),
        ("Yeats", "jˈeɪts", "jˈeɪts"),
        ("henceforward", "hˈɛnsfˈɔːɹwɚd", "hˈɛnsfˈɔːwəd"),
        ("excused", "ɛkskjˈuːzd", "ɛkskjˈuːzd"),
        ("diocese", "dˈaɪəsˌɪs", "dˈaɪəsˌɪs"),
    ],
)
def test_words_are_said_as_dictionaries_have_them(word: str, american: str, british: str) -> None:
    assert read(word, "en-us") == f"{american}."
    assert read(word, "en-gb") == f"{british}."


def test_capitals_and_possessives_are_respelt_and_what_is_written_stays() -> None:
    assert [respell(word) for word in ("GABRIEL", "Eli's", "ELI'S", "elide", "'s", "")] == [
        "gaybriel", "eelye's", "eelye'S", "elide", "'s", "",
    ]  # fmt: skip
    (sentence,) = read_text("Excused, Plato's pupils left.", "en-us")
    assert [word.text for word in sentence.words] == ["Excused,", "Plato's", "pupils", "left."]
    assert sentence.phonemes.startswith("ɛkskjˈuːzd, plˈeɪɾoʊz pjˈuːpəlz ")


def test_a_lexicon_is_stronger() -> None:
    assert read("Coney", lexicon={"coney": "kˈʌni"}) == "kˈʌni."
