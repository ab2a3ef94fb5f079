import logging
from dataclasses import replace

import pytest

from assistant.errors import ArticleError, SourceIncomplete
from assistant.records import Article, Dropped
from assistant.settings import SOURCE_KINDS
from ingest import sources
from ingest.identity import article_id
from ingest.sources import read_sources
from tests.fakes import make_workspace

WORDS = " ".join(f"word{n}" for n in range(30))


def article(name, source="", **fields):
    url = f"https://example.org/{name}"
    named = (source,) if source else ()
    return Article(
        article_id(url, ""), name.title(), f"{name} {WORDS}", url=url, file=name, sources=named,
        **fields,
    )  # fmt: skip


BREAD, SALT, WATER = (article(name) for name in ("bread", "salt", "water"))
SITE, FEED, EXPORT = "site: s", "feed: f", "wordpress: w"


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that reads scripted sources over what there was before."""

    def read(listings, old=(), allow_shrink=False, **sections):
        """`listings` maps a source's name to its items; an error in it is raised there."""
        kinds = {}

        def reader(workspace, source):
            for item in kinds[source.name]:
                if isinstance(item, Exception):
                    raise item
                yield item

        for name, items in listings.items():
            kinds[name] = items
            monkeypatch.setitem(sources.READERS, name.split(":")[0], reader)
        places = [dict([name.split(": ")]) for name in listings]
        workspace = make_workspace(tmp_path, **{"sources": places, **sections})
        return read_sources(workspace, old, allow_shrink=allow_shrink)

    return read


def of(source, *articles):
    return [replace(one, sources=(source,)) for one in articles]


def titles(reading):
    return sorted(one.title for one in reading.articles)


def test_each_article_says_which_source_it_is_of(read):
    reading = read({SITE: [BREAD], FEED: [SALT]})

    assert {one.title: one.sources for one in reading.articles} == {
        "Bread": (SITE,), "Salt": (FEED,),
    }  # fmt: skip


BROKEN = {
    "down": [ArticleError("the host does not answer; try again later")],
    "half-listed": [BREAD, SourceIncomplete("the second sitemap is missing; try again later")],
    "empty": [],
    "only drops": [Dropped("x", "no_text", "x has no text")],
}


@pytest.mark.parametrize("items", BROKEN.values(), ids=BROKEN)
def test_a_source_that_is_down_empty_or_half_listed_deletes_nothing(read, items, caplog):
    with caplog.at_level(logging.WARNING):
        reading = read({SITE: items, EXPORT: [WATER]}, of(SITE, BREAD, SALT))

    assert titles(reading) == ["Bread", "Salt", "Water"]
    (site, export) = reading.sources
    assert site.problem
    assert site.articles + site.carried == 2
    assert (export.problem, export.carried) == ("", 0)
    (line,) = caplog.messages
    assert line.startswith("site: s: ")
    assert line.count("of its articles stay as they were") == 1


def test_a_source_listed_whole_takes_away_what_it_no_longer_has(read):
    assert titles(read({SITE: [BREAD]}, of(SITE, BREAD, SALT))) == ["Bread"]


def test_articles_of_a_source_that_was_taken_out_of_the_settings_go(read):
    assert titles(read({SITE: [BREAD]}, [*of(SITE, BREAD), *of(FEED, SALT)])) == ["Bread"]


def test_an_empty_listing_is_believed_when_shrinking_is_allowed(read):
    reading = read({SITE: [], EXPORT: [WATER]}, of(SITE, BREAD), allow_shrink=True)

    assert titles(reading) == ["Water"]


def test_a_feed_is_a_window_and_never_takes_an_article_away(read):
    reading = read({FEED: [WATER]}, of(FEED, BREAD, SALT))

    assert titles(reading) == ["Bread", "Salt", "Water"]
    assert reading.sources[0].problem == ""
    assert reading.sources[0].carried == 2


def test_what_the_site_took_away_goes_although_it_once_stood_in_the_feed(read):
    old = [replace(BREAD, sources=(SITE, FEED)), *of(SITE, SALT)]

    assert titles(read({SITE: [SALT], FEED: [WATER]}, old)) == ["Salt", "Water"]


def test_one_item_that_cannot_be_had_now_keeps_its_old_copy(read):
    gone = Dropped(BREAD.id, "unreachable", "https://example.org/bread answered 500")

    reading = read({SITE: [gone, SALT]}, of(SITE, BREAD, WATER))

    assert titles(reading) == ["Bread", "Salt"]
    assert reading.reasons == {"unreachable": 1}


def test_files_in_a_folder_that_cannot_be_opened_keep_their_old_copies(read):
    inside = replace(BREAD, file="2024/bread.md", sources=(SITE,))

    reading = read({SITE: [Dropped("2024", "unreadable", "2024: denied"), SALT]}, [inside])

    assert titles(reading) == ["Bread", "Salt"]


def test_a_fresh_copy_is_not_held_back_by_a_source_that_is_down(read):
    shorter = replace(BREAD, body=BREAD.body[:150])
    old = [replace(BREAD, sources=(EXPORT, SITE), authors=("Ada",))]

    (one,) = read({EXPORT: [shorter], SITE: [ArticleError("down; try again")]}, old).articles

    assert one.body == shorter.body
    assert one.authors == ("Ada",)
    assert one.sources == (EXPORT, SITE)


def test_a_poor_copy_does_not_replace_the_full_one_of_a_source_that_is_down(read):
    summary = replace(BREAD, body="A summary.")
    old = [replace(BREAD, sources=(SITE, FEED))]

    (one,) = read({SITE: [ArticleError("down; try again")], FEED: [summary]}, old).articles

    assert one.body == BREAD.body


def test_articles_of_an_old_generation_without_sources_stay_while_any_source_is_down(read):
    assert titles(read({SITE: [ArticleError("down")], EXPORT: [WATER]}, [BREAD])) == [
        "Bread", "Water",
    ]  # fmt: skip
    assert titles(read({SITE: [SALT], FEED: [WATER]}, [BREAD])) == ["Salt", "Water"]


def test_nothing_at_all_says_why(read):
    with pytest.raises(ArticleError, match="the host does not answer; try again later"):
        read({SITE: BROKEN["down"]})
    with pytest.raises(ArticleError, match=r"no articles in s \(1 dropped: \{'no_text': 1\}\)"):
        read({SITE: BROKEN["only drops"]})


def test_a_source_without_a_voice_has_none(read):
    reading = read({SITE: [BREAD]}, sources=[{"site": "s", "voice": False}])

    assert [one.voice for one in reading.articles] == [False]


def test_rules_see_the_authors_of_the_merged_article(read):
    signed = replace(BREAD, authors=("Guest",))

    reading = read({SITE: [BREAD], FEED: [signed]}, voice={"not_authors": ["guest"]})

    assert [one.voice for one in reading.articles] == [False]


def test_every_kind_of_source_has_its_reader():
    assert sources.READERS.keys() == set(SOURCE_KINDS)
