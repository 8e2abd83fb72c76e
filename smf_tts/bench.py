"""How fast a voice speaks, as `smf-tts bench` prints it. Times are wall time."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import soundfile
from numpy.typing import NDArray
from tqdm import tqdm

from smf_tts.runtime.audio import open_audio
from smf_tts.runtime.engine import Engine, Floats
from smf_tts.runtime.stft import istft
from smf_tts.runtime.synthesizer import Speech, Synthesizer
from smf_tts.text import read_text

_SENTENCE = "The tide had gone out an hour before we reached the harbour."
# The passage starts with the sentence: how long its first sound takes compares with that alone.
TEXTS = {
    "short": "Not yet.",
    "sentence": _SENTENCE,
    "long sentence": "When the last of the boats had been pulled up on the stones and the nets "
    "were hung out to dry along the wall, the children came down from the village with baskets, "
    "looking for whatever the sea had left them.",
    "ten sentences": f"{_SENTENCE} Nobody was waiting. A dog slept in the shade of an old cart. "
    "We sat down on the wall and shared the bread. Far out, a ship was turning towards the north. "
    "Was it ours? It was too far away to tell. The wind had dropped, and the water lay like glass. "
    "Somebody began to sing behind the houses. We listened until it was dark.",
}
# How fast English is read, roughly: it makes texts of a given length.
_CHARACTERS_PER_MINUTE = 1100
_SYNTHESIZE = [sys.executable, "-m", "smf_tts.cli", "synthesize"]
# A process counts the memory of the one that started it: a small one must, not this one.
_REPORT_MEMORY = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class TimedEngine:
    """An engine that adds up how long another takes; see `smf_tts.runtime.engine.Engine`.

    Attributes:
        seconds: spent in the encoder, the decoder and the vocoder.
        frames: of the mel that the vocoder got last.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seconds = {"encoder": 0.0, "decoder": 0.0, "vocoder": 0.0}
        self.frames = 0

    def encode(self, tokens: NDArray[np.int64], speaker: int) -> tuple[Floats, Floats, Floats]:
        """See `Engine`."""
        with self._timed("encoder"):
            return self._engine.encode(tokens, speaker)

    def velocity(self, z: Floats, r: float, t: float, mu: Floats, speaker: Floats) -> Floats:
        """See `Engine`."""
        with self._timed("decoder"):
            return self._engine.velocity(z, r, t, mu, speaker)

    def waveform(self, log_mel: Floats) -> Floats:
        """See `Engine`."""
        self.frames = len(log_mel)
        with self._timed("vocoder"):
            return self._engine.waveform(log_mel)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[part] += time.perf_counter() - started


def measure(
    synthesizer: Synthesizer,
    arguments: Sequence[str],
    steps: Sequence[int],
    threads: int | None,
    device: str,
    repeats: int,
    minutes: Sequence[float],
) -> dict[str, Any]:
    """All that `smf-tts bench` reports; `table` prints it.

    Args:
        synthesizer: who speaks.
        arguments: which voice it is, as the command line has it.
        steps: network evaluations for a sentence.
        threads: that the synthesizer was loaded with.
        device: that it runs on.
        repeats: of each measurement.
        minutes: of speech whose peak memory is measured.

    Raises:
        UserError: a step count is below 1.
    """
    cores = os.cpu_count() or 1
    return {
        "voice": synthesizer.voice.name,
        "device": device,
        "cpu": cpu_name(),
        "cores": cores,
        "threads": threads or cores,
        "onnxruntime": onnxruntime.__version__,
        "speaking": measure_speaking(synthesizer, steps, repeats),
        "parts": {str(count): measure_parts(synthesizer, count, repeats) for count in steps},
        "cold_start_seconds": measure_cold_start(arguments, repeats),
        "memory": measure_memory(arguments, minutes),
    }


def measure_speaking(
    synthesizer: Synthesizer, steps: Sequence[int], repeats: int
) -> list[dict[str, Any]]:
    """Time every text at every step count, in turn, so that a slow moment falls on all of them.

    Returns:
        A row for each text and step count: medians over the repeats of the seconds to the first
        sound and to the last, the real-time factor and half the distance between its quartiles.
        A first repeat warms up and does not count.
    """
    runs: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for repeat in tqdm(range(repeats + 1), "speak", disable=None, leave=False):
        for name, text in TEXTS.items():
            for count in steps:
                run = _time_stream(synthesizer.stream(text, steps=count))
                if repeat:
                    runs.setdefault((name, count), []).append(run)
    rows = []
    for (name, count), values in runs.items():
        first, seconds, audio = map(statistics.median, zip(*values, strict=True))
        low, _, high = statistics.quantiles([value[1] / audio for value in values])
        rows.append(
            {
                "text": name,
                "steps": count,
                "audio_seconds": audio,
                "first_sound_seconds": first,
                "seconds": seconds,
                "real_time_factor": seconds / audio,
                "spread": (high - low) / 2,
            }
        )
    return rows


