"""Speaker similarity: the cosine between speaker embeddings of an utterance and of the speaker.

With prompts of several speakers also whether the encoder picks the right one of them.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import librosa
import numpy as np
import numpy.typing as npt
import torch

from smf_tts.errors import UserError
from smf_tts.evaluation.inputs import (
    SAMPLE_RATE_HZ,
    Samples,
    UnreadableAudio,
    Utterance,
    read_recording,
)
from smf_tts.evaluation.metric import Scores, Unavailable

Embedding = npt.NDArray[np.float32]


class Embedder(Protocol):
    """A speaker encoder; `label` names it in every report, as cosines of two do not compare."""

    label: str

    def embed(self, samples: Samples) -> Embedding:
        """Audio at SAMPLE_RATE_HZ to a vector of length 1."""
        ...


class WavLM:
    """WavLM with an x-vector head trained for speaker verification (arXiv 2110.13900).

    Seed-TTS's own SIM comes from a WavLM-large that transformers does not carry, so these
    cosines compare among themselves and not with its tables.
    """

    def __init__(self, model: str) -> None:
        """Load from the hub, its cache, or a folder. Raises OSError or ImportError otherwise."""
        from huggingface_hub import snapshot_download
        from transformers import AutoFeatureExtractor, WavLMForXVector

        # One call to the hub, not one for each file, so that being offline shows at once.
        folder = model if Path(model).is_dir() else snapshot_download(model)
        self._features = AutoFeatureExtractor.from_pretrained(folder)
        self._model = WavLMForXVector.from_pretrained(folder).eval()
        self.label = f"WavLM-SV ({model})"

    @torch.inference_mode()
    def embed(self, samples: Samples) -> Embedding:
        """Audio at SAMPLE_RATE_HZ to a vector of length 1."""
        inputs = self._features(samples, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt")
        return _unit(self._model(**inputs).embeddings[0].numpy())


class GE2E(torch.nn.Module):
    """The speaker encoder of GE2E (arXiv 1710.10467), with the weights of Resemblyzer.

    Only the weights file of that package is read: its code needs a compiler (webrtcvad).
    A mel of 40 bands in 25 ms windows every 10 ms is cut into parts of 1.6 s that overlap by
    half; the parts' embeddings are averaged.
    """

    label = "GE2E (Resemblyzer's weights)"
    part_frames = 160
    hop_length = SAMPLE_RATE_HZ // 100

    def __init__(self) -> None:
        """Load the weights. Raises ImportError where the package is not installed."""
        super().__init__()
        package = find_spec("resemblyzer")
        if package is None or package.origin is None:
            raise ImportError("GE2E needs its weights: pip install --no-deps resemblyzer")
        self.lstm = torch.nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = torch.nn.Linear(256, 256)
        file = Path(package.origin).with_name("pretrained.pt")
        weights = torch.load(file, map_location="cpu", weights_only=True)["model_state"]
        # The checkpoint also holds the training loss's scale and offset.
        self.load_state_dict(weights, strict=False)

    @torch.inference_mode()
    def embed(self, samples: Samples) -> Embedding:
        """Audio at SAMPLE_RATE_HZ to a vector of length 1; pauses are left out."""
        spans = librosa.effects.split(samples, top_db=40)
        speech = np.concatenate([samples[start:end] for start, end in spans])
        loudness = np.sqrt(np.mean(speech**2))
        speech = speech * max(1.0, 10 ** (-30 / 20) / loudness)
        speech = np.pad(speech, (0, max(0, self.part_frames * self.hop_length - len(speech))))
        mel = librosa.feature.melspectrogram(
            y=speech,
            sr=SAMPLE_RATE_HZ,
            n_fft=SAMPLE_RATE_HZ // 40,
            hop_length=self.hop_length,
            n_mels=40,
        )
        frames = torch.from_numpy(mel.T.astype(np.float32))
        parts = frames.unfold(0, self.part_frames, self.part_frames // 2).transpose(1, 2)
        hidden = self.lstm(parts)[1][0][-1]
        embeddings = torch.nn.functional.normalize(torch.relu(self.linear(hidden)), dim=1)
        return _unit(embeddings.mean(dim=0).numpy())


class SpeakerSimilarity:
    """Cosine to the speaker's prompts where there are any, else to the reference audio."""

    def __init__(self, model: str) -> None:
        """Load a speaker encoder.

        Args:
            model: `ge2e`, or a WavLM x-vector model's hub name or folder; where that cannot be
                had GE2E stands in, and the label says so.

        Raises:
            Unavailable: no encoder at all.
        """
        self._encoder, self.label = load_encoder(model)
        self._embed_files = lru_cache(maxsize=None)(self._embed_prompts)

    def score(self, utterance: Utterance) -> Scores:
        """Score audible audio that has prompts or a reference."""
        recording, reference = utterance.recording, utterance.reference
        if recording is None or recording.silent:
            return {}
        if utterance.prompts:
            own = utterance.sentence.speaker
            voice = self._encoder.embed(recording.samples)
            cosines = {s: float(voice @ self._embed_files(p)) for s, p in utterance.prompts.items()}
            scores: Scores = {"similarity": cosines[own]}
            if len(cosines) > 1:
                scores["speaker_identified"] = int(cosines[own] == max(cosines.values()))
            return scores
        if reference is None or reference.silent:
            return {}
        target = self._encoder.embed(reference.samples)
        return {"similarity": float(self._encoder.embed(recording.samples) @ target)}

    def _embed_prompts(self, paths: tuple[Path, ...]) -> Embedding:
        embeddings = []
        for path in paths:
            try:
                recording = read_recording(path)
            except UnreadableAudio as error:
                raise UserError(f"the prompt {path} is {error}") from None
            if not recording.silent:
                embeddings.append(self._encoder.embed(recording.samples))
        if not embeddings:
            raise UserError(f"the prompts of {paths[0].parent} are silent")
        return _unit(np.mean(embeddings, axis=0))


def load_encoder(model: str) -> tuple[Embedder, str]:
    """Load a speaker encoder and name it: see SpeakerSimilarity."""
    reason = ""
    if model.lower() != "ge2e":
        try:
            encoder = WavLM(model)
            return encoder, encoder.label
        except Exception as error:  # the hub client's many errors have no common base
            # Not what it says: that may hold a number of the request, and a label must not change.
            reason = f"{model} cannot be loaded ({type(error).__name__})"
    try:
        stand_in = GE2E()
    except ImportError as error:
        raise Unavailable("; ".join(filter(None, (reason, str(error))))) from None
    return stand_in, f"{stand_in.label}; {reason}" if reason else stand_in.label


def _unit(vector: npt.NDArray[np.floating]) -> Embedding:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
