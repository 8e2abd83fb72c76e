"""The equations, on the exact Gaussian flow in double precision."""

import torch

from smf_tts.flow import sample
from smf_tts.flow.mean_flow import mean_flow_target
from smf_tts.flow.paths import interpolate, step
from smf_tts.flow.split_mean_flow import split_target
from smf_tts.flow.trajectory import chord

ROWS = 512


def points(width=3):
    """Random states and times with r < t, and lambda."""
    z_t = 2 * torch.randn(ROWS, width, dtype=torch.float64)
    r, t = torch.rand(2, ROWS, dtype=torch.float64).sort(0).values
    return z_t, r, t, torch.rand(ROWS, dtype=torch.float64)


def test_a_step_along_u_stays_on_the_path(oracle):
    z_t, r, t, _ = points()
    torch.testing.assert_close(
        step(z_t, oracle(z_t, r, t), r, t), oracle.path(z_t, r, t), rtol=0, atol=1e-12
    )


def test_interval_splitting_consistency(oracle):
    z_t, r, t, lam = points()
    u = oracle(z_t, r, t)
    torch.testing.assert_close(split_target(oracle, z_t, r, t, lam), u, rtol=0, atol=1e-10)

    s = (1 - lam) * t + lam * r
    z_s = oracle.path(z_t, s, t)
    left = (t - r)[:, None] * u
    right = (s - r)[:, None] * oracle(z_s, r, s) + (t - s)[:, None] * oracle(z_t, s, t)
    torch.testing.assert_close(left, right, rtol=0, atol=1e-10)


def test_splitting_consistency_fails_for_another_flow(oracle):
    """The instantaneous velocity, taken for an average one, does not satisfy the identity."""
    z_t, r, t, lam = points()

    def v(z, r, t, c):
        return oracle(z, t, t)

    assert (split_target(v, z_t, r, t, lam) - v(z_t, r, t, None)).abs().mean() > 0.05


def test_mean_flow_identity(oracle):
    z_t, r, t, _ = points()
    target = mean_flow_target(oracle, z_t, r, t, oracle(z_t, t, t))
    torch.testing.assert_close(target, oracle(z_t, r, t), rtol=0, atol=1e-10)


def test_splitting_becomes_mean_flow_as_s_nears_t(network):
    """(split target - u) / lambda -> mean flow target - u, at first order, for any network u."""
    z_t = torch.randn(ROWS, 4, 2, dtype=torch.float64)
    r, t = torch.rand(2, ROWS, dtype=torch.float64).sort(0).values
    u = network(z_t, r, t)
    limit = mean_flow_target(network, z_t, r, t, network(z_t, t, t)) - u
    errors = []
    for lam in (1e-2, 1e-3, 1e-4):
        split = split_target(network, z_t, r, t, torch.full_like(t, lam))
        errors.append(((split - u) / lam - limit).abs().max())
    assert errors[2] < 1e-3 * limit.abs().max()
    torch.testing.assert_close(errors[0] / errors[1], errors[1] / errors[2], rtol=0.1, atol=0)
    torch.testing.assert_close(errors[1] / errors[2], torch.tensor(10.0).double(), rtol=0.1, atol=0)


def test_u_at_r_equal_t_is_the_mean_velocity_of_the_data(oracle):
    """v(z, t) = E[eps - x | z_t = z], by regression over many draws of the path."""
    x, t = oracle.data(400_000, 1), torch.full((400_000,), 0.6, dtype=torch.float64)
    z_t, v = interpolate(x, torch.randn_like(x), t)
    residual = v - oracle(z_t, t, t)
    assert residual.mean().abs() < 0.01
    assert (residual * (z_t - z_t.mean())).mean().abs() < 0.01


def test_any_number_of_steps_lands_on_the_same_point(oracle):
    z = torch.randn(ROWS, 3, dtype=torch.float64)
    for steps in (1, 2, 3, 8, 50):
        landed = sample(oracle, z, steps)
        torch.testing.assert_close(landed, oracle.m + oracle.sigma * z, rtol=0, atol=1e-10)


def test_one_step_from_noise_lands_on_data(oracle):
    landed = sample(oracle, torch.randn(100_000, 1, dtype=torch.float64), 1)
    assert abs(landed.mean() - 0.7) < 0.01
    assert abs(landed.std() - 0.4) < 0.01


def test_euler_needs_many_steps_where_averages_need_one(oracle):
    z = torch.randn(ROWS, 3, dtype=torch.float64)
    exact = oracle.m + oracle.sigma * z

    def error(steps):
        return (sample(oracle, z, steps, instantaneous=True) - exact).abs().mean()

    assert error(1) > 0.2
    assert error(64) < error(8) / 6 < error(1) / 6


def test_a_chord_approaches_the_average_velocity(oracle):
    z_t, r, t, _ = points()
    errors = [(chord(oracle, z_t, r, t, n) - oracle(z_t, r, t)).abs().mean() for n in (1, 10, 100)]
    assert errors[2] < errors[1] / 8 < errors[0] / 30
    torch.testing.assert_close(chord(oracle, z_t, t, t, 3), oracle(z_t, t, t), rtol=0, atol=1e-12)
