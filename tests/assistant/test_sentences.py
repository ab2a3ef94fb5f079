import pytest

from assistant.sentences import stream_sentences

TEXT = (
    "The rank is 16 [1]. It costs 4.9 million, e.g. The small one.\n"
    "- First item [2]\n* Second.\nEnd"
)
SENTENCES = [
    "The rank is 16 [1].",
    "It costs 4.9 million, e.g. The small one.",
    "First item [2]",
    "Second.",
    "End",
]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 1000])
def test_sentences_do_not_depend_on_how_the_stream_is_cut(n):
    pieces = [TEXT[i : i + n] for i in range(0, len(TEXT), n)]

    assert list(stream_sentences(pieces)) == SENTENCES


def test_a_sentence_comes_as_soon_as_the_next_one_starts():
    heard = []

    def pieces():
        for piece in ("One is here. ", "Two", " is here."):
            heard.append(piece)
            yield piece

    assert next(stream_sentences(pieces())) == "One is here."
    assert heard == ["One is here. ", "Two"]


def test_a_run_on_is_cut_off_as_it_stands():
    words = " ".join(f"word{number}" for number in range(200))
    first, *_ = stream_sentences(words[start : start + 250] for start in range(0, 1500, 250))

    assert 600 < len(first) <= 1000


@pytest.mark.parametrize("pieces", [[], [""], ["\n", " \n"]])
def test_nothing_said_gives_no_sentence(pieces):
    assert list(stream_sentences(pieces)) == []


def test_a_text_that_only_repeats_itself_ends_without_its_last_sentence():
    assert list(stream_sentences(["It is so. The answer is "] + ["no, "] * 60)) == ["It is so."]
