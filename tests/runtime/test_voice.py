"""Voice packages on disk: found by name or path, and refused with a reason."""

import json
import shutil
from pathlib import Path

import onnx
import pytest

from smf_tts import Synthesizer, list_voices
from smf_tts.errors import UserError
from smf_tts.runtime import voice as voice_module
from smf_tts.runtime.voice import find_voice, load_voice_config


@pytest.fixture
def copy(voice: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(voice, tmp_path / "copy"))


@pytest.fixture
def embedded(voice: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the test's voice in place of the package's own voices."""
    monkeypatch.setattr(voice_module, "EMBEDDED", voice.parent)
    return voice.parent


def test_a_voice_by_path_and_by_name(voice: Path, embedded: Path):
    assert find_voice(voice) == find_voice(str(voice)) == find_voice("tiny") == voice
    assert [v.name for v in list_voices()] == ["tiny"]


def test_an_unknown_voice_lists_the_known_ones(embedded: Path):
    for name in ("tina", "no/such/folder", str(embedded)):
        with pytest.raises(UserError, match=r"no voice '.*'; known: tiny, or a path"):
            find_voice(name)


@pytest.mark.parametrize(
    "file", ["encoder.onnx", "decoder.onnx", "vocoder.onnx", "model.safetensors", "voice.json"]
)
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage"])
def test_a_missing_or_damaged_file_is_one_clear_line(copy: Path, file: str, damage: str):
    path = copy / file
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes({"empty": b"", "cut": content[:60], "garbage": b"?" * 999}[damage])
    with pytest.raises(UserError) as error:
        Synthesizer.from_pretrained(copy, threads=1)
    assert str(copy) in str(error.value)
    assert "\n" not in str(error.value)


def test_another_versions_vocoder_is_named(copy: Path):
    path = copy / "vocoder.onnx"
    graph = onnx.load(path, load_external_data=False)
    del graph.graph.output[1:]
    onnx.save(graph, path)
    with pytest.raises(UserError, match=r"vocoder.onnx is of another version's vocoder; export"):
        Synthesizer.from_pretrained(copy, threads=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"symbols": ["a", "b"]}, "other symbols than this version's; export it again"),
        ({"mel": {"hop_length": "256"}}, "mel.hop_length must be int"),
        ({"colour": "red"}, "'.*colour'; known: description, "),
        ({"speakers": [{"nom": "ann"}]}, "known: language, name"),
    ],
)
def test_a_voice_json_of_another_form_is_refused(copy: Path, change: dict, message: str):
    path = copy / "voice.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=message):
        load_voice_config(copy)


def test_a_speaker_is_found_by_name_and_an_unknown_one_lists_all(voice: Path):
    config = load_voice_config(voice)
    assert [config.speaker_id(name) for name in (None, "ann", "bob", "303")] == [0, 0, 1, 2]
    with pytest.raises(UserError, match=r"no speaker 'Ann'; it has ann, bob, 303\."):
        config.speaker_id("Ann")
