"""Which words in capitals are spelled (FBI), and which are read (NASA, STOP)."""

from __future__ import annotations

import re
from collections.abc import Container

from smf_tts.text.normalise.vocabulary import (
    HOMOGRAPHS,
    SHOUTED,
    SPELLED_ACRONYMS,
    WORD_ACRONYMS,
)

_CONSONANTS = "[bcdfghjklmnpqrstvwxz]"
# Syllables that English can start and end with, roughly: it tells "stop" from "ncaa".
_ONSET = (
    "(?:s?[ckptq]h?[lrwu]?|s[lmnwt]|sch|s[hk]r?|[bfgpc][lr]?|[dt]h?r?w?|th|wh?r?|kn|gn|ph[lr]?|"
    f"{_CONSONANTS})?"
)
_CODA = (
    "(?:ng[hst]*|n[cdkst][hs]?|l[dfkmpstv]s?|r[bcdfgklmnpstv][hst]?s?|s[kpt]s?|[cgpst]h[st]?|ck?s?|w[nls]s?|hn|fl|"
    "[cf]ts?|mps?|mb|pth?s?|xt|gh?t?|ks|rld|wd|wk|lb|bt|gn|mn|nx|bb?s?|dd?s?|ff?s?|gg?s?|ll?s?|mm?s?|nn?s?|pp?s?|"
    f"rr?s?|ss?|tt?s?|zz?s?|{_CONSONANTS})?"
)
_VOWELS = "[aeiouy]{1,3}"
_READABLE = re.compile(
    rf"(?!y[^aeiou]){_ONSET}{_VOWELS}(?:{_CODA}{_ONSET}{_VOWELS})*{_CODA}", re.IGNORECASE
)


def spell(letters: str) -> str:
    """ "fbi" as "F B I"."""
    return " ".join(letters.upper())


def is_readable(word: str) -> bool:
    """Whether the letters form syllables that an English reader would attempt."""
    return _READABLE.fullmatch(word) is not None and re.search("[aeiouy]", word, re.I) is not None


def word_or_letters(word: str) -> str:
    """Read or spell a word of which the case tells nothing ("bbc" in an address)."""
    upper = word.upper()
    if upper in SPELLED_ACRONYMS and word.isupper():
        return spell(word)
    if upper in WORD_ACRONYMS or upper in SHOUTED or is_readable(word):
        return word.lower()
    return word.lower() if len(word) > 4 and re.search("[aeiou]", word, re.I) else spell(word)


def say_capitals(word: str, shouting: bool) -> str:
    """A word in capitals: spelled, or read if it is a known word, or readable and long.

    Args:
        word: two or more capital letters.
        shouting: its neighbours are in capitals too, so that case tells little.
    """
    if word in WORD_ACRONYMS:
        return word.lower()
    if word in SHOUTED and (shouting or word not in SPELLED_ACRONYMS):
        return word.lower()
    if word in SPELLED_ACRONYMS:
        return spell(word)
    if is_readable(word) and (len(word) > 3 or (shouting and len(word) > 2)):
        return word.lower()
    return word.lower() if len(word) > 5 and re.search("[AEIOU]", word) else spell(word)


_WHOLE_WORD = re.compile(r"(?<![\w&])([A-Z]+)('[A-Z]+)*(?![\w&])")
NUMERAL = re.compile("I?II|X?VI{0,3}|X?I[VX]|XI{1,3}|X{2,3}I{0,3}")


def lower_capitals(sentence: str, kept: Container[str]) -> str:
    """A sentence all in capitals, as transcripts and headings are, in small letters.

    Acronyms and numerals keep their capitals. So does any other sentence, and one of two or three
    words in capitals of which none is common ("US NAVY", but not "STOP IT").

    Args:
        sentence: words between white space.
        kept: words that stay as they are.

    Returns:
        A sentence of the same length.
    """
    if re.search("[a-z]", sentence):
        return sentence
    words = re.findall("[A-Z]+", sentence)
    several = sum(len(word) > 1 for word in words) > 1
    if not several or (len(words) < 4 and SHOUTED.isdisjoint(words)):
        return sentence

    def lower(match: re.Match[str]) -> str:
        return match[0] if match[0] in kept or _stands_for_more(match) else match[0].lower()

    return _WHOLE_WORD.sub(lower, sentence)


def _stands_for_more(match: re.Match[str]) -> bool:
    """Whether a word of a sentence all in capitals is an acronym or a numeral."""
    word, ending = match.groups()
    before = match.string[: match.start()]
    if ending and ending != "'S":
        return False
    if word in HOMOGRAPHS:
        # "THE US SENDS ...", "US SENDS ...", but "FOR US".
        opening = word == "US" and not re.search("[A-Z]", before)
        return opening or re.search(r"\bTHE\s+$", before) is not None
    if word in SPELLED_ACRONYMS or (len(word) > 1 and NUMERAL.fullmatch(word)):
        return True
    if len(word) == 1:
        return word != "A"
    return not re.search("[AEIOUY]", word) or (len(word) < 5 and not is_readable(word))
