"""What the server gives away: its page, and no file."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import numpy as np
import pytest
import soundfile

from smf_tts.cli import main
from smf_tts.demo.app import launch, listening_page
from smf_tts.demo.listening import ListeningTest
from smf_tts.errors import UserError


def answer(url: str, data: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    try:
        with urlopen(Request(url, data, headers)) as response:
            return response.status, response.read()
    except HTTPError as error:
        return error.code, error.read()


@pytest.fixture(scope="module")
def wavs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wavs")
    for name in ("x", "y"):
        (folder / name).mkdir()
        soundfile.write(folder / name / "s.wav", np.zeros(100), 24_000)
    return folder


@pytest.fixture(scope="module")
def listening_url(serve: Callable[[Any], str], wavs: Path) -> str:
    systems = {name: wavs / name for name in ("x", "y")}
    return serve(listening_page(ListeningTest(systems, wavs / "results.csv")))


def test_no_file_can_be_read(url: str, listening_url: str, wavs: Path):
    assert answer(url)[0] == 200
    secret = wavs / "results.csv"
    secret.write_text("time,listener,sentence,left,right,choice\n")
    here = Path(__file__)
    for base in (url, listening_url):
        for path in (
            "/etc/passwd",
            "../../../../../../etc/passwd",
            str(here),
            str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else "README.md",
            "pyproject.toml",
            str(secret),
            str(wavs / "x" / "s.wav"),
            f"{wavs}/x/../y/s.wav",
        ):
            for route in ("gradio_api/file=", "file=", "static/", "assets/", "gradio_api/file/"):
                for written in (path, quote(path, safe="")):
                    status, body = answer(f"{base}{route}{written}")
                    assert status >= 400 or b"<!doctype html" in body.lower(), (route, written)
                    for content in (b"root:", b"[project]", b"listener,sentence", b"RIFF"):
                        assert content not in body, (route, written)


def test_nothing_can_be_uploaded(url: str):
    part = b'Content-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhello'
    body = b"--b\r\n" + part + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    status, _ = answer(f"{url}gradio_api/upload", body, **{"Content-Type": kind})
    assert status >= 400


def test_settings_off_the_page_are_refused(url: str):
    """A request that no page would send: more steps than the slider has."""
    config = json.loads(answer(f"{url}config")[1])
    labels = {part["id"]: part["props"].get("label") for part in config["components"]}
    index, event = next(
        (i, event)
        for i, event in enumerate(config["dependencies"])
        if len(event["inputs"]) == 6 and "Steps: " in str(labels[event["inputs"][5]])
    )
    session = "off-the-page"
    data = ["Yes.", "heart", 1.0, 0.5, 0, 1_000_000]
    request = {"data": data, "fn_index": event.get("id", index), "session_hash": session}
    headers = {"Content-Type": "application/json"}
    assert answer(f"{url}gradio_api/queue/join", json.dumps(request).encode(), **headers)[0] == 200
    with urlopen(f"{url}gradio_api/queue/data?session_hash={session}", timeout=120) as stream:
        for line in stream:
            message = json.loads(line.removeprefix(b"data:")) if line.startswith(b"data:") else {}
            if message.get("msg") == "process_completed":
                assert not message["success"]
                assert "Traceback" not in str(message)
                return
    pytest.fail("no answer")


def test_a_taken_port_is_one_line(url: str, wavs: Path):
    systems = {name: wavs / name for name in ("x", "y")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        page = listening_page(ListeningTest(systems, wavs / "other.csv"))
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is taken .* --port"):
            launch(page, port=port, prevent_thread_lock=True, quiet=True)


def test_the_command_says_what_is_wrong(
    wavs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for arguments, reason in (
        (["--ab", f"x={wavs / 'x'}"], "two systems"),
        (["--ab", "x"], "NAME=FOLDER"),
        (["--voice", "nobody"], "no voice"),
    ):
        monkeypatch.setattr(sys, "argv", ["smf-tts", "demo", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 2
        error = capsys.readouterr().err
        assert reason in error
        assert len(error.strip().splitlines()) == 1


def test_the_demo_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from smf_tts import Synthesizer\n"
        "from smf_tts.demo.app import voice_page\n"
        "from smf_tts.demo.speaking import VoiceDemo\n"
        "demo = VoiceDemo(Synthesizer.from_pretrained())\n"
        "voice_page(demo)\n"
        "assert len(list(demo.speak('Yes.', 'heart', 1, 0.5, 0, 1))) == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
