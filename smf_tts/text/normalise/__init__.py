"""What is said for what is written: "Dr. Smith paid $5" is "Doctor Smith paid five dollars".

Rules claim the parts of a sentence that are not said as they are written, the particular before
the general; numbers become words through num2words. Claims keep their place, so that each written
word knows what is said for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from smf_tts.text.normalise.abbreviations import RULES as _ABBREVIATIONS
from smf_tts.text.normalise.arithmetic import RULES as _ARITHMETIC
from smf_tts.text.normalise.calendar import RULES as _CALENDAR
from smf_tts.text.normalise.clock import RULES as _CLOCK
from smf_tts.text.normalise.counts import RULES as _COUNTS
from smf_tts.text.normalise.identifiers import RULES as _IDENTIFIERS
from smf_tts.text.normalise.money import RULES as _MONEY
from smf_tts.text.normalise.numbers import Numbers
from smf_tts.text.normalise.symbols import RULES as _SYMBOLS
from smf_tts.text.normalise.units import RULES as _UNITS
from smf_tts.text.normalise.web import RULES as _WEB

_FILES = (
    _WEB,
    _CLOCK,
    _CALENDAR,
    _IDENTIFIERS,
    _MONEY,
    _UNITS,
    _ARITHMETIC,
    _COUNTS,
    _ABBREVIATIONS,
    _SYMBOLS,
)

Claim = tuple[int, int, str]


def find_claims(sentence: str, language: str, claimed: Sequence[Claim] = ()) -> list[Claim]:
    """Parts of a cleaned sentence that are said differently than written.

    Args:
        sentence: see `smf_tts.text.characters` for the characters that are left in it.
        language: "en-us" or "en-gb".
        claimed: claims that stand already (a lexicon's words); no rule touches them.

    Returns:
        Every claim as (start, stop, what is said), in order and without overlaps. What is outside
        of them is letters, apostrophes, hyphens and punctuation.
    """
    say = Numbers(language)
    claims = list(claimed)
    taken = bytearray(len(sentence))
    for start, stop, _ in claims:
        taken[start:stop] = b"\1" * (stop - start)
    for rules in _FILES:
        if not rules.trigger.search(sentence):
            continue
        for rule in rules:
            position = 0
            while match := rule.pattern.search(sentence, position):
                start, stop = match.span()
                position = taken.rfind(1, start, stop) + 1
                if position:  # goes on behind what is claimed already
                    continue
                position = max(stop, start + 1)
                said = rule.say(match, say) if start < stop else None
                if said is not None:
                    claims.append((start, stop, said))
                    taken[start:stop] = b"\1" * (stop - start)
    return sorted(claims)
