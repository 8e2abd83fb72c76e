"""Numbers as an American or a Briton says them."""

from __future__ import annotations

import re
from functools import lru_cache

NUMBER = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
DASH = r"\s?[-–—]\s?"
FRACTION = r"(?:\d{1,3}[ -])?\d{1,3}/\d{1,4}"
AMOUNT = rf"(?:[-+±]?(?:{FRACTION}|{NUMBER})(?:{DASH}(?:{FRACTION}|{NUMBER}))?)"
MULTIPLIERS = {
    "hundred": "hundred", "thousand": "thousand", "million": "million", "billion": "billion",
    "trillion": "trillion", "k": "thousand", "K": "thousand", "m": "million", "M": "million",
    "mn": "million", "mm": "million", "MM": "million", "mil": "million", "bn": "billion",
    "b": "billion", "B": "billion", "tn": "trillion", "T": "trillion",
}  # fmt: skip

_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_SIGNS = {"-": "minus ", "+": "plus ", "±": "plus or minus "}
# Past a quadrillion nobody counts: a long run of digits is an identifier, read digit by digit.
_LONGEST_COUNTED = 15
_LONGEST_GROUPED = 36
_SPOKEN_DENOMINATORS = {*range(2, 11), 12, 16, 20, 32, 64, 100, 1000}


@lru_cache(maxsize=4096)
def _num2words(number: int, kind: str) -> str:
    # Imported here: most sentences hold no number, and it loads fifty languages.
    from num2words import num2words

    words: str = num2words(number, lang="en", to=kind)
    return words.replace(",", "").replace("-", " ")


class Numbers:
    """Says numbers; British English keeps the "and" of "one hundred and five"."""

    def __init__(self, language: str) -> None:
        self.british = language == "en-gb"

    def _words(self, number: int, kind: str) -> str:
        words = _num2words(number, kind)
        return words if self.british else words.replace(" and ", " ")

    def cardinal(self, digits: str | int) -> str:
        """ "1,234" as "one thousand two hundred thirty four"; "007" digit by digit."""
        grouped = "," in str(digits)
        digits = str(digits).replace(",", "")
        longest = _LONGEST_GROUPED if grouped else _LONGEST_COUNTED
        if len(digits) > longest or (len(digits) > 1 and digits[0] == "0"):
            return self.digits(digits)
        return self._words(int(digits), "cardinal")

    def ordinal(self, digits: str | int) -> str:
        """ "21" as "twenty first"."""
        digits = str(digits).replace(",", "")
        if len(digits) > _LONGEST_COUNTED:
            return f"{self.digits(digits)}th"
        return self._words(int(digits), "ordinal")

    def digits(self, digits: str) -> str:
        """ "407" as "four zero seven"; anything but digits is left out."""
        return " ".join(_DIGITS[int(digit)] for digit in digits if digit.isdecimal())

    def year(self, year: str | int) -> str:
        """ "1905" as "nineteen oh five", "2008" as "two thousand eight"."""
        year = int(year)
        if year <= 100 or year > 2099 or year % 1000 == 0 or (year < 1100 and year % 100 < 10):
            return self.cardinal(year)
        return self._words(year, "year")

    def decade(self, year: str | int) -> str:
        """ "1990" as "nineteen nineties", "60" as "sixties"."""
        words = self.year(year) if int(year) > 99 else self.cardinal(int(year))
        return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"

    def pairs(self, digits: str) -> str:
        """ "380" as "three eighty", "101" as "one oh one", "3080" as "thirty eighty"."""
        head, tail = digits[:-2], digits[-2:]
        if not head or head[0] == "0" or len(digits) > 4 or int(digits) % 1000 == 0:
            return self.cardinal(digits)
        if tail == "00":
            return f"{self.cardinal(head)} hundred"
        return f"{self.cardinal(head)} {self.minutes(tail)}"

    def minutes(self, digits: str) -> str:
        """ "05" as "oh five", "30" as "thirty"."""
        return f"oh {_DIGITS[int(digits)]}" if digits[0] == "0" else self.cardinal(digits)

    def number(self, text: str) -> str:
        """A decimal or whole number with an optional sign: "-3.14"."""
        sign = _SIGNS.get(text[:1], "")
        whole, point, decimals = text.lstrip("-+±").partition(".")
        words = self.cardinal(whole) if whole else ""
        if point and decimals:
            words = f"{words} point {self.digits(decimals)}".strip()
        return sign + words

    def fraction(self, text: str) -> str:
        """ "3/4" as "three quarters", "2 1/2" as "two and a half"."""
        match = _FRACTION.fullmatch(text)
        assert match is not None  # the callers' patterns hold it
        whole, numerator, denominator = match.groups()
        if int(denominator) in _SPOKEN_DENOMINATORS and int(numerator) < 100:
            part = {2: "half", 4: "quarter"}.get(int(denominator), self.ordinal(int(denominator)))
            if int(numerator) != 1:
                part = "halves" if part == "half" else f"{part}s"
            words = f"{self.cardinal(numerator)} {part}"
        else:
            words = f"{self.cardinal(numerator)} over {self.cardinal(denominator)}"
        if not whole:
            return words
        if words in ("one half", "one quarter"):
            words = words.replace("one", "a")
        return f"{self.cardinal(whole)} and {words}"

    def amount(self, text: str) -> str:
        """Whatever `AMOUNT` matches: a number, a fraction, or a range of them ("5-10")."""
        match = _AMOUNT.fullmatch(text)
        assert match is not None
        low, high = match.groups()
        words = self._part(low)
        return f"{words} to {self._part(high)}" if high else words

    def _part(self, text: str) -> str:
        if "/" not in text:
            return self.number(text)
        sign = _SIGNS.get(text[0], "")
        return sign + self.fraction(text[1:] if sign else text)


_FRACTION = re.compile(r"(?:(\d+)[ -])?(\d+)/(\d+)")
_AMOUNT = re.compile(rf"([-+±]?(?:{FRACTION}|{NUMBER}))(?:{DASH}({FRACTION}|{NUMBER}))?")
