"""Pictures of mels and durations, as data that lives inside the page: no file is served."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from smf_tts.runtime.engine import Floats
from smf_tts.runtime.voice import VoiceConfig

# Decibels in a unit of the natural logarithm of a magnitude.
DECIBELS = 20 / np.log(10)
# A difference of this many decibels is drawn brightest.
LARGEST_DIFFERENCE = 10.0
# Log mels are drawn over the voice's mean and this many of its deviations to either side.
_DEVIATIONS = 2.0
# Black through violet and orange to pale yellow: even steps of lightness, for any eyes.
_COLOURS = (
    (9, 7, 30),
    (74, 18, 110),
    (160, 42, 115),
    (226, 88, 80),
    (252, 165, 96),
    (254, 243, 190),
)
_PALETTE = np.stack(
    [
        np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, len(_COLOURS)), channel)
        for channel in zip(*_COLOURS, strict=True)
    ],
    axis=1,
).astype(np.uint8)
# Of the alignment, in pixels. Names take turns in rows: some are wider than their sounds.
_FRAME_WIDTH, _MEL_HEIGHT, _BAR_HEIGHT, _ROW_HEIGHT = 4, 120, 10, 16
_NAME_ROWS = 3


def mel_picture(log_mel: Floats, voice: VoiceConfig) -> str:
    """A log mel [T, M] of the voice as a PNG in a data URI: a pixel a value, low bins below."""
    reach = _DEVIATIONS * voice.mel_deviation
    return _picture((log_mel - (voice.mel_mean - reach)) / (2 * reach))


def difference_picture(a: Floats, b: Floats) -> str:
    """Where two log mels [T, M] differ, as `mel_picture`: black where they are the same."""
    return _picture(np.abs(a - b) * DECIBELS / LARGEST_DIFFERENCE)


def _picture(levels: Floats) -> str:
    indices = (np.clip(levels, 0, 1) * 255).astype(np.uint8).T[::-1]
    image = Image.fromarray(np.ascontiguousarray(indices))
    image.putpalette(_PALETTE.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def alignment_picture(
    phonemes: Sequence[str],
    durations: NDArray[np.int64],
    log_mel: Floats,
    voice: VoiceConfig,
) -> str:
    """How long each phoneme lasts, as SVG: the mel, and under it a bar and a name for each.

    Args:
        phonemes: L symbols; a space is shown as a gap.
        durations: [L] frames of each.
        log_mel: [T, M] that they add up to.
        voice: for the mel's range and rate.
    """
    starts = np.concatenate([[0], np.cumsum(durations)]) * _FRAME_WIDTH
    width, bottom = int(starts[-1]), _MEL_HEIGHT + _BAR_HEIGHT
    height = bottom + (_NAME_ROWS + 1) * _ROW_HEIGHT
    parts = [
        f'<image href="{mel_picture(log_mel, voice)}" width="{width}" height="{_MEL_HEIGHT}" '
        'preserveAspectRatio="none"/>'
    ]
    spoken = []
    for i, (phoneme, frames) in enumerate(zip(phonemes, durations, strict=True)):
        x, wide = int(starts[i]), int(frames) * _FRAME_WIDTH
        middle, row = x + wide / 2, bottom + (i % _NAME_ROWS + 1) * _ROW_HEIGHT
        milliseconds = round(1000 * frames / voice.mel.frames_per_second)
        name = html.escape(phoneme.strip())
        spoken.append(f"{name or 'silence'} {milliseconds} ms")
        label = (
            f'<line x1="{middle}" x2="{middle}" y1="{bottom}" y2="{row - 11}"/>'
            f'<text x="{middle}" y="{row - 2}" text-anchor="middle">{name}</text>'
        )
        parts.append(
            f'<g class="{"sound" if name else "silence"}"><title>{spoken[-1]}</title>'
            f'<line class="edge" x1="{x}" x2="{x}" y1="0" y2="{_MEL_HEIGHT}"/>'
            f'<rect x="{x}" y="{_MEL_HEIGHT}" width="{wide - 1}" height="{_BAR_HEIGHT}"/>'
            f"{label if name else ''}</g>"
        )
    for half in range(1, int(2 * len(log_mel) / voice.mel.frames_per_second) + 1):
        x = round(half / 2 * voice.mel.frames_per_second * _FRAME_WIDTH)
        parts.append(
            f'<text class="time" x="{x}" y="{height - 4}" text-anchor="middle">'
            f"{half / 2:g} s</text>"
        )
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="The phonemes under the mel spectrogram: {", ".join(spoken)}">'
        f"{''.join(parts)}</svg>"
    )
