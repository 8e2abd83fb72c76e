"""How (r, t) are drawn."""

import pytest
import torch

from smf_tts.errors import UserError
from smf_tts.flow import Intervals

X = torch.zeros(20_000, 1, dtype=torch.float64)


@pytest.mark.parametrize("progress", [0.0, 0.1, 0.4, 0.7, 1.0])
def test_times_are_ordered_and_typed(progress):
    r, t = Intervals().draw(X, progress)
    assert r.shape == t.shape == (len(X),)
    assert r.dtype == t.dtype == X.dtype
    assert (r >= 0).all() and (r <= t).all() and (t <= 1).all()


def test_the_boundary_share_falls_while_the_gap_grows():
    for progress, share, longest in ((0.0, 1.0, 0.0), (0.2, 0.625, 0.5), (0.4, 0.5, 1.0)):
        r, t = Intervals(deployed_share=0).draw(X, progress)
        assert abs((r == t).double().mean() - share) < 1e-3
        gap = t - r
        assert longest - 0.02 <= gap.max() <= longest
        if longest:
            # Beta(1.5, 1.5) stretched to `longest`: mean 1/2, variance 1/16.
            torch.testing.assert_close(gap[gap > 0].mean().item(), longest / 2, rtol=0.02, atol=0)
            torch.testing.assert_close(gap[gap > 0].std().item(), longest / 4, rtol=0.03, atol=0)


def test_gaps_lie_anywhere_on_the_path():
    r, t = Intervals(deployed_share=0).draw(X, 0.5)
    room = r / (1 - (t - r))
    torch.testing.assert_close(room[r < t].mean().item(), 0.5, rtol=0.04, atol=0)
    assert abs(t[r == t].mean() - 0.5) < 0.01


def test_the_deployed_grid_comes_last():
    grid = {(0.0, 1.0), (0.0, 0.5), (0.5, 1.0)}

    def share(progress):
        r, t = Intervals().draw(X, progress)
        split = r < t
        on_grid = sum(((r == a) & (t == b)).double() for a, b in grid)
        return (on_grid[split]).mean()

    assert share(0.69) == 0
    assert abs(share(0.7) - 0.25) < 0.02


@pytest.mark.parametrize("wrong", [{"boundary_end": 1.2}, {"growth": -0.1}, {"deployed_steps": ()}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(UserError):
        Intervals(**wrong)
