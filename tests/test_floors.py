"""The figures of benchmarks/floors.json: well formed, of the data at hand, the cheap ones met."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from assistant.commit import read_current
from assistant.config import load_workspace
from assistant.decide import load_prior
from assistant.errors import IndexMismatch
from assistant.generation import open_generation
from benchmarks.floors import DEMO, HERE, KEYS, digest_set, find_set, is_kept, read_floors
from tests.demo import demo_articles

FLOORS = read_floors()
every = pytest.mark.parametrize("name", FLOORS)


@every
def test_a_floor_says_what_was_measured_on_what_and_how(name):
    floor = FLOORS[name]

    assert floor.keys() == KEYS
    assert floor["noise"] >= 0
    assert floor["best"] in ("high", "low")
    assert len(floor["sha256"]) == 64
    script = floor["command"].split()[1]
    assert (HERE.parent / script).is_file()


@every
def test_a_floor_is_of_the_data_at_hand(name):
    folder = find_set(FLOORS[name]["set"])
    if folder is None:
        pytest.skip(
            f"{FLOORS[name]['set']} is not here; MASTHEAD_DATA names the folder of the sets"
        )

    assert digest_set(folder) == FLOORS[name]["sha256"]


def test_any_change_of_a_set_changes_its_digest(tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.md").write_text("Bread.")
    (tmp_path / "questions.jsonl").write_text("{}")
    first = digest_set(tmp_path)

    (tmp_path / "articles" / "a.md").write_text("Salt.")
    second = digest_set(tmp_path)
    (tmp_path / "articles" / "a.md").rename(tmp_path / "articles" / "b.md")

    assert len({first, second, digest_set(tmp_path)}) == 3


@pytest.mark.parametrize(
    ("best", "measured", "kept"),
    [
        ("high", 0.95, True),
        ("high", 0.88, True),
        ("high", 0.87, False),
        ("low", 0.92, True),
        ("low", 0.93, False),
    ],
)
def test_a_figure_may_be_worse_by_its_noise_and_no_more(best, measured, kept):
    assert is_kept({"value": 0.90, "noise": 0.021, "best": best}, measured) is kept


@pytest.fixture(scope="module")
def decided():
    """The demo's sixty questions, decided by its own index where that is of today's articles."""
    from assistant.opening import open_assistant

    workspace = load_workspace(DEMO)
    if read_current(workspace.index_root) is None:
        pytest.skip("data/demo has no index; `masthead ingest data/demo` builds it")
    generation = open_generation(workspace.index_root)
    bodies = {article.file: article.body for article in generation.articles()}
    if bodies != {article.file: article.body for article in demo_articles()}:
        pytest.skip("data/demo's index is of other articles; `masthead ingest data/demo` renews it")
    try:
        cutoffs = generation.fits.decision.cutoffs
    except IndexMismatch as error:
        pytest.skip(f"data/demo: {error}")
    if cutoffs != load_prior()[0].cutoffs:
        pytest.skip("data/demo's index has an older fit; run `masthead ingest data/demo --full`")
    assistant = open_assistant(workspace, adapters=["base"])
    lines = (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    return [(q, assistant.answer(q["question"], until="decide")) for q in questions]


@pytest.mark.slow
def test_the_right_article_of_the_demo_comes_first_as_often_as_it_did(decided):
    first = [
        answer.retrieved[0].article.file.removesuffix(".md") in question["gold"]
        for question, answer in decided
        if not question["unanswerable"]
    ]

    assert is_kept(FLOORS["demo article R@1"], float(np.mean(first)))


@pytest.mark.slow
def test_what_the_demo_answers_is_told_from_what_it_does_not_as_well_as_it_was(decided):
    truth = [not question["unanswerable"] for question, _ in decided]
    scores = [answer.answerable_score for _, answer in decided]

    assert is_kept(FLOORS["demo answerable or not, AUROC"], roc_auc_score(truth, scores))
