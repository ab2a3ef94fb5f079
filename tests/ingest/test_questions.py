import pytest

from assistant.records import Article, Passage
from ingest.questions import write_questions

ARTICLE = Article("a", "Pick your rank", "")


def ask(text, heading="", title="Pick your rank", place="a#0"):
    headings = (heading,) if heading else ()
    passage = Passage(place, "a", text, headings)
    return list(write_questions([(Article("a", title, ""), [passage])]))


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("A merged adapter is a copy with no second matrix.", "What is merged adapter?"),
        ("Low ranks are the cheap ones here.", None),
        ("To compare both token lists, print them.", "How do I compare both token lists?"),
    ],
)
def test_a_sentence_is_turned_into_what_it_answers(text, question):
    made = [q.question for q in ask(text)]

    assert (question in made) if question else all(q.endswith(("?", ".")) for q in made)


def test_a_heading_that_asks_is_asked_as_it_stands_and_masked():
    (made,) = ask("Short.", heading="When should you carry an adapter?")

    assert (made.question, made.masked) == (
        "When should you carry an adapter?",
        "When should you carry an adapter?",
    )


def test_a_heading_that_names_is_asked_about_and_masked():
    (made,) = ask("Short.", heading="Four settings of training")

    assert "four settings of training" in made.question
    assert made.masked == "Four settings of training"


def test_a_heading_of_one_word_is_no_question():
    assert ask("Short.", heading="Notes") == []


def test_a_sentences_question_hides_no_heading():
    made = ask("A merged adapter is a copy with no second matrix.", heading="Notes")

    assert [q.masked for q in made] == [""]


def test_a_passage_gives_two_questions_at_most_each_named_after_it():
    text = " ".join(
        f"The {n} bench tools are a set that costs a lot." for n in ("old", "new", "red")
    )

    made = ask(text, heading="When should you carry an adapter?")

    assert [q.id for q in made] == ["a#0-q0", "a#0-q1"]
    assert {(q.passage_id, q.article_id) for q in made} == {("a#0", "a")}


def test_an_article_asks_nothing_twice():
    passages = [Passage(f"a#{n}", "a", "Short.", ("How do ranks cost?",)) for n in range(3)]

    assert len(list(write_questions([(ARTICLE, passages)]))) == 1


def test_a_sentence_without_a_verb_is_asked_about_without_its_full_stop():
    (made,) = ask("Fewer rows, better rows. Short.")[:1]

    assert made.question.endswith(("fewer rows?", "Fewer rows?"))


def test_the_same_passage_gives_the_same_questions():
    text = "The old bench tools cost 40 MB. Merging pays because the matrix is gone."

    assert ask(text, "Four settings of training") == ask(text, "Four settings of training")
