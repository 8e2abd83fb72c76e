"""Numbers a reviewer would accept: WER, UTMOS, DNSMOS, speaker similarity, MCD, F0 and speed.

Sees only audio files and texts, so that any system's output is judged in the same way.
"""

from smf_tts.evaluation.run import METRICS, evaluate

__all__ = ["METRICS", "evaluate"]
