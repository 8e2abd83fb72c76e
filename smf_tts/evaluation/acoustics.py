"""Acoustic measures: distances to reference audio, and the manner of speaking without any."""

from __future__ import annotations

from importlib.metadata import version

import librosa
import numpy as np
import numpy.typing as npt
from scipy.fft import dct

from smf_tts.evaluation.inputs import SAMPLE_RATE_HZ, Samples, Utterance
from smf_tts.evaluation.metric import Scores

HOP_LENGTH = 256  # 16 ms
WINDOW_LENGTH = 1024
MEL_BANDS = 80
CEPSTRAL_ORDER = 13
# Quieter than the loudest frame by this much is a pause.
PAUSE_DB = 40

Array = npt.NDArray[np.floating]


class Acoustics:
    """F0, speaking rate and pauses; with a reference MCD, F0, voicing and duration errors."""

    label = f"librosa {version('librosa')} (pYIN, mel-cepstra of order {CEPSTRAL_ORDER}, DTW)"

    def score(self, utterance: Utterance) -> Scores:
        """Score audible audio."""
        recording, reference = utterance.recording, utterance.reference
        if recording is None or recording.silent:
            return {}
        f0_hz = pitch(recording.samples)
        scores = manner(recording.samples, f0_hz, len(utterance.sentence.text.split()))
        if reference is not None and not reference.silent:
            scores |= distances(recording.samples, reference.samples, f0_hz)
        return scores


def pitch(samples: Samples) -> Array:
    """F0 in Hz for each frame, NaN where unvoiced (pYIN, Mauch and Dixon 2014)."""
    f0_hz, _, _ = librosa.pyin(
        samples,
        fmin=60,
        fmax=500,
        sr=SAMPLE_RATE_HZ,
        frame_length=WINDOW_LENGTH,
        hop_length=HOP_LENGTH,
        resolution=0.2,
        fill_na=np.nan,
    )
    return np.asarray(f0_hz)


def mel_cepstra(samples: Samples) -> Array:
    """Mel-cepstra 1 to CEPSTRAL_ORDER of each frame [frames, CEPSTRAL_ORDER], without energy.

    Scaled so that log|H| = c_0 + sum_m c_m cos(m w), as in the definition of MCD.
    """
    mel = librosa.feature.melspectrogram(
        y=samples,
        sr=SAMPLE_RATE_HZ,
        n_fft=WINDOW_LENGTH,
        hop_length=HOP_LENGTH,
        n_mels=MEL_BANDS,
        power=1,
    )
    log_mel = np.log(np.maximum(mel, 1e-5))
    cepstra = dct(log_mel, axis=0, norm="ortho") * np.sqrt(2 / MEL_BANDS)
    return np.asarray(cepstra[1 : CEPSTRAL_ORDER + 1].T)


def distances(samples: Samples, reference: Samples, f0_hz: Array) -> Scores:
    """Distances to the reference along the warping path of least cepstral distance.

    MCD is 10 / ln 10 * sqrt(2 sum_m (c_m - c'_m)^2) in dB, averaged over the path (Kubichek 1993).
    """
    cepstra, target = mel_cepstra(samples), mel_cepstra(reference)
    _, path = librosa.sequence.dtw(cepstra.T, target.T)
    here, there = path[::-1].T
    steps_db = 10 / np.log(10) * np.sqrt(2 * ((cepstra[here] - target[there]) ** 2).sum(axis=1))
    f0, f0_target = f0_hz[here], pitch(reference)[there]
    voiced, voiced_target = np.isfinite(f0), np.isfinite(f0_target)
    scores: Scores = {
        "mcd_db": float(steps_db.mean()),
        "voicing_error": float(np.mean(voiced != voiced_target)),
        "duration_error": abs(len(samples) / len(reference) - 1),
    }
    both = voiced & voiced_target
    if both.sum() > 2:
        octaves, octaves_target = np.log2(f0[both]), np.log2(f0_target[both])
        scores["f0_error_cents"] = float(1200 * np.sqrt(np.mean((octaves - octaves_target) ** 2)))
        if octaves.std() > 0 and octaves_target.std() > 0:
            scores["f0_correlation"] = float(np.corrcoef(octaves, octaves_target)[0, 1])
    return scores


def manner(samples: Samples, f0_hz: Array, words: int) -> Scores:
    """F0 variation (semitones), words a second between first and last sound, share of pauses."""
    spans = librosa.effects.split(samples, top_db=PAUSE_DB)
    spoken = spans[-1, 1] - spans[0, 0]
    scores: Scores = {
        "words_per_second": float(words * SAMPLE_RATE_HZ / spoken),
        "silence_share": 1 - float((spans[:, 1] - spans[:, 0]).sum() / len(samples)),
    }
    voiced = f0_hz[np.isfinite(f0_hz)]
    if len(voiced) > 2:
        scores["f0_variation_semitones"] = float(12 * np.log2(voiced).std())
    return scores
