"""One way from what a feed, a page, an export or a table says to an Article.

Readers fill in an Item with what they found, as found; `to_article` cleans, names and judges it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.records import Article, Dropped
from assistant.settings import IngestSettings
from ingest.frontmatter import date_of
from ingest.html_text import html_to_markdown
from ingest.identity import article_id, canonical_url
from ingest.markdown import clean_markdown, plain_words, read_headings, repair_line

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)|https?://\S+")
_MAX_CHARACTERS = 4 * 1024 * 1024  # as of a Markdown file: a novel is 1 MB
# Tags under which publications print what others wrote; more of them stand in masthead.yaml.
_FOREIGN_VOICE = re.compile(
    r"#?(?:guest|sponsored|syndicated|translat(?:ion|ed)|advertorial|press release"
    r"|(?:partner|paid)(?=[ -]))"
    r"(?:[ -](?:posts?|authors?|content|articles?|columns?|essays?|contributors?|partnership))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """An article as its source gives it: dates in any spelling, one body as HTML or Markdown."""

    file: str  # where in the source it stands: an entry's id, a row, a page's address
    url: str = ""
    title: str = ""
    html: str = ""
    markdown: str = ""
    subtitle: str = ""
    authors: Sequence[str] = ()
    published: str = ""
    updated: str = ""
    tags: Sequence[str] = ()
    series: str = ""
    language: str = ""
    aliases: Sequence[str] = ()
    voice: bool = True


def to_article(item: Item, settings: IngestSettings) -> Article | Dropped:
    """Return the item as an article, or dropped: `no_text`, `too_short`, `too_large`."""
    url = canonical_url(item.url) if item.url else ""
    name = article_id(url, item.file)
    n_characters = len(item.html or item.markdown)
    if n_characters > _MAX_CHARACTERS:
        detail = (
            f"{item.file} has {n_characters:,} characters; at most {_MAX_CHARACTERS:,} are read"
        )
        return Dropped(name, "too_large", detail)
    body = clean_markdown(html_to_markdown(item.html) if item.html else item.markdown)
    n_words = len(_WORD.findall(_LINK_TARGET.sub(" ", body)))
    if not n_words:
        return Dropped(name, "no_text", f"{item.file} has no text")
    if n_words < settings.min_words:
        return Dropped(
            name, "too_short", f"{item.file} has {n_words} words of {settings.min_words}"
        )
    published, updated = date_of(item.published), date_of(item.updated)
    return Article(
        id=name,
        title=repair_line(plain_words(item.title)) or item.file,
        body=body,
        file=item.file,
        url=url,
        aliases=tuple(item.aliases),
        subtitle=repair_line(plain_words(html_to_markdown(item.subtitle))),
        authors=_lines(item.authors),
        published=published,
        updated=updated if updated != published else "",
        tags=_lines(item.tags),
        series=repair_line(item.series),
        language=item.language.replace("_", "-").split("-")[0].lower() or "en",
        headings=read_headings(body),
        voice=item.voice and not any(_FOREIGN_VOICE.fullmatch(tag.strip()) for tag in item.tags),
    )


def _lines(words: Sequence[str]) -> tuple[str, ...]:
    """Return names or tags as a reader sees them, each once."""
    return tuple(dict.fromkeys(line for word in words if (line := repair_line(word))))
