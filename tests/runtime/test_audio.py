"""Audio files of every format, whole or not at all."""

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from tiny import make_sound

from smf_tts.errors import UserError
from smf_tts.runtime.audio import FORMATS, STANDARD_OUTPUT, open_audio

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
    with (
        pytest.raises(UserError, match=r"cannot write /proc/a\.wav"),
        open_audio(Path("/proc/a.wav"), 24_000),
    ):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path: Path):
    tmp_path.chmod(0o555)
    with pytest.raises(UserError, match="read-only"), open_audio(tmp_path / "a.wav", 24_000):
        pass
    tmp_path.chmod(0o755)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 48_000, 192_000])
def test_the_sample_rate_of_a_file(tmp_path: Path, rate: int):
    """In pieces or whole, it is the same sound at another rate: no gap, no click, no delay."""
    pieces = [SOUND[start : start + 777] for start in range(0, len(SOUND), 777)]
    for name, parts in (("whole", [SOUND]), ("pieces", pieces)):
        path = tmp_path / f"{name}.wav"
        with open_audio(path, 24_000, rate, floating=True) as write:
            for part in parts:
                write(part)
    whole, found_rate = soundfile.read(tmp_path / "whole.wav", dtype="float32")
    pieces, _ = soundfile.read(tmp_path / "pieces.wav", dtype="float32")
    assert found_rate == rate
    assert abs(len(whole) - len(SOUND) * rate / 24_000) <= 1
    np.testing.assert_allclose(pieces, whole, atol=1e-6)
    assert rms(whole - soxr.resample(SOUND, 24_000, rate)[: len(whole)]) < 1e-3 * rms(whole)


def test_float_samples_are_kept_exactly(tmp_path: Path):
    with open_audio(tmp_path / "a.wav", 24_000, floating=True) as write:
        write(SOUND)
    assert soundfile.info(tmp_path / "a.wav").subtype == "FLOAT"
    assert np.array_equal(soundfile.read(tmp_path / "a.wav", dtype="float32")[0], SOUND)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_samples_too_loud_are_clipped_and_do_not_wrap(tmp_path: Path, suffix: str):
    with open_audio(tmp_path / f"a{suffix}", 24_000) as write:
        write(np.float32([1.5, -1.5, 0.5]))
    read, _ = soundfile.read(tmp_path / f"a{suffix}", dtype="float32")
    np.testing.assert_allclose(read, [1, -1, 0.5], atol=1e-4)


def test_a_piece_of_minutes(tmp_path: Path):
    with open_audio(tmp_path / "a.ogg", 24_000) as write:
        write(np.zeros(120 * 24_000, np.float32))
    assert soundfile.info(tmp_path / "a.ogg").duration == pytest.approx(120)


def test_raw_samples_on_standard_output(capsysbinary: Any):
    with open_audio(STANDARD_OUTPUT, 24_000) as write:
        write(np.float32([0, 0.5, -1, 1.5, -2]))
        out = capsysbinary.readouterr().out  # at once
    assert np.frombuffer(out, "<i2").tolist() == [0, 16384, -32767, 32767, -32767]
    with open_audio(STANDARD_OUTPUT, 24_000, floating=True) as write:
        write(SOUND)
    assert np.array_equal(np.frombuffer(capsysbinary.readouterr().out, "<f4"), SOUND)


@pytest.mark.parametrize(
    ("suffix", "rate", "floating", "message"),
    [
        (".opus", 22_050, False, r"\.opus has no sample rate of 22050 Hz; choose one of 8000, "),
        (".mp3", 96_000, False, r"\.mp3 has no sample rate of 96000 Hz; choose one of 8000, "),
        (".wav", 7_999, False, "the sample rate must be 8000 to 192000 Hz, got 7999"),
        (".ogg", 192_001, False, "the sample rate must be 8000 to 192000 Hz"),
        (".flac", -1, False, "the sample rate must be"),
        (".flac", 24_000, True, r"\.flac has no float samples: use \.wav or raw output"),
        (".MP3", 24_000, True, "has no float samples"),
    ],
)
def test_what_a_format_does_not_have(
    tmp_path: Path, suffix: str, rate: int, floating: bool, message: str
):
    with (
        pytest.raises(UserError, match=message),
        open_audio(tmp_path / f"a{suffix}", 24_000, rate, floating),
    ):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_standard_output(monkeypatch: pytest.MonkeyPatch):
    with open("/dev/full", "w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        with (
            pytest.raises(UserError, match="cannot write to standard output: No space"),
            open_audio(STANDARD_OUTPUT, 24_000) as write,
        ):
            write(SOUND)
        with contextlib.suppress(OSError):
            full.close()


def test_raw_samples_are_not_for_a_terminal(monkeypatch: pytest.MonkeyPatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(UserError, match="pipe them into a player"), open_audio(Path("-"), 24_000):
        pass
