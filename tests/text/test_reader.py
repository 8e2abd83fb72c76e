"""Nothing that is written gets lost, and every word knows its place."""

import contextlib
import tracemalloc
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smf_tts.errors import UserError
from smf_tts.text import Sentence, load_lexicon, read_text
from smf_tts.text.symbols import PUNCTUATION, SYMBOLS


def squeeze(text: str) -> str:
    return "".join(text.split())


def check(sentence: Sentence) -> None:
    """The contract between the text and whoever times its words."""
    assert set(sentence.phonemes) <= set(SYMBOLS)
    assert squeeze("".join(word.text for word in sentence.words)) == squeeze(sentence.text)
    end = 0
    for word in sentence.words:
        assert end <= word.start < word.stop <= len(sentence.phonemes)
        span = sentence.phonemes[word.start : word.stop]
        assert span == span.strip(PUNCTUATION + " ")
        end = word.stop
    assert sentence.pause_seconds >= 0


def read(text: str, **options: object) -> list[Sentence]:
    sentences = list(read_text(text, "en-us", **options))  # type: ignore[arg-type]
    for sentence in sentences:
        check(sentence)
    return sentences


def test_each_written_word_has_what_is_said_for_it_and_its_span():
    (sentence,) = read("Dr. Smith paid $5, on Jan. 5, 2021.")
    assert [(word.text, word.spoken) for word in sentence.words] == [
        ("Dr.", "Doctor"),
        ("Smith", "Smith"),
        ("paid", "paid"),
        ("$5,", "five dollars"),
        ("on", "on"),
        ("Jan. 5, 2021.", "January fifth twenty twenty one"),
    ]
    assert sentence.phonemes[sentence.words[3].start : sentence.words[3].stop] == "fˈaɪv dˈɑːlɚz"


WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9$%'-]{0,12}[a-z0-9][,.!?;:]?", fullmatch=True)


@settings(max_examples=40, deadline=None, database=None)
@given(st.lists(WORDS, min_size=1, max_size=25))
def test_every_word_that_goes_in_comes_out(words):
    sentences = read(" ".join(words))
    assert squeeze("".join(sentence.text for sentence in sentences)) == squeeze("".join(words))


def test_a_text_of_a_thousand_words_without_a_stop_is_cut_and_complete():
    words = ["river", "of", "7", "stones", "however,"] * 200
    sentences = read(" ".join(words))
    assert [word.text for sentence in sentences for word in sentence.words] == words
    assert all(len(sentence.phonemes) < 350 for sentence in sentences)
    assert all(len(sentence.words) > 5 for sentence in sentences)


def test_long_sentences_are_cut_at_phrases():
    clause = "it was the season of hope and of very long sentences"
    parts = read(f"{clause}, {clause}, {clause}, {clause}, {clause}, {clause}.")
    assert len(parts) > 1
    assert all(part.text.endswith((",", ".")) for part in parts)


def test_a_word_said_many_times_is_said_each_time():
    (sentence,) = read("Ha ha ha ha ha ha, 5555555!")
    assert len(sentence.words) == 7
    assert sentence.phonemes.count("fˈaɪv") == sentence.words[-1].spoken.count("five")


