"""Passages to audio files, sentence by sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from smf_tts.errors import UserError
from smf_tts.runtime.audio import check_format, check_place, open_audio
from smf_tts.runtime.inputs import Passage
from smf_tts.runtime.synthesizer import Speech, Synthesizer


def record(
    synthesizer: Synthesizer,
    passages: Sequence[Passage],
    output: Path,
    suffix: str | None = None,
    *,
    speaker: str | None = None,
    sample_rate: int | None = None,
    floating: bool = False,
    resume: bool = False,
    **settings: Any,
) -> Iterator[Speech]:
    """Speak passages into audio files, with a progress bar if standard error is a terminal.

    Everything that can be checked is checked before the first word is said.

    Args:
        synthesizer: who speaks.
        passages: one; or several with a `suffix`.
        output: the file of the one passage, or the folder for the files of several.
        suffix: of the files in that folder.
        speaker: of all passages; each passage's own if None.
        sample_rate: of the files in Hz; the voice's by default.
        floating: 32-bit floats instead of 16-bit integers.
        resume: leave out passages whose files exist; a file exists only once it is complete.
        settings: see `Synthesizer.stream`.

    Yields:
        Every sentence, once it is written.

    Raises:
        UserError: a passage cannot be spoken (it is named), or a file not written.
    """
    voice_rate = synthesizer.voice.mel.sample_rate_hz
    jobs = []
    for passage in passages:
        path = output if suffix is None else output / f"{passage.name}{suffix}"
        check_format(path, sample_rate or voice_rate, floating)
        if resume and os.path.exists(path):
            continue
        with _named(passage):
            speaks = speaker or passage.speaker
            jobs.append((path, passage, synthesizer.stream(passage.text, speaks, **settings)))
    if suffix is not None:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"cannot make the folder {output}: {error.strerror}") from error
    for path, _, _ in jobs:
        check_place(path)
    characters = sum(len(passage.text) for _, passage, _ in jobs)
    # A written word and the space after it; what markup took is made up for at a passage's end.
    with tqdm(total=characters, unit="char", unit_scale=True, disable=None, leave=False) as bar:
        spoken = 0
        for path, passage, sentences in jobs:
            with _named(passage), open_audio(path, voice_rate, sample_rate, floating) as write:
                for sentence in sentences:
                    write(sentence.samples)
                    bar.update(sum(len(word.text) + 1 for word in sentence.words))
                    yield sentence
            spoken += len(passage.text)
            bar.update(spoken - bar.n)


@contextmanager
def _named(passage: Passage) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        if not passage.name:
            raise
        raise UserError(f"{passage.name}: {error}") from error
