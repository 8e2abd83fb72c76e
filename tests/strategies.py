"""Texts that nobody should write, and everybody does."""

from hypothesis import strategies as st

FRAGMENTS = st.sampled_from(
    [
        "hello", "World", "Dr.", "St.", "NASA", "FBI's", "I", "A", "a", "e.g.", "Henry VIII",
        "don't", "$", "5", "1,000", "3.14", ".5", "-", "—", "1/2", "½", "0", "007",
        "99999999999999999999", "%", "kg", "10:30", "a.m.", "2024-02-30", "3/4/2025", "'90s",
        "1990s", "Jan.", "5th", "+", "=", "x", "×", "²", "^", "#tag", "@", "a@b.co",
        "https://x.y/z?q=1", "www.", ".com", "v1.2.3", "[[", "]]", "[[ həlˈoʊ ]]", "[[%]]",
        "[pause 500ms]", "[pause", "[pause 1s", "[", "]", "(", ")", "**", "*", "_", "`", "```",
        "#", ">", "|", "<b>", "</b>", "<br/>", "<foo>", "&amp;", "&#0;", "<", "\x00", "\u200b",
        "\u202e", "\ufeff", "\x1b[0m", "\ud800", "\ue000", "\u0301", "\xa0", "\u2028", "😀",
        "👩‍👩‍👧", "🇺🇸", "❤️", "“", "”", "’", "…", "...", "?!", "!!!", ",", ";", ":", "/", "\\",
        "~", "\n", "\n\n", "\r\n", "\t", "  ", "- ", "1. ", "π", "µ", "Привет", "日本語", "مرحبا",
        "ß", "ﬁ", "Ａ", "𝓗", "①", "٣", "é", "ʕ", "ŋ", "n̈", "zzz", "a" * 60, "1" * 50, "-" * 30,
        "I.V.", "MCMXC",
    ]
)  # fmt: skip

LATIN = st.text(st.characters(max_codepoint=0x24F, exclude_categories=()), max_size=80)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
PATCHWORK = st.lists(st.tuples(FRAGMENTS, st.sampled_from(["", " ", " "])), max_size=25).map(
    lambda parts: "".join(fragment + gap for fragment, gap in parts)
)
TEXTS = st.one_of(PATCHWORK, PATCHWORK, LATIN, ANYTHING)
