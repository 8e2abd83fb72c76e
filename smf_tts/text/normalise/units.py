"""Measures: numbers with units, dimensions, powers of ten."""

from __future__ import annotations

import re

from smf_tts.text.normalise.numbers import AMOUNT, DASH, FRACTION, NUMBER, Numbers
from smf_tts.text.normalise.rules import Rules, alternatives, is_adjective
from smf_tts.text.normalise.vocabulary import (
    COMPASS,
    IRREGULAR_PLURALS,
    LENGTHS,
    POURED,
    UNCHANGED_PLURALS,
    UNITS,
)

RULES = Rules(r"\d|\w/\w")

UNIT = rf"(?:{alternatives(UNITS)}|(?:{alternatives(LENGTHS)})[²³23]|sq\.? ?in\.?)(?![\w°])"
PER = rf"(?:\s?/\s?(s(?:²|\^?2)(?!\w)|{UNIT}|[a-z]{{2,}}))?"


def unit_name(symbol: str) -> str:
    """Singular name of a unit; a word that is none is returned as it is."""
    symbol = symbol.strip()
    if symbol in UNITS:
        return UNITS[symbol]
    if symbol in ("s²", "s2", "s^2"):
        return "second squared"
    if symbol.startswith("sq"):
        return "square inch"
    if symbol[:-1] in LENGTHS and symbol[-1] in "²³23":
        base = UNITS.get(symbol[:-1], UNITS.get(f"{symbol[:-1]}.", ""))
        return f"{'square' if symbol[-1] in '²2' else 'cubic'} {base}"
    return symbol


def _plural(unit: str) -> str:
    if unit in UNCHANGED_PLURALS:
        return unit
    head, rest = re.findall(r"(.+?)((?: (?:per|of) .*)?)$", unit)[0]
    if head.startswith("degree"):
        return unit.replace("degree", "degrees", 1)
    *first, last = head.split()
    plural = IRREGULAR_PLURALS.get(last, f"{last}s")
    return " ".join([*first, plural]) + rest


POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@RULES.add(
    rf"(?<![\w.,])([-+]?{NUMBER})\s?[x×*·]\s?10(?:(?:\^|\*\*)\{{?([-+]?\d+)\}}?|"
    rf"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))(?:\s({UNIT}){PER})?(?!\w)",
    r"(?<![\w.,])([-+]?\d+(?:\.\d+)?)[eE]([-+]?\d+)()()()(?!\w)",
)
def _scientific(match: re.Match[str], say: Numbers) -> str:
    exponent = (match[2] or match[3]).translate(POWERS).lstrip("+")
    sign, digits = ("minus ", exponent[1:]) if exponent[0] == "-" else ("", exponent)
    power = say.ordinal(digits.lstrip("0") or "0") if not sign else say.cardinal(int(digits))
    words = f"{say.number(match[1])} times ten to the {sign}{power}"
    unit, per = match[4], match[5]
    words = f"{words} {_plural(unit_name(unit))}" if unit else words
    return f"{words} per {unit_name(per)}" if per else words


_TIMES = r"(?:\s?(?:[x×]|by)\s?)"


@RULES.add(
    rf"(?<![\w.,])({NUMBER}){_TIMES}({NUMBER})(?:{_TIMES}({NUMBER}))?(\s?-?\s?)({UNIT}|in\.?"
    rf"(?![\w]))",
    rf"(?<![\w.,])({NUMBER})\s?[x×]\s?({NUMBER})(?:\s?[x×]\s?({NUMBER}))?()()(?!\w|\s?[=÷])",
)
def _dimensions(match: re.Match[str], say: Numbers) -> str:
    def side(text: str) -> str:
        return say.pairs(text) if len(text) == 4 and text.isdecimal() else say.number(text)

    *sides, gap, symbol = match.groups()
    words = " by ".join(side(text) for text in sides if text)
    if not symbol:
        return words
    unit = "inch" if symbol in ("in", "in.") else unit_name(symbol)
    return f"{words} {unit if '-' in gap or is_adjective(match, True) else _plural(unit)}"


@RULES.add(rf"(?<![\w.,])(\d{{1,3}}),(\d{{1,2}})\s?({UNIT})(?!\w)")
def _decimal_comma(match: re.Match[str], say: Numbers) -> str:
    """ "1,5 km", as Europe writes it."""
    return f"{say.number(f'{match[1]}.{match[2]}')} {_plural(unit_name(match[3]))}"


_SIDE = rf"({NUMBER})\s?({UNIT}|'|\")"


@RULES.add(rf"(?<![\w.,]){_SIDE}\s?[x×]\s?{_SIDE}(?:\s?[x×]\s?{_SIDE})?(?!\w)")
def _measured_dimensions(match: re.Match[str], say: Numbers) -> str:
    """Each side with its unit: "10cm x 20cm", "12' x 14'"."""
    sides = zip(match.groups()[::2], match.groups()[1::2], strict=True)
    marks = {"'": "foot", '"': "inch"}
    return " by ".join(
        f"{say.number(number)} {unit if number == '1' else _plural(unit)}"
        for number, symbol in sides
        if number
        for unit in (marks.get(symbol) or unit_name(symbol),)
    )


