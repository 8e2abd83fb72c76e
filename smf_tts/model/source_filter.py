"""A source-filter vocoder: Vocos's backbone predicts filters of pulses and noise."""

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
# Of the envelope: gains a frame, that is each 2.7 ms at 24 kHz, and the bounds of their logarithms.
_GAINS = 4
_LOG_GAIN_RANGE = (-6.0, 3.0)
# How pulses are aligned with a recording: by which part of the spectrum, how far from where they
# were, each time around; in how many steps; and how much a change from frame to frame costs.
_ALIGNED_BELOW_HZ = 4000.0
_ALIGNMENT_CYCLES = (0.2, 0.1, 0.05)
_DELAYS = 31
_DELAY_CHANGE = 300.0


class SourceFilterVocoder(nn.Module):
    """Mel to filters of pulses and of noise; their spectra are inverted as in Vocos.

    Vocos (Siuzdak, arXiv 2306.00814) predicts a spectrum's magnitudes and phases. Here its head
    predicts how to change those of pulses at the pitch, and how much noise there is (see
    `smf_tts.runtime.excitation`), which takes a small part of the training. A frame's window is too
    long for a consonant's onset, so there is an envelope too, of several gains a frame.
    """

    window: Tensor
    outputs = ("real", "imaginary", "noise", "pulsed_noise", "f0_hz", "log_gains")

    def __init__(self, config: VocoderConfig, mel: MelConfig) -> None:
        super().__init__()
        self.mel = mel
        self.backbone = VocosBackbone(
            mel.n_mels, config.dim, config.intermediate_dim, config.layers
        )
        bins = mel.n_fft // 2 + 1
        self.out = nn.Linear(config.dim, 4 * bins)
        with torch.no_grad():
            # Spectra of about 1, as those of speech, from a harmonic's sum(window) / 2 and from a
            # white noise's sqrt(sum(window^2)).
            self.out.bias[:bins] -= math.log(mel.n_fft / 4)
            self.out.bias[2 * bins :] -= math.log(math.sqrt(3 / 8 * mel.n_fft))
        # Gains of 1 at first, also for one that goes on from a vocoder without them.
        self.envelope = nn.Linear(config.dim, _GAINS)
        nn.init.zeros_(self.envelope.weight)
        nn.init.zeros_(self.envelope.bias)
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
        """Log mel [B, T, M] to what `excitation.waveform` takes, named in `outputs`.

        The filter of the pulses as real and imaginary parts and the gains of both noises, each
        [B, T, n_fft / 2 + 1], the pitch [B, T] in Hz, and the envelope [B, T, 4] in nepers.
        """
        features = self.backbone(log_mel.transpose(1, 2)).float()
        with torch.autocast(log_mel.device.type, enabled=False):
            bins = self.mel.n_fft // 2 + 1
            out = self.out(features)
            # Slices, as ONNX would make a sequence of chunks.
            gain, phase = out[..., :bins].clamp(max=4).exp(), out[..., bins : 2 * bins]
            noise, pulsed = out[..., 2 * bins :].clamp(max=4).exp().split(bins, -1)
            real, imaginary = gain * phase.cos(), gain * phase.sin()
            log_gains = self.envelope(features).clamp(*_LOG_GAIN_RANGE)
            return real, imaginary, noise, pulsed, self.f0_hz(log_mel), log_gains

    def forward(self, log_mel: Tensor, recording: Tensor | None = None) -> Tensor:
        """Log mel [B, T, M] (natural logarithm, not normalised) to samples [B, (T-1) * hop].

        Args:
            log_mel: what to make audible.
            recording: [B, (T-1) * hop], if the result is to be compared with it: the pulses then
                fall where the recording's do. A mel does not say where that is, and a loss that
                sees less than a period at a time would teach the filters to smear them.
        """
        voiced, breath, gain = self._filtered(log_mel, recording)
        return gain * self._invert(voiced + breath)

    def sounds(self, log_mel: Tensor, recording: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """As `forward`, in two: the pulses' part and that of the noise, [B, (T-1) * hop] each."""
        voiced, breath, gain = self._filtered(log_mel, recording)
        return gain * self._invert(voiced), gain * self._invert(breath)

    def _filtered(self, log_mel: Tensor, recording: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Spectra [B, n_fft / 2 + 1, T] of pulses and of noise, gains [B, (T-1) * hop] of both."""
        real, imaginary, noise, pulsed, f0_hz, log_gains = self.spectrum(log_mel)
        with torch.autocast(log_mel.device.type, enabled=False):
            filters = torch.complex(real, imaginary).transpose(1, 2)
            pulses, puffs = self._source(filters, f0_hz, recording)
            white = torch.randn_like(puffs)
            breath = noise.transpose(1, 2) * self.stft(white)
            breath = breath + pulsed.transpose(1, 2) * self.stft(white * puffs)
            return filters * self.stft(pulses), breath, self._each_sample(log_gains).exp()

    def _invert(self, spectrum: Tensor) -> Tensor:
        with torch.autocast(spectrum.device.type, enabled=False):
            return torch.istft(spectrum, self.mel.n_fft, self.mel.hop_length, window=self.window)

    def _each_sample(self, log_gains: Tensor) -> Tensor:
        """As `excitation.each_sample`, with gradients: [B, T, 4] to [B, (T-1) * hop]."""
        hop = self.mel.hop_length
        weight = torch.arange(hop // _GAINS, device=log_gains.device) / (hop // _GAINS)
        points = log_gains.flatten(1)
        between = torch.lerp(points[:, :-1, None], points[:, 1:, None], weight)
        return between.flatten(1)[:, : (log_gains.shape[1] - 1) * hop]

    def stft(self, samples: Tensor) -> Tensor:
        """Samples [B, N] to complex spectra [B, n_fft / 2 + 1, N / hop + 1]."""
        n_fft, hop = self.mel.n_fft, self.mel.hop_length
        return torch.stft(
            samples, n_fft, hop, window=self.window, pad_mode="constant", return_complex=True
        )

    @torch.no_grad()
    def _source(
        self, filters: Tensor, f0_hz: Tensor, recording: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Pulses, to go through the `filters` [B, n_fft / 2 + 1, T], and the puffs with them."""
        pitch = f0_hz.cpu().numpy()
        rate, hop = self.mel.sample_rate_hz, self.mel.hop_length

        def pulses() -> Tensor:
            samples = excitation.pulses(phase, pitch, rate, hop)
            return torch.from_numpy(samples).to(f0_hz.device)

        phase = excitation.cycles(pitch, rate, hop)
        if recording is not None:
            phase += fundamental_phase(recording.cpu().numpy(), phase, self.mel.n_fft)
            # The fundamental tells where the pulses are to a tenth of a period. That is more than
            # a period of the harmonics that make a vowel clear.
            wanted = self.stft(recording)
            bins_hz = torch.arange(len(filters[0]), device=f0_hz.device) * rate / self.mel.n_fft
            used = (bins_hz > PITCH_RANGE_HZ[0]) & (bins_hz < _ALIGNED_BELOW_HZ)
            for reach in _ALIGNMENT_CYCLES:
                cross = (wanted * (filters * self.stft(pulses())).conj())[:, used]
                late = delay(cross, bins_hz[used][:, None] / f0_hz[:, None], reach)
                phase -= excitation.each_sample(late.cpu().numpy(), hop)
        return pulses(), torch.from_numpy(excitation.puffs(phase)).to(f0_hz.device)


def delay(cross: Tensor, harmonic: Tensor, reach: float) -> Tensor:
    """How much later one signal is than another, as it changes slowly over time.

    The generalised cross-correlation (Knapp and Carter 1976, with the square root of the
    magnitudes), and the path of Viterbi's algorithm through its peaks.

    Args:
        cross: [B, K, T], the spectrum of the one times the conjugate of the other's.
        harmonic: [B, K, T], the bins' frequencies in multiples of the pitch.
        reach: in cycles of the pitch, how far to look to both sides.

    Returns:
        [B, T] in cycles of the pitch.
    """
    size = cross.abs().sqrt()
    cross = cross / size.clamp(min=1e-6)
    late = torch.linspace(-reach, reach, _DELAYS, device=cross.device)
    turn = torch.polar(torch.ones_like(size), harmonic * (2 * math.pi * reach * 2 / (_DELAYS - 1)))
    turned = cross * torch.polar(torch.ones_like(size), -2 * math.pi * reach * harmonic)
    fit = []
    for _ in late:
        fit.append(turned.real.sum(1))
        turned = turned * turn
    # [T, B, D], of about 1 where the two are in phase.
    scores = torch.stack(fit, -1).transpose(0, 1) / size.sum(1).mean(1)[:, None].clamp(min=1e-6)
    penalty = _DELAY_CHANGE * (late[:, None] - late).square()
    best, origins = scores[0], []
    for score in scores[1:]:
        value, origin = (best[:, :, None] - penalty).max(1)
        best = value + score
        origins.append(origin)
    path = [best.argmax(-1, keepdim=True)]
    for origin in reversed(origins):
        path.append(origin.gather(1, path[-1]))
    return late[torch.cat(path[::-1], 1)]


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
