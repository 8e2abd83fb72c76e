"""A source-filter vocoder: Vocos's backbone predicts filters, and the pitch of what they filter."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from vocos.models import VocosBackbone

from smf_tts.config import MelConfig, VocoderConfig
from smf_tts.runtime import excitation

PITCH_RANGE_HZ = (50.0, 500.0)
_TYPICAL_PITCH_HZ = 160.0


class SourceFilterVocoder(nn.Module):
    """Mel to filters of pulses and of noise; their spectra are inverted as in Vocos.

    Vocos (Siuzdak, arXiv 2306.00814) predicts a spectrum's magnitudes and phases. Here its head
    predicts how to change those of pulses at the pitch, and how much noise there is (see
    `smf_tts.runtime.excitation`), which takes a small part of the training.
    """

    window: Tensor
    outputs = ("real", "imaginary", "noise", "f0_hz")

    def __init__(self, config: VocoderConfig, mel: MelConfig) -> None:
        super().__init__()
        self.mel = mel
        self.backbone = VocosBackbone(
            mel.n_mels, config.dim, config.intermediate_dim, config.layers
        )
        bins = mel.n_fft // 2 + 1
        self.out = nn.Linear(config.dim, 3 * bins)
        with torch.no_grad():
            # Spectra of about 1, as those of speech, from a harmonic's sum(window) / 2 and from a
            # white noise's sqrt(sum(window^2)).
            self.out.bias[:bins] -= math.log(mel.n_fft / 4)
            self.out.bias[2 * bins :] -= math.log(math.sqrt(3 / 8 * mel.n_fft))
        width = config.pitch_dim
        self.pitch = nn.Sequential(
            *(
                layer
                for size in (mel.n_mels, width, width)
                for layer in (nn.Conv1d(size, width, 5, padding=2), nn.SiLU())
            ),
            nn.Conv1d(width, 1, 1),
        )
        self.register_buffer("window", torch.hann_window(mel.n_fft), persistent=False)

    def f0_hz(self, log_mel: Tensor) -> Tensor:
        """Log mel [B, T, M] to the pitch [B, T] in Hz; where nothing is voiced, any."""
        # Half precision would round the pitch to whole percents.
        with torch.autocast(log_mel.device.type, enabled=False):
            # Log mels lie between -11.5 and about 3.
            log_ratio = self.pitch((log_mel.float().transpose(1, 2) + 3) / 2.5)[:, 0]
            low, high = (math.log(hz / _TYPICAL_PITCH_HZ) for hz in PITCH_RANGE_HZ)
            return log_ratio.clamp(low, high).exp() * _TYPICAL_PITCH_HZ

    def spectrum(self, log_mel: Tensor) -> tuple[Tensor, ...]:
        """Log mel [B, T, M] to what `excitation.spectrum` takes, named in `outputs`.

        The filter of the pulses as real and imaginary parts and the gain of the noise, each
        [B, T, n_fft / 2 + 1], and the pitch [B, T] in Hz.
        """
        features = self.backbone(log_mel.transpose(1, 2)).float()
        with torch.autocast(log_mel.device.type, enabled=False):
            bins = self.mel.n_fft // 2 + 1
            out = self.out(features)
            # Slices, as ONNX would make a sequence of chunks.
            gain, phase = out[..., :bins].clamp(max=4).exp(), out[..., bins : 2 * bins]
            noise = out[..., 2 * bins :].clamp(max=4).exp()
            return gain * phase.cos(), gain * phase.sin(), noise, self.f0_hz(log_mel)

    def forward(self, log_mel: Tensor, recording: Tensor | None = None) -> Tensor:
        """Log mel [B, T, M] (natural logarithm, not normalised) to samples [B, (T-1) * hop].

        Args:
            log_mel: what to make audible.
            recording: [B, (T-1) * hop], if the result is to be compared with it: the pulses then
                fall where the recording's do. A mel does not say where that is, and a loss that
                sees less than a period at a time would teach the filters to smear them.
        """
        voiced, breath = self.sounds(log_mel, recording)
        return self.invert(voiced + breath)

    def sounds(self, log_mel: Tensor, recording: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The complex spectra [B, n_fft / 2 + 1, T] of filtered pulses and of filtered noise."""
        real, imaginary, noise, f0_hz = self.spectrum(log_mel)
        source = self._pulses(f0_hz, recording)
        with torch.autocast(log_mel.device.type, enabled=False):
            voiced = torch.complex(real, imaginary).transpose(1, 2) * self.stft(source)
            return voiced, noise.transpose(1, 2) * self.stft(torch.randn_like(source))

    def invert(self, spectrum: Tensor) -> Tensor:
        """Complex spectra [B, n_fft / 2 + 1, T] to samples [B, (T-1) * hop]."""
        with torch.autocast(spectrum.device.type, enabled=False):
            return torch.istft(spectrum, self.mel.n_fft, self.mel.hop_length, window=self.window)

    def stft(self, samples: Tensor) -> Tensor:
        """Samples [B, N] to complex spectra [B, n_fft / 2 + 1, N / hop + 1]."""
        n_fft, hop = self.mel.n_fft, self.mel.hop_length
        return torch.stft(
            samples, n_fft, hop, window=self.window, pad_mode="constant", return_complex=True
        )

    @torch.no_grad()
    def _pulses(self, f0_hz: Tensor, recording: Tensor | None) -> Tensor:
        rate, hop = self.mel.sample_rate_hz, self.mel.hop_length
        pitch = f0_hz.cpu().numpy()
        phase = excitation.cycles(pitch, rate, hop)
        if recording is not None:
            phase += fundamental_phase(recording.cpu().numpy(), phase, self.mel.n_fft)
        return torch.from_numpy(excitation.pulses(phase, pitch, rate, hop)).to(f0_hz.device)


def fundamental_phase(
    samples: NDArray[np.float32], phase: NDArray[np.float64], width: int
) -> NDArray[np.float64]:
    """How far the fundamental of `samples` is ahead of `phase`, over time.

    Turned back by `phase`, a fundamental near that pitch stands still, and a Hann window passes it
    alone.

    Args:
        samples: [..., N].
        phase: [..., N] in cycles.
        width: of the window in samples, two periods or more.

    Returns:
        [..., N] in cycles, from -1/2 to 1/2.
    """
    size = samples.shape[-1] + width
    turned = np.fft.fft(samples * np.exp(-2j * np.pi * phase), size)
    smooth = np.fft.ifft(turned * np.fft.fft(np.hanning(width + 1), size))
    return np.angle(smooth[..., width // 2 :][..., : samples.shape[-1]]) / (2 * np.pi)
