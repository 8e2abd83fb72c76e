"""The text front end: any English text to sentences of phonemes, the place of every word kept."""

from smf_tts.text.lexicon import load_lexicon
from smf_tts.text.reader import Sentence, Word, read_text

__all__ = ["Sentence", "Word", "load_lexicon", "read_text"]
