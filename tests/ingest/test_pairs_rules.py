"""Splits, mixture, hygiene, wordings: what happens to rows that exist."""

import pytest

from assistant.pair_settings import ShareSettings
from assistant.records import Article, Message, Pair, PairKind
from assistant.settings import BrandSettings, RetrievalSettings
from ingest.pairs.hygiene import Repeats, find_fault, find_leaks
from ingest.pairs.mix import mix_kinds
from ingest.pairs.pick import draw, pick
from ingest.pairs.split import assign_splits, fixed_split, hash_bucket
from ingest.pairs.wordings import choose_wording, write_wordings

ANSWER = "Keep the raw cosine next to the fused score, in the log of every question. [1]"


class WordTokenizer:
    """A word is a token."""

    def render(self, messages):
        return [0] * sum(self.count(m.content) for m in messages)

    def count(self, text):
        return len(text.split())


def pair(target=ANSWER, question="What do I log?", *, kind=PairKind.ANSWER, name="p", article="a"):
    messages = (Message("system", "S"), Message("user", question), Message("assistant", target))
    return Pair(name, kind, "qa", article, (), messages, "t", "r", "w", "")


def fault_of(row):
    return find_fault(row, WordTokenizer(), RetrievalSettings(answer_tokens=40, prompt_tokens=200))


def test_a_sound_row_has_no_fault():
    assert fault_of(pair()) is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (pair("Yes. [1]"), "too_short"),
        (pair("word " * 41), "too_long"),
        (pair(question="word " * 201), "too_long"),
        (pair("Use <b>bold</b> where it matters most. [1]"), "markup"),
        (pair("See [the guide](https://example.org) before you start. [1]"), "markup"),
        (pair("Terms &amp; conditions of the archive apply. [1]"), "markup"),
        (pair("It was the publisher\u00e2\u20ac\u2122s own page. [1]"), "encoding"),
        (pair(question=" ?"), "empty_question"),
        (
            pair(question="Should I keep the raw cosine next to the fused score in the log?"),
            "over_copied",
        ),
        (
            pair(
                "The plain cost of it is one disk.",
                "the plain cost of it is one",
                kind=PairKind.VOICE,
            ),
            "target_in_prompt",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_has_a_reason(row, reason):
    assert fault_of(row)[0] == reason


def test_tags_in_code_are_not_residue():
    assert fault_of(pair("Write `<s>` and `list[int](x)` as they stand. [1]")) is None


def test_a_question_with_the_same_words_is_a_repeat():
    repeats = Repeats()
    repeats.add("What should I know about flat indexes?")

    assert (
        repeats.find("flat index: what should we know") == "What should I know about flat indexes?"
    )
    assert repeats.find("flat indexes and cells") == ""


def test_targets_that_share_eight_words_do_not_stand_in_two_splits():
    rows = [(pair(name="t"), "test"), (pair(name="n"), "train"), (pair(name="u"), "test")]

    assert [(row.id, reason) for row, reason, _ in find_leaks(rows)] == [("n", "shared_run")]


def test_refusals_may_repeat_across_splits():
    first, second = "Which shelf holds the jam?", "Where do cellists keep their rosin?"
    rows = [
        (pair(kind=PairKind.REFUSAL, question=first), "test"),
        (pair(kind=PairKind.REFUSAL, question=second), "train"),
    ]

    assert list(find_leaks(rows)) == []


def test_nearly_the_same_question_is_not_asked_in_two_splits():
    answers = ("Keep it in the cellar, behind the press. [1]", "The jars want darkness. [1]")
    rows = [
        (pair(answers[0], "Where should the plum jam stand?", name="t"), "test"),
        (pair(answers[1], "where should plum jam stand", name="n"), "train"),
    ]

    assert [(row.id, reason) for row, reason, _ in find_leaks(rows)] == [("n", "near_question")]


@pytest.mark.parametrize(
    ("key", "bucket", "split"),
    # The last two digits of the sha256 as a number, by sha256sum and bc.
    [("a", 99, "test"), ("b", 65, "train"), ("article 24", 85, "validation")],
)
def test_the_split_of_an_id_is_fixed(key, bucket, split):
    assert (hash_bucket(key), fixed_split(key)) == (bucket, split)


def articles(n, month="2025-01"):
    return [Article(f"a{i}", "T", "", published=f"{month}-02") for i in range(n)]


def test_the_newest_month_waits():
    everything = [*articles(9), Article("new", "T", "", published="2025-02-01")]

    splits = assign_splits(everything)

    assert [i for i, split in splits.items() if split == "time_test"] == ["new"]


def test_a_single_month_is_not_held_out():
    assert "time_test" not in assign_splits(articles(9)).values()


def test_a_small_archive_still_has_every_split():
    trained = [a for a in articles(40) if fixed_split(a.id) == "train"][:6]

    assert set(assign_splits(trained).values()) == {"train", "validation", "test"}


def test_the_mixture_keeps_answers_and_cuts_the_rest_to_their_shares():
    rows = [pair(name=f"{kind}{i}", kind=kind) for kind in (PairKind.ANSWER,) for i in range(8)]
    rows += [pair(name=f"v{i}", kind=PairKind.VOICE) for i in range(20)]
    rows += [pair(name=f"r{i}", kind=PairKind.REFUSAL) for i in range(3)]

    shares = ShareSettings(answer=0.4, voice=0.3, refusal=0.2)
    kinds = [row.kind for row in mix_kinds(rows, shares, seed=7)]

    assert [kinds.count(kind) for kind in (PairKind.ANSWER, PairKind.VOICE, PairKind.REFUSAL)] == [
        8,
        6,
        3,
    ]


def test_choices_depend_on_seed_and_parts_alone():
    assert draw(7, "a", "b") == draw(7, "a", "b") != draw(8, "a", "b")
    assert 0 <= draw(7, "ab") < 1
    assert {pick("xyz", 7, str(i)) for i in range(50)} == set("xyz")


def test_the_configured_wording_stands_in_half_of_the_rows_and_every_refusal_is_ours():
    brand = BrandSettings(name="The Bench", refusal="We have not printed that.")
    wordings = write_wordings(brand)

    chosen = [choose_wording(wordings, 7, f"question {i}") for i in range(400)]

    assert 0.4 < chosen.count(wordings[0]) / 400 < 0.6
    assert len(set(chosen)) == len(wordings) > 3
    assert all("The Bench" in w.system and brand.refusal in w.system for w in wordings)
