"""Predicted mean opinion scores: UTMOS (arXiv 2204.02152) and DNSMOS (arXiv 2010.15258)."""

from __future__ import annotations

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
    """DNSMOS P.808 (overall) and P.835 (speech, background, overall), 1 to 5."""

    label = f"DNSMOS P.808 and P.835 (speechmos {version('speechmos')})"

    def __init__(self) -> None:
        """Load the models that speechmos ships."""
        folder = Path(dnsmos.__file__).parent / "dnsmos_models"
        models = [str(folder / name) for name in ("sig_bak_ovr.onnx", "model_v8.onnx")]
        self._model = dnsmos.DNSMOS(*models)
        # One thread a model: it is utterances that run side by side.
        options = SessionOptions()
        options.intra_op_num_threads = 1
        self._model.onnx_sess, self._model.p808_onnx_sess = (
            InferenceSession(model, options) for model in models
        )

    def score(self, utterance: Utterance) -> Scores:
        """Score audible audio; shorter than 9 s is repeated, as DNSMOS's own script does."""
        if utterance.recording is None or utterance.recording.silent:
            return {}
        scores = self._model(utterance.recording.samples, SAMPLE_RATE_HZ, False)
        return {
            "dnsmos_p808": float(scores["p808_mos"]),
            "dnsmos_sig": float(scores["sig_mos"]),
            "dnsmos_bak": float(scores["bak_mos"]),
            "dnsmos_ovrl": float(scores["ovrl_mos"]),
        }


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
