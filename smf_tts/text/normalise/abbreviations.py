"""Titles, abbreviations, Roman numerals, initials and words in capitals."""

from __future__ import annotations

import re

from smf_tts.text.normalise.acronyms import NUMERAL, say_capitals, spell
from smf_tts.text.normalise.numbers import Numbers
from smf_tts.text.normalise.rules import Rules, after, alternatives, before
from smf_tts.text.normalise.vocabulary import (
    ABBREVIATIONS,
    COMPASS,
    NUMBERED,
    PHRASES,
    REGAL_NAMES,
    REGAL_TITLES,
    SHOUTED,
    STATES,
    TITLES,
)

RULES = Rules(
    r"[A-Z]{2}|[+-][A-Z]|\.\s*\w|[A-Z]\.|\w+ [IVXivx]{1,5}\b|[a-z][A-Z]|\w &|&\w|"
    rf"\b(?i:{alternatives({*TITLES, *ABBREVIATIONS, *PHRASES, 'st', 'pl'})})(?!\w)|"
    r"(?i:\b[a-z]+\s)A\b"
)

_ROMAN = r"(?=[IVXLCDM])(?:M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _roman_value(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral.upper()]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


@RULES.add(rf"(?<![\w.])({alternatives(PHRASES)})('?s)?(?!\w)")
def _phrase(match: re.Match[str], say: Numbers) -> str | None:
    if match[1].lower() in ABBREVIATIONS and after(match, r"\."):
        return None  # the rule for those takes the period too
    words = PHRASES[match[1]]
    return f"{words}'s" if match[2] else words


# --- Roman numerals --------------------------------------------------------------------------


_LETTERS = frozenset(("CD", "DC", "MD", "CV", "MC", "DI", "LC", "CC", "MM", "XL"))


@RULES.add(rf"\b({_ROMAN})(?:th|st|nd|rd)?(?=\s(?:[Cc]entur(?:y|ies)|[Oo]lympi))")
def _roman_century(match: re.Match[str], say: Numbers) -> str:
    return say.ordinal(_roman_value(match[1]))


@RULES.add(rf"\b([^\W\d_]+)\.?\s({_ROMAN}|[ivx]{{1,5}})(?:[-–]({_ROMAN}))?('s)?(?![\w'-])")
def _numeral_after_word(match: re.Match[str], say: Numbers) -> str | None:
    """ "Henry VIII" is the eighth, "Chapter IV" four, "Rocky IV" four, "Malcolm X" a letter."""
    word, numeral, last, possessive = match.groups()
    if not re.fullmatch(_ROMAN, numeral.upper()):
        return None
    value = _roman_value(numeral)
    spoken_word = ABBREVIATIONS.get(word.lower(), word) if match[0][len(word)] == "." else word
    ending = possessive or ""
    if word.lower() in NUMBERED:
        to = f" to {say.cardinal(_roman_value(last))}" if last else ""
        return f"{spoken_word} {say.cardinal(value)}{to}{ending}"
    if numeral.islower() or not word[0].isupper() or word.isupper() or value > 100:
        return None
    titled = before(match, rf"\b(?:{'|'.join(REGAL_TITLES)})\s(?:[A-Z]\w+\s)?")
    if word in REGAL_NAMES or titled:
        # "Elizabeth I think" is not a queen; "Malcolm X" and "Plan C" are letters.
        verb = r"\s(?:am|think|have|know|do|don't|can|will|would|could|should|had|saw|love|met)\b"
        if (numeral == "I" and after(match, verb)) or (numeral == "X" and word == "Malcolm"):
            return None
        return f"{word} the {say.ordinal(value)}{ending}"
    if len(numeral) > 1 and numeral not in _LETTERS:
        given_name = before(match, rf"\b(?:{'|'.join(REGAL_NAMES)})\s(?:[A-Z]\.?\s)?")
        return f"{word} the {say.ordinal(value)}" if given_name else f"{word} {say.cardinal(value)}"
    return None


# --- titles and streets ----------------------------------------------------------------------

_SAINT_PLACES = r"\b(?:Mount|Mt\.?|Port|Fort|Ft\.?|Lake|Bay|Sault|Church|Cathedral|Ste)\s"


