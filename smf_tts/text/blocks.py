"""A written sentence as blocks: written words, and the spoken words that are said for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from smf_tts.text.characters import clean_word
from smf_tts.text.lexicon import look_up
from smf_tts.text.markup import LITERAL, check_phonemes
from smf_tts.text.normalise import Claim, find_claims
from smf_tts.text.normalise.acronyms import lower_capitals
from smf_tts.text.symbols import PUNCTUATION

# One private character stands for a word whose phonemes are known; none is left in a read text.
_FIRST_PLACE = 0xE000
_PLACE = re.compile("[\ue000-\uf8ff]")
_LETTER = "[^\\W\\d_]|['\ue000-\uf8ff]"
_LONGEST_CORE = 40

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_LETTER_A = re.compile(r"(?<![^\W_])A('s)?(?![^\W_])")
_TYPEWRITER = [
    (re.compile(r"\.{2,}|…+"), "…"),
    (re.compile(r"-{2,}|—+"), "—"),
    (re.compile(r"``|''"), '"'),
    (re.compile(r"[\[{]"), "("),
    (re.compile(r"[\]}]"), ")"),
]
_SPACING = [
    (re.compile(rf"(?<={_LETTER})\("), " ("),
    (re.compile(rf"(?<={_LETTER})([,;:.!?…—\")]+)(?={_LETTER}|\()"), r"\1 "),
    (re.compile(r"(?<!\S)[-–](?!\S)"), "—"),
    (re.compile(r"[-–_/]"), " "),
]
_PARTS = re.compile(rf"^((?:(?!{_LETTER}).)*)(.*?)((?:(?!{_LETTER}).)*)$", re.DOTALL)


@dataclass(frozen=True)
class Spoken:
    """A spoken word between its punctuation, with its phonemes where they are given."""

    core: str
    head: str = ""
    tail: str = ""
    phonemes: str | None = None

    @property
    def length(self) -> int:
        """Characters it adds to a sentence."""
        return len(self.phonemes or self.core) + len(self.tail) + 1


@dataclass(frozen=True)
class Block:
    """Written words that are read as one ("5 kg"), most often a single word."""

    text: str
    spoken: tuple[Spoken, ...]

    @property
    def length(self) -> int:
        """Characters it adds to a spoken sentence."""
        return sum(word.length for word in self.spoken)


def make_blocks(
    sentence: str, language: str, lexicon: Mapping[str, str], speak_emoji: bool
) -> list[Block]:
    """Blocks that cover a sentence; empty if there is nothing in it to say.

    A written word that is not said (a dash, an emoji) belongs to the block before it, or to the
    first.
    """
    return _Maker(language, lexicon, speak_emoji).blocks(sentence)


class _Maker:
    def __init__(self, language: str, lexicon: Mapping[str, str], speak_emoji: bool) -> None:
        self.language = language
        self.lexicon = lexicon
        self.speak_emoji = speak_emoji
        self.given: list[tuple[str, str]] = []  # (written, phonemes) by place

    def hold(self, written: str, phonemes: str) -> str:
        self.given.append((written, phonemes))
        return chr(_FIRST_PLACE + len(self.given) - 1)

    def blocks(self, sentence: str) -> list[Block]:
        sentence = LITERAL.sub(
            lambda match: self.hold(match[0], check_phonemes(match[1], match[0][:60])), sentence
        )
        written = sentence.split()
        cleaned = [_tidy(clean_word(word, self.speak_emoji)) for word in written]
        cleaned = lower_capitals("\n".join(cleaned), self.lexicon).split("\n")
        clean = " ".join(word for word in cleaned if word)
        claims = find_claims(clean, self.language, list(self._lexicon_claims(clean)))
        blocks: list[Block] = []
        unsaid: list[str] = []
        for first, last, start, stop, own in _groups(cleaned, claims):
            text = " ".join(self._restore(word) for word in written[first:last])
            said = ""
            for begin, end, words_for_it in own:
                said += f"{clean[start:begin]} {self._spell(words_for_it)} "
                start = end
            words, marks = self._speak(said + clean[start:stop])
            if words:
                blocks.append(Block(" ".join([*unsaid, text]), tuple(words)))
                unsaid = []
            elif blocks:
                *spoken, final = blocks[-1].spoken
                final = replace(final, tail=_marks(final.tail + marks))
                blocks[-1] = Block(f"{blocks[-1].text} {text}", (*spoken, final))
            else:
                unsaid.append(text)
        return blocks

    def _lexicon_claims(self, clean: str) -> Iterator[Claim]:
        for match in _WORD.finditer(clean) if self.lexicon else ():
            phonemes = look_up(match[0], self.lexicon)
            if phonemes:
                yield match.start(), match.end(), self.hold(match[0], phonemes)

    def _spell(self, said: str) -> str:
        """Within a phrase espeak-ng takes the letter A for the article, and says it so."""
        return _LETTER_A.sub(lambda match: self.hold(match[0], "ˈeɪz" if match[1] else "ˈeɪ"), said)

    def _restore(self, word: str) -> str:
        return _PLACE.sub(lambda match: self.given[ord(match[0]) - _FIRST_PLACE][0], word)

    def _speak(self, text: str) -> tuple[list[Spoken], str]:
        """Spoken words of a text in which every number and sign is a word; marks, if none is."""
        for pattern, replacement in _SPACING:
            text = pattern.sub(replacement, text)
        words: list[Spoken] = []
        opening = ""
        for piece in text.split():
            head, core, tail = _parts(piece)
            if not core:
                if words:
                    words[-1] = replace(words[-1], tail=_marks(words[-1].tail + piece))
                else:
                    opening += piece
                continue
            spoken = list(self._cores(core))
            spoken[0] = replace(spoken[0], head=_openers(opening + head))
            spoken[-1] = replace(spoken[-1], tail=_marks(tail))
            words += spoken
            opening = ""
        return words, opening

    def _cores(self, core: str) -> Iterator[Spoken]:
        """The words in a run of letters; a run that no word could be is cut."""
        for part in re.findall(rf"{_PLACE.pattern}|(?:[^\W\d_]|')+", core):
            if _PLACE.match(part):
                written, phonemes = self.given[ord(part) - _FIRST_PLACE]
                yield Spoken(written, phonemes=phonemes)
                continue
            for start in range(0, len(part), _LONGEST_CORE):
                word = part[start : start + _LONGEST_CORE]
                if word == "i":  # which espeak-ng would stress, like the letter
                    word = "I"
                if word.strip("'"):
                    yield Spoken(word, phonemes=look_up(word, self.lexicon))


def _parts(piece: str) -> tuple[str, str, str]:
    """Punctuation, letters, punctuation."""
    match = _PARTS.match(piece)
    assert match is not None  # every group may be empty
    head, core, tail = match.groups()
    return head, core.strip("'"), tail


def _tidy(word: str) -> str:
    for pattern, replacement in _TYPEWRITER:
        word = pattern.sub(replacement, word)
    return word


def _groups(
    cleaned: list[str], claims: list[Claim]
) -> Iterator[tuple[int, int, int, int, list[Claim]]]:
    """Written words that share a claim, as (first word, end, start, stop, their claims)."""
    position = 0
    spans = []
    for word in cleaned:
        spans.append((position, position + len(word)))
        position += len(word) + 1 if word else 0
    waiting = iter([*claims, (position + 1, position + 2, "")])
    claim = next(waiting)
    i = 0
    while i < len(spans):
        first, (start, stop) = i, spans[i]
        own: list[Claim] = []
        i += 1
        while claim[0] < stop:
            own.append(claim)
            while i < len(spans) and claim[1] > stop + 1:
                stop = max(stop, spans[i][1])
                i += 1
            claim = next(waiting)
        yield first, i, start, stop, own


def _openers(marks: str) -> str:
    return "".join(mark for mark in dict.fromkeys(marks) if mark in '"(')


def _marks(marks: str) -> str:
    """Punctuation after a word, each mark once."""
    return "".join(mark for mark in dict.fromkeys(marks) if mark in PUNCTUATION and mark != "(")
