"""A pronunciation lexicon: words and their phonemes, in a file that people write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smf_tts.errors import UserError
from smf_tts.text.markup import check_phonemes


def load_lexicon(path: str | Path) -> dict[str, str]:
    """Read a lexicon: a word, whitespace and its IPA phonemes on each line; "#" starts a comment.

    An entry in lower case is for the word in any case, one with capitals for that spelling only.

    Raises:
        UserError: the file cannot be read, or a line is not an entry (the line number is named).
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"lexicon {path}: not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise UserError(f"lexicon {path}: {error.strerror}") from error
    lexicon = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, *phonemes = line.split(maxsplit=1)
        where = f"lexicon {path}, line {number}"
        if not phonemes:
            raise UserError(f"{where}: {word!r} has no phonemes; write: word, a tab, its IPA")
        lexicon[word] = check_phonemes(phonemes[0].strip("[] \t"), where)
    return lexicon


def look_up(word: str, lexicon: Mapping[str, str]) -> str | None:
    """Phonemes of a word as it is spelled, else of its lower case."""
    return lexicon.get(word) or lexicon.get(word.lower())
