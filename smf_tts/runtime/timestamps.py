"""Word times on disk: captions for players (SubRip, WebVTT), or every word (JSON)."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from smf_tts.errors import UserError
from smf_tts.files import write_whole
from smf_tts.runtime.audio import check_place
from smf_tts.runtime.synthesizer import TimedWord
from smf_tts.text.sentences import split_long
from smf_tts.text.symbols import PUNCTUATION

Sentences = Sequence[Sequence[TimedWord]]

# Characters; a line and a half of a film's subtitles.
_LONGEST_CAPTION = 60


def check_timestamps(path: Path) -> None:
    """Refuse a file of timestamps that could not be written, before any work is done.

    Raises:
        UserError: an unknown suffix, no such folder, or no right to write there.
    """
    if path.suffix.lower() not in _WRITERS:
        raise UserError(f"cannot write timestamps {path.name}: use one of {', '.join(_WRITERS)}")
    check_place(path)


def write_timestamps(path: Path, sentences: Sentences) -> None:
    """Write word times whole, in the format that the suffix says.

    Args:
        path: .srt or .vtt for captions of a line; .json for a list of {"text", "start", "end"},
            in seconds.
        sentences: the words of each sentence; a caption never reaches over its end.

    Raises:
        UserError: it cannot be written.
    """
    check_timestamps(path)
    try:
        write_whole(path, _WRITERS[path.suffix.lower()](sentences).encode("utf-8"))
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error


def captions(sentences: Sentences) -> Iterator[TimedWord]:
    """Sentences in pieces that fit on a line, cut at phrases where that can be, each timed."""
    for words in sentences:
        lengths = [len(word.text) + 1 for word in words]
        breaks = [0.0 if word.text[-1] in PUNCTUATION else 1.0 for word in words]
        for piece in split_long(lengths, breaks, _LONGEST_CAPTION):
            yield _joined(words[piece])


def _joined(words: Sequence[TimedWord]) -> TimedWord:
    return TimedWord(" ".join(word.text for word in words), words[0].start, words[-1].end)


def _srt(sentences: Sentences) -> str:
    return "".join(
        f"{number}\n{_clock(caption.start, ',')} --> {_clock(caption.end, ',')}\n{caption.text}\n\n"
        for number, caption in enumerate(captions(sentences), 1)
    )


def _vtt(sentences: Sentences) -> str:
    return "WEBVTT\n\n" + "".join(
        f"{_clock(caption.start, '.')} --> {_clock(caption.end, '.')}\n"
        f"{html.escape(caption.text, quote=False)}\n\n"
        for caption in captions(sentences)
    )


def _json(sentences: Sentences) -> str:
    words = [
        {"text": word.text, "start": round(word.start, 3), "end": round(word.end, 3)}
        for words in sentences
        for word in words
    ]
    return json.dumps(words, ensure_ascii=False, indent=1) + "\n"


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


_WRITERS: dict[str, Callable[[Sentences], str]] = {".srt": _srt, ".vtt": _vtt, ".json": _json}
