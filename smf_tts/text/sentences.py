"""Long text into paragraphs, paragraphs into sentences; lazily, so that a book starts at once."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

import sentencex

# A line longer than this is read in parts: no rule then ever sees a text of megabytes.
_BLOCK_CHARACTERS = 4000
_RULE = re.compile(r"^[\s>]*(?:[-=*_~`+#|:.•]\s*){2,}$|^\s*```\s*\w*\s*$")
_OWN_LINE = re.compile(r"^\s*(?:#{1,6}\s|[-*+•‣▪]\s|\d{1,3}[.)]\s|\(?[a-z]\)\s|\|)")
# Abbreviations that never end a sentence, and the "1." of a list.
_UNFINISHED = re.compile(
    r"(?:^|\s)[\"'(]?(?:\d{1,3}|Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Capt|Lt|Col|Sgt|Rev|Hon|Mt|Ft|"
    r"approx|vs|[Ff]igs?|[Nn]os|[Vv]ols?|[Cc]h|[Pp]p?|[Ee]qs?|e\.g|i\.e|cf|ca|[Aa]pt|[Dd]ept|"
    r"temp|avg|ver|ed|op|Op|Rs|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|incl|esp|est|max|min|tel|St)\.\s*$"
)


def read_paragraphs(text: str) -> Iterator[tuple[str, bool]]:
    """Parts of the text that are read without a stop, each with whether a paragraph ends there.

    Lines of a paragraph are joined; headings, list items and table rows stand alone. A paragraph
    longer than some thousand characters comes in parts.
    """
    lines: list[str] = []
    size = 0
    for line in io.StringIO(text, newline=None):
        if not line.strip() or _RULE.match(line[:_BLOCK_CHARACTERS]):
            if lines:
                yield "".join(lines), True
            lines, size = [], 0
            continue
        heading = line.lstrip().startswith("#")
        if lines and _OWN_LINE.match(line[:200]):
            yield "".join(lines), True
            lines, size = [], 0
        lines.append(line)
        size += len(line)
        if size > _BLOCK_CHARACTERS:
            *parts, last = _blocks("".join(lines))
            for part in parts:
                yield part, False
            lines, size = [last], len(last)
        if heading:
            yield "".join(lines), True
            lines, size = [], 0
    if lines:
        yield "".join(lines), True


def _blocks(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _BLOCK_CHARACTERS:
        block = text[start : start + _BLOCK_CHARACTERS]
        opened = max(block.rfind("["), block.rfind("<"))
        if opened > max(block.rfind("]"), block.rfind(">")) and opened > len(block) - 500:
            block = block[:opened]
        cut = max(block.rfind(end) for end in (". ", "? ", "! ", ".\n", "?\n", "!\n")) + 1
        if cut < _BLOCK_CHARACTERS // 2:
            cut = max(block.rfind(" "), block.rfind("\n")) + 1
        if cut < _BLOCK_CHARACTERS // 2:
            cut = len(block)
        yield text[start : start + cut]
        start += cut
    yield text[start:]


def split_sentences(paragraph: str) -> Iterator[str]:
    """Sentences of a paragraph, by sentencex; what it parts after "approx." is joined again."""
    sentence = ""
    for part in sentencex.segment("en", " ".join(paragraph.split())):
        sentence += part
        # Without a space it is no end: "Mon.-Fri.", ".NET".
        if sentence[-1:].isspace() and not _UNFINISHED.search(sentence[-20:]):
            yield sentence.strip()
            sentence = ""
    if sentence.strip():
        yield sentence.strip()


def split_long(lengths: Sequence[int], breaks: Sequence[float], limit: int) -> Iterator[slice]:
    """Parts of a sequence of words that are each at most `limit` long, where that can be.

    Args:
        lengths: characters of each word.
        breaks: how little a break after each word is minded, 0 (after a semicolon) to 1.
        limit: characters in a part.

    Yields:
        Slices that cover the sequence in order, cut near the middle at the best break.
    """
    if lengths:
        yield from _halves(lengths, breaks, limit, 0, len(lengths))


def _halves(
    lengths: Sequence[int], breaks: Sequence[float], limit: int, start: int, stop: int
) -> Iterator[slice]:
    total = sum(lengths[start:stop])
    if total <= limit or stop - start < 2:
        yield slice(start, stop)
        return
    best, best_cost, before = start + 1, float("inf"), 0
    for i in range(start, stop - 1):
        before += lengths[i]
        cost = abs(before / total - 0.5) + 0.35 * breaks[i]
        if cost < best_cost:
            best, best_cost = i + 1, cost
    yield from _halves(lengths, breaks, limit, start, best)
    yield from _halves(lengths, breaks, limit, best, stop)
