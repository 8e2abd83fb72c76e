"""Sums of money."""

from __future__ import annotations

import re

from smf_tts.text.normalise.numbers import DASH, MULTIPLIERS, NUMBER, Numbers
from smf_tts.text.normalise.rules import Rules, alternatives, is_adjective
from smf_tts.text.normalise.units import PER, unit_name
from smf_tts.text.normalise.vocabulary import CURRENCIES, CURRENCY_PLURALS

RULES = Rules(r"\d")

_SYMBOL = alternatives([c for c in CURRENCIES if not c.isalpha()])
_CODE = alternatives([c for c in CURRENCIES if c.isalpha()])
_MULTIPLIER = rf"(?:\s?-?({alternatives(MULTIPLIERS)})\b)?"
_MONEY_AMOUNT = rf"(\d+,\d\d(?!\d)|{NUMBER})(?:{_MULTIPLIER}{DASH}(?:{_SYMBOL})?({NUMBER}))?"


@RULES.add(
    rf"(?<![\w.,])([-+~]?)({_SYMBOL}|(?:{_CODE})\s?)\s?([-+]?){_MONEY_AMOUNT}{_MULTIPLIER}"
    rf"(\+)?{PER}(?![\w])"
)
def _money(match: re.Match[str], say: Numbers) -> str:
    sign, symbol, inner_sign, low, low_multiplier, high, multiplier, plus, per = match.groups()
    words = _say_money(match, symbol.strip(), low, low_multiplier, high, multiplier, say)
    words = {"-": "minus ", "+": "plus ", "~": "about "}.get(sign or inner_sign, "") + words
    words = f"{words} plus" if plus else words
    return f"{words} per {unit_name(per)}" if per else words


@RULES.add(
    rf"(?<![\w.,/])([-+]?){_MONEY_AMOUNT}{_MULTIPLIER}\s?({_CODE}|[€£¥₹₩₽₺₿₪₫฿₴₱₦$]){PER}"
    rf"(?!\w)"
)
def _money_after(match: re.Match[str], say: Numbers) -> str:
    sign, low, low_multiplier, high, multiplier, symbol, per = match.groups()
    words = _say_money(match, symbol, low, low_multiplier, high, multiplier, say)
    words = f"{'minus ' if sign == '-' else ''}{words}"
    return f"{words} per {unit_name(per)}" if per else words


# "1080p": lines of a picture.
_PICTURE_LINES = frozenset(("144", "240", "360", "480", "576", "720", "1080", "1440", "2160"))


@RULES.add(rf"(?<![\w.,/])({NUMBER})\s?([¢p])(?!\w)")
def _cents(match: re.Match[str], say: Numbers) -> str | None:
    if match[2] == "p":
        if "," not in match[1] and match[1] in _PICTURE_LINES:
            return f"{say.pairs(match[1])} P"
        return f"{say.number(match[1])} {'penny' if match[1] == '1' else 'pence'}"
    return f"{say.number(match[1])} cent{'' if match[1] == '1' else 's'}"


def _say_money(
    match: re.Match[str], symbol: str, low: str, low_multiplier: str | None, high: str | None,
    multiplier: str | None, say: Numbers,
) -> str:  # fmt: skip
    unit, _ = CURRENCIES[symbol]
    adjective = is_adjective(match)
    if multiplier or (high and "." not in low + high):
        words = say.number(low)
        if low_multiplier:  # "$500k-$1M"
            words = f"{words} {MULTIPLIERS[low_multiplier]}"
        words = f"{words} to {say.number(high)}" if high else words
        if multiplier:
            words = f"{words} {MULTIPLIERS[multiplier]}"
        return f"{words} {unit if adjective else _plural_currency(unit)}"
    words = _say_sum(low, symbol, adjective, say)
    return f"{words} to {_say_sum(high, symbol, adjective, say)}" if high else words


def _say_sum(number: str, symbol: str, adjective: bool, say: Numbers) -> str:
    """ "49.95" as "forty nine dollars and ninety five cents"."""
    unit, hundredth = CURRENCIES[symbol]
    number = re.sub(r",(\d\d)$", r".\1", number)  # as Europe writes it
    whole, _, cents = number.partition(".")
    if len(cents) > 2 or (cents and not hundredth):
        return f"{say.number(number)} {_plural_currency(unit)}"
    dollars, cents = int(whole.replace(",", "") or 0), cents.ljust(2, "0")
    parts = []
    if dollars or not int(cents):
        one = dollars == 1 or adjective
        words = say.cardinal(whole or "0")
        parts.append(f"{words} {unit if one else _plural_currency(unit)}")
    if int(cents):
        name = hundredth if int(cents) == 1 or adjective else _plural_currency(hundredth)
        parts.append(f"{say.cardinal(int(cents))} {name}")
    return " and ".join(parts)


def _plural_currency(unit: str) -> str:
    return CURRENCY_PLURALS.get(unit, f"{unit}s")
