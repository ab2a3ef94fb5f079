import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.records import Article
from ingest.copies import Copy, merge_copies
from ingest.identity import article_id

WORDS = [f"word{n}" for n in range(500)]


def prose(seed, length=200):
    return " ".join(random.Random(seed).choices(WORDS, k=length))


BODY = prose(1)


def article(source, *, url="", file="post.md", body=BODY, **fields):
    fields.setdefault("title", "On bread")
    return Article(
        id=article_id(url, file), body=body, file=file, url=url, sources=(source,), **fields
    )


def merge(*articles):
    return merge_copies([Copy(one) for one in articles])


FIVE_ADDRESSES = [
    "http://example.org/bread",
    "https://www.example.org/bread/",
    "https://example.org/bread?utm_source=mail&utm_medium=x",
    "https://example.org/bread/amp/",
    "https://example.org/bread/index.html#top",
]


def test_one_article_under_five_addresses_is_one():
    copies = [article("site: s", url=url, file=url) for url in FIVE_ADDRESSES]

    merged, dropped = merge(*copies)

    assert len(merged) == 1
    assert [drop.reason for drop in dropped] == ["duplicate"] * 4


def test_feed_export_crawl_and_folder_are_one_article_with_the_richest_body():
    folder = article("folder: posts", body=f"{BODY}\n\n```python\nbake()\n```", tags=("food",))
    feed = article("feed: f", url="https://example.org/bread", body=BODY[:300],
                   published="2026-01-02", file="tag:1")  # fmt: skip
    crawl = article("site: s", url="https://www.example.org/bread/", body=f"{BODY} Related posts",
                    authors=("Ada",), file="/bread/")  # fmt: skip
    export = article("wordpress: w", url="http://example.org/bread?p=1", subtitle="Rye",
                     file="1", aliases=("https://example.org/bread",))  # fmt: skip

    (one,), dropped = merge(folder, feed, crawl, export)

    assert "bake()" in one.body
    assert (one.published, one.authors, one.tags) == ("2026-01-02", ("Ada",), ("food",))
    assert one.subtitle == "Rye"
    assert one.id == article_id(one.url, "")
    assert one.sources[0] == "folder: posts"
    assert len(one.sources) == 4
    assert len(dropped) == 3


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_sources_does_not_matter(order):
    copies = [
        article("folder: posts", body=f"{BODY}\n\n```\nx\n```"),
        article("feed: f", url="https://example.org/bread", published="2026-01-02", file="tag:1"),
        article("site: s", url="https://www.example.org/bread/", authors=("Ada",), file="/bread"),
        article("folder: notes", body=prose(2), title="Salt"),
        article("feed: f", url="https://example.org/salt", body=prose(2), title="Salt", file="2"),
        article("folder: posts", body=prose(3), file="water.md", title="Water"),
    ]

    assert merge(*(copies[row] for row in order)) == merge(*copies)


def test_other_addresses_stay_as_aliases():
    here = article("ghost: g", url="https://example.org/bread")
    there = article("feed: f", url="https://medium.example/p/1", file="2")

    (one,), _ = merge(here, there)

    assert one.url == "https://example.org/bread"
    assert one.aliases == ("https://medium.example/p/1",)


def test_an_alias_leads_to_the_page_it_once_was():
    new = article("folder: posts", url="https://example.org/bread", aliases=("/2019/bread/",))
    old = article("wordpress: w", url="https://example.org/2019/bread", body=prose(9), file="1")

    assert len(merge(new, old)[0]) == 1


def test_a_home_page_claimed_as_alias_joins_nothing():
    first = article("folder: posts", url="https://example.org/a", aliases=("/",))
    second = article("folder: posts", url="https://example.org/", body=prose(9), file="b.md")

    assert len(merge(first, second)[0]) == 2


REVISED = BODY.replace(BODY.split()[3], "changed")
DIFFERENT = [
    ("superseded", {"superseded_by": "new"}, {"id": "new"}),
    ("a new edition a year later", {"published": "2025-01-01"}, {"published": "2026-01-01"}),
    ("a series' next part", {"series": "S", "title": "Part 1"}, {"series": "S", "title": "Part 2"}),
    ("a form letter of another week", {"title": "Week 1"}, {"title": "Week 2"}),
    ("the same title another day", {"published": "2026-01-01"}, {"published": "2026-01-08"}),
]


@pytest.mark.parametrize(
    ("older", "newer"), [d[1:] for d in DIFFERENT], ids=[d[0] for d in DIFFERENT]
)
def test_nearly_the_same_text_may_be_two_articles(older, newer):
    one = replace(article("folder: posts", file="a.md"), **older)
    other = replace(article("folder: posts", file="b.md", body=REVISED), **newer)

    assert len(merge(one, other)[0]) == 2


def test_a_reprint_elsewhere_some_days_later_is_the_same_article():
    one = article("folder: posts", published="2026-01-01")
    other = article("medium: m", published="2026-01-04", body=REVISED, title="On bread | Medium")

    assert len(merge(one, other)[0]) == 1


def test_two_sources_may_each_have_a_file_of_one_name():
    one = article("folder: blog", file="index.md")
    other = article("folder: notes", file="index.md", body=prose(7))

    merged, dropped = merge(one, other)

    assert len({a.id for a in merged}) == 2
    assert merged[0].id == one.id
    assert dropped == []


def test_a_newer_article_is_followed_to_its_new_id():
    newer = article("folder: posts", file="new.md", title="New", body=prose(5))
    older = replace(article("folder: posts", file="old.md"), superseded_by=newer.id)
    elsewhere = article("feed: f", url="https://example.org/new", title="New", body=prose(5))

    first, second = merge(older, newer, elsewhere)[0]

    assert {first.superseded_by, second.superseded_by} == {"", article_id(elsewhere.url, "")}


def test_no_voice_in_one_copy_is_no_voice():
    quiet = replace(article("folder: posts"), voice=False)

    ((one,), _) = merge(quiet, article("feed: f", url="https://example.org/bread"))

    assert not one.voice


def test_an_old_copy_that_only_fills_lends_its_fields_and_not_its_body():
    fresh = article("folder: posts")
    old = replace(article("feed: f", body=f"{BODY} {prose(8)}"), authors=("Ada",),
                  url="https://example.org/bread", aliases=("https://example.org/old",),
                  file=fresh.file)  # fmt: skip

    (one,), dropped = merge_copies([
        Copy(fresh),
        Copy(replace(old, body=f"{BODY} more"), fills_only=True),
    ])  # fmt: skip

    assert (one.body, one.authors, one.url) == (BODY, ("Ada",), "https://example.org/bread")
    assert dropped == []


def test_an_old_copy_that_cannot_stand_alone_is_forgotten():
    old = Copy(article("feed: f"), fills_only=True, stands_alone=False)

    assert merge_copies([old]) == ([], [])
