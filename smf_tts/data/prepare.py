"""A corpus to what a training reads: Lhotse cuts with phonemes and mels, and their statistics."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from lhotse import CutSet, MonoCut, Recording, SupervisionSegment
from lhotse.features.io import NumpyFilesWriter
from tqdm import tqdm

from smf_tts.config import MelConfig, build, read_yaml
from smf_tts.data.corpus import Utterance, reader_of
from smf_tts.data.mel import LogMel
from smf_tts.errors import UserError
from smf_tts.files import write_whole
from smf_tts.runtime.voice import Speaker
from smf_tts.text.phonemes import phonemize
from smf_tts.text.symbols import SYMBOLS, token_ids

SHORTEST_SECONDS, LONGEST_SECONDS = 0.3, 30.0


@dataclass(frozen=True)
class Prepared:
    """What is known of a prepared corpus; kept as prepared.json beside the cuts."""

    mel: MelConfig
    mel_mean: float
    mel_deviation: float
    symbols: tuple[str, ...]
    speakers: tuple[Speaker, ...]
    hours: dict[str, float]

    @classmethod
    def load(cls, folder: Path) -> Prepared:
        """Read prepared.json of `folder`.

        Raises:
            UserError: there is none.
        """
        path = folder / "prepared.json"
        if not path.exists():
            raise UserError(f"{folder} is not a prepared corpus; run smf-tts prepare first")
        return build(cls, json.loads(path.read_text(encoding="utf-8")), str(path))


def load_speakers(path: Path) -> dict[str, Speaker]:
    """Read a YAML of the corpus's speaker ids to names and languages.

    Raises:
        UserError: the file is missing or of another form.
    """
    entries = read_yaml(path).items()
    return {str(key): build(Speaker, value, f"{path}: {key}") for key, value in entries}


class _Rejected(Exception):
    """An utterance that cannot be trained on; the message is the reason."""


def prepare(
    corpus: Path,
    output: Path,
    speakers: Mapping[str, Speaker] | None = None,
    mel: MelConfig | None = None,
    largest_rejected_share: float = 0.1,
) -> Prepared:
    """Prepare a corpus for training.

    Writes to `output`: SPLIT.jsonl.gz (cuts), arrays/ (log mels in half precision, samples in 16
    bits), prepared.json and rejected.tsv, which lists what was left out, each with its reason.

    Args:
        corpus: a folder in a layout that `smf_tts.data.corpus` reads.
        output: the folder to write.
        speakers: the corpus's speaker ids to names and accents; all of them in American English
            under their own ids by default.
        mel: mel settings.
        largest_rejected_share: more than this share of bad utterances stops the preparation.

    Raises:
        UserError: no corpus in the folder, or too many utterances rejected.
    """
    mel = mel or MelConfig()
    log_mel = LogMel(mel)
    utterances = list(reader_of(corpus)(corpus))
    output.mkdir(parents=True, exist_ok=True)
    names = sorted({u.speaker for u in utterances})
    known = {name: (speakers or {}).get(name, Speaker(name)) for name in names}
    cuts: dict[str, list[MonoCut]] = defaultdict(list)
    rejected: list[tuple[str, str]] = []
    statistics = np.zeros(3)
    with NumpyFilesWriter(output / "arrays") as writer:
        for utterance in tqdm(utterances, desc="prepare", unit="utterance"):
            speaker = known[utterance.speaker]
            try:
                cut, sums = _prepare_one(utterance, speaker, mel, log_mel, writer)
            except _Rejected as reason:
                rejected.append((utterance.id, str(reason)))
                continue
            cuts[utterance.split].append(cut)
            if not utterance.split.startswith("dev"):
                statistics += sums
    _report_rejected(rejected, len(utterances), output, largest_rejected_share)
    recordings = [cut.recording for split_cuts in cuts.values() for cut in split_cuts]
    converted = sum(bool(r.transforms) or r.num_channels > 1 for r in recordings)
    if converted:
        tqdm.write(f"{converted} utterances resampled to {mel.sample_rate_hz} Hz or mixed to mono")
    for split, split_cuts in cuts.items():
        CutSet.from_cuts(split_cuts).to_file(output / f"{split}.jsonl.gz")
    count, total, squares = statistics
    mean = total / max(count, 1)
    prepared = Prepared(
        mel=mel,
        mel_mean=float(mean),
        mel_deviation=math.sqrt(max(squares / max(count, 1) - mean**2, 1e-8)),
        symbols=SYMBOLS,
        speakers=tuple(known[name] for name in names),
        hours={split: sum(c.duration for c in cs) / 3600 for split, cs in cuts.items()},
    )
    write_whole(output / "prepared.json", json.dumps(asdict(prepared), indent=2).encode())
    return prepared


def _prepare_one(
    utterance: Utterance,
    speaker: Speaker,
    mel: MelConfig,
    log_mel: LogMel,
    writer: NumpyFilesWriter,
) -> tuple[MonoCut, np.ndarray]:
    words = utterance.text.split()
    if not words:
        raise _Rejected("no transcript")
    phonemes = " ".join(phonemize(words, speaker.language))
    tokens = token_ids(phonemes)
    if not any(c.isalpha() for c in phonemes):
        raise _Rejected("no phonemes in the transcript")
    try:
        recording = Recording.from_file(utterance.audio, recording_id=utterance.id)
        cut = recording.resample(mel.sample_rate_hz).to_cut()
        samples = cut.load_audio().mean(0)
    except Exception as error:
        # Lhotse and libsndfile raise many kinds; each means that the file cannot be read.
        raise _Rejected(f"unreadable or empty audio: {type(error).__name__}") from error
    seconds = len(samples) / mel.sample_rate_hz
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise _Rejected(f"shorter than {SHORTEST_SECONDS} or longer than {LONGEST_SECONDS} seconds")
    if not np.isfinite(samples).all():
        raise _Rejected("samples that are not numbers")
    if not np.abs(samples).max() > 1e-4:
        raise _Rejected("silence")
    with torch.no_grad():
        frames = log_mel(torch.from_numpy(samples)).numpy()
    if len(frames) < len(tokens):
        raise _Rejected("more phonemes than mel frames")
    cut.supervisions = [
        SupervisionSegment(
            id=utterance.id,
            recording_id=utterance.id,
            start=0,
            duration=cut.duration,
            text=utterance.text,
            speaker=speaker.name,
            custom={"phonemes": phonemes},
        )
    ]
    cut.mel = writer.store_array(
        f"{utterance.id}.mel",
        frames.astype(np.float16),
        frame_shift=mel.hop_length / mel.sample_rate_hz,
        temporal_dim=0,
    )
    # Decoded and resampled once: a vocoder's training reads short pieces of every file.
    cut.samples = writer.store_array(
        f"{utterance.id}.samples", np.rint(samples.clip(-1, 1) * 32767).astype(np.int16)
    )
    return cut, np.array([frames.size, frames.sum(), np.square(frames, dtype=np.float64).sum()])


def _report_rejected(
    rejected: Iterable[tuple[str, str]], total: int, output: Path, largest_share: float
) -> None:
    rejected = list(rejected)
    lines = "".join(f"{name}\t{reason}\n" for name, reason in rejected)
    write_whole(output / "rejected.tsv", lines.encode())
    if not rejected:
        return
    reasons = Counter(reason for _, reason in rejected)
    summary = "; ".join(f"{reason}: {n}" for reason, n in reasons.most_common())
    tqdm.write(f"left out {len(rejected)} of {total} utterances ({summary}), see rejected.tsv")
    if len(rejected) > largest_share * total:
        raise UserError(
            f"{len(rejected)} of {total} utterances cannot be used ({summary}); "
            f"{output / 'rejected.tsv'} lists them"
        )
