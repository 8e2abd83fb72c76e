"""What a metric is: something that scores one utterance, or says why it cannot."""

from __future__ import annotations

from typing import Protocol

from smf_tts.evaluation.inputs import Utterance

Scores = dict[str, float | int | str]


class Unavailable(Exception):
    """A metric whose model or package cannot be had here; the message says why."""


def first_line(error: Exception) -> str:
    """What an error says, where it stands in a line of the report."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


class Metric(Protocol):
    """A metric holds its model. `label` names model and version; it goes into every report.

    Utterances are scored again when a label changes, so it says the same on every run.
    """

    label: str

    def score(self, utterance: Utterance) -> Scores:
        """Score an utterance; a measure that does not apply to it is left out."""
        ...
