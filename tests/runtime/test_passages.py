"""Texts, lists and books, as they come from files and standard input."""

import io
import sys
from pathlib import Path

import pytest

from smf_tts.errors import UserError
from smf_tts.runtime.inputs import Passage, read_passages

BOOK = """\
---
A title page.

# I. Loomings: a "start"

Call me Ishmael.

## No chapter

```sh
# a comment
```
#hashtag

#  The Carpet-Bag/é  ##
I stuffed a shirt.

#
Not a heading.
"""


def read(path: Path, content: str | bytes) -> list[Passage]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_passages(None, str(path), several=True)


@pytest.mark.parametrize("name", ["book.md", "book.txt", "BOOK"])
def test_a_book_is_cut_at_its_chapters_and_nothing_is_lost(tmp_path: Path, name: str):
    chapters = read(tmp_path / name, BOOK)
    assert "".join(chapter.text for chapter in chapters) == BOOK
    assert [chapter.name for chapter in chapters] == [
        "00-front",
        "01-i-loomings-a-start",
        "02-the-carpet-bag-é",
    ]


def test_chapters_sort_by_name_and_titles_may_be_equal_or_without_letters(tmp_path: Path):
    chapters = read(tmp_path / "book.md", "\n" + "# ***\nYes.\n" * 120)
    names = [chapter.name for chapter in chapters]
    assert names == sorted(set(names))
    assert names[0] == "001"
    assert len(names) == 120


def test_a_long_title_makes_a_file_name(tmp_path: Path):
    (chapter,) = read(tmp_path / "book.md", f"# {'long ' * 100}")
    assert len(chapter.name) < 70


def test_a_list_has_ids_texts_and_speakers(tmp_path: Path):
    lines = "\ufeffid\ttext\tspeaker\r\na.1\tYes.\r\n\r\n b \t No\x0b.\tann\r\n"
    assert read(tmp_path / "list.TSV", lines) == [
        Passage("a.1", "Yes."),
        Passage("b", "No\x0b.", "ann"),
    ]


def test_a_single_text_is_kept_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert read_passages("# Yes.", None, several=False) == [Passage("", "# Yes.")]
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf# Yes.\r\n\x00")
    wanted = [Passage("", "# Yes.\r\n\x00")]
    assert read_passages(None, str(tmp_path / "a.md"), several=False) == wanted
    for several, name in ((False, ""), (True, "01-yes")):
        stdin = io.TextIOWrapper(io.BytesIO(b"# Yes."), encoding="latin-1")
        monkeypatch.setattr(sys, "stdin", stdin)
        assert read_passages(None, "-", several=several) == [Passage(name, "# Yes.")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"abc\xe9", r"a\.txt is not UTF-8 text \(byte 3\); save it as UTF-8"),
        ("a.txt", b"\xef\xbb\xbfabc\xe9", r"\(byte 6\)"),
        ("a.txt", "Yes.".encode("utf-16"), r"\(byte 0\)"),
        ("a.txt", "No chapters.", r"a\.txt has no chapters, .*: use --output"),
        ("a.tsv", "a\tYes.\n\nb No.", "line 3: expected id<TAB>text"),
        ("a.tsv", "a\tYes.\tann\tmore", "line 1: expected id<TAB>text"),
        ("a.tsv", "\tYes.", "line 1: expected"),
        ("a.tsv", "a\tYes.\nb\t", "line 2: expected"),
        ("a.tsv", "../a\tYes.", "line 1: expected .* a file name"),
        ("a.tsv", "..\tYes.", "a file name"),
        ("a.tsv", ".\tYes.", "a file name"),
        ("a.tsv", "a\\b\tYes.", "a file name"),
        ("a.tsv", "a\x00\tYes.", "a file name"),
        ("a.tsv", "a\tYes.\na\tNo.", "has the same id twice: a in line 2"),
        ("a.tsv", "id\ttext\n \n", "is empty"),
    ],
)
def test_other_files_are_refused_with_the_place(
    tmp_path: Path, name: str, content: str | bytes, message: str
):
    with pytest.raises(UserError, match=message) as error:
        read(tmp_path / name, content)
    assert "\n" not in str(error.value)


def test_bytes_of_the_command_line_that_are_no_utf_8():
    with pytest.raises(UserError, match=r"--text is not UTF-8 text \(byte 2\)"):
        read_passages("ab\udcff", None, several=False)
