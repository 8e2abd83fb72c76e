"""Time synthesizers side by side: sentence by sentence in turn, each in a process of its own.

    python compare.py sentences.tsv OUT.json --wavs DIR --threads 2 \\
        --system "NAME=python speak.py 2 smf-tts kokoro-mini 1" ... \\
        --start "NAME=smf-tts synthesize --text Hello. --output x.wav" ...

A system is a command like `speak.py`. A start is a command that is timed as a whole process.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import onnxruntime
import typer
from tqdm import tqdm

from smf_tts.bench import cpu_name
from smf_tts.errors import UserError, one_line_errors
from smf_tts.files import write_whole

# Idle threads of the one that has just spoken go to sleep before the next one speaks.
PAUSE_SECONDS = 0.03


class System:
    """A process that speaks when it is asked to."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def speak(self, text: str, speaker: str, wav: Path | None) -> dict[str, float]:
        """Seconds that it took, as `speak.py` answers.

        Raises:
            UserError: the process has ended; its own words are on standard error.
        """
        assert self._process.stdin and self._process.stdout
        try:
            request = {"text": text, "speaker": speaker, "wav": str(wav) if wav else ""}
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise UserError(f"{self.name} has stopped speaking, see above")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def time_sentences(
    systems: list[System], sentences: list[tuple[str, str, str]], rounds: int, wavs: Path
) -> list[dict[str, Any]]:
    """A row for each round, sentence and system: who was timed next to whom stays known."""
    for system in systems:
        (wavs / system.name).mkdir(parents=True, exist_ok=True)
        system.speak(*sentences[0][1:], None)  # warms up
    rows = []
    for turn in tqdm(range(rounds), "rounds"):
        for name, text, speaker in tqdm(sentences, "sentences", leave=False):
            for system in systems:
                time.sleep(PAUSE_SECONDS)
                wav = wavs / system.name / f"{name}.wav" if turn == 0 else None
                row = {"round": turn, "id": name, "system": system.name}
                rows.append({**row, **system.speak(text, speaker, wav)})
    return rows


def time_starts(commands: dict[str, list[str]], rounds: int) -> list[dict[str, Any]]:
    """A row for each round and command: its seconds as a whole process; the first is not kept.

    Raises:
        UserError: a command fails.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in tqdm(range(rounds + 1), "starts"):
            for name, command in commands.items():
                started = time.perf_counter()
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
                seconds = time.perf_counter() - started
                if done.returncode:
                    raise UserError(f"{shlex.join(command)} failed: {done.stderr[-500:]}")
                if turn:
                    rows.append({"round": turn, "system": name, "seconds": seconds})
    return rows


def _commands(pairs: list[str]) -> dict[str, list[str]]:
    commands = {}
    for pair in pairs:
        name, equals, command = pair.partition("=")
        if not (name and equals and command):
            raise UserError(f"{pair!r}: expected NAME=COMMAND")
        commands[name] = shlex.split(command)
    return commands


def main(
    sentences: Annotated[Path, typer.Argument(help="List of id<TAB>text<TAB>speaker.")],
    output: Annotated[Path, typer.Argument(help="JSON file to write.")],
    wavs: Annotated[Path, typer.Option(help="Folder for NAME/<id>.wav.")],
    threads: Annotated[int, typer.Option(help="That the commands were told to use.")],
    system: Annotated[list[str], typer.Option(help="NAME=COMMAND that speaks.")],
    start: Annotated[list[str], typer.Option(help="NAME=COMMAND to start.")],
    rounds: Annotated[int, typer.Option(min=1, help="Of the sentences.")] = 3,
    starts: Annotated[int, typer.Option(min=1, help="Of the commands.")] = 9,
) -> None:
    """Time systems in turn on the same sentences."""
    lines = [tuple(line.split("\t")) for line in sentences.read_text("utf-8").splitlines()]
    systems = [System(name, command) for name, command in _commands(system).items()]
    rows = time_sentences(systems, lines, rounds, wavs)
    for one in systems:
        one.close()
    report = {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "threads": threads,
        "onnxruntime": onnxruntime.__version__,
        "sentences": rows,
        "starts": time_starts(_commands(start), starts),
    }
    write_whole(output, (json.dumps(report) + "\n").encode())


if __name__ == "__main__":
    with one_line_errors("compare"):
        typer.run(main)
