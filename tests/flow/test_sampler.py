"""What the sampler asks the velocity for."""

import pytest
import torch

from smf_tts.errors import UserError
from smf_tts.flow import sample


@pytest.mark.parametrize("instantaneous", [False, True])
def test_each_step_asks_for_its_interval(instantaneous):
    asked = []

    def u(z, r, t, c):
        assert r.shape == t.shape == (len(z),) and c == "condition"
        asked.append((r[0].item(), t[0].item()))
        return torch.ones_like(z)

    z = torch.randn(3, 5, 2)
    landed = sample(u, z, 4, "condition", instantaneous=instantaneous)
    ends = [1.0, 0.75, 0.5, 0.25] if instantaneous else [0.75, 0.5, 0.25, 0.0]
    assert asked == list(zip(ends, [1.0, 0.75, 0.5, 0.25], strict=True))
    torch.testing.assert_close(landed, z - 1)


def test_sampling_records_no_gradient(network):
    assert not sample(network, torch.randn(2, 5, 2).double(), 2).requires_grad


def test_zero_steps_are_refused(network):
    with pytest.raises(UserError, match="steps must be 1 or more"):
        sample(network, torch.randn(2, 5, 2), 0)
