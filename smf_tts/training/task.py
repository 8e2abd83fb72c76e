"""What a stage gives the trainer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from smf_tts.data.batches import Position
from smf_tts.flow import Loss


class Task(Protocol):
    """A stage of training, as an `nn.Module`: data, losses and what they optimise.

    `phases` are optimised one after the other on each batch, each with an optimiser of its own;
    a GAN has two. `rates` are factors of the learning rate, of phases that learn faster or slower
    than the schedule says. `model` is what is averaged (EMA), saved and used.
    """

    phases: tuple[str, ...]
    rates: Mapping[str, float]
    model: nn.Module

    def trainable(self, phase: str) -> list[nn.Parameter]:
        """The parameters that a phase optimises."""
        ...

    def batches(self, position: Position) -> Iterator[Any]:
        """Endless batches from `position`, which moves along."""
        ...

    def seconds(self, batch: Any) -> float:
        """Seconds of audio in a batch."""
        ...

    def __call__(self, phase: str, batch: Any, progress: float) -> Loss:
        """The loss of a phase; `progress` is the share of training done."""
        ...

    def report(self, writer: SummaryWriter, step: int, model: nn.Module) -> dict[str, Tensor]:
        """Write pictures and sounds of the averaged model; return figures on held-out data."""
        ...
