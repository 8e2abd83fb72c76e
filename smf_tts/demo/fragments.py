"""The pieces of HTML that the demo's pages are made of; every text in them is escaped."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smf_tts.demo.pictures import mel_picture
from smf_tts.runtime.engine import Floats
from smf_tts.runtime.synthesizer import Speech
from smf_tts.runtime.voice import VoiceConfig


def sound(samples: NDArray[np.floating], sample_rate: int, take: str) -> str:
    """Samples in [-1, 1] for a `<speech-player>`, which joins all those of the same take."""
    pcm = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return (
        f'<data class="sound" hidden data-take="{take}" data-rate="{sample_rate}" '
        f'data-pcm="{base64.b64encode(pcm).decode()}"></data>'
    )


def sentence(speech: Speech, log_mel: Floats | None, voice: VoiceConfig, take: str) -> str:
    """A sentence for a `<speech-player>`: its sound, its mel, its words with their times.

    Args:
        speech: the sentence and the pause after it.
        log_mel: [T, M] of it; None for a pause alone.
        voice: that spoke.
        take: which speech the sentence is a part of.
    """
    text = " ".join(word.text for word in speech.words)
    words = " ".join(
        f'<span data-start="{word.start:.3f}" data-end="{word.end:.3f}">'
        f"{html.escape(word.text)}</span>"
        for word in speech.words
    )
    frames = round(speech.seconds * voice.mel.frames_per_second)
    silence = np.full((frames, voice.mel.n_mels), -np.inf, np.float32)
    if log_mel is not None:
        # The pause belongs to the picture, so that it keeps the waveform's time.
        silence[: len(log_mel)] = log_mel[:frames]
    picture = (
        f'<img slot="mel" style="flex-grow:{frames}" src="{mel_picture(silence, voice)}" '
        f'alt="Mel spectrogram of “{html.escape(text)}”">'
        if frames
        else ""
    )
    return (
        sound(speech.samples, speech.sample_rate, take)
        + picture
        + f'<span slot="words">{words} </span>'
    )


def player(content: str = "", label: str = "", autoplay: bool = False) -> str:
    """A `<speech-player>` around sounds or sentences; `label` names it for a screen reader."""
    return (
        f'<speech-player label="{html.escape(label)}"{" autoplay" if autoplay else ""}>'
        f"{content}</speech-player>"
    )


def figures(evaluations: int, seconds: float, spent: float) -> str:
    """The line of figures: NFE, seconds of audio, seconds spent, real-time factor."""
    factor = spent / seconds if seconds else 0.0
    cells = (
        (f"{evaluations}", "NFE"),
        (f"{seconds:.2f} s", "of audio"),
        (f"{spent:.2f} s", "spent"),
        (f"{factor:.3f}", "real-time factor"),
    )
    return (
        '<p class="figures">'
        + "".join(f"<span><b>{value}</b> {name}</span>" for value, name in cells)
        + "</p>"
    )


def problem(message: str) -> str:
    """What went wrong and what to do, read out at once by a screen reader."""
    message = message[:1].upper() + message[1:]
    return f'<p class="problem" role="alert">{html.escape(message)}</p>'


def escape(text: str) -> str:
    """A text as HTML."""
    return html.escape(text)


def picture(source: str, alt: str, caption: str) -> str:
    """A picture with a caption; `caption` is HTML."""
    return (
        f'<figure><img src="{source}" alt="{html.escape(alt)}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
