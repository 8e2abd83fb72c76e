"""What the buttons do, without a browser: the teacher's card, and failures of the machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from smf_tts import Synthesizer
from smf_tts.demo.app import voice_page
from smf_tts.demo.speaking import VoiceDemo
from smf_tts.runtime.trace import TracingEngine

SETTINGS = ("Oh, no! [pause 300ms] Yes.", "emma", 1.0, 0.5, 3)


class SlowerEngine(TracingEngine):
    """Another model, with durations of its own."""

    def encode(self, tokens: np.ndarray, speaker: int) -> Any:
        features, log_durations, vector = super().encode(tokens, speaker)
        return features, log_durations + np.float32(0.3), vector


def cards(demo: VoiceDemo) -> list[str]:
    *_, (last, _) = demo.compare(*SETTINGS)
    return last


def test_the_teacher_has_a_card_when_it_is_given(embedded: Synthesizer):
    assert len(cards(VoiceDemo(embedded))) == 4
    *_, ten, teacher = cards(VoiceDemo(embedded, embedded, teacher_evaluations=2))
    assert "<h3>The teacher, 10 steps</h3>" in teacher
    assert "<b>20</b> NFE" in teacher
    # This teacher is the voice itself.
    assert "<b>0.0 dB</b> mean difference from 10 steps" in teacher
    pcm = re.compile(r'data-pcm="([^"]+)"')
    assert pcm.findall(teacher) == pcm.findall(ten)


def test_a_teacher_with_times_of_its_own_is_not_compared_frame_by_frame(embedded: Synthesizer):
    slower = Synthesizer(embedded.voice, SlowerEngine(embedded.engine))
    *_, teacher = cards(VoiceDemo(embedded, slower))
    assert "its own time" in teacher
    assert "<figcaption>" not in teacher


def test_cards_keep_their_places_while_they_come(embedded: Synthesizer):
    over_time = VoiceDemo(embedded).compare(*SETTINGS)
    names = [re.findall(r"<h3>(.*?)</h3>", "".join(shown)) for shown, _ in over_time]
    assert len(names) == 5
    assert all(few == ["1 step", "2 steps", "4 steps", "10 steps"] for few in names)


def test_a_failure_of_the_machine_is_a_message_too(
    visit: Callable[..., Any], serve: Callable[[Any], str], embedded: Synthesizer
):
    broken = Synthesizer(replace(embedded.voice, steps=1), None)  # type: ignore[arg-type]
    page = visit(serve(voice_page(VoiceDemo(broken))))
    page.get_by_role("button", name="Speak", exact=True).click()
    page.get_by_role("alert").filter(has_text="Something went wrong here").wait_for()
    assert "NoneType" not in page.content()
