"""Strict configuration: what is wrong is named, with what would be right."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from smf_tts.config import build, read_yaml
from smf_tts.errors import UserError


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    sizes: tuple[int, ...] = (1, 2)
    pair: tuple[float, float] = (0.9, 0.98)


@dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["a", "b"] = "a"
    count: int = 3
    inner: Inner = field(default_factory=Inner)
    hours: dict[str, float] = field(default_factory=dict)


def test_nested_values_are_built_and_the_rest_keeps_its_default():
    values = {
        "name": "x",
        "kind": "b",
        "inner": {"sizes": [3, 4, 5], "pair": [0, 1]},
        "hours": {"dev": 2},
    }
    built = build(Outer, values)
    assert built == Outer("x", "b", 3, Inner(0.5, (3, 4, 5), (0.0, 1.0)), {"dev": 2.0})
    assert type(built.hours["dev"]) is float


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UserError, match=r"'inner.rat'; known: pair, rate, sizes$"):
        build(Outer, {"name": "x", "inner": {"rat": 1.0}})
    with pytest.raises(UserError, match=r"'nam'; known: count, hours, inner, kind, name$"):
        build(Outer, {"nam": "x"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": 1}, "name must be str, got 1"),
        ({"name": "x", "count": 1.0}, "count must be int, got 1.0"),
        ({"name": "x", "count": True}, "count must be int, got True"),
        ({"name": "x", "count": None}, "count must be int, got None"),
        ({"name": "x", "kind": "c"}, "kind must be one of a, b, got 'c'"),
        ({"name": "x", "inner": 5}, "inner must be a mapping, got 5"),
        ({"name": "x", "inner": {"rate": True}}, "inner.rate must be float, got True"),
        ({"name": "x", "inner": {"rate": "fast"}}, "inner.rate must be float, got 'fast'"),
        ({"name": "x", "inner": {"sizes": [1, "2"]}}, "inner.sizes must be int, got '2'"),
        ({"name": "x", "inner": {"sizes": 1}}, "inner.sizes must be tuple"),
        ({"name": "x", "inner": {"pair": [1.0]}}, "inner.pair must be tuple"),
        ({"name": "x", "hours": {"dev": "long"}}, "hours.dev must be float, got 'long'"),
        ({}, "Outer lacks name"),
        ([], "Outer must be a mapping"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(values: Any, message: str):
    with pytest.raises(UserError) as error:
        build(Outer, values)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_numbers_that_yaml_takes_for_text(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text("rate: 1e-3\n")
    assert build(Inner, read_yaml(path)).rate == 0.001


@pytest.mark.parametrize("content", ["a: [1", "- a\n- b", "", "just words", b"\xff\xfe\x00"])
def test_a_file_that_is_no_mapping_is_refused_in_one_line(tmp_path: Path, content: str | bytes):
    path = tmp_path / "c.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=r"c\.yaml") as error:
        read_yaml(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UserError, match=r"nowhere\.yaml"):
        read_yaml(tmp_path / "nowhere.yaml")
