"""The README's Python lines, with the embedded voice, and that voice's four speakers."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smf_tts import Synthesizer, list_voices
from smf_tts.runtime.voice import DEFAULT_VOICE, EMBEDDED

README = Path(__file__).parents[1] / "README.md"


def test_the_lines_of_python_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    samples, rate = soundfile.read("hello.wav")
    assert rate == 24_000
    assert 0.5 < len(samples) / rate < 10
    assert "Hello!" in capsys.readouterr().out


def test_the_embedded_voice_speaks_with_each_speaker():
    (config,) = (voice for voice in list_voices() if voice.name == DEFAULT_VOICE)
    assert [speaker.name for speaker in config.speakers] == ["heart", "michael", "emma", "george"]
    synthesizer = Synthesizer.from_pretrained(threads=1)
    waves = []
    for speaker in config.speakers:
        speech = synthesizer.synthesize("The birch canoe slid on the smooth planks.", speaker.name)
        # At a speed that people speak with, neither whispered nor clipped.
        assert 1.5 < speech.seconds < 6
        assert 0.01 < speech.samples.std() < 0.5
        assert (np.abs(speech.samples) >= 1).mean() < 1e-3
        waves.append(speech.samples[:20_000])
    assert all(not np.array_equal(waves[0], other) for other in waves[1:])


def test_the_embedded_voice_comes_with_its_model_card():
    assert (EMBEDDED / DEFAULT_VOICE / "MODEL_CARD.md").stat().st_size > 500
