"""What every objective promises: where its loss vanishes, and what its gradient sees."""

import copy
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from smf_tts.errors import UserError
from smf_tts.flow import (
    FlowMatching,
    Intervals,
    MeanFlow,
    SplitMeanFlow,
    TrajectoryDistillation,
    guided,
)
from smf_tts.flow.objective import regress

LATE = 0.9  # a progress at which every kind of row is drawn
FACTORIES = {
    "flow_matching": lambda teacher: FlowMatching(),
    "split": lambda teacher: SplitMeanFlow(),
    "split_distilled": lambda teacher: SplitMeanFlow(teacher=teacher),
    "mean_flow": lambda teacher: MeanFlow(),
    "mean_flow_distilled": lambda teacher: MeanFlow(teacher=teacher),
    "trajectory": lambda teacher: TrajectoryDistillation(teacher),
}
EVERY = pytest.mark.parametrize("make", FACTORIES.values(), ids=FACTORIES.keys())


class Spy:
    """A velocity that notes how it was called."""

    def __init__(self, u):
        self.u, self.calls = u, []

    def __call__(self, z, r, t, c):
        out = self.u(z, r, t, c)
        self.calls.append((z, r, t, out, torch.is_grad_enabled()))
        return out


def frames(rows=32, length=6):
    return torch.randn(rows, length, 2, dtype=torch.float64)


def gradients(loss, network):
    network.zero_grad()
    loss.value.backward()
    return [p.grad.clone() for p in network.parameters()]


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("objective", [SplitMeanFlow, MeanFlow])
def test_loss_and_gradient_vanish_at_the_oracle(oracle, objective, p):
    teacher = copy.deepcopy(oracle)
    loss = objective(teacher=teacher, p=p)(oracle, oracle.data(256), progress=LATE)
    assert loss.value < 1e-20
    assert max(g.abs() for g in gradients(loss, oracle)) < 1e-10

    with torch.no_grad():
        oracle.m += 0.1
    off = objective(teacher=teacher, p=p)(oracle, oracle.data(256), progress=LATE)
    assert off.value > 1e-4
    assert max(g.abs() for g in gradients(off, oracle)) > 1e-3


@EVERY
def test_descent_recovers_the_data_distribution(oracle, make):
    """From a wrong mean and deviation, each objective leads to those of the data."""
    truth = copy.deepcopy(oracle)
    with torch.no_grad():
        oracle.m += 0.5
        oracle.sigma += 0.5
    objective = make(truth)
    optimizer = torch.optim.Adam(oracle.parameters(), lr=0.08)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, 150)
    for i in range(150):
        optimizer.zero_grad()
        objective(oracle, truth.data(512), progress=i / 150).value.backward()
        optimizer.step()
        schedule.step()
    # Four Euler steps of the teacher overshoot: its chords are not quite averages.
    tolerance = 0.1 if isinstance(objective, TrajectoryDistillation) else 0.05
    assert abs(oracle.m - truth.m) < tolerance
    assert abs(oracle.sigma - truth.sigma) < tolerance


@EVERY
def test_no_gradient_reaches_the_target(network, other_network, make):
    """The gradient is that of a regression onto targets made by a frozen copy."""
    frozen = copy.deepcopy(network).requires_grad_(False)
    x, teacher = frames(), Spy(other_network)

    networks = iter([network])  # the first evaluation learns, all later ones are frozen

    def learner(z, r, t, c):
        return next(networks, frozen)(z, r, t)

    torch.manual_seed(0)
    live = gradients(make(teacher)(network, x, progress=LATE), network)
    torch.manual_seed(0)
    detached = gradients(make(teacher)(learner, x, progress=LATE), network)

    torch.testing.assert_close(live, detached, rtol=1e-12, atol=1e-14)
    assert max(g.abs().max() for g in live) > 0
    assert all(p.grad is None for p in other_network.parameters())
    assert not any(grad for *_, grad in teacher.calls)


@pytest.mark.parametrize("make", [FACTORIES[k] for k in ("split", "mean_flow")])
def test_boundary_rows_are_flow_matching(network, make):
    spy, x = Spy(network), frames(64)
    loss = make(None)(spy, x, progress=LATE)
    z_t, r, t, u, _ = spy.calls[0]
    edge = r == t
    assert 0 < edge.sum() < 64
    eps = (z_t - (1 - t)[:, None, None] * x) / t[:, None, None]
    flow_matching = (u - (eps - x)).square().mean((1, 2))[edge].mean()
    torch.testing.assert_close(loss.log["error/boundary"], flow_matching.detach())


def test_only_split_rows_cost_more_than_flow_matching(network):
    spy, teacher = Spy(network), Spy(copy.deepcopy(network))
    SplitMeanFlow(teacher=teacher)(spy, frames(), progress=LATE)
    (_, r, t, _, recorded), *targets = spy.calls
    split = int((r < t).sum())
    assert len(r) == 32 and recorded
    assert [len(call[1]) for call in targets] == [split, split]
    assert [len(call[1]) for call in teacher.calls] == [32 - split]
    assert all(torch.equal(call[1], call[2]) for call in teacher.calls)
    s, t_split = targets[0][1:3]
    lam = (t_split - s) / (t - r)[r < t]
    assert (lam > 0).all() and (lam < 1).all()


