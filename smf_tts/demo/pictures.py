"""Pictures of mels and alignments, as data that lives inside the page: no file is served."""

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
# Of the alignment, in pixels.
_FRAME_WIDTH, _ROW_HEIGHT, _MARGIN = 4, 10, 24


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
    """Which frames each phoneme has, as SVG under the mel: a staircase, wide steps are long sounds.

    Args:
        phonemes: L symbols; a space is shown as a gap.
        durations: [L] frames of each.
        log_mel: [T, M] that they add up to.
        voice: for the mel's range and rate.
    """
    starts = np.concatenate([[0], np.cumsum(durations)]) * _FRAME_WIDTH
    width, top = int(starts[-1]), voice.mel.n_mels
    height = top + _ROW_HEIGHT * len(phonemes) + _MARGIN
    parts = [
        f'<image href="{mel_picture(log_mel, voice)}" width="{width}" height="{top}" '
        'preserveAspectRatio="none"/>'
    ]
    for i, (phoneme, frames) in enumerate(zip(phonemes, durations, strict=True)):
        x, y, wide = int(starts[i]), top + _ROW_HEIGHT * i + 4, int(frames) * _FRAME_WIDTH
        milliseconds = round(1000 * frames / voice.mel.frames_per_second)
        name = html.escape(phoneme.strip() or "silence")
        kind = "sound" if phoneme.strip() else "silence"
        # The name stands on the side where there is room.
        at, anchor = (x + wide + 4, "start") if x + wide < width / 2 else (x - 4, "end")
        parts.append(
            f'<g class="{kind}"><title>{name}: {milliseconds} ms</title>'
            f'<line x1="{x}" x2="{x}" y1="{top}" y2="{y}"/>'
            f'<rect x="{x}" y="{y}" width="{wide}" height="{_ROW_HEIGHT - 2}" rx="2"/>'
            f'<text x="{at}" y="{y + 8}" text-anchor="{anchor}">{html.escape(phoneme)}</text></g>'
        )
    for tenth in range(int(10 * len(log_mel) / voice.mel.frames_per_second) + 1):
        if tenth % 5 == 0:
            x = round(tenth / 10 * voice.mel.frames_per_second * _FRAME_WIDTH)
            parts.append(f'<text class="time" x="{x}" y="{height - 6}">{tenth / 10:g} s</text>')
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="Durations of {len(phonemes)} phonemes under the mel spectrogram">'
        f"{''.join(parts)}</svg>"
    )
