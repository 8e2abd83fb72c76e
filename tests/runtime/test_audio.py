"""Audio files of every format, whole or not at all."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import make_sound

from smf_tts.errors import UserError
from smf_tts.runtime.audio import FORMATS, open_audio

SOUND = make_sound(1.0, 0)


@pytest.mark.parametrize("suffix", [*FORMATS, ".WAV"])
def test_every_format_holds_the_sound(tmp_path: Path, suffix: str):
    path = tmp_path / f"a{suffix}"
    with open_audio(path, 24_000) as write:
        write(SOUND[:10_000])
        write(SOUND[10_000:])
        assert not path.exists()
    read, rate = soundfile.read(path, dtype="float32")
    assert rate == 24_000
    assert len(read) == pytest.approx(len(SOUND), abs=2400)  # encoders pad
    if suffix.lower() in (".wav", ".flac"):
        np.testing.assert_allclose(read, SOUND, atol=1 / 32767)
    else:
        # An encoder may delay the sound: where the two fit best, they are much the same.
        fit = np.fft.irfft(np.fft.rfft(read, 60_000) * np.fft.rfft(SOUND, 60_000).conj())
        assert fit.max() > 0.9 * np.linalg.norm(read) * np.linalg.norm(SOUND)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_failure_leaves_what_was_there(tmp_path: Path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), open_audio(path, 24_000) as write:
        write(SOUND)
        _ = 1 / 0
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.txt", r"cannot write a\.txt: use one of \.wav, \.flac, \.ogg, \.opus, \.mp3"),
        ("a", "use one of"),
        ("nowhere/a.wav", "there is no folder .*nowhere"),
        ("folder.wav", "it is a folder"),
        (f"{'x' * 300}.wav", "cannot write"),
    ],
)
def test_an_output_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, name: str, message: str
):
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(UserError, match=message) as error, open_audio(tmp_path / name, 24_000):
        pass
    assert "\n" not in str(error.value)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.wav"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no folder that refuses everybody")
def test_a_folder_that_takes_no_files(tmp_path: Path):
    with pytest.raises(UserError, match=r"cannot write /proc/a\.wav"), open_audio(
        Path("/proc/a.wav"), 24_000
    ):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path: Path):
    tmp_path.chmod(0o555)
    with pytest.raises(UserError, match="read-only"), open_audio(tmp_path / "a.wav", 24_000):
        pass
    tmp_path.chmod(0o755)