@EVERY
def test_padding_changes_nothing(network, other_network, make, monkeypatch):
    """An utterance alone, and the same one padded with anything, give one loss and gradient."""
    noise = torch.randn(4, 9, 2, dtype=torch.float64)
    monkeypatch.setattr(torch, "randn_like", lambda x: noise[:, : x.shape[1]].clone())
    x = frames(4, 9)
    mask = torch.ones(4, 9, 1, dtype=torch.float64)
    mask[:, 6:] = 0

    def result(x, mask):
        torch.manual_seed(3)
        loss = make(other_network)(network, x, mask, mask, progress=LATE)
        return loss.value, gradients(loss, network), loss.log

    alone = result(x[:, :6], mask[:, :6])
    padded = result(torch.where(mask > 0, x, 1e3), mask)
    torch.testing.assert_close(padded, alone, rtol=1e-9, atol=1e-12)


@EVERY
def test_a_condition_needs_only_rows(oracle, make):
    @dataclass
    class Rows:
        shift: Tensor

        def __getitem__(self, rows):
            return Rows(self.shift[rows])

    def u(z, r, t, c):
        assert len(c.shift) == len(z)
        return oracle(z, r, t) + c.shift

    shift = torch.randn(64, 1, dtype=torch.float64)
    assert make(u)(u, oracle.data(64), Rows(shift), progress=LATE).value.isfinite()


def test_guidance_folded_in_equals_guidance_computed(network, other_network):
    c = torch.randn(32, 1, 2, dtype=torch.float64)

    def u(z, r, t, c):
        return other_network(z + c, r, t)

    def by_hand(z, r, t, c):
        unconditional = other_network(z, r, t)
        return unconditional + 1.8 * (u(z, r, t, c) - unconditional)

    teacher = guided(u, torch.zeros_like, 1.8)
    at_the_target = SplitMeanFlow(teacher=teacher)(by_hand, frames(), c, progress=LATE)
    assert at_the_target.log["error/boundary"] < 1e-20
    unguided = SplitMeanFlow(teacher=u)(by_hand, frames(), c, progress=LATE)
    assert unguided.log["error/boundary"] > 1e-4

    z, t = frames(), torch.rand(32, dtype=torch.float64)
    assert guided(u, torch.zeros_like, 1) is u
    torch.testing.assert_close(guided(u, torch.zeros_like, 0)(z, t, t, c), other_network(z, t, t))


@EVERY
def test_autocast_leaves_every_gradient(network, other_network, make):
    """Weights that autocast casts without gradient must not be the ones that learn."""
    network, teacher = network.float(), other_network.float()
    x = frames().float()

    def result(enabled):
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            loss = make(teacher)(network, x, progress=LATE)
        assert loss.value.dtype == torch.float32
        return gradients(loss, network)

    for half, full in zip(result(True), result(False), strict=True):
        assert torch.cosine_similarity(half.flatten(), full.flatten(), 0) > 0.95


@EVERY
@pytest.mark.parametrize("progress", [0.0, 0.2, LATE, 1.0])
def test_every_logged_number_is_finite(network, other_network, make, progress):
    for rows in (1, 2, 16):
        loss = make(other_network)(network, frames(rows), progress=progress)
        assert loss.value.isfinite()
        assert "error" in loss.log
        assert all(v.isfinite() and v.ndim == 0 and not v.requires_grad for v in loss.log.values())


def test_the_log_tells_gaps_apart():
    t = torch.tensor([0.5, 0.5, 1.0, 1.0])
    r = torch.tensor([0.5, 0.3, 0.5, 0.0])
    prediction = torch.arange(4.0)[:, None].expand(4, 3)
    log = regress(prediction, torch.zeros(4, 3), r, t, None, p=1.0).log
    assert log["error"] == 14 / 4
    assert log["error/boundary"] == 0
    assert log["error/gap_0.00_0.25"] == 1
    assert log["error/gap_0.25_0.50"] == 4
    assert log["error/gap_0.75_1.00"] == 9
    assert "error/gap_0.50_0.75" not in log


def test_the_adaptive_weight_evens_rows_out():
    """At p = 0 a row pulls in proportion to its error, at p = 1 in inverse proportion."""
    zeros, times = torch.zeros(2, 5), torch.ones(2)
    for p, ratio in ((0.0, 10.0), (1.0, 0.1)):
        prediction = torch.tensor([[1.0], [10.0]]).repeat(1, 5).requires_grad_()
        regress(prediction, zeros, times, times, None, p, c=0.0).value.backward()
        assert prediction.grad is not None
        torch.testing.assert_close(prediction.grad[1] / prediction.grad[0], torch.full((5,), ratio))


def test_regression_stops_at_the_target():
    prediction, target = torch.randn(2, 3, 5, requires_grad=True).unbind()
    times = torch.ones(3)
    both = torch.autograd.grad(
        regress(prediction, target, times, times, None, p=0).value,
        (prediction, target),
        allow_unused=True,
    )
    assert both[0] is not None and both[1] is None


def test_rows_count_alike_whatever_their_length():
    prediction = torch.tensor([[2.0, 2.0, 2.0, 2.0], [1.0, 5.0, 5.0, 5.0]])
    mask = torch.tensor([[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 0.0, 0.0]])
    times = torch.ones(2)
    assert regress(prediction, torch.zeros(2, 4), times, times, mask, p=0).value == 2.5


def test_settings_out_of_range_are_refused(oracle):
    with pytest.raises(UserError, match="steps"):
        TrajectoryDistillation(oracle, steps=0)


def test_the_boundary_share_is_kept_in_small_batches(network):
    intervals = Intervals(boundary_start=0.5, boundary_end=0.5)
    counts = []
    for _ in range(400):
        spy = Spy(network)
        SplitMeanFlow(intervals=intervals)(spy, frames(3), progress=0.5)
        _, r, t, *_ = spy.calls[0]
        counts.append(int((r == t).sum()))
    assert set(counts) == {1, 2}
    assert abs(sum(counts) / 1200 - 0.5) < 0.04
