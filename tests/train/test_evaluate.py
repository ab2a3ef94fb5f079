"""The questions of an evaluation, and what is refused once an article is gone."""

import pytest

from assistant.errors import AssistantError, IndexMismatch
from assistant.lines import QuestionLine
from assistant.records import PairKind
from tests.fakes import RANK, TEMPLATES, make_assistant, make_workspace
from train.evaluate import would_refuse
from train.held_out import held_out_questions, held_out_voice

QUESTION = "How many parameters does a rank of 16 train?"


def ask(assistant, *gold):
    return would_refuse(assistant, QuestionLine("q", QUESTION, gold=gold))


@pytest.mark.parametrize("gold", ["rank", "https://bench.example/rank"], ids=["file", "url"])
@pytest.mark.parametrize(("score", "refused"), [(0.9, False), (0.1, True)])
def test_the_decision_is_made_without_the_article(tmp_path, gold, score, refused):
    assistant = make_assistant(tmp_path, articles=(RANK, TEMPLATES), answerable=score)

    assert ask(assistant, gold) is refused


def test_with_nothing_left_a_question_is_refused_whatever_the_score(tmp_path):
    assistant = make_assistant(tmp_path, articles=(RANK,), answerable=0.9)

    assert ask(assistant, "rank") is True


def test_a_question_about_no_article_of_the_index_is_not_counted(tmp_path):
    assistant = make_assistant(tmp_path, articles=(RANK,))

    assert ask(assistant) is None
    assert ask(assistant, "elsewhere") is None


def test_a_workspace_without_pairs_says_what_to_run(tmp_path):
    with pytest.raises(IndexMismatch, match="no pairs in .*; run `masthead ingest`"):
        held_out_questions(make_workspace(tmp_path), 4)


@pytest.fixture
def voiced(workspace_maker, tmp_path):
    """A workspace whose six held-out rows are voice rows of five articles."""
    return workspace_maker(tmp_path)


def test_paragraphs_to_write_again_come_from_as_many_articles_as_there_are(voiced):
    pairs = held_out_voice(voiced, 5)

    assert {pair.kind for pair in pairs} == {PairKind.VOICE}
    assert len({pair.article for pair in pairs}) == 5
    assert len(held_out_voice(voiced, 99)) == 6


def test_without_held_out_questions_another_file_is_asked_for(voiced):
    with pytest.raises(AssistantError, match="no held-out answer rows; .* --questions FILE"):
        held_out_questions(voiced, 4)
