import pytest

from assistant.settings import IngestSettings
from ingest.item import Item, to_article
from tests.ingest.reading import WORDS


def read(**fields):
    return to_article(Item(**{"file": "a", "markdown": WORDS, **fields}), IngestSettings())


@pytest.mark.parametrize(
    ("tag", "voice"),
    [
        ("Guest", False),
        ("guest post", False),
        ("Guest-Authors", False),
        ("#sponsored", False),
        ("Sponsored content", False),
        ("Paid partnership", False),
        ("Translation", False),
        ("paid", True),
        ("partner", True),
        ("guest house", True),
        ("machine translation", True),
    ],
)
def test_a_tag_says_whether_the_words_are_our_own(tag, voice):
    assert read(tags=["bread", tag]).voice is voice


def test_a_change_on_the_day_of_publication_is_none():
    assert read(published="2024-03-02", updated="2024-03-02T18:00:00Z").updated == ""
    assert read(published="2024-03-02", updated="2024-03-03T01:00:00Z").updated == "2024-03-03"


@pytest.mark.parametrize(
    ("given", "kept"), [("", "en"), ("de-AT", "de"), ("pt_BR", "pt"), ("FR", "fr")]
)
def test_a_language_is_kept_without_its_country(given, kept):
    assert read(language=given).language == kept


def test_a_body_beyond_all_measure_is_dropped():
    assert read(markdown="word " * 1_000_000).reason == "too_large"
