"""What is left of numbers: counts, ordinals, ranges, names with a number in them."""

from __future__ import annotations

import re

from smf_tts.text.normalise.acronyms import say_capitals, spell
from smf_tts.text.normalise.numbers import DASH, MULTIPLIERS, NUMBER, Numbers
from smf_tts.text.normalise.rules import Rules, after

RULES = Rules(r"\d")


@RULES.add(
    rf"(?<![\w.,])({NUMBER})(?:{DASH}({NUMBER}))?"
    r"(?:(k|K|M|bn|B)\b|[\s-]?(hundred|thousand|million|billion|trillion|dozen)\b)(\+)?(?![\w-])"
)
def _multiplied(match: re.Match[str], say: Numbers) -> str | None:
    low, high, short, word, plus = match.groups()
    # "221B", "4K", "5K": a letter after a small whole number is a letter as often as not.
    if (short == "B" and "." not in low) or (short == "K" and len(low) < 2):
        return None
    words = f"{say.number(low)} to {say.number(high)}" if high else say.number(low)
    return f"{words} {MULTIPLIERS.get(short, word)}{' plus' if plus else ''}"


@RULES.add(
    r"(?<![\w.,$])(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th|ST|ND|RD|TH)(?:(\s?[-–]\s?)(\d+)"
    r"(?:st|nd|rd|th))?(?!\w)"
)
def _ordinal(match: re.Match[str], say: Numbers) -> str:
    words = say.ordinal(match[1])
    return f"{words} to {say.ordinal(match[3])}" if match[3] else words


@RULES.add(r"(?<![\w.,$'])(\d+)'?s(?![\w'])")
def _several(match: re.Match[str], say: Numbers) -> str:
    """ "10's", "two 747s"."""
    words = say.pairs(match[1]) if len(match[1]) == 3 else say.cardinal(match[1])
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}{'es' if words.endswith('x') else 's'}"


@RULES.add(r"(?<![\w.,])(\d+)ers\b")
def _people(match: re.Match[str], say: Numbers) -> str:
    words = say.cardinal(match[1])
    return f"{words}rs" if words.endswith("e") else f"{words}ers"


@RULES.add(rf"(?<![\w.,/$])({NUMBER}){DASH}({NUMBER})(?![\w-]|[.,]\d)")
def _range(match: re.Match[str], say: Numbers) -> str:
    return f"{say.number(match[1])} to {say.number(match[2])}"


@RULES.add(rf"(?<![\w.,])(?:(?<![)\]])([-+±~≈]))({NUMBER})(\+)?(?!\w)")
def _signed(match: re.Match[str], say: Numbers) -> str:
    sign = {"~": "about", "≈": "about", "-": "minus", "+": "plus", "±": "plus or minus"}[match[1]]
    return f"{sign} {say.number(match[2])}{' plus' if match[3] else ''}"


@RULES.add(rf"(?<![\w.,])({NUMBER})[x×](?!\w)")
def _times(match: re.Match[str], say: Numbers) -> str:
    if after(match, r"/[a-z]"):
        return f"{say.number(match[1])} times per"
    compared = after(match, r"\s(?:\w+er|as|more|less|the|growth|increase|speed)\b")
    return f"{say.number(match[1])} {'times' if compared else 'X'}"


@RULES.add(r"\b(?:[A-Z][a-z]?\d{0,2}){1,4}[A-Z][a-z]?\d{1,2}\b")
def _formula(match: re.Match[str], say: Numbers) -> str | None:
    """Letters and digits by turns: H2SO4, H1N1, NaHCO3."""
    if not re.search(r"\d\D+\d|[A-Z][a-z]", match[0]):
        return None  # "CO2"
    parts = re.findall(r"[A-Za-z]|\d+", match[0])
    return " ".join(say.cardinal(part) if part.isdecimal() else spell(part) for part in parts)


@RULES.add(r"\b([A-Za-z]{1,5})(-?)(\d{1,8})(\.\d+)?([A-Za-z]{0,2})(?![\w-]*\d|\w)")
def _code(match: re.Match[str], say: Numbers) -> str | None:
    """Names made of letters and digits: A380, COVID-19, MP3, I-95, PM2.5."""
    letters, _, digits, decimals, suffix = match.groups()
    if len(digits) > 4:
        number = say.digits(digits)
    else:
        number = say.pairs(digits) if len(digits) > 2 else say.cardinal(digits)
    if decimals:
        number = f"{number} point {say.digits(decimals)}"
    if len(letters) > 1 and letters.isupper():
        letters = say_capitals(letters, shouting=False)
    if suffix == "s":
        return f"{letters} {number}{'es' if number.endswith('x') else 's'}"
    return f"{letters} {number} {spell(suffix)}".strip()


@RULES.add(
    rf"(?<![\w.,])({NUMBER})(?!\d)(?:(\+)(?!\w))?",
    r"(\d+(?:,\d{3})*(?:\.\d+)?)()",
)
def _number(match: re.Match[str], say: Numbers) -> str:
    return say.number(match[1]) + (" plus" if match[2] else "")
