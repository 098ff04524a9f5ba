"""Text for matching: short and long texts are folded alike, and every offset leads back."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.text.normalise import fold, normalise, squeeze

PIECES = st.lists(
    st.sampled_from(["公开", "１２", "，", "—", " ", "\u3000", "\n", "“", "⼀", "〇", "\0", "𠮷", "\ud800", "a"]), max_size=80
).map("".join)


@given(PIECES)
def test_long_texts_are_folded_as_their_characters_are(text: str) -> None:
    for whole in (text, text + "全" * 120):
        assert fold(whole) == "".join(map(fold, whole))
        assert squeeze(whole) == "".join(map(squeeze, whole))
        n = normalise(whole)
        assert n.text == squeeze(whole)
        assert [squeeze(whole[a]) for a in n.offsets[:-1]] == list(n.text)


@given(PIECES, st.integers(0, 200), st.integers(0, 200))
def test_places_lead_back_to_the_text_that_they_came_from(text: str, start: int, end: int) -> None:
    n = normalise(text)
    start, end = min(start, len(n.text)), min(end, len(n.text))
    if start < end:
        assert n.place(*n.span(start, end))[0] == start
        assert n.text[slice(*n.place(*n.span(start, end)))].startswith(n.text[start:end])
