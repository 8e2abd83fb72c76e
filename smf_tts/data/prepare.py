"""A corpus to what a training reads: Lhotse cuts with phonemes and mels, and their statistics."""

from __future__ import annotations

import json
import math
import multiprocessing
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path

import torch
from tqdm import tqdm

from smf_tts.config import MelConfig, build, read_yaml
from smf_tts.data.corpus import Utterance, reader_of
from smf_tts.data.features import Features, extract_or_reject
from smf_tts.data.parts import Part, PartWriter, Summary, claim, forget_others
from smf_tts.data.splits import choose_splits
from smf_tts.errors import UserError
from smf_tts.files import write_whole
from smf_tts.runtime.voice import Speaker
from smf_tts.text.symbols import SYMBOLS

# Utterances in a part: what an interrupted preparation does again, and a shard's length.
_PART = 500

Extract = Callable[..., Iterator[Features | str]]


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


def prepare(
    corpus: Path,
    output: Path,
    speakers: Mapping[str, Speaker] | None = None,
    mel: MelConfig | None = None,
    largest_rejected_share: float = 0.1,
    subsets: Sequence[str] = (),
    shards: bool = False,
    jobs: int = 1,
) -> Prepared:
    """Prepare a corpus for training; started again, it does only what is not done.

    Writes to `output`: cuts in parts, their log mels in half precision and samples in 16 bits,
    prepared.json, and rejected.tsv, which lists what was left out, each with its reason.

    `smf_tts.data.splits` says what is learnt from and what is held out.

    Args:
        corpus: a folder in a layout that `smf_tts.data.corpus` reads.
        output: the folder to write.
        speakers: the corpus's speaker ids to names and accents; all of them in American English
            under their own ids by default.
        mel: mel settings.
        largest_rejected_share: more than this share of bad utterances stops the preparation.
        subsets: the splits to use; all of them by default.
        shards: keep mels and samples in tar archives beside the cuts (Lhotse Shar) that are read
            from start to end and may lie on other disks, instead of a file each.
        jobs: processes.

    Raises:
        UserError: no corpus in the folder, nothing in it to train on, too many utterances
            rejected, or something else in the folder to write.
    """
    mel = mel or MelConfig()
    found, twice = _unique(reader_of(corpus)(corpus, subsets))
    splits = choose_splits(found)
    utterances = [u for split in splits.values() for u in split]
    names = {u.speaker: (speakers or {}).get(u.speaker, Speaker(u.speaker)) for u in utterances}
    parts = [
        Part(name, i // _PART, tuple(split[i : i + _PART]), mel, names, shards)
        for name, split in splits.items()
        for i in range(0, len(split), _PART)
    ]
    claim(output)
    forget_others(output, parts)
    summaries, seconds = [], 0.0
    rejected = [(name, "an id that occurs twice") for name in twice]
    total = len(utterances) + len(twice)
    with (
        tqdm(total=len(utterances), desc="prepare", unit="utterance") as bar,
        _processes(jobs) as extract,
    ):
        for part in parts:
            summary = part.read_summary(output)
            if summary is None:
                (output / "prepared.json").unlink(missing_ok=True)
                summary = _prepare_part(part, output, extract, bar)
                seconds += summary.seconds
                bar.set_postfix_str(f"{seconds / bar.format_dict['elapsed']:.0f} s of audio/s")
            else:
                bar.update(len(part.utterances))
            summaries.append(summary)
            rejected += [(name, reason) for name, reason in summary.rejected]
            # Not at the end of days of work.
            _report_rejected(rejected, total, output, largest_rejected_share)
    _say_what_was_done(rejected, total, summaries, mel)
    prepared = _put_together(summaries, mel, names)
    text = json.dumps(asdict(prepared), indent=2).encode()
    path = output / "prepared.json"
    # Not written again as it was: by its age a recipe knows what has to be done again.
    if not path.exists() or path.read_bytes() != text:
        write_whole(path, text)
    return prepared


def _unique(found: Iterator[Utterance]) -> tuple[list[Utterance], list[str]]:
    utterances: dict[str, Utterance] = {}
    twice = []
    for utterance in found:
        if utterance.id in utterances:
            twice.append(utterance.id)
        else:
            utterances[utterance.id] = utterance
    return list(utterances.values()), twice


@contextmanager
def _processes(jobs: int) -> Iterator[Extract]:
    if jobs == 1:
        yield lambda *arguments: map(extract_or_reject, *arguments)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, torch.set_num_threads, (1,)) as pool:
        yield lambda *arguments: pool.map(extract_or_reject, *arguments, chunksize=8)


def _prepare_part(part: Part, output: Path, extract: Extract, bar: tqdm) -> Summary:
    languages = [part.speakers[u.speaker].language for u in part.utterances]
    with PartWriter(part, output) as writer:
        results = extract(part.utterances, languages, repeat(part.mel))
        for utterance, result in zip(part.utterances, results, strict=False):
            writer.add(utterance, result)
            bar.update()
    return writer.summary


def _report_rejected(
    rejected: Sequence[tuple[str, str]], total: int, output: Path, largest_share: float
) -> None:
    lines = "".join(f"{name}\t{reason}\n" for name, reason in rejected)
    write_whole(output / "rejected.tsv", lines.encode())
    if len(rejected) > largest_share * total:
        (output / "prepared.json").unlink(missing_ok=True)
        raise UserError(
            f"{len(rejected)} of {total} utterances cannot be used ({_reasons(rejected)}); "
            f"{output / 'rejected.tsv'} lists them"
        )


def _reasons(rejected: Sequence[tuple[str, str]]) -> str:
    counts = Counter(reason for _, reason in rejected)
    return "; ".join(f"{reason}: {n}" for reason, n in counts.most_common())


def _say_what_was_done(
    rejected: Sequence[tuple[str, str]], total: int, summaries: Sequence[Summary], mel: MelConfig
) -> None:
    converted = sum(summary.converted for summary in summaries)
    if converted:
        tqdm.write(f"{converted} utterances resampled to {mel.sample_rate_hz} Hz or mixed to mono")
    if rejected:
        tqdm.write(
            f"left out {len(rejected)} of {total} utterances ({_reasons(rejected)}), "
            "see rejected.tsv"
        )


def _put_together(
    summaries: Sequence[Summary], mel: MelConfig, names: Mapping[str, Speaker]
) -> Prepared:
    train = [summary for summary in summaries if summary.split.startswith("train")]
    count, total, squares = (sum(s.sums[i] for s in train) for i in range(3))
    if not count:
        raise UserError("not one utterance for training is left")
    mean = total / count
    hours: dict[str, float] = defaultdict(float)
    for summary in summaries:
        hours[summary.split] += summary.seconds / 3600
    # A speaker in no training utterance would have a row in the table that nothing shapes.
    heard = sorted({speaker for summary in train for speaker in summary.speakers})
    return Prepared(
        mel=mel,
        mel_mean=float(mean),
        mel_deviation=math.sqrt(max(squares / count - mean**2, 1e-8)),
        symbols=SYMBOLS,
        speakers=tuple(names[name] for name in heard),
        hours=dict(hours),
    )
