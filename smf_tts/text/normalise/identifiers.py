"""Numbers that name something: telephones, addresses, flights, models, pages."""

from __future__ import annotations

import re

from smf_tts.text.normalise.acronyms import spell
from smf_tts.text.normalise.numbers import DASH, Numbers
from smf_tts.text.normalise.rules import Rules, before
from smf_tts.text.normalise.vocabulary import COMPASS, PAIRED, PHRASES, STATES

RULES = Rules(r"\d")


@RULES.add(
    r"(?<![\w.,/$-])(?:24/7(?:/365)?|9/11|401\(?[kK]\)?|501\([cC]\)\(3\)|50-50|20[-/]20|4-4|802\.11)"
    r"(?![\d/]|(?<!802.11)[^\W\d]|[.-]\d)"
)
def _set_phrase(match: re.Match[str], say: Numbers) -> str:
    phrases = {
        "24/7": "twenty four seven", "24/7/365": "twenty four seven three sixty five",
        "9/11": "nine eleven", "401": "four oh one K",
        "501": "five oh one C three", "802": "eight oh two point eleven ",
    }  # fmt: skip
    words = phrases.get(match[0]) or phrases.get(match[0][:3])
    return words or " ".join(say.cardinal(n) for n in re.findall(r"\d+", match[0]))


@RULES.add(
    r"(?<![\w.,/$-])(?:\+?(\d{1,3})[\s.-]?)?\(?(\d{3})\)?[\s.-]?(\d{3})[.-](\d{4})(?:\s?"
    r"(?:x|ext\.?)\s?(\d+))?(?![\w-])",
    r"(?<![\w.,/$-])(?:\+(\d{1,3})[\s.-]?)\(?(\d{3})\)?[\s.-](\d{3})[\s.-](\d{4})()(?![\w-])",
    r"(?<![\w.,/$-])()()(\d{3})-(\d{4})()(?![\w-])",
)
def _american_phone(match: re.Match[str], say: Numbers) -> str:
    country, *groups, extension = match.groups()
    words = ", ".join(_phone_group(group, say) for group in groups if group)
    if country:
        plus = "plus " if match[0].startswith("+") else ""
        words = f"{plus}{say.digits(country)}, {words}"
    return f"{words}, extension {say.digits(extension)}" if extension else words


def _phone_group(group: str, say: Numbers) -> str:
    return say.pairs(group) if group in ("800", "900") else say.digits(group)


@RULES.add(r"(?<![\w.,/$-])(\+?)(1-)?([89]\d\d)-(?=[A-Z]{3,}\b)")
def _vanity_phone(match: re.Match[str], say: Numbers) -> str:
    return f"{'one ' if match[2] else ''}{_phone_group(match[3], say)} "


@RULES.add(r"(?<![\w.,])([1-9]\d{0,2}(?:([ '])(?:\d{3}\2)*(?:\d{3}\2\d{3}|000)))(?!\w)")
def _grouped(match: re.Match[str], say: Numbers) -> str:
    """ "1 000 000", "25 000", "1'000"."""
    return say.cardinal(match[1].replace(match[2], ","))


@RULES.add(
    r"(?<![\w.,/$-])\+\d{1,3}(?:[\s-]?\(?\d{1,5}\)?){2,5}(?![\w-])",
    r"(?<![\w.,/$-])0\d{2,4}[\s-]\d{3,4}(?:[\s-]\d{3,4})?(?![\w-])",
    r"(?<![\w.,/$-])(?:\d{4}[\s-]){3}\d{4}(?![\w-])",
    r"(?<![\w.,/$-])\d+(?:-\d+){2,}(?![\w-])",
)
def _digit_groups(match: re.Match[str], say: Numbers) -> str:
    words = ", ".join(say.digits(group) for group in re.findall(r"\d+", match[0]))
    return f"plus {words}" if match[0].startswith("+") else words


