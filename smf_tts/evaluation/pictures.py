"""Pictures and players that live inside the report, as data URIs or inline SVG."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soundfile
import soxr
from matplotlib import colormaps
from matplotlib.figure import Figure
from PIL import Image

PLAYER_RATE_HZ = 24_000
Figures = Mapping[str, Mapping[str, Any]]


def player(path: Path) -> str:
    """An audio file as MP3, 24 kHz mono, in a data URI."""
    samples = _read(path)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, PLAYER_RATE_HZ, format="MP3")
    return _data_uri("audio/mpeg", buffer)


def mel_picture(path: Path) -> str:
    """The log-mel spectrogram of an audio file as PNG in a data URI; a column is 10 ms."""
    mel = librosa.feature.melspectrogram(
        y=_read(path), sr=PLAYER_RATE_HZ, n_fft=1024, hop_length=PLAYER_RATE_HZ // 100, n_mels=80
    )
    level = 1 + librosa.power_to_db(mel, ref=np.max, top_db=80)[::-1] / 80
    buffer = io.BytesIO()
    Image.fromarray(colormaps["magma"](level, bytes=True)).convert("RGB").save(buffer, "PNG")
    return _data_uri("image/png", buffer)


def plot(systems: Figures, x: str, x_title: str, measures: Sequence[tuple[str, str]]) -> str:
    """Plot measures of the systems against `x` as inline SVG, a panel each, with 95 % bars.

    Systems with step counts are joined in their order; those without `x` are drawn as levels.

    Args:
        systems: the summary's systems.
        x: `steps`, or the name of a measure.
        x_title: label of the axis.
        measures: names and titles of what is plotted.
    """
    figure = Figure(figsize=(4 * len(measures), 3), layout="constrained")
    panels = figure.subplots(1, len(measures), squeeze=False)[0]
    for panel, (name, title) in zip(panels, measures, strict=True):
        line, ticks = [], set()
        for i, (system, figures) in enumerate(systems.items()):
            y = figures["measures"].get(name)
            if y is None:
                continue
            at = figures["steps"] if x == "steps" else _value(figures, x)
            if at is None:
                panel.axhline(y["value"], color=f"C{i}", linestyle="--", label=system)
                continue
            value, low, high = (y.get(key, y["value"]) for key in ("value", "low", "high"))
            bars = [[max(0, value - low)], [max(0, high - value)]]
            panel.errorbar([at], [value], bars, fmt="o", color=f"C{i}", label=system, capsize=3)
            ticks.add(at)
            if figures["steps"]:
                line.append((at, value))
        if line:
            panel.plot(*zip(*line, strict=True), color="0.7", zorder=0)
        panel.set(xlabel=x_title, ylabel=title, xscale="log")
        panel.set_xticks(sorted(ticks), [f"{tick:.2g}" for tick in sorted(ticks)])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()[buffer.getvalue().index("<svg") :]


def _value(figures: Mapping[str, Any], name: str) -> float | None:
    figure = figures["measures"].get(name)
    return None if figure is None else figure["value"]


def _read(path: Path) -> np.ndarray:
    channels, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(channels.mean(axis=1), rate_hz, PLAYER_RATE_HZ))


def _data_uri(kind: str, buffer: io.BytesIO) -> str:
    return f"data:{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