@pytest.mark.parametrize(
    "letter", ["a", "1", "a ", "1,", "a.", "[", "[[", "(", "<", "a@", "x=", "é", "https://a.b/c"]
)
def test_a_line_of_one_thing_ends(letter):
    with contextlib.suppress(UserError):
        read(letter * (2_000 // len(letter)))


def test_ten_megabytes_on_one_line_start_at_once():
    text = "The cat sat on 5 mats, and Dr. Smith saw it. " * 220_000
    tracemalloc.start()
    sentences = list(islice(read_text(text, "en-us"), 5))
    assert tracemalloc.get_traced_memory()[1] < 60e6  # a few copies of the text at most
    tracemalloc.stop()
    assert [sentence.words[1].text for sentence in sentences] == ["cat"] * 5


def test_sentences_and_paragraphs_end_in_silence():
    pauses = [sentence.pause_seconds for sentence in read("One. Two?\n\nThree.\n\nFour.")]
    assert pauses[1] == pauses[2] > pauses[3] > pauses[0] > 0


def test_pauses_are_as_long_as_asked_for():
    sentences = read("[pause 2s] One [pause 250ms] two. [pause .5s]")
    assert [(sentence.text, sentence.pause_seconds) for sentence in sentences] == [
        ("", 2.0),
        ("One", 0.25),
        ("two.", 0.5),
    ]


def test_phonemes_in_brackets_are_said_as_they_are():
    (sentence,) = read("Say ([[ təmˈɑːtoʊ ]]), now.")
    assert "təmˈɑːtoʊ" in sentence.phonemes
    assert [word.text for word in sentence.words] == ["Say", "([[ təmˈɑːtoʊ ]]),", "now."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[pause 5] a", r"\[pause 500ms\]"),
        ("[pause 999s] a", "at most 60 s"),
        ("a [[ q% ]]", "'%' is not a phoneme"),
        ("a [[ ]] b", "no phonemes"),
        ("a [[[ a ]]] b", "brackets too many"),
        ("Hello Привет", "Привет"),
        ("日本語", "Chinese"),
        ("שלום", "English"),
        ("", "nothing to say"),
        (" \n\t", "nothing to say"),
        ("... ?!", "nothing to say"),
        ("😀 🎉", "nothing to say"),
        ("\x00", "nothing to say"),
    ],
)
def test_what_cannot_be_said_is_refused_in_one_line(text, message):
    with pytest.raises(UserError, match=message) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_an_unknown_language_is_refused_before_anything_is_read():
    with pytest.raises(UserError, match="en-us, en-gb"):
        read_text("Hello", "fr-fr")


def test_broken_markup_is_read_as_text():
    for text in ("if [[ -z x", "a [[ [[ ə ]] ]] b", "x ]] y", "*a", "<foo>b", "[a](", "`c"):
        (sentence,) = read(text)
        assert squeeze(sentence.text) == squeeze(text)


def test_markdown_and_html_leave_their_words():
    text = (
        "# A *big* title #\n\n> quoted **text**\n> goes on\n\n- [x] item with [a link](http://a.b)"
        "\n* `code`\n\n<p>One<br>two &amp; <b>three</b></p><!-- hidden -->\n\n---\n|a1|b1|\n|--|--|"
    )
    assert [sentence.text for sentence in read(text)] == [
        "A big title",
        "quoted text goes on",
        "item with a link",
        "code",
        "One two & three",
        "a1, b1",
    ]


@pytest.mark.parametrize(
    "transcript",
    [
        "he told us who it was and i don't think we shall tell the world",
        "it's well said mrs brown but the books fell and you'll add the eggs",
        "oh i am an ox and so i did a bit of it for us",
    ],
)
def test_a_transcript_in_capitals_sounds_as_in_small_letters(transcript):
    (small,) = read_text(transcript, "en-us")
    (capitals,) = read_text(transcript.upper(), "en-us")
    assert capitals.phonemes == small.phonemes
    assert " ".join(word.text for word in capitals.words) == transcript.upper()


def test_the_lexicon_knows_a_spelling_among_capitals():
    (sentence,) = read_text("WE TOLD THE WORLD OF IT", "en-us", {"IT": "ˈaɪtˈiː"})
    assert sentence.phonemes.endswith("ˈaɪtˈiː.")


def test_control_characters_and_lone_surrogates_vanish():
    (sentence,) = read("\ufeffH\x00e\u200bl\x1blo\ud800 wo\u00adrld\x07")
    assert sentence.text == "Hello world"


def test_emoji_are_skipped_or_named():
    assert [word.spoken for word in read("Good 👍🏽 job")[0].words] == ["Good", "job"]
    (sentence,) = read("Good 👍🏽 job", speak_emoji=True)
    assert [word.spoken for word in sentence.words] == ["Good", "thumbs up sign", "job"]


def test_the_lexicon_has_the_last_word(tmp_path):
    path = tmp_path / "lexicon.txt"
    path.write_text("# mine\ntomato\ttəmˈɑːtoʊ\nNASA nˈɑːzə\n\nUS ˈʌs\n", encoding="utf-8")
    lexicon = load_lexicon(path)
    (sentence,) = read("Tomato, NASA and us, US.", lexicon=lexicon)
    spans = [sentence.phonemes[word.start : word.stop] for word in sentence.words]
    assert spans[0] == "təmˈɑːtoʊ"
    assert spans[1] == "nˈɑːzə"
    assert spans[3] != "ˈʌs"
    assert spans[4] == "ˈʌs"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ok \xc9\x99k\nbad b%d\n", r"line 2: '%' is not a phoneme"),
        (b"\n\nlonely\n", "line 3: 'lonely' has no phonemes"),
        (b"x \xff\xfe", "UTF-8"),
    ],
)
def test_a_bad_lexicon_is_refused_with_its_line(tmp_path, content, message):
    path = tmp_path / "lexicon.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        load_lexicon(path)


def test_a_missing_lexicon_is_refused(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        load_lexicon(tmp_path / "none.txt")
