"""Signs that no other rule has claimed."""

from __future__ import annotations

import re

from smf_tts.text.normalise.numbers import Numbers
from smf_tts.text.normalise.rules import Rules
from smf_tts.text.normalise.vocabulary import SYMBOLS

RULES = Rules(r"[^\w\s'.,;:!?\"()—–…-]|_")


@RULES.add(r"(?<=\w)\s?->\s?(?=\w)|\s[-=]+>\s")
def _arrow(match: re.Match[str], say: Numbers) -> str:
    return " to "


@RULES.add(r"<3(?!\d)")
def _heart(match: re.Match[str], say: Numbers) -> str:
    return "love"


@RULES.add(r"([^\w\s'.,;:!?\"()\[\]{}—–…\ue000-\uf8ff-]|_)\1*")
def _sign(match: re.Match[str], say: Numbers) -> str:
    """A row of one sign is a line or a censored word, and is not read."""
    return SYMBOLS.get(match[0], "")
