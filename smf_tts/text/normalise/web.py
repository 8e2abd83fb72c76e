"""Addresses, hashtags, file names, versions: text that was written for machines."""

from __future__ import annotations

import re

from smf_tts.text.normalise.acronyms import spell, word_or_letters
from smf_tts.text.normalise.numbers import Numbers
from smf_tts.text.normalise.rules import Rules, before
from smf_tts.text.normalise.vocabulary import DOMAINS, FILE_TYPES, VERSIONED

RULES = Rules(r"[@#\\/]|\w\.\w|\b[vV](?:er)?\.? ?\d|[a-z]:\d")

_MARKS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon",
    "?": "question mark", "=": "equals", "&": "and", "#": "hash", "+": "plus", "%": "percent",
    "~": "tilde", "\\": "backslash", ",": "comma", ";": "semicolon", "$": "dollar", "'": "",
    "!": "exclamation mark", "*": "star", "(": "", ")": "", "[": "", "]": "", "|": "bar",
}  # fmt: skip
# Said as words though short, or though they look like letters.
_SAID = {
    "gmail": "G mail", "com": "com", "org": "org", "net": "net", "gov": "gov", "edu": "E D U",
    "co": "co",
    "info": "info", "app": "app", "dev": "dev", "me": "me", "biz": "biz", "mil": "mil",
    "int": "int",
    "html": "H T M L", "htm": "H T M", "js": "J S", "py": "pie", "json": "jason", "jpg": "J peg",
    "jpeg": "J peg", "gif": "gif", "zip": "zip", "tar": "tar", "exe": "E X E", "doc": "doc",
    "log": "log", "so": "S O", "yaml": "yammel", "yml": "Y M L", "bat": "bat", "sql": "S Q L",
    "iso": "I S O", "uk": "U K", "us": "U S", "io": "I O", "ai": "A I", "tv": "T V", "eu": "E U",
    "de": "D E", "fm": "F M", "ca": "C A", "ie": "I E", "go": "go", "in": "I N", "at": "A T",
    "java": "java", "mov": "M O V", "ini": "I N I", "toml": "tommel", "docx": "doc X",
    "xlsx": "X L S X", "pptx": "P P T X", "bak": "back", "wav": "wave", "png": "P N G",
    "md": "M D", "it": "I T", "be": "B E", "es": "E S", "no": "N O", "avi": "A V I",
    "onnx": "onix", "ogg": "ogg", "flac": "flack", "http": "H T T P",
    "https": "H T T P S", "usr": "user", "etc": "E T C", "src": "source", "tmp": "temp",
    "webp": "web P", "ly": "L Y",
}  # fmt: skip
_NAMES_ONLY = {"it", "in", "at", "be", "es", "no", "so", "us", "me", "go", "de", "ca", "ie", "etc"}


def _address(text: str, say: Numbers) -> str:
    """Reads the parts of an address, its separators aloud."""
    words = []
    parts = re.findall(r"[^\W\d_]+|\d+|[\W_]", text)
    for i, part in enumerate(parts):
        if part.isdecimal():
            number = {1: say.cardinal, 2: say.cardinal, 4: say.pairs}.get(len(part), say.digits)
            words.append(number(part))
        elif part.isalpha():
            last = i == len(parts) - 1 or parts[i + 1] in "/?:#"
            dotted = i > 0 and parts[i - 1] == "."
            lower = part.lower()
            if lower in _SAID and (lower not in _NAMES_ONLY or (dotted and last)):
                words.append(_SAID[lower])
            else:
                words.append(_camel(part, say))
        else:
            words.append(_MARKS.get(part, ""))
    return " ".join(words)


def _camel(text: str, say: Numbers) -> str:
    """ "ThrowbackThursday2024" as "throwback thursday twenty twenty four"."""
    words = []
    for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|[^\W\d_]", text):
        if part.isdecimal():
            words.append(say.pairs(part) if len(part) == 4 else say.cardinal(part))
        elif part.isupper() and len(part) > 1:
            words.append(word_or_letters(part))
        else:
            words.append(word_or_letters(part.lower()))
    return " ".join(words)


@RULES.add(r"(?i)\b(?:https?|ftp)://[^\s<>\"]+|\bwww\.[^\s<>\"]+")
def _url(match: re.Match[str], say: Numbers) -> str | None:
    address = match[0].rstrip(".,;:!?)'\"")
    tail = match[0][len(address) :]
    # The scheme is not read: nobody dictates "h t t p s colon slash slash".
    address = re.sub(r"(?i)^\w+://", "", address).rstrip("/")
    address, www = re.subn(r"(?i)^www\.", "", address)
    return ("W W W dot " if www else "") + _address(address, say) + tail.rstrip("'")


