"""The three networks of a voice, behind one interface of numpy arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from smf_tts.config import MelConfig
from smf_tts.errors import UserError
from smf_tts.runtime import excitation
from smf_tts.runtime.stft import istft
from smf_tts.runtime.voice import load_voice_config

Floats = NDArray[np.float32]

_VOCODER_OUTPUTS = (2, 6)  # of a Vocos; of a source-filter vocoder


class Engine(Protocol):
    """What runs a voice's networks, one sentence at a time. L tokens, T frames, M mel bins."""

    def encode(self, tokens: NDArray[np.int64], speaker: int) -> tuple[Floats, Floats, Floats]:
        """Token ids [L] to features [L, C], log durations in frames [L], speaker vector [S]."""
        ...

    def velocity(self, z: Floats, r: float, t: float, mu: Floats, speaker: Floats) -> Floats:
        """Average velocity u(z_t, r, t | mu, speaker): z [T, M], mu [T, C] to [T, M]."""
        ...

    def waveform(self, log_mel: Floats) -> Floats:
        """Log mel [T, M] to (T - 1) * hop_length samples."""
        ...


class OnnxEngine:
    """A voice package's graphs in onnxruntime, on the CPU.

    Args:
        folder: the voice package.
        threads: of each graph; all cores by default.

    Raises:
        UserError: a file is missing, damaged or another version's, or threads is below 1.
    """

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise UserError(f"threads must be 1 or more, got {threads}")
        self._mel = load_voice_config(folder).mel
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        options.inter_op_num_threads = 1
        # Each graph has threads of its own. Waiting for more work in a loop, as they would, one
        # graph's take the cores from the next one's: two threads were slower than one.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._encoder = _session(folder / "encoder.onnx", options)
        self._decoder = _session(folder / "decoder.onnx", options)
        self._vocoder = _session(folder / "vocoder.onnx", options)
        if len(self._vocoder.get_outputs()) not in _VOCODER_OUTPUTS:
            raise UserError(
                f"{folder / 'vocoder.onnx'} is of another version's vocoder; export it again"
            )

    def encode(self, tokens: NDArray[np.int64], speaker: int) -> tuple[Floats, Floats, Floats]:
        """See `Engine`."""
        features, log_durations, vector = self._encoder.run(
            None, {"tokens": tokens[None], "speaker": np.array([speaker])}
        )
        return features[0], log_durations[0], vector[0]

    def velocity(self, z: Floats, r: float, t: float, mu: Floats, speaker: Floats) -> Floats:
        """See `Engine`."""
        inputs = {
            "z": z[None],
            "r": np.array([r], np.float32),
            "t": np.array([t], np.float32),
            "mu": mu[None],
            "speaker": speaker[None],
        }
        return self._decoder.run(None, inputs)[0][0]

    def waveform(self, log_mel: Floats) -> Floats:
        """See `Engine`."""
        outputs = self._vocoder.run(None, {"log_mel": log_mel[None]})
        return vocoder_waveform([output[0] for output in outputs], self._mel)


def vocoder_waveform(outputs: Sequence[Floats], mel: MelConfig) -> Floats:
    """What a vocoder's network gives to (T - 1) * hop_length samples.

    Args:
        outputs: real and imaginary parts of a spectrum [T, n_fft / 2 + 1] or, from a source-filter
            vocoder, what `excitation.waveform` takes.
        mel: sample rate and frames.
    """
    real, imaginary, *source = outputs
    if not source:
        return istft(real + 1j * imaginary, mel.n_fft, mel.hop_length)
    noise, pulsed_noise, f0_hz, log_gains = source
    return excitation.waveform(real, imaginary, noise, pulsed_noise, f0_hz, log_gains, mel)


def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise UserError(f"voice file {path} is missing; copy the voice package again")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime raises a kind of its own for each way in which a file can be damaged.
        raise UserError(f"voice file {path} is damaged; copy the voice package again") from error
