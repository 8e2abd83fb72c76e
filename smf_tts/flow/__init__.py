"""Paths, objectives and samplers for few-step generation; nothing here knows what z holds.

Convention: t = 1 is noise, t = 0 is data, 0 <= r <= s <= t <= 1;

    z_t = (1-t) x + t eps            the path,
    v = dz_t/dt = eps - x            its instantaneous velocity,
    u(z_t, r, t) = 1/(t-r) ∫_r^t v   the average velocity that a network learns,
    z_r = z_t - (t-r) u(z_t, r, t)   a step of any length.
"""

from smf_tts.flow.flow_matching import FlowMatching
from smf_tts.flow.guidance import guided
from smf_tts.flow.intervals import Intervals
from smf_tts.flow.mean_flow import MeanFlow
from smf_tts.flow.objective import Condition, Loss, Objective, Velocity
from smf_tts.flow.sampler import sample
from smf_tts.flow.split_mean_flow import SplitMeanFlow
from smf_tts.flow.trajectory import TrajectoryDistillation

__all__ = [
    "Condition",
    "FlowMatching",
    "Intervals",
    "Loss",
    "MeanFlow",
    "Objective",
    "SplitMeanFlow",
    "TrajectoryDistillation",
    "Velocity",
    "guided",
    "sample",
]
