from dataclasses import replace
from datetime import date

import pytest
from lxml import html

from assistant.records import Citation, Mode
from ingest.decode import printable
from serve import words
from serve.conversation import Progress, Turn, finish_turn, stop_turn
from serve.render import (
    render_greeting,
    render_header,
    render_notice,
    render_turn,
)
from serve.tools_html import citation_url, copy_text
from tests.naughty import CLASSES
from tests.serve.fake_assistant import (
    DRAWER_CITATION,
    GENERATED,
    MERGE,
    MERGE_CITATION,
    MERGE_PASSAGE,
    QUOTED,
    RANK_CITATION,
    REFUSED,
    frame,
    make_answer,
    make_settings,
    quoted,
    written,
)

TODAY = date(2026, 11, 22)
HOSTILE = '<img src=x onerror="steal()">\'"</article>'


def turn_of(answer) -> Turn:
    return finish_turn(Turn(1, answer.question), answer)


def test_a_sentence_is_followed_by_a_link_to_the_article_at_its_heading():
    page = render_turn(turn_of(GENERATED), TODAY)

    assert (
        '<span class="mh-sentence">Merge once an adapter has been promoted and serves everybody.'
        '<sup class="mh-cite"><a href="https://example.org/blog/merge-or-carry#when-should-you-carry"'
        ' target="_blank" rel="noopener noreferrer" data-source="source-1-1"'
        ' aria-label="Source 1: Merge it or carry it, opens in a new tab">'
        '<span aria-hidden="true">1</span></a></sup></span>'
    ) in page


def test_an_article_without_an_address_is_linked_to_its_card():
    page = render_turn(turn_of(GENERATED), TODAY)

    assert '<a href="#source-1-3" data-card data-source="source-1-3" aria-label="Source 3' in page
    assert '<li class="mh-source" id="source-1-3">' in page


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.org/b", "//a.org/b", "http://", ""]
)
def test_only_web_addresses_become_links(url):
    citation = Citation(1, replace(MERGE, url=url), MERGE_PASSAGE, "x")

    assert citation_url(citation) == ""


def test_the_anchor_replaces_a_fragment_and_keeps_the_query():
    citation = Citation(1, replace(MERGE, url="https://a.org/b?c=d#old"), MERGE_PASSAGE, "new")

    assert citation_url(citation) == "https://a.org/b?c=d#new"


def test_a_quoted_answer_is_set_as_a_quotation_with_its_article():
    page = render_turn(turn_of(QUOTED), TODAY)

    assert '<p class="mh-frame"><span class="mh-sentence">Here is how we put it:</span></p>' in page
    assert (
        '<blockquote class="mh-quote"><p>Carry when there is more than one adapter, or when the one'
        " you have is on trial. Merge when an adapter has been promoted and serves everybody.</p>"
        "<footer>"
    ) in page
    assert "<bdi>Merge it or carry it</bdi></a>" in page


def test_words_copied_by_the_model_stand_in_quotation_marks():
    answer = make_answer(
        (written("Ours.", 1), quoted("Theirs.", 1), quoted("Theirs too.", 1)), (MERGE_CITATION,)
    )

    page = render_turn(turn_of(answer), TODAY)

    assert page.count("<q>") == page.count("</q>") == 1
    assert page.index("Ours.") < page.index("<q>") < page.index("Theirs too.")
    assert "Theirs too.</span></q><sup" in page  # one mark, after the quotation


def test_a_refusal_lists_the_nearest_articles_without_numbers():
    page = render_turn(turn_of(REFUSED), TODAY)

    assert "We have not written about that." in page
    assert "<h3>The nearest we have written</h3>" in page
    assert page.count('<li class="mh-source"') == 2
    assert 'class="mh-n"' not in page
    assert 'class="mh-cite"' not in page


def test_what_speaks_of_a_list_from_below_stands_below_it():
    said = (frame("We have 3:"), frame("“Merge”.", 1), frame("There is 1 more."))
    page = render_turn(turn_of(make_answer(said, (MERGE_CITATION,), mode=Mode.CATALOGUE)), TODAY)

    places = [page.index(text) for text in ("We have 3:", "<h3>Articles</h3>", "There is 1 more.")]
    assert places == sorted(places)


