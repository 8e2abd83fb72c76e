"""Times of day, and how long something takes."""

from __future__ import annotations

import re

from smf_tts.text.normalise.numbers import Numbers
from smf_tts.text.normalise.rules import Rules, after, before

RULES = Rules(r"\d")

_HALF = r"(?:\s?([ap])\.?\s?m\b\.?)"
_TIME = r"(\d{1,2})(?:[:.h]([0-5]\d))?"


def clock(hour: str, minute: str | None, say: Numbers, half: str | None = None) -> str:
    """A time of day; `half` is "a" or "p"."""
    words = say.cardinal(int(hour))
    if minute and minute != "00":
        words = f"{words} {say.minutes(minute)}"
    elif minute and not half:
        if int(hour) == 0:
            words = "midnight"
        else:
            words = f"{words} o'clock" if int(hour) <= 12 else f"{words} hundred"
    return f"{words} {half.upper()} M" if half else words


@RULES.add(rf"(?i)(?<![\w.:/$]){_TIME}{_HALF}?\s?(?:[-–—]|\bto\b)\s?{_TIME}{_HALF}(?!\w)")
def _time_range(match: re.Match[str], say: Numbers) -> str | None:
    hour, minute, half, last_hour, last_minute, last_half = match.groups()
    if int(hour) > 24 or int(last_hour) > 24:
        return None
    return f"{clock(hour, minute, say, half)} to {clock(last_hour, last_minute, say, last_half)}"


@RULES.add(rf"(?i)(?<![\w.:/$-])(\d{{1,2}})(?:[:.]([0-5]\d))?{_HALF}(?!\w)")
def _time_with_half(match: re.Match[str], say: Numbers) -> str | None:
    hour, minute, half = match.groups()
    if int(hour) > 23 or (match[0].endswith("m.") and after(match, r"\d")):
        return None
    return clock(hour, minute, say, half)


@RULES.add(r"(?<![\w.:/$])([0-2]?\d):([0-5]\d)\s?[-–—]\s?([0-2]?\d):([0-5]\d)(?![\w:])")
def _clock_range(match: re.Match[str], say: Numbers) -> str:
    hour, minute, last_hour, last_minute = match.groups()
    return f"{clock(hour, minute, say)} to {clock(last_hour, last_minute, say)}"


@RULES.add(rf"(?<![\w.:/$-])(\d{{1,2}}):([0-5]\d):([0-5]\d){_HALF}(?![\w:])")
def _time_with_seconds(match: re.Match[str], say: Numbers) -> str:
    hour, minute, second, half = match.groups()
    seconds = f" and {_count(second, 'second', say)}" if int(second) else ""
    return f"{clock(hour, minute, say)}{seconds} {half.upper()} M"


@RULES.add(r"(?<![\w.:/$-])(\d{1,2}):([0-5]\d):([0-5]\d)(?![\w:])")
def _hours_minutes_seconds(match: re.Match[str], say: Numbers) -> str:
    parts = zip(match.groups(), ("hour", "minute", "second"), strict=True)
    *head, last = [_count(number, unit, say) for number, unit in parts if int(number)] or ["zero"]
    return f"{' '.join(head)} and {last}" if head else last


@RULES.add(
    r"(?<![\w.:/$-])(\d{1,3})\s?h(?:rs?)?\s?(\d{1,2})(?:\s?m(?:ins?)?)?(?:\s?(\d{1,2})\s?s)?(?!\w)",
    r"(?<![\w.:/$-])()(\d{1,2})\s?m(?:in)?\s?(\d{1,2})\s?s(?!\w)",
)
def _duration(match: re.Match[str], say: Numbers) -> str:
    """ "1h 30m", "5m 20s"."""
    parts = zip(match.groups(), ("hour", "minute", "second"), strict=True)
    return " ".join(_count(number, unit, say) for number, unit in parts if number)


def _count(number: str, unit: str, say: Numbers) -> str:
    return f"{say.cardinal(int(number))} {unit}{'' if int(number) == 1 else 's'}"


@RULES.add(r"(?<![\w.:/$-])([01]\d|2[0-3])([0-5]\d)\s?(?:h|hrs|hours)\b")
def _military_time(match: re.Match[str], say: Numbers) -> str | None:
    """ "at 1630 hours", but "it took 1600 hours"."""
    told = before(match, r"\b(?:at|by|until|from|to|before|after|around)\s")
    if not told and match[1][0] != "0":
        return None
    hour = say.minutes(match[1]).replace("oh", "zero")
    return f"{hour} {'hundred' if match[2] == '00' else say.minutes(match[2])} hours"


@RULES.add(r"(?<![\w.:/$-])([0-2]?\d):([0-5]\d)(?![\d:a-z_]|\.\d)(?:h|hrs)?")
def _time(match: re.Match[str], say: Numbers) -> str | None:
    if int(match[1]) > 24:
        return None
    if match[2] == "00" and after(match, r" o'clock"):
        return say.cardinal(int(match[1]))
    return clock(match[1], match[2], say)
