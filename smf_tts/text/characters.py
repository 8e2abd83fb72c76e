"""Characters that people type, mapped to those that the rules and the phonemizer know."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from smf_tts.errors import UserError

_MAPPED = {
    **dict.fromkeys("‘’‚‛′ʼʹ´＇‹›", "'"),
    **dict.fromkeys("“”„‟″〝〞«»＂", '"'),
    **dict.fromkeys("‐‑", "-"),
    **dict.fromkeys("―⸺⸻", "—"),
    "−": "-", "⁄": "/", "…": "…", "–": "–", "—": "—", "¿": "", "¡": "", "†": "", "‡": "",
    "μ": "µ", "℃": "°C", "℉": "°F", "№": "No. ", "∕": "/", "∶": ":", "º": "°",
}  # fmt: skip
# What a rule reads, or what has a name of its own in the normaliser's table.
_KEPT = frozenset("…–—×÷±≈≠≤≥√∞∑∫∂∈∩∪⊂∀∃¬→←⇒↔·•§¶‰©®™°¢£€¥₹₩₽₺₿₪₫฿₴₱₦µΩ⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
# A dash that touches a number and nothing before it is a minus sign: "–3 °C".
_MINUS = re.compile(r"^–(?=\.?\d)")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_DECORATION = "REGIONAL INDICATOR SYMBOL LETTER "

# Letters outside the Latin blocks and the compatibility forms of Latin letters and digits.
_FOREIGN = re.compile(
    "[^\\W\\d_A-Za-z\u00aa-\u02ff\u1d00-\u1dbf\u1e00-\u1eff\u2070-\u218f\u2460-\u24ff\u2c60-\u2c7f"
    "\ua720-\ua7ff\uab30-\uab6f\ufb00-\ufb06\uff10-\uff5a\U0001d400-\U0001d7ff]+"
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ue000-\uf8ff\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]+"
)


def strip_invisible(text: str) -> str:
    """Without control, zero-width, unpaired and private characters: nobody wrote them."""
    return _INVISIBLE.sub("", text)


def refuse_other_scripts(text: str) -> None:
    """Raise UserError at the first word in a script that is not Latin.

    A lone Greek letter is a symbol (π, Ω) and passes.
    """
    for match in _FOREIGN.finditer(text):
        word = match[0]
        names = [unicodedata.name(letter, "") for letter in word]
        if len(word) == 1 and names[0].startswith("GREEK"):
            continue
        for letter, name in zip(word, names, strict=True):
            script = name.split(" ")[0].capitalize().replace("Cjk", "Chinese")
            if unicodedata.category(letter)[0] == "L" and script not in ("Latin", "Greek", "Micro"):
                break
            if script == "Greek" and len(word) > 1:
                break
        else:
            continue
        raise UserError(
            f"this voice speaks English; it cannot read {word[:30]!r}"
            f"{f' ({script} script)' if script else ''}: translate or remove it"
        )


@lru_cache(maxsize=4096)
def clean_word(word: str, speak_emoji: bool) -> str:
    """A written word in the characters that the rules know; it may come back empty or as several.

    Args:
        word: no whitespace in it.
        speak_emoji: replace emoji by their names; otherwise they are left out.
    """
    if word.isascii():
        return word
    word = _MINUS.sub("-", word)
    word = unicodedata.normalize("NFC", word).translate(_SUBSCRIPTS)
    return "".join(_clean_character(character, speak_emoji) for character in word).strip()


def _clean_character(character: str, speak_emoji: bool) -> str:
    # A private character stands for a word whose phonemes are given.
    if character.isascii() or character in _KEPT or "\ue000" <= character <= "\uf8ff":
        return character
    if character in _MAPPED:
        return _MAPPED[character]
    kind = unicodedata.category(character)
    if kind[0] == "L":
        name = unicodedata.name(character, "")
        if name.startswith("GREEK"):
            return f" {name.split()[-1].lower()} " if "LETTER" in name else " "
        plain = unicodedata.normalize("NFKC", character)
        # Of the modifier letters those that stand for plain ones are kept: "10ᵗʰ".
        return plain if plain.isalpha() and (kind != "Lm" or plain.isascii()) else ""
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind[0] == "N":
        plain = unicodedata.normalize("NFKC", character).replace("⁄", "/")
        return f" {plain}" if "/" in plain else plain if plain.isascii() else ""
    if kind[0] == "P":
        plain = unicodedata.normalize("NFKC", character)
        if plain.isascii():
            return plain
        return _PUNCTUATION_BY_KIND.get(kind, _STOPS.get(character, ""))
    if kind[0] == "Z":
        return " "
    if kind in ("Sm", "Sc"):
        return f" {unicodedata.name(character, '').lower()} "
    if kind in ("So", "Sk") and speak_emoji and not "\U0001f3fb" <= character <= "\U0001f3ff":
        name = unicodedata.name(character, "")
        if name.startswith(_DECORATION):
            return f" {name.removeprefix(_DECORATION)} "
        return f" {name.lower()} "
    return ""


_PUNCTUATION_BY_KIND = {"Pd": "—", "Pi": '"', "Pf": '"', "Ps": "(", "Pe": ")"}
_STOPS = {"؟": "?", "。": ".", "、": ",", "،": ",", "؛": ";", "‽": "?!", "।": "."}
