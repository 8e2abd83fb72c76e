"""Dates and years."""

from __future__ import annotations

import re

from smf_tts.text.normalise.clock import clock
from smf_tts.text.normalise.numbers import DASH, Numbers
from smf_tts.text.normalise.rules import Rules, after, before
from smf_tts.text.normalise.vocabulary import MONTHS, WEEKDAYS

RULES = Rules(rf"\d|\b(?:{'|'.join(WEEKDAYS)}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b")

_MONTH_OF = {month[:3].lower(): month for month in MONTHS}
_MONTH = (
    r"((?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept(?:ember)?|Sep|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?))\b\.?"
)
_DAY = r"([0-3]?\d)(?:st|nd|rd|th)?(?![\d:%°])"
_YEAR = r"(?:(?:,?\s+|,|-)'?(\d{4})\b(?!-\d))?"
_WEEKDAY = rf"\b({'|'.join(WEEKDAYS)})"


def _month(name: str) -> str:
    return _MONTH_OF[name[:3].lower()]


def _is_word(month: str) -> bool:
    """Whether it is more likely a verb than a month ("you may 5 times")."""
    return month in ("may", "march", "mar")


def _is_date(month: int | str, day: int | str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _date(month: str, day: str, year: str | None, say: Numbers, article: bool = True) -> str:
    """A full date in the order of the language: "March fourth" or "the fourth of March"."""
    if say.british:
        words = f"{'the ' if article else ''}{say.ordinal(int(day))} of {month}"
    else:
        words = f"{month} {say.ordinal(int(day))}"
    return f"{words}, {_year(year, say)}" if year else words


def _year(year: str, say: Numbers) -> str:
    if len(year) == 2:
        return say.minutes(year) if year != "00" else "two thousand"
    return say.year(year)


@RULES.add(
    r"(?<![\w/-])(\d{4})-([01]\d)-([0-3]\d)(?:T([0-2]\d):([0-5]\d)(?::\d\d(?:\.\d+)?)?(Z)?)?"
    r"(?![\w-])"
)
def _iso_date(match: re.Match[str], say: Numbers) -> str | None:
    year, month, day, hour, minute, zulu = match.groups()
    if not _is_date(month, day):
        return None
    words = _date(MONTHS[int(month) - 1], day, year, say)
    if hour:
        words = f"{words} at {clock(hour, minute, say)}"
    return f"{words} U T C" if zulu else words


@RULES.add(r"(?<![\w/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-]|\.\d)")
def _numeric_date(match: re.Match[str], say: Numbers) -> str | None:
    first, mark, second, year = match.groups()
    month, day = (second, first) if say.british or mark == "." else (first, second)
    if not _is_date(month, day):
        month, day = day, month
    if not _is_date(month, day):
        return None
    return _date(MONTHS[int(month) - 1], day, year, say)


@RULES.add(r"(?<![\w/.-])(\d{4})/(\d{1,2})/(\d{1,2})(?![\w/-])")
def _year_first(match: re.Match[str], say: Numbers) -> str | None:
    year, month, day = match.groups()
    return _date(MONTHS[int(month) - 1], day, year, say) if _is_date(month, day) else None


@RULES.add(r"(?<![\w/.-])(\d{1,2})/(\d{1,2})(?![\w/-]|\s?[\"'])")
def _month_and_day(match: re.Match[str], say: Numbers) -> str | None:
    told = before(match, r"(?i:\b(?:on|by|until|dated?|due|since|from|before|after|through)\s)")
    if not told and not match[0].startswith("0"):
        return None
    month, day = match.groups()[::-1] if say.british else match.groups()
    return _date(MONTHS[int(month) - 1], day, None, say) if _is_date(month, day) else None


@RULES.add(rf"\b{_MONTH}[\s-]?{_DAY}(?:{DASH}{_DAY}(?!\d))?{_YEAR}")
def _month_first(match: re.Match[str], say: Numbers) -> str | None:
    month, day, last, year = match.groups()
    if not _is_date(1, day) or (_is_word(month) and not year):
        return None
    if last:
        words = f"{_month(month)} {say.ordinal(int(day))} to {say.ordinal(int(last))}"
        return f"{words}, {_year(year, say)}" if year else words
    words = _date(_month(month), day, year, say)
    return f"{words}," if year and after(match, r"\s+[a-z]") and match[0].count(",") > 1 else words


@RULES.add(
    rf"(?<![\w.:/$-]){_DAY}(?:{DASH}{_DAY})?(?:\s+of)?[\s-]{_MONTH}(?:[\s,-]+'?(\d{{4}})\b)?"
)
def _day_first(match: re.Match[str], say: Numbers) -> str | None:
    day, last, month, year = match.groups()
    if not _is_date(1, day) or (_is_word(month) and not year):
        return None
    article = "" if before(match, r"\b[Tt]he\s") else "the "
    days = f"{article}{say.ordinal(int(day))}"
    if last:
        days = f"{days} to {say.ordinal(int(last))}"
    words = f"{days} of {_month(month)}"
    return f"{words}, {_year(year, say)}" if year else words


@RULES.add(rf"\b{_MONTH},?[\s-]+'?(\d{{4}})(?!\w|-\d)")
def _month_and_year(match: re.Match[str], say: Numbers) -> str | None:
    if not match[1][0].isupper() and not 1500 < int(match[2]) < 2100:
        return None
    return f"{_month(match[1])} {_year(match[2], say)}"


@RULES.add(r"\b(Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec)\.(?=\s|,|$)")
def _short_month(match: re.Match[str], say: Numbers) -> str:
    return _month(match[1])


@RULES.add(rf"\b{_MONTH}{DASH}{_MONTH}(?:\s(\d{{4}})(?!\w|[.,]\d))?")
def _month_range(match: re.Match[str], say: Numbers) -> str | None:
    first, last, year = match.groups()
    if not (first[0].isupper() and last[0].isupper()):
        return None
    words = f"{_month(first)} to {_month(last)}"
    return f"{words} {say.year(year)}" if year else words


@RULES.add(r"(?<![\w/.-])(0?[1-9]|1[0-2])/((?:19|20)\d\d)(?![\w/-]|[.,]\d)")
def _numeric_month(match: re.Match[str], say: Numbers) -> str:
    return f"{MONTHS[int(match[1]) - 1]} {say.year(match[2])}"


@RULES.add(rf"{_WEEKDAY}\.?{DASH}({'|'.join(WEEKDAYS)})\b\.?")
def _weekday_range(match: re.Match[str], say: Numbers) -> str:
    return f"{WEEKDAYS[match[1]]} to {WEEKDAYS[match[2]]}"


@RULES.add(rf"{_WEEKDAY}(?:\.|(?=,? \d)|(?=, [A-Z])|(?=:)|(?= {_MONTH}))")
def _weekday(match: re.Match[str], say: Numbers) -> str | None:
    dated = match[0].endswith(".") or after(match, rf",| (?:\d\S* )?{_MONTH}")
    return WEEKDAYS[match[1]] if dated or match[1] not in ("Sat", "Sun", "Wed") else None


@RULES.add(
    r"(?<![\w$.,-])'?(\d{4})'?s(?:[-–](\d{2}|\d{4})'?s)?(?!\w)",
    r"(?<!\w)'(\d0)'?s(?:[-–]'?(\d0)'?s)?(?!\w)",
    r"(?<![\w$.,-])([2-9]0)'?s(?:[-–]([2-9]0)'?s)?(?!\w)",
    r"(?<=mid-)'?(\d{2}|\d{4})'?s()(?!\w)",
)
def _decade(match: re.Match[str], say: Numbers) -> str | None:
    if int(match[1]) % 10:
        return None
    words = say.decade(match[1])
    return f"{words} to {say.decade(match[2])}" if match[2] else words


@RULES.add(r"(?<![\w.,/$-])(1[1-9]\d\d|20\d\d)\s?[-–—]\s?(\d{4}|\d\d)(?![\w%/-]|[.,]\d)")
def _year_range(match: re.Match[str], say: Numbers) -> str | None:
    if len(match[2]) == 4 and not 1000 <= int(match[2]) <= 2099:
        return None
    last = say.year(match[2]) if len(match[2]) == 4 else say.minutes(match[2])
    return f"{say.year(match[1])} to {last}"


@RULES.add(r"(?<![\w.,/$-])(1[89]\d\d|20\d\d)/(\d\d)(?![\w/%])")
def _season(match: re.Match[str], say: Numbers) -> str | None:
    """ "2019/20"."""
    if int(match[2]) != (int(match[1]) + 1) % 100:
        return None
    return f"{say.year(match[1])} to {say.minutes(match[2])}"


@RULES.add(
    r"(?:\bca?\.\s?()|(?<![\w.,/$-]))(\d{1,4})(\s?[-–—]\s?\d{1,4})?\s?(BCE|CE|BC|AD|B\.C\.E\.?|B\.C\.?|"
    r"A\.D\.?|C\.E\.?)(?!\w)"
)
def _era(match: re.Match[str], say: Numbers) -> str:
    about, first, last, era = match.groups()
    years = say.year(first) + (f" to {say.year(last.strip(' -–—'))}" if last else "")
    return f"{'' if about is None else 'circa '}{years} {' '.join(era.replace('.', ''))}"


@RULES.add(r"\b(AD|A\.D\.|CE)\s?(\d{1,4})(?![\w.,]\d|\w)")
def _era_first(match: re.Match[str], say: Numbers) -> str:
    return f"{' '.join(match[1].replace('.', ''))} {say.year(match[2])}"


@RULES.add(r"(?<!\w)'(\d\d)(?![\w\"'])")
def _short_year(match: re.Match[str], say: Numbers) -> str:
    return say.minutes(match[1])


@RULES.add(r"\b(?:[Yy]ear|[Cc]irca|c\.|ca\.)\s(\d{3,4})(?!\w|[.,]\d)")
def _named_year(match: re.Match[str], say: Numbers) -> str:
    word = match[0].split()[0]
    return f"{'circa' if word[0] in 'cC' else word} {say.year(match[1])}"


_YEAR_BEFORE = (
    r"(?i:\b(?:in|since|by|until|till|from|to|through|before|after|around|during|early|late|"
    r"and|circa|summer|winter|spring|fall|autumn|copyright|©)\s)"
)


@RULES.add(r"(?<![\w.,/$#+:°^~-])(1[0-9]\d\d|20\d\d)(?![\w%/:°²³]|[.,]\d|-\d|\s?[-+×=*/<>]\s?\d)")
def _bare_year(match: re.Match[str], say: Numbers) -> str | None:
    """Four digits are a year, unless what follows is counted ("1250 people")."""
    counted = after(
        match,
        r"\s(?:[a-z]+s\b(?<!\bwas)(?<!\bis)(?<!\bhas)(?<!\bas)(?<!\bthis)(?<!\bits)(?<!ss)|"
        r"people\b|"
        r"men\b|women\b|children\b|feet\b|percent\b|square\b|cubic\b|more\b|other\b|miles\b)",
    )
    told = before(match, _YEAR_BEFORE)
    if not told and (counted or match[1] < "1100"):
        return None
    if before(match, r"[=+×*/<>÷^]\s?"):
        return None
    return say.year(match[1])
