from dataclasses import replace

import numpy as np
import pytest

from assistant.passage_text import prefixed_text
from assistant.records import Article, Found, Passage
from assistant.retrieve import HybridRetriever, choose_for_prompt, find_passages, fuse
from assistant.settings import RetrievalSettings
from tests.archive import ARCHIVE
from tests.fakes import ARTICLES, RANK, FakeEncoder, make_generation


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    return make_generation(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def retriever(generation):
    return HybridRetriever(generation, FakeEncoder())


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("How many parameters does a rank of 16 train?", "rank#0"),
        ("Does merging an adapter slow the answers?", "rank#1"),
        ("What did the wrong flag in the chat template do to the accuracy?", "templates#0"),
        ("May I promote on a Friday?", "galley#1"),
    ],
)
def test_the_passage_that_says_it_comes_first(retriever, question, passage):
    assert retriever.search(question, 3)[0].passage.id == passage


def test_passages_come_best_first_until_k_articles_are_named(retriever):
    found = retriever.search("adapter template rank", 2)

    assert len({item.article.id for item in found}) == 2
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


def test_scores_are_those_of_a_plain_look_at_every_passage(generation, retriever):
    encoder, question = FakeEncoder(), "How many parameters does a rank train?"
    titles = {article.id: article.title for article in ARTICLES}
    texts = [prefixed_text(titles[p.article_id], p.headings, p.text) for p in generation.passages()]
    cosines = encoder.encode(texts) @ encoder.encode([question])[0]
    lexical = [generation.lexical.score_text(question, text) for text in texts]

    scores = retriever.score(question)

    assert scores.dense == pytest.approx(cosines, abs=1e-5)
    assert scores.lexical == pytest.approx(lexical, abs=1e-5)
    assert scores.fused == pytest.approx(0.5 * cosines + 0.5 * np.array(lexical), abs=1e-5)


def test_what_points_away_counts_as_nothing_near():
    dense = np.array([-0.4, 0.8], dtype=np.float32)

    fused = fuse(dense, np.array([0.5, 0.0], dtype=np.float32), 0.75)

    assert fused.tolist() == pytest.approx([0.125, 0.6])


def test_a_passage_taken_out_is_not_found(generation, retriever):
    scores = retriever.score("How many parameters does a rank of 16 train?")
    row = [p.id for p in generation.passages()].index("rank#0")

    found = find_passages(generation, scores, 3, without={row})

    assert "rank#0" not in [item.passage.id for item in found]


def test_another_order_moves_all_but_what_is_named_by_its_title(generation, retriever):
    scores = retriever.score('What does "Pick your rank" say of the template?')
    named = find_passages(generation, scores, 3)

    turned = find_passages(generation, scores, 3, rerank=turn_round)

    kept = [item.passage.id for item in named if item.score >= 1]
    assert kept
    assert [item.passage.id for item in turned[: len(kept)]] == kept
    assert [i.passage.id for i in turned[len(kept) :]] == [
        i.passage.id for i in named[len(kept) :][::-1]
    ]


def turn_round(found):
    places = [item.score for item in found]
    return [replace(item, score=score) for item, score in zip(found[::-1], places, strict=True)]


def test_an_update_goes_before_the_article_it_replaces(tmp_path):
    newer = replace(RANK, id="rank-2", url="", title="Pick your rank")
    older = replace(RANK, superseded_by="rank-2")
    generation = make_generation(tmp_path, [older, newer])

    found = HybridRetriever(generation, FakeEncoder()).search("rank parameters starter model", 2)

    assert found[0].article.id == "rank-2"


def hit(article_id, n, score, date="2026-01-01"):
    article = Article(article_id, article_id, "one.\n\ntwo.\n\nthree.", published=date)
    text = ("one.", "two.", "three.")[n]
    return Found(Passage(f"{article_id}#{n}", article_id, text), article, score, score, score)


def test_the_prompt_takes_the_best_but_few_of_one_article():
    found = [hit("a", 0, 0.9), hit("a", 1, 0.8), hit("a", 2, 0.7), hit("b", 0, 0.6)]

    chosen = choose_for_prompt(found, RetrievalSettings(passages=3, per_article=2))

    assert [item.passage.id for item in chosen] == ["a#0", "a#1", "b#0"]


def test_the_prompt_stands_in_the_same_order_however_it_was_asked():
    found = [hit("b", 1, 0.9, "2026-03-01"), hit("a", 0, 0.8), hit("b", 0, 0.7, "2026-03-01")]

    for order in (found, found[::-1]):
        chosen = choose_for_prompt(order, RetrievalSettings())
        assert [item.passage.id for item in chosen] == ["a#0", "b#0", "b#1"]


def test_nothing_found_gives_nothing_to_show():
    assert choose_for_prompt([], RetrievalSettings()) == []


RECENT = [
    ("What does a licence for a boat of 17 metres cost?", "fees-2025"),
    ("pounds a year for 17 metres", "fees-2025"),
    ("Is there a discount for one payment?", "fees-2025"),
    ("how much is the licence?", "fees-2025"),
    ("What does the licence of a boat cost a year?", "fees-2025"),
    ("discount per cent", "fees-2025"),
    ("licence fees", "fees-2025"),
    ("How many pounds does a boat licence cost?", "fees-2025"),
    ("one payment: which discount in per cent?", "fees-2025"),
    ("What does a boat cost in licence and discount?", "fees-2025"),
    ("How often do I change the engine oil?", "oil-now"),
    ("Which grade of mineral oil?", "oil-now"),
    ("oil change hours", "oil-now"),
    ("What oil do you use?", "oil-now"),
    ("mineral or not?", "oil-now"),
    ("every how many hours is the oil changed?", "oil-now"),
    ("engine oil grade", "oil-now"),
    ("Licence fees, 2023", "fees-2023"),
    ("What did the article \u201cLicence fees, 2024\u201d name as a discount?", "fees-2024"),
    ("The oil that we use", "oil"),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return HybridRetriever(
        make_generation(tmp_path_factory.mktemp("archive"), ARCHIVE), FakeEncoder()
    )


@pytest.mark.parametrize(("question", "first"), RECENT)
def test_the_newest_of_a_chain_goes_first_unless_an_older_one_is_named(archive, question, first):
    assert archive.search(question, 4)[0].article.id == first


def test_what_is_replaced_keeps_its_place_where_the_update_says_nothing_of_it(tmp_path):
    older = replace(RANK, superseded_by="galley")
    found = HybridRetriever(
        make_generation(tmp_path, [older, *ARTICLES[1:]]), FakeEncoder()
    ).search("How many parameters does a rank of 16 train?", 3)

    assert found[0].article.id == "rank"


def test_of_two_that_match_as_well_the_newer_goes_first(tmp_path):
    newer = replace(RANK, id="rank-2", url="", published="2026-02-01", updated="2026-05-01")
    found = HybridRetriever(make_generation(tmp_path, [RANK, newer]), FakeEncoder()).search(
        "rank parameters", 2
    )

    assert found[0].article.id == "rank-2"