@RULES.add(r"\bSt\.?(?=\s+(?:['\"]?[A-Z]))")
def _saint(match: re.Match[str], say: Numbers) -> str | None:
    """ "St. Patrick", but "221B Baker St. London" and "Wall St. Journal"."""
    # The first word of a sentence has its capital from there: "Visit St. Louis".
    if before(match, _SAINT_PLACES) or before(match, r"(?:\A|[.!?]\s)[\"'(]*[A-Z][a-z]+\s"):
        return "Saint"
    street = before(match, r"(?:\d(?:st|nd|rd|th)|\b(?!(?:On|In|At|The|To|And|Of)\b)[A-Z][a-z]+)\s")
    return None if street else "Saint"


@RULES.add(r"(?<=[\w.] )(St|Ave|Blvd|Rd|Dr|Ln|Ct|Pl|Hwy|Pkwy|Sq)\b\.?(?![\w'])")
def _street(match: re.Match[str], say: Numbers) -> str | None:
    if not before(match, r"(?:\d(?:st|nd|rd|th)|\b[A-Z][a-z]+|\b[NSEW]\.?)\s"):
        return None
    if match[1] == "Dr" and after(match, r" [A-Z]") and not before(match, r"\d+ (?:[A-Z]\w+ )+"):
        return None
    if before(match, r"\b(?:[Tt]he|[Bb]y|[Ww]ith|And|But|Then|When)\s"):
        return None
    return {
        "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive",
        "Ln": "Lane", "Ct": "Court", "Pl": "Place", "Hwy": "Highway", "Pkwy": "Parkway",
        "Sq": "Square",
    }[match[1]]  # fmt: skip


@RULES.add(r"\b([NSEW])\b\.?(?![\w'&-])")
def _direction(match: re.Match[str], say: Numbers) -> str | None:
    """ "1st Ave. N."."""
    street = before(match, r"[\w.] (?:St|Ave|Blvd|Rd|Street|Avenue|Boulevard|Road)\.? ")
    return COMPASS[match[1]] if street else None


@RULES.add(rf"\b({alternatives(TITLES)})(\.|(?=\s[A-Z]))(?=\s*[\"']?[A-Z&]|\s+and\s)")
def _title(match: re.Match[str], say: Numbers) -> str | None:
    # Without its period only "Mr Smith" and the like are titles: "Sen", "Col" may be names.
    always = match[1] in ("Mr", "Mrs", "Ms", "Dr", "Prof", "Mt", "Lt", "Sgt", "Capt", "Messrs")
    return TITLES[match[1]] if match[2] or always else None


@RULES.add(r"\b(mrs?|dr|MRS?|MS|DR)\.(?=\s[A-Za-z])")
def _title_in_one_case(match: re.Match[str], say: Numbers) -> str:
    return TITLES[match[1].capitalize()]


@RULES.add(rf"(?<=[a-z], )({'|'.join(STATES)})(?=\W*$|,)")
def _state(match: re.Match[str], say: Numbers) -> str:
    return STATES[match[1]]


@RULES.add(r"(?<=\w),? (Jr|Sr)\b\.?")
def _generation(match: re.Match[str], say: Numbers) -> str:
    return {"Jr": " Junior", "Sr": " Senior"}[match[1]]


# Words too, where they end a sentence: "I met Al.", "Eat the fig."
_WORDS_TOO = frozenset(("max", "min", "al", "temp", "fig", "mo", "def", "sec", "lit"))


@RULES.add(r"\b([A-Za-z]+)\.(?=\s|$|[,;:)\"'?!])")
def _abbreviation(match: re.Match[str], say: Numbers) -> str | None:
    word = match[1]
    if word.lower() not in ABBREVIATIONS or word.isupper():
        return None
    if word.lower() in _WORDS_TOO and after(match, r"[\"')\s]*$"):
        return None
    words = ABBREVIATIONS[word.lower()]
    if word[0].isupper() and words[0].islower():
        words = words.capitalize()
    if word in ("st", "dr", "sq", "ct") and not before(match, r"[A-Z]\w*,? "):
        return None
    return words


