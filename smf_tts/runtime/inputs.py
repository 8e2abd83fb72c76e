"""Texts in: a file, standard input, a list, or a book in chapters."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from smf_tts.errors import UserError

STANDARD_INPUT = "-"
_CHAPTER = re.compile(r"#[ \t]+(\S.*)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_LONGEST_TITLE = 60


@dataclass(frozen=True)
class Passage:
    """A text that becomes one audio file.

    Attributes:
        name: of that file, without its suffix.
        text: what to say.
        speaker: who says it, if the list names one.
    """

    name: str
    text: str
    speaker: str | None = None


def decode(raw: bytes, source: str) -> str:
    """UTF-8 text, without a byte order mark.

    Raises:
        UserError: other bytes; the first is named.
    """
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{source} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from error


def read_file(source: str) -> str:
    """The text of a file, or of standard input for "-".

    Raises:
        UserError: it cannot be read, or is not UTF-8.
    """
    if source == STANDARD_INPUT:
        return decode(sys.stdin.buffer.read(), "standard input")
    try:
        raw = Path(source).read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {source}: {error.strerror}") from error
    return decode(raw, source)


def read_passages(text: str | None, source: str | None, several: bool) -> list[Passage]:
    """What becomes one audio file, nameless; or several, from a list's lines or a text's chapters.

    Args:
        text: to speak, or None.
        source: the file to read instead; see `read_file`.
        several: one audio file for each line of a .tsv, or each chapter of another text.

    Raises:
        UserError: not one of text and source; the file cannot be read; a line is not
            `id<TAB>text[<TAB>speaker]`, its id no file name or there twice; no chapters.
    """
    if (text is None) == (source is None):
        raise UserError("give either --text or --file")
    if source is None:
        if several:
            raise UserError("--output-dir goes with a .tsv or a book: give one with --file")
        # Bytes of the command line that are no UTF-8 have become surrogates.
        return [Passage("", decode((text or "").encode("utf-8", "surrogatepass"), "--text"))]
    content = read_file(source)
    is_list = source.lower().endswith(".tsv")
    if not several:
        if is_list:
            raise UserError(f"{source} holds several texts: give --output-dir")
        return [Passage("", content)]
    return _parse_list(content, source) if is_list else _split_chapters(content, source)


def read_list(source: str) -> list[Passage]:
    """The lines of a list; a first line that starts `id<TAB>text` is a header.

    Raises:
        UserError: see `read_file`; a line is not `id<TAB>text[<TAB>speaker]`, its id no file name
            or there twice; there are none.
    """
    return _parse_list(read_file(source), source)


def _parse_list(text: str, source: str) -> list[Passage]:
    passages: dict[str, Passage] = {}
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        name, *columns = (column.strip() for column in line.split("\t"))
        if not name and not any(columns):
            continue
        if number == 1 and [name, *columns[:1]] == ["id", "text"]:
            continue
        is_file_name = name == Path(name).name != ".." and name.isprintable() and "\\" not in name
        if not name or not is_file_name or len(columns) not in (1, 2) or not columns[0]:
            raise UserError(
                f"{source}, line {number}: expected id<TAB>text[<TAB>speaker], the id a file name"
            )
        if name in passages:
            raise UserError(f"{source} has the same id twice: {name} in line {number} again")
        passages[name] = Passage(name, columns[0], "".join(columns[1:]) or None)
    if not passages:
        raise UserError(f"{source} is empty: expected id<TAB>text lines")
    return list(passages.values())


def _split_chapters(text: str, source: str) -> list[Passage]:
    """A Markdown text cut before each heading of level 1, outside of code."""
    front: list[str] = []
    chapters: list[tuple[str, list[str]]] = []
    fenced = False
    for line in text.splitlines(keepends=True):
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _CHAPTER.match(line)
        if heading:
            chapters.append((heading[1], []))
        (chapters[-1][1] if chapters else front).append(line)
    if not chapters:
        raise UserError(
            f"{source} has no chapters, lines that start with '# ': use --output for one file"
        )
    width = max(2, len(str(len(chapters))))
    passages = [
        Passage(f"{number:0{width}}-{_slug(title)}".rstrip("-"), "".join(lines))
        for number, (title, lines) in enumerate(chapters, 1)
    ]
    if re.search(r"\w", "".join(front)):
        passages.insert(0, Passage(f"{0:0{width}}-front", "".join(front)))
    return passages


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower())[:_LONGEST_TITLE].strip("-")
