"""What a command says of input that it cannot use."""

from pathlib import Path

import pytest

from smf_tts.errors import UserError, one_line_errors


def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"), one_line_errors("program"):
        raise UserError("do it otherwise")
    assert capsys.readouterr() == ("", "program: do it otherwise\n")


def test_a_file_that_is_missing_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="2"), one_line_errors("program"):
        (tmp_path / "nothing").read_text()
    _, said = capsys.readouterr()
    assert said.count("\n") == 1 and str(tmp_path / "nothing") in said


def test_a_fault_of_the_program_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), one_line_errors("program"):
        print(1 / 0)
