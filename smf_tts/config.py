"""Configuration: frozen dataclasses read strictly from YAML or JSON.

The defaults live here and nowhere else. An unknown key is an error that lists the known ones.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from smf_tts.errors import UserError

T = TypeVar("T")

# A number that YAML 1.1 takes for text, as it has no point: 1e-3.
_EXPONENT = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")


@dataclass(frozen=True)
class MelConfig:
    """Log-mel settings; the defaults are those of `vocos-mel-24khz`."""

    sample_rate_hz: int = 24_000
    n_fft: int = 1024
    hop_length: int = 256
    n_mels: int = 100

    @property
    def frames_per_second(self) -> float:
        """Mel frames in a second of audio."""
        return self.sample_rate_hz / self.hop_length


@dataclass(frozen=True)
class AcousticConfig:
    """Sizes of the text encoder, the duration predictor and the mel decoder."""

    speaker_dim: int = 128
    encoder_dim: int = 192
    encoder_layers: int = 6
    duration_layers: int = 3
    decoder_dim: int = 384
    decoder_layers: int = 7
    # Hidden width of a ConvNeXt block as a multiple of its dimension.
    expansion: int = 3
    kernel_size: int = 7
    # Neighbouring mel frames that the decoder treats as one position: half the positions for 2,
    # so twice the width for the same cost.
    patch_frames: int = 2
    # Deviation of normalised mel bins once the text is known; sets the decoder's skip connection.
    data_deviation: float = 0.5


@dataclass(frozen=True)
class VocoderConfig:
    """Sizes of a Vocos generator."""

    dim: int = 256
    intermediate_dim: int = 768
    layers: int = 8
    # Whether it filters pulses and noise instead of making the spectrum from nothing, as Vocos.
    source_filter: bool = False
    pitch_dim: int = 128  # width of the pitch predictor that this takes


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of a vocoder's discriminators; by default only those that a CPU can train."""

    rate: float = 2.0  # times the vocoder's: two time scales (Heusel et al., arXiv 1706.08500)
    magnitude_sizes: tuple[int, ...] = (1024, 512, 256, 128)
    magnitude_channels: int = 128
    local_sizes: tuple[int, ...] = (1024, 512, 256)
    local_channels: int = 16
    # Vocos's own two families, in its sizes four times as much work.
    fft_sizes: tuple[int, ...] = ()
    channels: int = 32
    periods: tuple[int, ...] = ()
    period_channels: int = 32


@dataclass(frozen=True)
class DataConfig:
    """What a training reads, and how much of it makes a batch."""

    prepared: str = ""
    batch_seconds: float = 80.0
    workers: int = 0


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW with linear warm-up and cosine decay to `final_learning_rate`."""

    steps: int = 4000
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-5
    warmup_steps: int = 300
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.98)
    clip_norm: float = 1.0
    ema_decay: float = 0.999
    accumulate_batches: int = 1


@dataclass(frozen=True)
class LoggingConfig:
    """How often a training reports, and how many checkpoints it keeps."""

    log_steps: int = 20
    sample_steps: int = 500
    checkpoint_steps: int = 250
    keep_checkpoints: int = 2


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        UserError: the file is missing, not YAML, or holds something else.
    """
    import yaml  # comes with the extra `train`; what speaks reads JSON alone

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"cannot read {path}: {reason}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} must hold names and values, as `name: value` lines")
    return values


def build(cls: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """Build dataclass `cls` from a mapping, checking names and types all the way down.

    Args:
        cls: a dataclass.
        values: names and values, nested for nested dataclasses.
        where: the name of the mapping, for messages.

    Raises:
        UserError: an unknown name, a missing one without a default, or a value of another type.
    """
    if not isinstance(values, Mapping):
        raise UserError(f"{where or cls.__name__} must be a mapping, got {values!r}")
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    arguments = {}
    for name, value in values.items():
        path = f"{where}.{name}" if where else str(name)
        if name not in fields:
            raise UserError(f"unknown setting {path!r}; known: {', '.join(sorted(fields))}")
        arguments[name] = _convert(hints[name], value, path)
    missing = [
        name
        for name, f in fields.items()
        if name not in arguments
        and f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise UserError(f"{where or cls.__name__} lacks {', '.join(missing)}")
    return cls(**arguments)


def _convert(hint: Any, value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, path)
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and isinstance(value, list | tuple):
        kinds = options[:1] * len(value) if options[-1] is Ellipsis else options
        if len(kinds) == len(value):
            return tuple(_convert(k, v, path) for k, v in zip(kinds, value, strict=True))
    elif origin is dict and isinstance(value, Mapping):
        return {key: _convert(options[1], item, f"{path}.{key}") for key, item in value.items()}
    elif origin is typing.Literal and value in options:
        return value
    elif hint is float and (
        type(value) in (int, float) or (type(value) is str and _EXPONENT.fullmatch(value))
    ):
        return float(value)
    elif type(value) is hint:
        return value
    expected = f"one of {', '.join(map(str, options))}" if origin is typing.Literal else hint
    raise UserError(f"{path} must be {getattr(expected, '__name__', expected)}, got {value!r}")
