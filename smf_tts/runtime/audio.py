"""Audio out: files, written as the speech is made and whole or not at all, and raw PCM."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from smf_tts.errors import UserError
from smf_tts.files import whole_file

Write = Callable[[NDArray[np.float32]], None]

# The path that stands for raw PCM on standard output.
STANDARD_OUTPUT = Path("-")
# Suffix to libsndfile's format and encoding.
FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
_FLOAT_SUFFIXES = ("", ".wav")
_SAMPLE_RATES_HZ = {
    ".opus": (8_000, 12_000, 16_000, 24_000, 48_000),
    ".mp3": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
}
_SAMPLE_RATE_RANGE_HZ = (8_000, 192_000)
# libsndfile's Vorbis encoder keeps what it is given at once on the stack.
_BLOCK_SAMPLES = 65_536


def check_format(path: Path, sample_rate: int, floating: bool = False) -> None:
    """Refuse an output that no format fits, before any work is done.

    Args:
        path: a file, or `STANDARD_OUTPUT`.
        sample_rate: in Hz.
        floating: samples are 32-bit floats instead of 16-bit integers.

    Raises:
        UserError: an unknown suffix, or a sample rate or float samples that it does not have.
    """
    suffix = path.suffix.lower()
    if path != STANDARD_OUTPUT and suffix not in FORMATS:
        raise UserError(f"cannot write {path.name}: use one of {', '.join(FORMATS)}")
    if floating and suffix not in _FLOAT_SUFFIXES:
        raise UserError(f"{suffix} has no float samples: use .wav or raw output")
    rates = _SAMPLE_RATES_HZ.get(suffix)
    if rates and sample_rate not in rates:
        known = ", ".join(map(str, rates))
        raise UserError(f"{suffix} has no sample rate of {sample_rate} Hz; choose one of {known}")
    low, high = _SAMPLE_RATE_RANGE_HZ
    if not low <= sample_rate <= high:
        raise UserError(f"the sample rate must be {low} to {high} Hz, got {sample_rate}")


def check_place(path: Path) -> None:
    """Refuse a place where nothing can be written, before any work is done.

    Raises:
        UserError: no such folder, no right to write there, or a terminal for raw samples.
    """
    if path == STANDARD_OUTPUT:
        if sys.stdout.isatty():
            raise UserError("raw samples are not for a terminal: pipe them into a player")
    elif not path.parent.is_dir():
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")
    elif os.path.isdir(path) or not os.access(path.parent, os.W_OK):
        raise UserError(f"cannot write {path}: it is a folder, or its folder is read-only")


@contextmanager
def open_audio(
    path: Path, sample_rate: int, output_rate: int | None = None, floating: bool = False
) -> Iterator[Write]:
    """Open an output of the format that its suffix says; yield a function that appends to it.

    A file appears under its name when the block ends, and not at all if it fails. On standard
    output each piece appears at once. Pieces are resampled as one signal, so that joins stay whole.

    Args:
        path: a file, or `STANDARD_OUTPUT` for raw little-endian PCM.
        sample_rate: of the samples that are appended, in Hz.
        output_rate: of the output, in Hz; the same by default.
        floating: 32-bit floats instead of 16-bit integers.

    Raises:
        UserError: it cannot be written; see `check_format` and `check_place`.
    """
    rate = output_rate or sample_rate
    check_format(path, rate, floating)
    check_place(path)
    opened = _pcm(floating) if path == STANDARD_OUTPUT else _file(path, rate, floating)
    with opened as write:
        if rate == sample_rate:
            yield write
            return
        resampler = soxr.ResampleStream(sample_rate, rate, 1, dtype="float32")
        yield lambda samples: write(resampler.resample_chunk(samples))
        write(resampler.resample_chunk(np.zeros(0, np.float32), last=True))


@contextmanager
def _file(path: Path, sample_rate: int, floating: bool) -> Iterator[Write]:
    container, encoding = FORMATS[path.suffix.lower()]
    subtype = "FLOAT" if floating else encoding
    try:
        with (
            whole_file(path) as temporary,
            soundfile.SoundFile(temporary, "w", sample_rate, 1, subtype, format=container) as file,
        ):

            def write(samples: NDArray[np.float32]) -> None:
                for start in range(0, len(samples), _BLOCK_SAMPLES):
                    file.write(_encode(samples[start : start + _BLOCK_SAMPLES], floating))

            yield write
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    except soundfile.LibsndfileError as error:
        raise UserError(f"cannot write {path}: {error}") from error


@contextmanager
def _pcm(floating: bool) -> Iterator[Write]:
    def write(samples: NDArray[np.float32]) -> None:
        try:
            sys.stdout.buffer.write(_encode(samples, floating).tobytes())
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise  # the player was closed: no error of the user's, see the command line
        except OSError as error:
            raise UserError(f"cannot write to standard output: {error.strerror}") from error

    yield write


def _encode(samples: NDArray[np.float32], floating: bool) -> NDArray[np.generic]:
    """What every output holds; libsndfile would round to 16 bits in a way of its own."""
    clipped = np.clip(samples, -1.0, 1.0)
    return clipped.astype("<f4") if floating else np.rint(clipped * 32767).astype("<i2")
