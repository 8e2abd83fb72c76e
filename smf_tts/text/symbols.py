"""The symbols a voice is trained on: one character is one token, its index is the token's id."""

PADDING = "_"
PUNCTUATION = ';:,.!?—…"()'
# What espeak-ng writes for American and British English, with the reductions and foreign sounds
# of its dictionary (x in "loch", ɬ, ʲ ...); a lexicon may use these and no others.
PHONEMES = "abdefhijklmnopqrstuvwxzæçðøŋœɐɑɒɔəɚɛɜɡɪɬɹɾʁʃʊʌʒʔʰʲˈˌː̩̃θᵻ"

SYMBOLS: tuple[str, ...] = (PADDING, " ", *PUNCTUATION, *PHONEMES)

_IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}


def token_ids(phonemes: str) -> list[int]:
    """Token ids of a sentence's phonemes, between two spaces that carry its edges' silence.

    Raises:
        KeyError: a character that is not among `SYMBOLS`; see `known`.
    """
    return [_IDS[character] for character in f" {phonemes} "]


def known(phonemes: str) -> str:
    """The phonemes without the characters that are not among `SYMBOLS`.

    espeak-ng marks rare foreign sounds with letters that no voice here was trained on; leaving
    one out loses a shade of a sound, never a word.
    """
    return "".join(character for character in phonemes if character in _IDS)