@RULES.add(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
def _email(match: re.Match[str], say: Numbers) -> str:
    return _address(match[0], say)


@RULES.add(rf"(?<![\w.@/])(?:[A-Za-z0-9-]+\.)+(?:{DOMAINS})\b(?:/[^\s<>\")]*[\w/])?(?![.\w]*\w)")
def _domain(match: re.Match[str], say: Numbers) -> str | None:
    # "end.In" is a missing space, not an address.
    if match[0][0].isupper() and re.search(r"\.[A-Z]?[a-z]+$", match[0]) is None:
        return None
    if re.fullmatch(r"[\d.]+\.?\w*", match[0]) or re.fullmatch(r"(?:\w\.)+\w", match[0]):
        return None
    return _address(match[0].rstrip("/"), say)


@RULES.add(rf"(?<![\w.])[\w/\\~.-]*\w\.(?:{FILE_TYPES})\b(?!\.\w)")
def _file(match: re.Match[str], say: Numbers) -> str | None:
    if re.fullmatch(r"(?:\w\.)+\w", match[0]):
        return None
    return _address(match[0], say)


@RULES.add(
    r"(?<![\w.:/])(?:~|\.{1,2})?(?:/[\w.-]*[A-Za-z_][\w.-]*){2,}/?(?!\w)",
    r"(?<!\w)~/[\w.-]*\w(?![\w/])",
    r"(?<!\w)[A-Z]:\\[\w\\. -]*\w",
)
def _path(match: re.Match[str], say: Numbers) -> str:
    return _address(match[0], say)


@RULES.add(r"(?<![\w&])#(\w*[^\W\d]\w*)")
def _hashtag(match: re.Match[str], say: Numbers) -> str:
    return f"hashtag {_camel(match[1], say)}"


@RULES.add(r"(?<![\w.])@(\w+)")
def _handle(match: re.Match[str], say: Numbers) -> str:
    return "at " + " underscore ".join(_camel(part, say) for part in match[1].split("_") if part)


@RULES.add(r"(?<=[a-z]):(\d{4,5})(?!\w)")
def _port(match: re.Match[str], say: Numbers) -> str:
    return say.pairs(match[1])


@RULES.add(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::(\d+))?(?![\w]|\.\d)")
def _ip_address(match: re.Match[str], say: Numbers) -> str:
    numbers, _, port = match[0].partition(":")
    words = " dot ".join(say.digits(number) for number in numbers.split("."))
    return f"{words} port {say.cardinal(port)}" if port else words


@RULES.add(r"(?<![\w.])([vV](?:er)?\.? ?)?(\d+(?:\.\d+){2,})(-?(?:alpha|beta|rc|a|b)\.?\d*)?(?!\w)")
def _long_version(match: re.Match[str], say: Numbers) -> str | None:
    if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}|\d{3}\.\d{3}\.\d{4}", match[0]):
        return None  # a date, a phone number
    return _version(match[1], match[2], match[3], say)


@RULES.add(r"(?<![\w.])([vV](?:er)?)\.? ?(\d+(?:\.\d+)?)(-?(?:alpha|beta|rc)\.?\d*)?(?!\w)")
def _short_version(match: re.Match[str], say: Numbers) -> str:
    return _version(match[1], match[2], match[3], say)


@RULES.add(r"(?<![\w.$])(\d{1,2}\.\d{1,2})(?![\w.]*\d|\s?%)")
def _named_version(match: re.Match[str], say: Numbers) -> str | None:
    if not before(match, rf"\b(?:{VERSIONED})[ -]"):
        return None
    return _version(None, match[1], None, say)


def _version(mark: str | None, numbers: str, stage: str | None, say: Numbers) -> str:
    parts = numbers.split(".")
    words = " point ".join(say.minutes(p) if len(p) == 2 else say.cardinal(p) for p in parts)
    if mark:
        words = f"version {words}"
    if stage:
        name, number = re.findall(r"([a-z]+)\.?(\d*)", stage)[0]
        name = {"rc": spell("rc"), "a": "alpha", "b": "beta"}.get(name, name)
        words = f"{words} {name} {say.cardinal(number) if number else ''}"
    return words
