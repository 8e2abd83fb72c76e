"""What of a corpus is learnt from, and what is held out."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tqdm import tqdm

from smf_tts.data.corpus import Utterance
from smf_tts.errors import UserError

# Of a split for training, where nothing else is held out: every hundredth utterance, or fewer.
_HELD_OUT_EVERY, _MOST_HELD_OUT = 100, 500


def choose_splits(utterances: Sequence[Utterance]) -> dict[str, list[Utterance]]:
    """The splits to prepare, by name: those to learn from in a random order, then those held out.

    Splits whose names start with "train" are learnt from, those with "dev" held out as far as
    training hears their speakers: LibriTTS's it does not. If that leaves nothing, a hundredth of
    each split for training is held out as dev-of-SPLIT. Other splits are not used.

    Raises:
        UserError: there is no split to learn from.
    """
    splits: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        splits[utterance.split].append(utterance)
    train = {name: split for name, split in splits.items() if name.startswith("train")}
    if not train:
        names = ", ".join(sorted(splits))
        raise UserError(f"the corpus has no split whose name starts with train; it has {names}")
    heard = {u.speaker for split in train.values() for u in split}
    dev = {name: split for name, split in splits.items() if name.startswith("dev")}
    held_out = {name: [u for u in split if u.speaker in heard] for name, split in dev.items()}
    if unheard := _count(dev) - _count(held_out):
        tqdm.write(f"not used: {unheard} of speakers that training never hears")
    if not _count(held_out):
        for name, split in train.items():
            every = max(_HELD_OUT_EVERY, -(-len(split) // _MOST_HELD_OUT))
            apart = f"dev-of-{name}"
            held_out[apart] = [replace(u, split=apart) for u in split[::every]]
            train[name] = [u for i, u in enumerate(split) if i % every]
        tqdm.write(f"held out: {_count(held_out)} of the utterances for training")
    for split in train.values():
        # A sampler mixes what its buffer holds; readers come with one speaker after the other.
        random.Random(0).shuffle(split)
    return train | held_out


def _count(splits: dict[str, list[Utterance]]) -> int:
    return sum(map(len, splits.values()))