@RULES.add(r"(?<![\w.,/])(\d{1,2})\s?'\s?-?(\d{1,2}(?:\.\d+)?)\s?(?:\"|'')(?!\w)")
def _feet_and_inches(match: re.Match[str], say: Numbers) -> str:
    feet = "foot" if match[1] == "1" else "feet"
    inches = "inch" if match[2] == "1" else "inches"
    return f"{say.cardinal(match[1])} {feet} {say.number(match[2])} {inches}"


@RULES.add(
    r"(?<![\w.,/])(\d+)°\s?(\d+)'(?:\s?(\d+(?:\.\d+)?)\")?\s?([NSEW])?\b",
    r"(?<![\w.,/])(\d+(?:\.\d+)?)°()()\s?([NSEW])\b",
)
def _coordinate(match: re.Match[str], say: Numbers) -> str:
    names = ("degree", "minute", "second")
    parts = [
        f"{say.number(number)} {name}{'' if number == '1' else 's'}"
        for number, name in zip(match.groups()[:3], names, strict=True)
        if number
    ]
    return f"{' '.join(parts)} {COMPASS.get(match[4], '')}"


@RULES.add(rf"(?<![\w.,/])([-+]?{NUMBER})\s?({UNIT}){DASH}({NUMBER})\s?({UNIT})(?!\w)")
def _range_of_measures(match: re.Match[str], say: Numbers) -> str | None:
    """ "2%-3%", "5kg to 10kg" with a dash: the unit is said once."""
    low, symbol, high, again = match.groups()
    if symbol != again:
        return None
    return f"{say.number(low)} to {say.number(high)} {_plural(unit_name(symbol))}"


# Units that are as often the letter of a name.
_LETTERS = frozenset(("B", "K", "N", "J", "st"))


@RULES.add(
    rf"(?<![\w.,/])(?<![A-Za-z]-)({AMOUNT})(?:\s?-?(hundred|thousand|million|billion|"
    rf"trillion))?(\s?-?\s?)({UNIT}){PER}(?!\w)",
    r"(?<![\w.,/])((?:\d+-)?\d+(?:\.\d+)?)()(\s?)(in\.?)()(?=\s(?:x|by|wide|long|tall|high|"
    r"deep|thick|of\s(?:rain|snow))\b|[,;:.!?)]|$)",
    r"(?<![\w.,/])(\d+(?:\.\d+)?|\d+/\d+)()(-)(in)()(?![\w-])",
)
def _measure(match: re.Match[str], say: Numbers) -> str | None:
    amount, multiplier, gap, symbol, per = match.groups()
    if symbol in _LETTERS and not per and (not gap or gap == "-" or symbol == "B"):
        return None  # "221B", "5K"
    if symbol == "s" and not gap and len(amount) > 2 and "." not in amount:
        return None  # "two 737s"
    unit = "inch" if symbol in ("in", "in.") else unit_name(symbol)
    part = re.fullmatch(r"\d+/\d+", amount)  # "3/4 mi" is "of a mile"
    kind = symbol not in POURED and symbol[0] not in "%°"
    attributive = "-" in gap or (symbol != "%" and is_adjective(match, of_a_kind=kind))
    if part and not attributive:
        unit = unit if amount == "1/2" else f"of {'an' if unit[0] in 'aeio' else 'a'} {unit}"
    elif not attributive and (multiplier or amount not in ("1", "-1")):
        unit = _plural(unit)
    words = say.amount(amount)
    words = f"{words} {multiplier} {unit}" if multiplier else f"{words} {unit}"
    return f"{words} per {unit_name(per)}" if per else words


@RULES.add(r"(?<![\w.,/])(\d+)'(?=\s(?:by|wide|long|tall|high|deep|thick)\b)")
def _feet(match: re.Match[str], say: Numbers) -> str:
    return f"{say.cardinal(match[1])} {'foot' if match[1] == '1' else 'feet'}"


@RULES.add(
    rf"(?<![\w.,])({FRACTION}|\d+(?:\.\d+)?)\""
    r"(?=\s(?:x|by|wide|long|tall|high|deep|thick|[a-z])|[,;)]|$)"
)
def _inches(match: re.Match[str], say: Numbers) -> str | None:
    if match.string[: match.start()].count('"') % 2:
        return None  # it closes a quotation
    one = match[1] == "1" or re.fullmatch(r"\d+/\d+", match[1]) or is_adjective(match, True)
    return f"{say.amount(match[1])} inch{'' if one else 'es'}"


@RULES.add(
    r"(?<![\w/])(km|mi|m|ft|[kMGT]?[bB]|kg|mg|µg|g|mol|mmol|[mµ]?[lL])/(h|hr|s|sec|min|[md]?[lL]|kg|day)"
    r"(?![\w/])"
)
def _rate(match: re.Match[str], say: Numbers) -> str:
    """A unit without a number: "in km/h"."""
    return f"{_plural(unit_name(match[1]))} per {unit_name(match[2])}"


@RULES.add(r"(?<=[a-z]s)/(day|week|month|year|night|hour|yr|wk|mo|hr|min|sec)\b")
def _per_period(match: re.Match[str], say: Numbers) -> str:
    """ "5 days/week"."""
    return f" per {unit_name(match[1])}"
