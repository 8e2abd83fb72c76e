"""Voice packages: a folder with voice.json, three ONNX graphs, weights and a model card."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from smf_tts.config import MelConfig, build
from smf_tts.errors import UserError
from smf_tts.text.symbols import SYMBOLS

EMBEDDED = Path(__file__).parent.parent / "voices"
DEFAULT_VOICE = "kokoro-mini"


@dataclass(frozen=True)
class Speaker:
    """A speaker of a voice: the name a user types, and the accent espeak-ng reads with."""

    name: str
    language: str = "en-us"


@dataclass(frozen=True)
class VoiceConfig:
    """voice.json: what a synthesizer must know besides the graphs.

    `edge_silence_seconds` is the silence that the voice's training clips, and so its sentences,
    have at both ends: kept as it is at the ends of a speech, part of the pause within it.
    """

    name: str
    description: str
    mel: MelConfig
    mel_mean: float
    mel_deviation: float
    patch_frames: int
    symbols: tuple[str, ...]
    speakers: tuple[Speaker, ...]
    steps: int = 1
    temperature: float = 1.0
    edge_silence_seconds: float = 0.08

    def speaker_id(self, name: str | None) -> int:
        """Index of a speaker, the first one for None.

        Raises:
            UserError: the voice has no such speaker.
        """
        names = [speaker.name for speaker in self.speakers]
        if name is None:
            return 0
        if name not in names:
            others = f" and {len(names) - 8} others" if len(names) > 8 else ""
            raise UserError(
                f"voice {self.name} has no speaker {name!r}; it has "
                f"{', '.join(names[:8])}{others}. "
                "A speaker that a voice was not trained on cannot be imitated"
            )
        return names.index(name)


def list_voices() -> list[VoiceConfig]:
    """The voices that come with the package."""
    return [load_voice_config(path.parent) for path in sorted(EMBEDDED.glob("*/voice.json"))]


def find_voice(name_or_path: str | Path | None) -> Path:
    """The folder of an embedded voice by name, or of any voice package by path.

    Raises:
        UserError: neither exists.
    """
    if name_or_path is None:
        return EMBEDDED / DEFAULT_VOICE
    for folder in (EMBEDDED / str(name_or_path), Path(name_or_path)):
        if os.path.isfile(folder / "voice.json"):
            return folder
    names = ", ".join(voice.name for voice in list_voices())
    raise UserError(
        f"no voice {str(name_or_path)!r}; known: {names}, or a path to a folder with a voice.json"
    )


def load_voice_config(folder: Path) -> VoiceConfig:
    """Read and check voice.json.

    Raises:
        UserError: it is missing, damaged, or of another version's symbols.
    """
    path = folder / "voice.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"voice file {path} cannot be read: {error}") from error
    config = build(VoiceConfig, values, str(path))
    if config.symbols != SYMBOLS:
        raise UserError(f"{path} was made for other symbols than this version's; export it again")
    return config
