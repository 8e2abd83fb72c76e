"""Which words in capitals are spelled (FBI), and which are read (NASA, STOP)."""

from __future__ import annotations

import re

from smf_tts.text.normalise.vocabulary import SHOUTED, SPELLED_ACRONYMS, WORD_ACRONYMS

_CONSONANTS = "[bcdfghjklmnpqrstvwxz]"
# Syllables that English can start and end with, roughly: it tells "stop" from "ncaa".
_ONSET = (
    "(?:s?[ckptq]h?[lrwu]?|s[lmnwt]|sch|s[hk]r?|[bfgpc][lr]?|[dt]h?r?w?|th|wh?r?|kn|gn|ph[lr]?|"
    f"{_CONSONANTS})?"
)
_CODA = (
    "(?:ng[hst]*|n[cdkst][hs]?|l[dfkmpstv]s?|r[bcdfgklmnpstv][hst]?s?|s[kpt]s?|[cgpst]h[st]?|ck?s?|w[nls]s?|hn|fl|"
    f"ct|ft|mps?|mb|pts?|xt|gh?t?|([bdfglmnprstz])\\1?s?|{_CONSONANTS})?"
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
