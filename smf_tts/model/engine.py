"""The networks in torch, behind the interface that the synthesizer uses."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from smf_tts.errors import UserError
from smf_tts.flow import guided
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.decoder import Condition
from smf_tts.model.vocoder import AnyVocoder
from smf_tts.runtime.engine import Floats, vocoder_waveform


class TorchEngine:
    """Speaks from training checkpoints, on any device; see `smf_tts.runtime.engine.Engine`.

    Args:
        acoustic: text to mel.
        vocoder: mel to waveform.
        device: "cpu", "cuda" ...
        guidance: scale of classifier-free guidance, at two evaluations a step; 1 is none.
        instantaneous: answer u(z, r, t) with the velocity at t, which makes the synthesizer's
            steps Euler's: for a flow-matching teacher.

    Raises:
        UserError: torch has no such device here.
    """

    def __init__(
        self,
        acoustic: AcousticModel,
        vocoder: AnyVocoder,
        device: str = "cpu",
        guidance: float = 1.0,
        instantaneous: bool = False,
    ) -> None:
        try:
            self._device = torch.empty(0, device=device).device
        except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
            reason = str(error).partition("\n")[0]
            raise UserError(f"torch has no device {device!r} here: {reason}") from error
        self._encoder = acoustic.encoder.to(self._device)
        self._velocity = guided(acoustic.decoder.to(self._device), Condition.null, guidance)
        self._vocoder = vocoder.to(self._device)
        self._instantaneous = instantaneous

    def _tensor(self, values: NDArray) -> Tensor:
        return torch.from_numpy(np.asarray(values))[None].to(self._device)

    @torch.no_grad()
    def encode(self, tokens: NDArray[np.int64], speaker: int) -> tuple[Floats, Floats, Floats]:
        """See `Engine`."""
        ids = self._tensor(tokens)
        mask = torch.ones_like(ids, dtype=torch.float32).unsqueeze(-1)
        speakers = torch.tensor([speaker], device=self._device)
        features, _, log_durations, vector = self._encoder(ids, speakers, mask)
        return _numpy(features), _numpy(log_durations), _numpy(vector)

    @torch.no_grad()
    def velocity(self, z: Floats, r: float, t: float, mu: Floats, speaker: Floats) -> Floats:
        """See `Engine`."""
        state = self._tensor(z)
        start = torch.full((1,), t, device=self._device)
        end = start if self._instantaneous else torch.full((1,), r, device=self._device)
        mask = torch.ones_like(state[..., :1])
        condition = Condition(self._tensor(mu), self._tensor(speaker), mask)
        return _numpy(self._velocity(state, end, start, condition))

    @torch.no_grad()
    def waveform(self, log_mel: Floats) -> Floats:
        """See `Engine`."""
        outputs = [_numpy(x) for x in self._vocoder.spectrum(self._tensor(log_mel))]
        return vocoder_waveform(outputs, self._vocoder.mel)


def _numpy(x: Tensor) -> Floats:
    return x[0].float().cpu().numpy()
