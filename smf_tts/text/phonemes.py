"""Spoken words to phonemes: the espeak-ng that `espeakng-loader` ships, through phonemizer.

espeak-ng reads a phrase, not a word: "the" depends on what follows, and common pairs come back
fused ("of the" as "ʌvðə"). Word times need to know which phoneme belongs to which word, so the
phrase's phonemes are aligned with those of its words read alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from smf_tts.text.respellings import respell
from smf_tts.text.symbols import PUNCTUATION, known

if TYPE_CHECKING:
    from phonemizer.backend import EspeakBackend

LANGUAGES = ("en-us", "en-gb")

_MARKS = re.escape(PUNCTUATION)
_EDGES = re.compile(rf"^([{_MARKS}]*)(.*?)([{_MARKS}]*)$", re.DOTALL)
# espeak-ng answers in one buffer, whichever thread asks.
_TURN = threading.Lock()


@lru_cache(maxsize=len(LANGUAGES))
def _espeak(language: str) -> EspeakBackend:
    # Imported here, not above: it takes a third of a cold start and lists need no phonemes.
    import espeakng_loader
    from phonemizer.backend import EspeakBackend
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    return EspeakBackend(
        language, with_stress=True, language_switch="remove-flags", words_mismatch="ignore"
    )


def _read(text: str, language: str) -> str:
    with _TURN:
        return known(_espeak(language).phonemize([text], strip=True)[0])


@lru_cache(maxsize=20_000)
def _alone(word: str, language: str) -> str:
    return _read(word, language).replace(" ", "")


def phonemize(words: Sequence[str], language: str) -> list[str]:
    """Phonemes of each word of a sentence, read in context.

    Args:
        words: spoken words, punctuation attached ("Hello,", "world.").
        language: one of `LANGUAGES`.

    Returns:
        One string a word, its punctuation kept around its phonemes; `" ".join` of them is the
        sentence's phoneme string. A word in which espeak-ng finds nothing to say keeps only its
        punctuation.
    """
    heads, cores, tails = zip(*(_split_edges(word) for word in words), strict=True)
    cores = tuple(map(respell, cores))
    spoken: list[str] = []
    phrase: list[str] = []
    for i, core in enumerate(cores):
        phrase.append(core)
        # Punctuation ends a phrase for espeak-ng, as it does for phonemizer.
        if i + 1 == len(cores) or tails[i] or heads[i + 1]:
            spoken += _phrase_phonemes(phrase, language)
            phrase = []
    # espeak-ng leaves out a word that it has just said three times ("ha ha ha ha").
    said = [
        got or (_alone(core, language) if core else "")
        for got, core in zip(spoken, cores, strict=True)
    ]
    return [f"{head}{core}{tail}" for head, core, tail in zip(heads, said, tails, strict=True)]


def _split_edges(word: str) -> tuple[str, str, str]:
    head, core, tail = _EDGES.findall(word)[0]  # always one: every group may be empty
    return head, core, tail


def _phrase_phonemes(words: list[str], language: str) -> list[str]:
    text = " ".join(words).strip()
    if not text:
        return ["" for _ in words]
    phonemes = _read(text, language)
    parts = phonemes.split()
    if len(parts) == len(words):
        return parts
    if len(words) == 1:
        return ["".join(parts)]
    return _distribute(phonemes, [_alone(word, language) for word in words])


def _distribute(phonemes: str, alone: list[str]) -> list[str]:
    """Cut a phrase's phonemes where the words end, by edit distance to the words read alone."""
    # A space belongs between the words, so that cuts espeak-ng did make are kept.
    reference = " ".join(alone)
    owner = [i for i, word in enumerate(alone) for _ in range(len(word) + 1)][:-1]
    rows, columns = len(phonemes) + 1, len(reference) + 1
    cost = [[0.0 if i * j else float(i + j) for j in range(columns)] for i in range(rows)]
    for i in range(1, rows):
        above, row, character = cost[i - 1], cost[i], phonemes[i - 1]
        for j in range(1, columns):
            match = above[j - 1] + _mismatch(character, reference[j - 1])
            row[j] = min(match, above[j] + 1, row[j - 1] + 1)
    result = [""] * len(alone)
    i, j = rows - 1, columns - 1
    while i:
        if j and cost[i][j] == cost[i - 1][j - 1] + _mismatch(phonemes[i - 1], reference[j - 1]):
            i, j = i - 1, j - 1
        elif j and cost[i][j] == cost[i][j - 1] + 1:
            j -= 1
            continue
        else:
            i -= 1
        word = owner[min(j, len(owner) - 1)]
        result[word] = phonemes[i] + result[word]
    return [word.replace(" ", "") for word in result]


def _mismatch(a: str, b: str) -> float:
    if a == b:
        return 0
    # A space is never a phoneme; stress marks come and go between the two readings.
    return 1.9 if " " in (a, b) else 1.5 if a in "ˈˌ" or b in "ˈˌ" else 1