def _time_stream(parts: Iterator[Speech]) -> tuple[float, float, float]:
    """Seconds to the first sound and to the last, and seconds of audio."""
    started = time.perf_counter()
    audio = next(parts).seconds
    first = time.perf_counter() - started
    audio += sum(part.seconds for part in parts)
    return first, time.perf_counter() - started, audio


def measure_parts(synthesizer: Synthesizer, steps: int, repeats: int) -> dict[str, float]:
    """Real-time factor of each part of the way from the long sentence to a file: medians."""
    text, mel = TEXTS["long sentence"], synthesizer.voice.mel
    language = synthesizer.voice.speakers[0].language
    runs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeats + 1):
            engine = TimedEngine(synthesizer.engine)
            started = time.perf_counter()
            speech = Synthesizer(synthesizer.voice, engine).synthesize(text, steps=steps)
            total = time.perf_counter() - started
            with _stopwatch() as reading:
                list(read_text(text, language))
            spectrum = np.ones((engine.frames, mel.n_fft // 2 + 1), np.complex64)
            with _stopwatch() as inverse:
                istft(spectrum, mel.n_fft, mel.hop_length)
            with (
                _stopwatch() as writing,
                open_audio(Path(folder) / "a.wav", mel.sample_rate_hz) as write,
            ):
                write(speech.samples)
            parts = {"text": reading[0], **engine.seconds, "inverse STFT": inverse[0]}
            parts["vocoder"] -= inverse[0]  # which is a part of it
            parts |= {"noise and joins": max(0.0, total - sum(parts.values())), "file": writing[0]}
            runs.append({name: seconds / speech.seconds for name, seconds in parts.items()})
    # The first run warms up.
    return {name: statistics.median(run[name] for run in runs[1:]) for name in runs[0]}


@contextmanager
def _stopwatch() -> Iterator[list[float]]:
    """A list that gets the seconds which the block took."""
    seconds: list[float] = []
    started = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - started)


def measure_cold_start(arguments: Sequence[str], repeats: int) -> float:
    """Seconds of `smf-tts synthesize --text "Hello."` as a whole process: the median."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        command = [*_SYNTHESIZE, *arguments, "--output", f"{folder}/a.wav", "--text", "Hello."]
        for _ in tqdm(range(repeats), "start", disable=None, leave=False):
            with _stopwatch() as watch:
                subprocess.run(command, check=True)
            seconds.append(watch[0])
    return statistics.median(seconds)


def measure_memory(
    arguments: Sequence[str], minutes: Sequence[float]
) -> list[dict[str, float]] | None:
    """Peak memory of `smf-tts synthesize --file`, for texts of some minutes of speech.

    Returns:
        How long each speech became and its peak; None where the system does not tell (Windows).
    """
    if sys.platform == "win32":
        return None
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        book, wav = Path(folder) / "book.txt", Path(folder) / "book.wav"
        for length in tqdm(minutes, "memory", disable=None, leave=False):
            passage = f"{TEXTS['ten sentences']}\n\n"
            copies = max(1, round(length * _CHARACTERS_PER_MINUTE / len(passage)))
            book.write_text(passage * copies, encoding="utf-8")
            speak = [*_SYNTHESIZE, *arguments, "--output", str(wav), "--file", str(book)]
            command = [sys.executable, "-c", _REPORT_MEMORY, *speak]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            # Bytes on macOS, KiB elsewhere.
            peak = int(done.stdout) * (1 if sys.platform == "darwin" else 1024)
            audio_minutes = soundfile.info(wav).duration / 60
            rows.append({"audio_minutes": audio_minutes, "peak_mb": peak / 1e6})
    return rows


def cpu_name() -> str:
    """The processor's name, as well as the system knows it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def table(report: dict[str, Any]) -> str:
    """The report that the command prints, from what it writes as JSON."""
    lines = [
        f"{report['voice']} on {report['device']}; {report['cpu']}, {report['cores']} cores, "
        f"{report['threads']} threads",
        "",
        "| text | steps | audio s | first sound ms | real-time factor |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['text']} | {row['steps']} | {row['audio_seconds']:.2f} "
        f"| {1000 * row['first_sound_seconds']:.1f} "
        f"| {row['real_time_factor']:.4f} ± {row['spread']:.4f} |"
        for row in report["speaking"]
    ]
    steps = list(report["parts"])
    lines += [
        "",
        "| real-time factor of | "
        + " | ".join(f"{n} step{'s' * (n != '1')}" for n in steps)
        + " |",
        "|---|" + "---|" * len(steps),
    ]
    lines += [
        f"| {part} | " + " | ".join(f"{report['parts'][n][part]:.5f}" for n in steps) + " |"
        for part in report["parts"][steps[0]]
    ]
    lines += ["", f"cold start: {report['cold_start_seconds']:.2f} s"]
    lines += [
        f"peak memory of {row['audio_minutes']:.1f} minutes of speech: {row['peak_mb']:.0f} MB"
        for row in report["memory"] or ()
    ]
    return "\n".join(lines)
