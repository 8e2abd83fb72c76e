"""The listening test without its page: trials, the CSV, and the preference."""

import csv
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smf_tts.demo.listening import COLUMNS, LONGEST_NAME, ListeningTest, Trial, check_listener
from smf_tts.errors import UserError


@pytest.fixture
def systems(tmp_path: Path) -> dict[str, Path]:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        for i in range(8):
            soundfile.write(tmp_path / name / f"s{i}.wav", np.full(100, 0.1 * i), 24_000)
    soundfile.write(tmp_path / "x" / "only.wav", np.zeros(100), 24_000)
    return {name: tmp_path / name for name in ("x", "y")}


def test_each_listener_hears_every_shared_sentence_in_an_order_and_on_sides_of_chance(
    systems: dict[str, Path], tmp_path: Path
):
    test = ListeningTest(systems, tmp_path / "results.csv")
    rounds = [test.trials(f"listener {i}") for i in range(200)]
    for trials in rounds:
        assert sorted(trial.sentence for trial in trials) == [f"s{i}" for i in range(8)]
        assert all({trial.left, trial.right} == {"x", "y"} for trial in trials)
    # Each of eight sentences comes first 25 times of 200, give or take five deviations.
    first = Counter(trials[0].sentence for trials in rounds)
    assert all(2 < first[f"s{i}"] < 49 for i in range(8))
    left = sum(trial.left == "x" for trials in rounds for trial in trials)
    assert 700 < left < 900


def test_three_systems_make_three_pairs(systems: dict[str, Path], tmp_path: Path):
    three = {**systems, "z": systems["y"]}
    trials = ListeningTest(three, tmp_path / "results.csv").trials("a")
    pairs = Counter(frozenset((trial.left, trial.right)) for trial in trials)
    assert sorted(pairs.values()) == [8, 8, 8]


def test_choices_are_whole_lines_and_are_not_asked_for_again(
    systems: dict[str, Path], tmp_path: Path
):
    results = tmp_path / "results.csv"
    test = ListeningTest(systems, results)

    def listen(name: str) -> None:
        for trial in test.trials(name):
            test.save(name, trial, 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(listen, [f"listener {i}" for i in range(8)]))
    lines = results.read_text().splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 1 + 64
    assert all(line.count(",") == 5 for line in lines)
    # Another start of the server goes on with the same file.
    again = ListeningTest(systems, results)
    assert again.trials("listener 3") == []
    assert len(again.trials("somebody")) == 8
    assert again.preferences()[0].listeners == 8


def test_the_preference_and_its_interval(systems: dict[str, Path], tmp_path: Path):
    test = ListeningTest(systems, tmp_path / "results.csv")
    assert test.preferences() == []
    # y is better by 2, on either side, but for two sentences.
    for i in range(8):
        value = (2, 2, 2, 0, 2, 2, -1, 2)[i]
        trial = Trial(f"s{i}", "x", "y") if i % 2 else Trial(f"s{i}", "y", "x")
        test.save("a", trial, value if i % 2 else -value)
    (found,) = test.preferences()
    assert (found.first, found.second, found.sentences, found.listeners) == ("x", "y", 8, 1)
    assert found.score == pytest.approx(11 / 8)
    assert (found.for_first, found.equal, found.for_second) == (1, 1, 6)
    # Against the normal interval of the mean: its deviation is 1.11 / sqrt(8).
    assert found.low == pytest.approx(11 / 8 - 1.96 * 0.39, abs=0.2)
    assert found.high == pytest.approx(11 / 8 + 1.96 * 0.39, abs=0.2)
    with open(tmp_path / "results.preferences.csv", encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert line == {name: str(value) for name, value in asdict(found).items()}


def test_one_sentence_has_no_interval(systems: dict[str, Path], tmp_path: Path):
    test = ListeningTest(systems, tmp_path / "results.csv")
    test.save("a", Trial("s1", "x", "y"), 3)
    (found,) = test.preferences()
    assert (found.score, found.low, found.high) == (3, None, None)


def test_what_cannot_be_a_test_is_refused(systems: dict[str, Path], tmp_path: Path):
    results = tmp_path / "results.csv"
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("my notes\n")
    (tmp_path / "edited.csv").write_text(f"{','.join(COLUMNS)}\n1,a,s1,x,y,3\n2,b,s1,x,y\n")
    for wrong, file, reason in (
        ({"x": systems["x"]}, results, "two systems"),
        ({**systems, "z": tmp_path / "none"}, results, "no folder"),
        ({**systems, "z": tmp_path / "empty"}, results, "share no sentence"),
        (systems, tmp_path / "none" / "results.csv", "no folder"),
        (systems, tmp_path / "notes.txt", "not of a listening test"),
        (systems, tmp_path / "edited.csv", "line 3: the choice"),
    ):
        with pytest.raises(UserError, match=reason):
            ListeningTest(wrong, file)
    assert (tmp_path / "notes.txt").read_text() == "my notes\n"
    assert not results.exists()
    test = ListeningTest(systems, results)
    with pytest.raises(UserError, match="one of"):
        test.save("a", Trial("s1", "x", "y"), 4)
    assert not results.exists()


def test_a_damaged_sound_does_not_tell_whose_it_is(systems: dict[str, Path], tmp_path: Path):
    (systems["x"] / "s1.wav").write_bytes(b"RIFF")
    test = ListeningTest(systems, tmp_path / "results.csv")
    with pytest.raises(UserError, match="damaged") as caught:
        test.sounds(Trial("s1", "x", "y"))
    assert str(systems["x"]) not in str(caught.value)


def test_names_of_listeners():
    assert check_listener("  Ada L. 7 ") == "Ada L. 7"
    for wrong in ("", "   ", "a" * (LONGEST_NAME + 1), "=1+1", "a,b", "a\nb", "../x"):
        with pytest.raises(UserError):
            check_listener(wrong)
