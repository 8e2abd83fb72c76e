"""Arithmetic: powers, sums, ratios, fractions."""

from __future__ import annotations

import re

from smf_tts.text.normalise.numbers import DASH, FRACTION, NUMBER, Numbers
from smf_tts.text.normalise.rules import Rules
from smf_tts.text.normalise.units import POWERS, unit_name
from smf_tts.text.normalise.vocabulary import BIBLE, LENGTHS, UNITS

RULES = Rules(r"[\d¹²³⁰⁴-⁹⁻=+<>×÷]")


def _power(exponent: str, say: Numbers) -> str:
    exponent = exponent.translate(POWERS)
    if exponent in ("2", "3"):
        return "squared" if exponent == "2" else "cubed"
    if exponent.startswith("-"):
        return f"to the minus {say.cardinal(exponent[1:])}"
    return f"to the {say.ordinal(exponent)}" if exponent.isdecimal() else f"to the {exponent}"


@RULES.add(
    r"(?<![\w.,])([A-Za-z]{1,2}|\d+(?:\.\d+)?)(?:(?:\^|\*\*)\{?(-?\d{1,3}|[a-z])\}?|"
    r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))(?!\w)"
)
def _raised(match: re.Match[str], say: Numbers) -> str:
    if match[0] in UNITS or match[0][:-1] in LENGTHS:
        return unit_name(match[0])
    base = " ".join(match[1]) if match[1].isalpha() else say.number(match[1])
    return f"{base} {_power(match[2] or match[3], say)}"


_OPERATORS = {
    "+": "plus", "-": "minus", "−": "minus", "×": "times", "*": "times", "x": "times",
    "÷": "divided by", "/": "divided by", "=": "equals", "<": "is less than",
    ">": "is greater than", "≈": "is approximately", "≠": "is not equal to",
    "≤": "is less than or equal to", "≥": "is greater than or equal to",
    "<=": "is less than or equal to", ">=": "is greater than or equal to", "==": "equals",
    "!=": "is not equal to", "±": "plus or minus",
}  # fmt: skip
_OPERAND = rf"(?:{NUMBER}|\b[a-zA-Z]\b)"
_CALCULATION = (
    rf"(?<![\w.,])-?{_OPERAND}(?:\s?(?:[<>!=]=|[-+−×*x÷/=<>≈≠≤≥±])\s?-?{_OPERAND})+(?!\w)"
)


@RULES.add(_CALCULATION)
def _calculation(match: re.Match[str], say: Numbers) -> str | None:
    """Sums with an equals sign, a spaced operator or one that is nothing else ("2 + 2", "5÷3")."""
    text = match[0]
    if not (re.search(r"[=≈≠≤≥÷±]|\d\s?[<>+]\s?-?[\d.]|[\w.] [-−/*] [\w.]|\d\*\d|[<>+] ", text)):
        return None
    if not re.search(r"\d", text) and not re.search(r"[=+<>≈≠≤≥]", text):
        return None
    tokens = re.findall(rf"{NUMBER}|[a-zA-Z]\b(?<!x)|[<>!=]=|\S", text)
    words, operand_next = [], True
    for token in tokens:
        if operand_next and token == "-":
            words.append("minus")
            continue
        if operand_next or token not in _OPERATORS:
            words.append(say.number(token) if token[-1].isdecimal() else token)
            operand_next = False
        else:
            words.append(_OPERATORS[token])
            operand_next = True
    return " ".join(words)


@RULES.add(rf"\b({BIBLE})\s(\d{{1,3}}):(\d{{1,3}})(?:{DASH}(\d{{1,3}}))?(?![\w:.]*\d)")
def _verse(match: re.Match[str], say: Numbers) -> str:
    book, chapter, verse, last = match.groups()
    words = f"{book} {say.cardinal(chapter)} {say.cardinal(verse)}"
    return f"{words} to {say.cardinal(last)}" if last else words


@RULES.add(r"(?<![\w.,:])(\d{1,3}):(\d{1,3})(?![\w:.]*\d)")
def _ratio(match: re.Match[str], say: Numbers) -> str:
    return f"{say.cardinal(match[1])} to {say.cardinal(match[2])}"


@RULES.add(rf"(?<![\w.,/$])({FRACTION})(?![\w/%]|\.\d)(-)?")
def _fraction(match: re.Match[str], say: Numbers) -> str | None:
    whole, _, denominator = match[1].partition("/")
    if whole.isdecimal() and int(whole) > 9 and int(whole) + int(denominator) == 100:
        return f"{say.cardinal(whole)} {say.cardinal(denominator)}"  # "80/20"
    if whole == denominator and int(whole) > 1:
        return f"{say.cardinal(whole)} out of {say.cardinal(denominator)}"
    return say.fraction(match[1]) + (" " if match[2] else "")
