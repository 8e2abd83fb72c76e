"""The symbols a voice is trained on: one character is one token, its index is the token's id."""

PADDING = "_"
PUNCTUATION = ";:,.!?—…\"()"
# What espeak-ng writes for American and British English, with the reductions and foreign sounds
# of its dictionary (x in "loch", ɬ, ʲ ...); a lexicon may use these and no others.
PHONEMES = "abdefhijklmnopqrstuvwxzæçðøŋœɐɑɒɔəɚɛɜɡɪɬɹɾʁʃʊʌʒʔʰʲˈˌː̩̃θᵻ"

SYMBOLS: tuple[str, ...] = (PADDING, " ", *PUNCTUATION, *PHONEMES)

_IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}


def token_ids(phonemes: str) -> list[int]:
    """Token ids of a phoneme string; characters outside `SYMBOLS` are dropped.

    espeak-ng marks rare foreign sounds with letters that no voice here was trained on; leaving
    one out loses a shade of a sound, never a word.
    """
    return [_IDS[character] for character in phonemes if character in _IDS]
