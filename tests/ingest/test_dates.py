from datetime import date, timedelta

import pytest

from assistant.records import Article
from ingest.dates import find_date_doubts, repair_dates
from ingest.frontmatter import date_of

TODAY = date.today()


@pytest.mark.parametrize("day", ["0001-01-01", "0000-00-00", "9999-12-31", "yesterday", "", "1599"])
def test_a_date_that_cannot_be_is_taken_off_and_the_article_flagged(day):
    article = repair_dates(Article("a", "A", "x", published=date_of(day), updated=date_of(day)))

    assert (article.published, article.updated) == ("", "")
    assert find_date_doubts([article]) == {"undated": ["a"]}


def test_an_old_date_stays():
    assert repair_dates(Article("a", "A", "x", published="1857-11-01")).published == "1857-11-01"


def test_a_date_to_come_is_kept_and_flagged():
    soon = (TODAY + timedelta(days=30)).isoformat()
    article = repair_dates(Article("a", "A", "x", published=soon))

    assert article.published == soon
    assert find_date_doubts([article]) == {"future_date": ["a"]}


def test_tomorrow_is_today_somewhere():
    tomorrow = (TODAY + timedelta(days=1)).isoformat()

    assert find_date_doubts([Article("a", "A", "x", published=tomorrow)]) == {}
