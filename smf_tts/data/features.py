"""One utterance to what a training reads of it: phonemes, samples and a log mel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from lhotse import Recording

from smf_tts.config import MelConfig
from smf_tts.data.corpus import Utterance
from smf_tts.data.mel import LogMel
from smf_tts.errors import UserError
from smf_tts.text.reader import read_text
from smf_tts.text.symbols import token_ids

SHORTEST_SECONDS, LONGEST_SECONDS = 0.3, 30.0
_SILENT_PEAK = 1e-4


class Rejected(Exception):
    """An utterance that cannot be trained on; the message is the reason."""


@dataclass(frozen=True)
class Features:
    """An utterance, prepared."""

    recording: Recording  # as it is on disk
    phonemes: str
    samples: npt.NDArray[np.int16]  # [N] at the mel's rate, one channel
    mel: npt.NDArray[np.float16]  # [T, M] natural logarithm
    sums: npt.NDArray[np.float64]  # [3] number, sum and sum of squares of the mel's values

    def converted(self, sample_rate_hz: int) -> bool:
        """Whether the recording had another rate, or more than one channel."""
        return self.recording.sampling_rate != sample_rate_hz or self.recording.num_channels > 1


def extract(utterance: Utterance, language: str, mel: MelConfig) -> Features:
    """Read an utterance's transcript and sound.

    Args:
        utterance: from a reader.
        language: the speaker's accent, see `smf_tts.text`.
        mel: mel settings; the sound is resampled to their rate and mixed to one channel.

    Raises:
        Rejected: it cannot be trained on.
    """
    if not utterance.text:
        raise Rejected("no transcript")
    try:
        # As a text to be spoken is read, so that a voice is asked for what it has learnt.
        phonemes = " ".join(s.phonemes for s in read_text(utterance.text, language) if s.words)
    except UserError as error:
        raise Rejected("no phonemes in the transcript") from error
    recording, samples = _load(utterance, mel.sample_rate_hz)
    if not np.isfinite(samples).all():
        raise Rejected("samples that are not numbers")
    if not np.abs(samples).max() > _SILENT_PEAK:
        raise Rejected("silence")
    with torch.no_grad():
        frames = _log_mel(mel)(torch.from_numpy(samples)).numpy()
    if len(frames) < len(token_ids(phonemes)):
        raise Rejected("more phonemes than mel frames")
    return Features(
        recording,
        phonemes,
        np.rint(samples.clip(-1, 1) * 32767).astype(np.int16),
        frames.astype(np.float16),
        np.array([frames.size, frames.sum(), np.square(frames, dtype=np.float64).sum()]),
    )


def extract_or_reject(utterance: Utterance, language: str, mel: MelConfig) -> Features | str:
    """`extract`, with the reason of a rejection as its answer: for other processes."""
    try:
        return extract(utterance, language, mel)
    except Rejected as reason:
        return str(reason)


def _load(utterance: Utterance, sample_rate_hz: int) -> tuple[Recording, npt.NDArray[np.float32]]:
    try:
        # Absolute, as the manifests that name it may be read from another folder.
        recording = Recording.from_file(utterance.audio.absolute(), recording_id=utterance.id)
        _check_length(recording.duration)  # by the header: ten minutes need not be decoded
        samples = recording.resample(sample_rate_hz).load_audio().mean(0)
    except Rejected:
        raise
    except Exception as error:
        # Lhotse and libsndfile raise many kinds; each means that the file cannot be read.
        raise Rejected(f"unreadable or empty audio: {type(error).__name__}") from error
    _check_length(len(samples) / sample_rate_hz)
    return recording, samples


def _check_length(seconds: float) -> None:
    if not seconds:
        raise Rejected("unreadable or empty audio: no samples")
    if seconds < SHORTEST_SECONDS:
        raise Rejected(f"shorter than {SHORTEST_SECONDS} seconds")
    if seconds > LONGEST_SECONDS:
        raise Rejected(f"longer than {LONGEST_SECONDS} seconds")


@lru_cache
def _log_mel(mel: MelConfig) -> LogMel:
    return LogMel(mel)
