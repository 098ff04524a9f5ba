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
