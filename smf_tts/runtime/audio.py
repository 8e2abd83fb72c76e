"""Audio files, written as the speech is made and whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from smf_tts.errors import UserError

Write = Callable[[NDArray[np.float32]], None]

# Suffix to libsndfile's format and encoding.
FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}


def check_output(path: Path) -> None:
    """Refuse an output that could not be written, before any work is done.

    Raises:
        UserError: an unknown suffix, no such folder, or no right to write there.
    """
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"cannot write {path.name}: use one of {', '.join(FORMATS)}")
    if not os.path.isdir(path.parent):
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")
    if os.path.isdir(path) or not os.access(path.parent, os.W_OK):
        raise UserError(f"cannot write {path}: it is a folder, or its folder is read-only")


@contextmanager
def open_audio(path: Path, sample_rate: int) -> Iterator[Write]:
    """Open an audio file of the format that its suffix says; yield a function that appends to it.

    The file appears under its name when the block ends, and not at all if it fails.

    Raises:
        UserError: it cannot be written.
    """
    check_output(path)
    container, encoding = FORMATS[path.suffix.lower()]
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    os.close(descriptor)
    try:
        with soundfile.SoundFile(
            temporary, "w", sample_rate, 1, format=container, subtype=encoding
        ) as file:
            yield file.write
        os.chmod(temporary, 0o644)  # mkstemp's own mode keeps others out
        os.replace(temporary, path)
    except soundfile.LibsndfileError as error:
        raise UserError(f"cannot write {path}: {error}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def write_pcm(samples: NDArray[np.float32]) -> None:
    """Write samples to standard output as raw signed 16-bit little-endian PCM."""
    sys.stdout.buffer.write(np.rint(samples * 32767).astype("<i2").tobytes())
    sys.stdout.buffer.flush()
