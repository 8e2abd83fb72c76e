"""Speak a list with a voice at several step counts, and time it."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from tqdm import tqdm

import smf_tts
from smf_tts.evaluation.inputs import Samples, Sentence, System
from smf_tts.files import write_whole

Timing = Mapping[str, float]


def synthesize(
    voice: str,
    sentences: Sequence[Sentence],
    steps: Sequence[int],
    seed: int,
    threads: int,
    folder: Path,
) -> list[System]:
    """Speak all sentences at each step count; what a former run spoke is kept with its timings.

    Timings are wall time, one sentence at a time, after one that is not timed.

    Args:
        voice: the name or folder of a voice.
        sentences: what to say.
        steps: network evaluations for a sentence.
        seed: of the noise, the same for every sentence.
        threads: processor cores to use.
        folder: where a folder of wavs goes for each step count.

    Returns:
        One system a step count.

    Raises:
        UserError: no such voice or speaker, or a sentence that cannot be spoken.
    """
    synthesizer = smf_tts.Synthesizer.from_pretrained(voice, threads=threads)
    systems = []
    for count in steps:
        name = f"{Path(voice).name}, {count} step{'s' * (count > 1)}"
        wavs = folder / f"{Path(voice).name}-{count}"
        wavs.mkdir(parents=True, exist_ok=True)
        speed = _speak_all(synthesizer, sentences, count, seed, threads, wavs)
        systems.append(System(name, wavs, count, speed))
    return systems


def _speak_all(
    synthesizer: smf_tts.Synthesizer,
    sentences: Sequence[Sentence],
    steps: int,
    seed: int,
    threads: int,
    folder: Path,
) -> dict[str, Timing]:
    log = folder / "timings.jsonl"
    known, timings = _read_timings(log), {}
    # The first sentence warms up, and its samples tell whether the voice is still the same.
    samples, _, _ = _speak(synthesizer, sentences[0], steps, seed)
    voice_hash = hashlib.sha256(samples.tobytes()).hexdigest()
    with log.open("a", encoding="utf-8") as lines:
        for sentence in tqdm(sentences, desc=folder.name, unit="sentence"):
            spoken = f"{voice_hash}\t{sentence.text}\t{sentence.speaker}\t{seed}\t{threads}"
            key = hashlib.sha256(spoken.encode()).hexdigest()[:16]
            file = folder / f"{sentence.id}.wav"
            if known.get(sentence.id, {}).get("key") != key or not file.exists():
                samples, rate_hz, timing = _speak(synthesizer, sentence, steps, seed)
                buffer = io.BytesIO()
                soundfile.write(buffer, samples, rate_hz, format="WAV")
                write_whole(file, buffer.getvalue())
                known[sentence.id] = {"id": sentence.id, "key": key, "timing": timing}
                lines.write(json.dumps(known[sentence.id]) + "\n")
                lines.flush()
            timings[sentence.id] = known[sentence.id]["timing"]
    return timings


def _speak(
    synthesizer: smf_tts.Synthesizer, sentence: Sentence, steps: int, seed: int
) -> tuple[Samples, int, Timing]:
    """Samples, their rate in Hz, and how long they took; streamed, so that the first is timed."""
    parts, first_sample_seconds = [], 0.0
    speaker = sentence.speaker or None
    start = time.perf_counter()
    for part in synthesizer.stream(sentence.text, speaker=speaker, steps=steps, seed=seed):
        first_sample_seconds = first_sample_seconds or time.perf_counter() - start
        parts.append(part)
    timing = {
        "synthesis_seconds": time.perf_counter() - start,
        "first_sample_seconds": first_sample_seconds,
        "audio_seconds": sum(len(part.samples) / part.sample_rate for part in parts),
        "nfe": steps,
    }
    return np.concatenate([part.samples for part in parts]), parts[0].sample_rate, timing


def _read_timings(log: Path) -> dict[str, dict[str, Any]]:
    """The last line of each id; a line that was cut off while it was written is left out."""
    timings = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        try:
            entry = json.loads(line)
            timings[entry["id"]] = entry
        except (ValueError, KeyError, TypeError):
            continue
    return timings
