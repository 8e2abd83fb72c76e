import numpy as np
import pytest
import soundfile

from smf_tts.errors import UserError
from smf_tts.evaluation.inputs import (
    SAMPLE_RATE_HZ,
    Sentence,
    UnreadableAudio,
    find_audio,
    find_prompts,
    read_list,
    read_recording,
)


def tone(rate_hz, seconds=0.5, peak=0.5):
    return peak * np.sin(2 * np.pi * 220 * np.arange(int(rate_hz * seconds)) / rate_hz)


def test_list_with_header_speaker_and_blank_lines(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_text("id\ttext\tspeaker\na\tHello.\theart\n\nb\tGo!\n", encoding="utf-8")
    assert read_list(path) == [Sentence("a", "Hello.", "heart"), Sentence("b", "Go!")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty: expected id<TAB>text"),
        ("id\ttext\n", "is empty: expected id<TAB>text"),
        ("a\tOne.\na\tTwo.\n", "the same id twice: a in line 2 again"),
        ("a One.\n", "line 1: expected id<TAB>text"),
        ("a\t \n", "line 1: expected id<TAB>text"),
        ("../a\tOne.\n", "the id a file name"),
    ],
)
def test_bad_lists_are_refused_with_their_line(tmp_path, content, reason):
    path = tmp_path / "list.tsv"
    path.write_text(content)
    with pytest.raises(UserError, match=reason):
        read_list(path)


def test_missing_list(tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        read_list(tmp_path / "nowhere.tsv")


def test_any_rate_and_channels_become_the_same_mono(tmp_path):
    soundfile.write(tmp_path / "mono.wav", tone(SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
    stereo = np.stack([tone(44_100), tone(44_100)], axis=1)
    soundfile.write(tmp_path / "stereo.flac", stereo, 44_100)
    mono = read_recording(tmp_path / "mono.wav")
    mixed = read_recording(tmp_path / "stereo.flac")
    assert mixed.notes == ("2 channels mixed to one",)
    assert mixed.seconds == pytest.approx(mono.seconds, abs=1e-3)
    middle = slice(1000, 7000)  # the resampler's edges aside
    assert np.abs(mixed.samples[middle] - mono.samples[middle]).max() < 2e-3


def test_silent_and_clipped_files_are_noted(tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), SAMPLE_RATE_HZ)
    soundfile.write(tmp_path / "loud.wav", tone(SAMPLE_RATE_HZ, peak=3.0), SAMPLE_RATE_HZ)
    silent, loud = read_recording(tmp_path / "silent.wav"), read_recording(tmp_path / "loud.wav")
    assert silent.silent and silent.notes == ("silent",)
    assert not loud.silent and loud.notes[0].startswith("clipped")


@pytest.mark.parametrize("kind", ["text", "empty", "nan"])
def test_unreadable_audio(tmp_path, kind):
    path = tmp_path / "a.wav"
    if kind == "text":
        path.write_text("not audio")
    else:
        samples = np.full(100, np.nan) if kind == "nan" else np.zeros(0)
        soundfile.write(path, samples, SAMPLE_RATE_HZ, subtype="FLOAT")
    with pytest.raises(UnreadableAudio, match="unreadable"):
        read_recording(path)


def test_audio_is_found_below_a_folder_and_never_ambiguous(tmp_path):
    deep = tmp_path / "heart" / "chapter" / "b.opus"
    deep.parent.mkdir(parents=True)
    deep.touch()
    assert find_audio(tmp_path, {"a", "b"}) == {"b": deep}
    with pytest.raises(UserError, match="not a folder"):
        find_audio(tmp_path / "none", {"a"})
    with pytest.raises(UserError, match=r"no audio named after the list, such as a\.wav"):
        find_audio(tmp_path, {"a"})
    (tmp_path / "a.wav").touch()
    (tmp_path / "a.mp3").touch()
    with pytest.raises(UserError, match="two files for a"):
        find_audio(tmp_path, {"a"})


def test_prompts_are_a_file_or_a_folder_for_each_speaker(tmp_path):
    (tmp_path / "heart.wav").touch()
    (tmp_path / "emma").mkdir()
    (tmp_path / "emma" / "1.flac").touch()
    found = find_prompts(tmp_path, {"heart", "emma"})
    assert [path.name for path in found["heart"] + found["emma"]] == ["heart.wav", "1.flac"]
    with pytest.raises(UserError, match=r"no george\.wav"):
        find_prompts(tmp_path, {"george"})
    with pytest.raises(UserError, match="third column"):
        find_prompts(tmp_path, {""})
