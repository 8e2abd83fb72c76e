"""Text to sentences of phonemes, in which every written word has its span."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from smf_tts.errors import UserError
from smf_tts.text.blocks import Block, Spoken, make_blocks
from smf_tts.text.characters import refuse_other_scripts, strip_invisible
from smf_tts.text.markup import check_markup, split_pauses, strip_markup
from smf_tts.text.phonemes import LANGUAGES, phonemize
from smf_tts.text.sentences import read_paragraphs, split_long, split_sentences
from smf_tts.text.symbols import PUNCTUATION

# Spoken characters in a sentence at most; English has about one phoneme a letter.
_LONGEST_SENTENCE = 220
# Silence after a sentence by its last mark; a comma ends part of a sentence that was too long.
_PAUSE_SECONDS = {".": 0.3, "!": 0.3, "?": 0.3, "…": 0.4, ":": 0.25, ";": 0.2, "—": 0.15, ",": 0.1}
_PARAGRAPH_PAUSE_SECONDS = 0.6
# Speech that stops dead sounds cut off, and runs into whatever is played next.
_END_PAUSE_SECONDS = 0.4
# How little a cut after a word with this mark is minded, from 0 to 1.
_BREAKS = {";": 0.0, ":": 0.0, "—": 0.1, ".": 0.0, "!": 0.0, "?": 0.0, "…": 0.1, ",": 0.3, ")": 0.4}


@dataclass(frozen=True)
class Word:
    """A written word (or several that are read as one: "5 kg") and its place in the sentence.

    Attributes:
        text: as written, punctuation included.
        spoken: what is said for it.
        start, stop: span in the sentence's phoneme string, without the punctuation around it.
    """

    text: str
    spoken: str
    start: int
    stop: int


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a part of one that was too long to be said in one go.

    Attributes:
        text: as written, Markdown and HTML taken out.
        words: they cover the text; their spans increase and do not overlap.
        phonemes: one character, one symbol. Empty for a pause that no words precede.
        pause_seconds: silence to leave after it.
    """

    text: str
    words: tuple[Word, ...]
    phonemes: str
    pause_seconds: float


def read_text(
    text: str,
    language: str,
    lexicon: Mapping[str, str] | None = None,
    *,
    speak_emoji: bool = False,
) -> Iterator[Sentence]:
    """Read a text, sentence by sentence, as it is asked for.

    Args:
        text: anything that people write, with [[ phonemes ]] and [pause 500ms] where wanted.
        language: "en-us" or "en-gb".
        lexicon: phonemes of words, see `load_lexicon`.
        speak_emoji: say the names of emoji instead of skipping them.

    Raises:
        UserError: at once for an unknown language, another script or broken markup; at the end of
            a text that holds no word to say.
    """
    if language not in LANGUAGES:
        raise UserError(f"unknown language {language!r}: choose one of {', '.join(LANGUAGES)}")
    text = strip_invisible(text)
    refuse_other_scripts(text)
    check_markup(text)
    return _read(text, language, lexicon or {}, speak_emoji)


def _read(
    text: str, language: str, lexicon: Mapping[str, str], speak_emoji: bool
) -> Iterator[Sentence]:
    spoke = False
    pieces = _pieces(text)
    piece = next(pieces, None)
    while piece is not None:
        (written, pause_seconds, ends_paragraph), piece = piece, next(pieces, None)
        blocks = make_blocks(written, language, lexicon, speak_emoji) if written else []
        parts = list(_parts(blocks))
        sentences = [
            sentence
            for i, part in enumerate(parts)
            if (sentence := _sentence(part, language, last=i + 1 == len(parts))).words
        ]
        spoke = spoke or bool(sentences)
        if pause_seconds is not None:
            silence = Sentence("", (), "", 0.0)
            *sentences, last = sentences or [silence]
            sentences.append(replace(last, pause_seconds=pause_seconds))
        elif sentences and ends_paragraph:
            end = _PARAGRAPH_PAUSE_SECONDS if piece else _END_PAUSE_SECONDS
            sentences[-1] = replace(sentences[-1], pause_seconds=end)
        yield from sentences
    if not spoke:
        raise UserError("nothing to say: the text has no words in it")


def _pieces(text: str) -> Iterator[tuple[str, float | None, bool]]:
    """Written sentences, each with the pause asked for after it and whether it ends a paragraph."""
    for paragraph, ended in read_paragraphs(text):
        for passage, pause_seconds in split_pauses(strip_markup(paragraph)):
            *sentences, last = list(split_sentences(passage)) or [""]
            for sentence in sentences:
                yield sentence, None, False
            if last or pause_seconds is not None:
                yield last, pause_seconds, ended and pause_seconds is None


def _parts(blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    """The sentence in parts that can be said in one go."""
    blocks = [piece for block in blocks for piece in _cut(block)]
    breaks = [_BREAKS.get(block.spoken[-1].tail[-1:], 1.0) for block in blocks]
    for part in split_long([block.length for block in blocks], breaks, _LONGEST_SENTENCE):
        yield blocks[part]


def _cut(block: Block) -> Iterator[Block]:
    """A block longer than a sentence may be (an endless number), in even pieces."""
    lengths = [word.length for word in block.spoken]
    parts = list(split_long(lengths, [1.0] * len(lengths), _LONGEST_SENTENCE))
    width = -(-len(block.text) // len(parts))
    for i, part in enumerate(parts):
        yield Block(block.text[i * width : (i + 1) * width], block.spoken[part])


def _sentence(blocks: Sequence[Block], language: str, last: bool) -> Sentence:
    """Phonemes of a sentence or a part of one, and the span of each of its blocks."""
    spoken = [word for block in blocks for word in block.spoken]
    spoken[-1] = _ended(spoken[-1], "." if last else ",")
    phonemes = iter(_phonemes(spoken, language))
    words: list[Word] = []
    result = unsaid = ""
    for block in blocks:
        start = stop = -1
        for _ in block.spoken:
            said = next(phonemes)
            core = said.strip(PUNCTUATION + " ")
            if not core:
                continue
            result = f"{result} {said}" if result else said
            stop = len(result) - len(said) + said.index(core) + len(core)
            start = stop - len(core) if start < 0 else start
        if start >= 0:
            said_for_it = " ".join(word.core for word in block.spoken)
            words.append(Word(unsaid + block.text, said_for_it, start, stop))
            unsaid = ""
        elif words:  # nothing in it that espeak-ng could say
            words[-1] = replace(words[-1], text=f"{words[-1].text} {block.text}")
        else:
            unsaid += f"{block.text} "
    mark = result.rstrip('")')[-1:]
    text = " ".join(block.text for block in blocks)
    return Sentence(text, tuple(words), result, _PAUSE_SECONDS.get(mark, 0.0))


def _ended(word: Spoken, mark: str) -> Spoken:
    """The last word with a mark after it: the voice learnt sentences that end in one."""
    if word.tail.strip('")'):
        return word
    return replace(word, tail=mark + word.tail)


def _phonemes(spoken: Sequence[Spoken], language: str) -> Iterator[str]:
    """Phonemes of each spoken word, punctuation kept; those given as they are."""
    for given, run in groupby(spoken, key=lambda word: word.phonemes is not None):
        words = list(run)
        if given:
            yield from (f"{word.head}{word.phonemes}{word.tail}" for word in words)
        else:
            yield from phonemize([f"{word.head}{word.core}{word.tail}" for word in words], language)