# --- capitals --------------------------------------------------------------------------------


@RULES.add(r"\b(?:[A-Za-z]\.){2,}(?:[A-Za-z]\b)?('s)?|\b(?:[A-Z]\.\s)+(?=[A-Z])")
def _initials(match: re.Match[str], say: Numbers) -> str:
    letters = re.sub(r"[^A-Za-z]", "", match[0].removesuffix("'s"))
    return spell(letters) + (match[1] or "")


@RULES.add(r"\b([A-Z])\.(?=\s[A-Z])")
def _initial(match: re.Match[str], say: Numbers) -> str:
    # "Plan B. Then" ends a sentence, but the sentence splitter has seen to that.
    return match[1]


@RULES.add(r"(?<![\w'])([A-Z]{1,4})&([A-Z]{1,4})('?s)?(?!\w)")
def _ampersand(match: re.Match[str], say: Numbers) -> str:
    return f"{spell(match[1])} and {spell(match[2])}{chr(39) + 's' if match[3] else ''}"


_NOT_ROMAN = frozenset(("IV", "VI", "XI", "XX", "XXX"))


def _is_shouting(sentence: str) -> bool:
    """Whether half of its words are in capitals, one of them a word that is no acronym."""
    capitals = re.findall(r"\b[A-Z]{2,}\b", sentence)
    others = re.findall(r"\b\w*[a-z]\w*\b", sentence)
    return len(capitals) >= max(2, len(others)) and not SHOUTED.isdisjoint(capitals)


@RULES.add(r"\b([a-z])([A-Z]{2,})\b")
def _small_then_capitals(match: re.Match[str], say: Numbers) -> str:
    """Names such as mRNA."""
    return f"{match[1]} {say_capitals(match[2], shouting=False)}"


@RULES.add(rf"(?<![\w'])(?=[A-Z]{{4}})({_ROMAN})(?![\w'])")
def _long_numeral(match: re.Match[str], say: Numbers) -> str:
    """ "MCMXCIV": a numeral of four letters or more needs no word before it."""
    value = _roman_value(match[1])
    return say.year(value) if value > 1100 else say.cardinal(value)


@RULES.add(r"\b(Ctrl|Cmd|Opt|Alt|Shift)\s?[+-]\s?(?=[A-Z\d])")
def _key(match: re.Match[str], say: Numbers) -> str:
    """ "Ctrl+C"."""
    return {"Ctrl": "Control", "Cmd": "Command", "Opt": "Option"}.get(match[1], match[1]) + " "


@RULES.add(r"(?<![^\W_])([A-Z]{2,})('s|s'|s|'S|'|ed|'d)?(?![^\W_])")
def _capitals(match: re.Match[str], say: Numbers) -> str:
    word, ending = match[1], match[2] or ""
    if NUMERAL.fullmatch(word) and word not in _NOT_ROMAN:
        return say.cardinal(_roman_value(word)) + ending
    words = say_capitals(word, shouting=_is_shouting(match.string))
    if not ending:
        return words
    # "CEOs" and "the FBI's" both end in the sound of a plural on their last letter.
    letter_by_letter = " " in words
    if ending.lower() in ("s", "'s"):
        return f"{words}'s" if letter_by_letter or "'" in ending else f"{words}s"
    return f"{words}{ending}" if not letter_by_letter else f"{words}'d" if "d" in ending else words


@RULES.add(
    r"\b(?:[Pp]lan|[Vv]itamins?|[Tt]ype|[Gg]rades?|[Gg]roup|[Cc]lass|[Hh]epatitis|[Tt]eam|"
    r"[Ee]xhibit|[Aa]ppendix|[Ss]ection|[Oo]ption|[Pp]oint|[Ll]etter|[Ss]tudio|[Ss]uite|"
    r"[Bb]lock)\s(A)\b(?!\s(?:few|little|lot)\b)",
    r"\b(A)(?=-(?:list|level|team|side|frame|flat|minor|major|Z)\b)",
)
def _letter_a(match: re.Match[str], say: Numbers) -> str:
    return match[0]
