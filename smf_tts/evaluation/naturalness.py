"""Predicted mean opinion scores: UTMOS (arXiv 2204.02152) and DNSMOS (arXiv 2010.15258)."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from onnxruntime import InferenceSession, SessionOptions
from speechmos import dnsmos

from smf_tts.evaluation.inputs import SAMPLE_RATE_HZ, Utterance
from smf_tts.evaluation.metric import Scores, Unavailable, first_line

UTMOS_HUB = "tarepan/SpeechMOS:v1.2.0"
UTMOS_CHECKPOINT = "utmos22_strong_step7459_v1.pt"


class Dnsmos:
    """DNSMOS P.808, of the whole, 1 to 5."""

    label = f"DNSMOS P.808 (speechmos {version('speechmos')})"

    def __init__(self) -> None:
        """Load the model that speechmos ships."""
        self._model = _dnsmos()
        # speechmos runs both networks, and that of P.835 takes 95 % of the time.
        self._model.onnx_sess = _NoSession()

    def score(self, utterance: Utterance) -> Scores:
        """Score audible audio; shorter than 9 s is repeated, as DNSMOS's own script does."""
        scores = _predict(self._model, utterance)
        return {"dnsmos_p808": scores["p808_mos"]} if scores else {}


class DnsmosP835:
    """DNSMOS P.835: of the speech, the background and the whole, 1 to 5. Seconds an utterance."""

    label = f"DNSMOS P.835 (speechmos {version('speechmos')})"

    def __init__(self) -> None:
        """Load the model that speechmos ships."""
        self._model = _dnsmos()

    def score(self, utterance: Utterance) -> Scores:
        """As `Dnsmos.score`."""
        scores = _predict(self._model, utterance)
        return {
            f"dnsmos_{name}": scores[f"{name}_mos"] for name in ("sig", "bak", "ovrl") if scores
        }


def _dnsmos() -> dnsmos.DNSMOS:
    folder = Path(dnsmos.__file__).parent / "dnsmos_models"
    models = [str(folder / name) for name in ("sig_bak_ovr.onnx", "model_v8.onnx")]
    model = dnsmos.DNSMOS(*models)
    # One thread a model: it is utterances that run side by side.
    options = SessionOptions()
    options.intra_op_num_threads = 1
    model.onnx_sess, model.p808_onnx_sess = (InferenceSession(path, options) for path in models)
    return model


class _NoSession:
    """In the place of P.835's network: its three scores are not a number."""

    def run(self, *_: object) -> list[list[tuple[float, float, float]]]:
        return [[(math.nan, math.nan, math.nan)]]


def _predict(model: dnsmos.DNSMOS, utterance: Utterance) -> Scores:
    if utterance.recording is None or utterance.recording.silent:
        return {}
    scores = model(utterance.recording.samples, SAMPLE_RATE_HZ, False)
    return {name: float(value) for name, value in scores.items()}


class Utmos:
    """The strong learner of UTMOS22, 1 to 5, as packed by SpeechMOS."""

    def __init__(self, source: str = UTMOS_HUB) -> None:
        """Load the predictor.

        Args:
            source: a torch hub entry `owner/repository:tag`, or a local clone of that repository
                with the checkpoint `utmos22_strong_step7459_v1.pt` beside its `hubconf.py`.

        Raises:
            Unavailable: neither torch nor the checkpoint can be had.
        """
        try:
            import torch
        except ImportError:
            raise Unavailable("UTMOS needs torch: pip install 'smf-tts[eval]'") from None
        self._torch = torch
        local = Path(source).is_dir()
        if not local and not re.fullmatch(r"[\w-]+/[\w.-]+(:[\w.-]+)?", source):
            raise Unavailable(f"{source} is neither a folder nor owner/repository:tag")
        try:
            with _hub_package():
                if local:
                    self._model = torch.hub.load(
                        source, "utmos22_strong", source="local", pretrained=False
                    )
                    checkpoint = Path(source) / UTMOS_CHECKPOINT
                    self._model.load_state_dict(torch.load(checkpoint, weights_only=True))
                else:
                    self._model = torch.hub.load(
                        source, "utmos22_strong", trust_repo=True, skip_validation=True
                    )
        except Exception as error:  # network, missing file, foreign code: all mean no score
            raise Unavailable(
                f"UTMOS cannot be loaded from {source}: {first_line(error)}"
            ) from None
        self.label = f"UTMOS22 strong ({source})"

    def score(self, utterance: Utterance) -> Scores:
        """Score audible audio."""
        if utterance.recording is None or utterance.recording.silent:
            return {}
        with self._torch.inference_mode():
            samples = self._torch.from_numpy(utterance.recording.samples)[None]
            return {"utmos": float(self._model(samples, SAMPLE_RATE_HZ))}


@contextmanager
def _hub_package() -> Iterator[None]:
    """Hide PyPI's `speechmos` (DNSMOS) while the hub's unrelated `speechmos` is imported."""
    hidden = {name: m for name, m in sys.modules.items() if name.split(".")[0] == "speechmos"}
    for name in hidden:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "speechmos"]:
            del sys.modules[name]
        sys.modules.update(hidden)
