"""smf-tts: few-step speech synthesis with average velocities.

from smf_tts import Synthesizer

speech = Synthesizer.from_pretrained().synthesize("Hello!", steps=1)
speech.samples, speech.sample_rate, speech.words
"""

from smf_tts.errors import UserError
from smf_tts.runtime.synthesizer import Speech, Synthesizer, TimedWord
from smf_tts.runtime.voice import list_voices

__all__ = ["Speech", "Synthesizer", "TimedWord", "UserError", "list_voices"]
