from dataclasses import replace

import pytest

from assistant.errors import ArticleError
from assistant.records import Article
from ingest.changes import compare_articles, refuse_shrinking

OLD = [Article("a", "A", "x"), Article("b", "B", "x"), Article("c", "C", "x")]


def ids(articles):
    return [article.id for article in articles]


def many(count, start=0):
    return [Article(f"a{n}", "A", "x") for n in range(start, start + count)]


def test_changes_are_told_by_the_whole_article():
    new = [Article("b", "B", "x", tags=("t",)), Article("c", "C", "x"), Article("d", "D", "x")]

    changes = compare_articles(new, OLD)

    assert (ids(changes.added), ids(changes.changed)) == (["d"], ["b"])
    assert (ids(changes.removed), ids(changes.unchanged)) == (["a"], ["c"])
    assert changes


def test_the_same_articles_are_no_change():
    assert not compare_articles(OLD, OLD)


def test_an_article_from_another_source_is_unchanged_and_still_written():
    new = [replace(OLD[0], sources=("feed: f",)), *OLD[1:]]

    changes = compare_articles(new, OLD)

    assert len(changes.unchanged) == 3
    assert changes.moved
    assert changes


@pytest.mark.parametrize(
    ("n_kept", "n_added", "refused"), [(7, 0, False), (6, 0, True), (6, 1, False), (0, 10, False)]
)
def test_losing_more_than_three_in_ten_is_refused(n_kept, n_added, refused):
    changes = compare_articles([*many(n_kept), *many(n_added, 20)], many(10))

    assert changes.shrinks_much == refused
    if refused:
        says = "shrink from 10 articles to 6, so nothing was written; .* --allow-shrink"
        with pytest.raises(ArticleError, match=says):
            refuse_shrinking(changes)
    else:
        refuse_shrinking(changes)
