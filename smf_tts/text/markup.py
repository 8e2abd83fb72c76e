"""Marks in a text: ours ([[ phonemes ]], [pause 1.5s]), and what Markdown and HTML leave behind."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from smf_tts.errors import UserError
from smf_tts.text.symbols import PHONEMES

LITERAL = re.compile(r"\[\[([^\[\]]*)\]\]")
PAUSE = re.compile(r"\[pause[ \t]+(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})[ \t]*(ms|s)\]", re.IGNORECASE)
_ANY_PAUSE = re.compile(r"\[pause\b[^\]\n]{0,40}\]?", re.IGNORECASE)
_LONGEST_PAUSE_SECONDS = 60.0

_ELEMENTS = (
    "a|abbr|address|article|aside|b|big|blockquote|body|br|button|caption|center|cite|code|dd|del|"
    "div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i|img|input|ins|kbd|li|"
    "link|main|mark|meta|nav|ol|p|pre|q|s|section|small|span|strike|strong|sub|sup|table|tbody|td|"
    "tfoot|th|thead|title|tr|u|ul|wbr"
)
_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b[^<>]{0,200}>.*?</\1\s*>", re.S | re.I)
_BREAKING = re.compile(r"</?(?:br|p|div|li|td|th|tr|h[1-6]|dd|dt)\b[^<>]{0,400}>", re.I)
_TAG = re.compile(rf"</?(?:{_ELEMENTS})\b[^<>]{{0,400}}>", re.I)
_INLINE = [
    (
        re.compile(
            r"!?\[([^\[\]\n]{0,400})\]"
            r"\((?:[^()\s]|\([^()\s]*\)){1,400}(?:\s\"[^\"\n]{0,200}\")?\)"
        ),
        r"\1",
    ),
    (re.compile(r"(?<!\[)\[([^\[\]\n]{1,200})\]\[[^\[\]\n]{0,100}\](?!\])"), r"\1"),
    (re.compile(r"\[\^[\w-]{1,20}\]:?"), ""),
    (re.compile(r"<(https?://[^<>\s]{1,400}|[\w.+-]{1,64}@[\w.-]{1,200})>"), r"\1"),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~|==)(?=\S)([^*\n]{1,400}?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`{1,3}([^`\n]{1,400})`{1,3}"), r"\1"),
    (re.compile(r"\\([*_`#\[\]()~>|!.+-])"), r"\1"),
]  # fmt: skip
_LINE_START = re.compile(
    r"^[ \t]*(?:>(?!\d)[ \t]?)*(?:#{1,6}[ \t]+|[-*+•‣▪][ \t]+(?:\[[ xX]\][ \t])?)?"
)
_HEADING_END = re.compile(r"[ \t]#+[ \t]*$")


def check_markup(text: str) -> None:
    """Raise UserError for a pause without a unit or an unknown phoneme, before anything is said."""
    for match in _ANY_PAUSE.finditer(text):
        exact = PAUSE.match(text, match.start())
        if exact is None:
            raise UserError(f"{match[0]!r} is not a pause: write [pause 500ms] or [pause 1.5s]")
        if _seconds(exact) > _LONGEST_PAUSE_SECONDS:
            raise UserError(f"{match[0]!r} is too long: a pause is at most 60 s")
    for match in LITERAL.finditer(text):
        check_phonemes(match[1], f"[[{match[1][:60]}]]")
        around = text[max(0, match.start() - 1) : match.end() + 1]
        if around.startswith("[[[") or around.endswith("]]]"):
            raise UserError(f"{match[0][:60]!r}: brackets too many, write [[ phonemes ]]")


def check_phonemes(phonemes: str, where: str) -> str:
    """The phonemes, stripped; UserError naming `where` if one is unknown or there is none."""
    for phoneme in phonemes:
        if phoneme not in PHONEMES and phoneme != " ":
            raise UserError(
                f"{where}: {phoneme!r} is not a phoneme of this voice; it knows {PHONEMES}"
            )
    if not phonemes.strip("ˈˌː \u0303\u0329"):
        raise UserError(f"{where}: no phonemes in it; write IPA such as [[ həlˈoʊ ]]")
    return " ".join(phonemes.split())


def split_pauses(text: str) -> Iterator[tuple[str, float | None]]:
    """The text between pauses, each with the seconds of the pause after it; None after the last."""
    start = 0
    for match in PAUSE.finditer(text):
        yield text[start : match.start()], _seconds(match)
        start = match.end()
    yield text[start:], None


def _seconds(match: re.Match[str]) -> float:
    return float(match[1]) / (1000 if match[2].lower() == "ms" else 1)


def strip_markup(paragraph: str) -> str:
    """A paragraph without the marks of Markdown and HTML, its words untouched.

    Tags that HTML does not have are text and stay.
    """
    lines = [_HEADING_END.sub("", _LINE_START.sub("", line)) for line in paragraph.splitlines()]
    text = " ".join(lines).strip()
    if "<" in text:
        text = _HIDDEN.sub(" ", text)
        text = _TAG.sub("", _BREAKING.sub(" ", text))
    if "&" in text:
        text = html.unescape(text)
    if any(mark in text for mark in "*_`~[\\=<"):
        for pattern, replacement in _INLINE:
            text = pattern.sub(replacement, text)
    if text.count("|") > 1:
        text = re.sub(r"\s*\|\s*", ", ", text.strip(" |"))
    return text