def test_only_cited_sources_are_listed_with_date_age_and_heading():
    page = render_turn(turn_of(GENERATED), TODAY)

    assert '<p class="mh-meta">7 July 2026 · When should you carry?</p>' in page
    assert '2 May 2023 <span class="mh-old">3 years old</span> · The two sums' in page
    assert page.count('<li class="mh-source"') == 3


@pytest.mark.parametrize(
    ("published", "old"),
    [("2024-11-23", False), ("2024-11-22", True), ("2024-12-01", False), ("2023-12-01", True)],
)
def test_an_article_is_old_after_two_years_to_the_day(published, old):
    citation = Citation(1, replace(MERGE, published=published), MERGE_PASSAGE)
    page = render_turn(turn_of(make_answer((written("A.", 1),), (citation,))), TODAY)

    assert ('class="mh-old"' in page) is old


def test_an_updated_article_says_so():
    citation = Citation(1, replace(MERGE, updated="2026-08-01"), MERGE_PASSAGE)
    page = render_turn(turn_of(make_answer((written("A.", 1),), (citation,))), TODAY)

    assert "updated 1 August 2026" in page


@pytest.mark.parametrize("iso", ["", "yesterday", "2026-13-01", "0000-00-00"])
def test_what_is_not_a_date_is_left_out(iso):
    assert words.format_date(iso) == ""


def test_hostile_text_is_inert_wherever_it_stands():
    article = replace(MERGE, title=HOSTILE, url='https://a.org/"onmouseover="x')
    passage = replace(MERGE_PASSAGE, text=HOSTILE, headings=(HOSTILE,))
    citation = Citation(1, article, passage, '"><script>x</script>')
    answer = make_answer((written(HOSTILE, 1), quoted(HOSTILE, 1)), (citation,), question=HOSTILE)

    page = render_turn(turn_of(answer), TODAY)

    assert "<img" not in page
    assert "<script" not in page
    assert '"onmouseover' not in page
    assert page.count("</article>") == 1


def test_hostile_brand_settings_are_inert():
    brand = make_settings().brand.model_copy(update={"name": HOSTILE, "greeting": HOSTILE})

    assert "<img" not in render_header(brand, "") + render_greeting(brand) + render_notice(HOSTILE)


def test_while_it_is_read_a_turn_says_what_is_happening_and_keeps_its_sources_out_of_sight():
    turn = Turn(1, "Why?", stage="retrieve", citations=(MERGE_CITATION,))

    page = render_turn(turn, TODAY)

    assert '<p class="mh-status" role="status">Reading our articles…</p>' in page
    assert '<section class="mh-sources" aria-label="Sources" hidden>' in page


def test_a_stopped_turn_keeps_its_sentences_and_says_that_it_was_stopped():
    turn = Turn(1, "Why?", sentences=GENERATED.sentences[:1], citations=(MERGE_CITATION,))

    page = render_turn(stop_turn(turn), TODAY)

    assert f'data-state="{Progress.STOPPED}"' in page
    assert "You stopped this answer here." in page
    assert "Merge once an adapter" in page


def test_copied_text_carries_numbered_sources():
    answer = make_answer(
        (written("First.", 1), written("Second.", 2, 3)),
        (MERGE_CITATION, RANK_CITATION, DRAWER_CITATION),
    )

    assert copy_text(turn_of(answer)) == (
        "First. [1] Second. [2] [3]\n"
        "[1] Merge it or carry it - https://example.org/blog/merge-or-carry#when-should-you-carry\n"
        "[2] Pick your rank - https://example.org/blog/pick-your-rank#the-two-sums\n"
        "[3] Four bits in the drawer"
    )


@pytest.mark.parametrize("kind", CLASSES)
def test_naughty_titles_headings_and_questions_are_words_alone(kind):
    harmless = elements(page_about("x"))

    for form in CLASSES[kind]:
        assert elements(page_about(printable(form))) == harmless, ascii(form)


def page_about(words):
    """Return a page that cites an article by this title and heading, asked in these words."""
    article = replace(MERGE, title=words)
    citation = Citation(1, article, replace(MERGE_PASSAGE, headings=(words,)), "x")
    answer = make_answer((quoted("Carry it.", 1),), (citation,), question=words)
    return render_turn(turn_of(answer), TODAY)


def elements(page):
    """Return every element with the names of its attributes, in order."""
    return [(e.tag, sorted(e.attrib)) for e in html.fromstring(page.encode()).iter()]
