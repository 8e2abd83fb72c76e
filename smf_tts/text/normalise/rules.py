"""What a rule of the normaliser is: a pattern of written text and what is said for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from smf_tts.text.normalise.numbers import Numbers
from smf_tts.text.normalise.vocabulary import words

Saying = Callable[[re.Match[str], Numbers], str | None]


@dataclass
class Rule:
    """A pattern and the function that says its matches, or returns None to leave one alone."""

    regex: str
    say: Saying

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when first wanted: all of them together take a tenth of a second."""
        return re.compile(self.regex)


class Rules(list[Rule]):
    """Rules in the order in which they are tried; text that one has claimed is closed to the rest.

    Args:
        trigger: sentences that do not match it hold nothing for these rules.
    """

    def __init__(self, trigger: str) -> None:
        super().__init__()
        self.trigger = re.compile(trigger)

    def add(self, *patterns: str) -> Callable[[Saying], Saying]:
        """Decorator: append the function as the rule for each pattern, in their order."""

        def register(say: Saying) -> Saying:
            self.extend(Rule(pattern, say) for pattern in patterns)
            return say

        return register


def alternatives(choices: Iterable[str]) -> str:
    """A pattern that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(choices, key=len, reverse=True))


def before(match: re.Match[str], pattern: str) -> re.Match[str] | None:
    """Match `pattern` against the end of the 40 characters that precede the match."""
    start = match.start()
    return re.search(rf"(?:{pattern})\Z", match.string[max(0, start - 40) : start])


def after(match: re.Match[str], pattern: str) -> re.Match[str] | None:
    """Match `pattern` against the text that follows the match."""
    return re.compile(pattern).match(match.string, match.end())


def is_adjective(match: re.Match[str], of_a_kind: bool = False) -> bool:
    """Whether a quantity stands before its noun ("a $5 coffee"), where its unit has no plural.

    Args:
        match: the quantity.
        of_a_kind: its unit tells kinds apart, so that no article is needed ("12 V battery").
    """
    if after(match, r"-[A-Za-z]"):
        return True
    noun = after(match, r"\s([A-Za-z]+)")
    if noun is None or noun[1] in _NOT_A_NOUN or noun[1].endswith("ly"):
        return False
    article = before(match, r"\b(?:[Aa]n?|[Aa]nother|[Tt]his|[Ee]very|[Ee]ach)\s")
    return of_a_kind or article is not None


_NOT_A_NOUN = words(
    """
    a after again ago all almost an and another any apart are as at away back because before
    behind below but by can each east every for from has have he if in into is less long more
    north now of off on or over overnight per she so south than that the they to today tomorrow
    tonight under until up was we were west when while will with wide tall high deep would
    yesterday down out above across around during later earlier since through though it its this
    these those not only most had did does do left right
    """
)