@RULES.add(
    r"\b([Cc]all(?:ed|ing|s)?|[Dd]ial(?:ed|ing|s)?|[Pp]hone|[Ee]xtension|PIN|[Cc]ode|ID|ZIP|"
    r"zip|OTP|[Ee]nding\sin)\s(is\s)?(\d{3,6})(?![\w,.]*\d)"
)
def _dialled(match: re.Match[str], say: Numbers) -> str | None:
    return f"{match[1]} {match[2] or ''}{say.digits(match[3])}"


@RULES.add(r"(?<!\w)(911|999|411)(?=\s(?:call|operator|dispatch|emergency))")
def _emergency(match: re.Match[str], say: Numbers) -> str:
    return say.digits(match[1])


@RULES.add(r"(?<![\w.,])(\d{5})(-\d{4})?(?![\w,-])")
def _zip_code(match: re.Match[str], say: Numbers) -> str | None:
    state = before(match, r"\b([A-Z]{2}),?\s")
    if not match[2] and not (state and state[1] in STATES):
        return None
    return f"{say.digits(match[1])}{' dash ' + say.digits(match[2]) if match[2] else ''}"


@RULES.add(r"(?:#|\b[Nn]os?\.\s?|№\s?)(\d[\d,]*)(?!\w)")
def _numbered(match: re.Match[str], say: Numbers) -> str:
    word = "numbers" if "s" in match[0] else "number"
    return f"{word} {say.cardinal(match[1].strip(','))}{',' if match[1].endswith(',') else ''}"


@RULES.add(
    r"(?<![\w.,$/-])(\d{2,5})([A-Z])?(?=(?:\s(?:[NSEW]\.?|[A-Z][a-z]+|\d+(?:st|nd|rd|"
    r"th))){1,3}\s(?:St|Street|"
    r"Ave|Avenue|Blvd|Boulevard|Rd|Road|Dr|Drive|Ln|Lane|Ct|Court|Pl|Place|Way|Terrace|Pkwy)\b)"
)
def _house_number(match: re.Match[str], say: Numbers) -> str:
    return f"{say.pairs(match[1])} {match[2] or ''}".strip()


@RULES.add(r"(?<=\d )([NSEW]|NE|NW|SE|SW)\.?(?=\s(?:[A-Z][a-z]|\d+(?:st|nd|rd|th)))")
def _compass(match: re.Match[str], say: Numbers) -> str:
    return " ".join(COMPASS[letter] for letter in match[1])


@RULES.add(rf"(?<=[a-z], )({'|'.join(STATES)})\b(?=,? \d{{5}})")
def _state(match: re.Match[str], say: Numbers) -> str:
    return STATES[match[1]]


@RULES.add(r"\b(I-\d{1,3}|(?:Hwy|Highway|Route|Interstate|US) \d{1,3}) ([NSEW])\b")
def _road(match: re.Match[str], say: Numbers) -> str:
    road, number = re.split(r"[- ]", match[1])
    return f"{' '.join(road) if road == 'US' else road} {say.pairs(number)} {COMPASS[match[2]]}"


@RULES.add(r"\b([Ff]light)\s([A-Z]{2})\s?(\d{1,4})(?!\w)")
def _flight(match: re.Match[str], say: Numbers) -> str:
    return f"{match[1]} {spell(match[2])} {say.pairs(match[3])}"


@RULES.add(rf"\b({'|'.join(PAIRED)})\s(\d{{3,4}})(-\d{{3}})?(?!\w|[.,]\d)")
def _paired(match: re.Match[str], say: Numbers) -> str:
    dash = f" {say.pairs(match[3][1:])}" if match[3] else ""
    return f"{PHRASES.get(match[1], match[1])} {say.pairs(match[2])}{dash}"


@RULES.add(rf"\b([Pp]p?|[Pp]gs?)\.\s?(\d+)(?:{DASH}(\d+))?(?!\w)")
def _pages(match: re.Match[str], say: Numbers) -> str:
    word = "pages" if match[3] or match[1].lower() == "pp" else "page"
    words = f"{word} {say.cardinal(match[2])}"
    return f"{words} to {say.cardinal(match[3])}" if match[3] else words
