"""The demo's articles as feeds of each format, whole or as teasers, as generators write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from assistant.records import Article
from tests.pages import render_body

_NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def rss_feed(articles: Iterable[Article]) -> bytes:
    """Return RSS 2.0 as WordPress writes it: a teaser, and the whole in content:encoded."""
    items = "".join(
        f"<item><title>{escape(a.title)}</title><link>{a.url}?utm_source=rss</link>"
        f'<guid isPermaLink="false">{a.file}</guid><pubDate>{_rfc822(a.published)}</pubDate>'
        f"<dc:creator><![CDATA[{', '.join(a.authors)}]]></dc:creator>"
        + "".join(f"<category><![CDATA[{tag}]]></category>" for tag in a.tags)
        + f"<description><![CDATA[<p>{a.subtitle} [&#8230;]</p>]]></description>"
        f"<content:encoded><![CDATA[{render_body(a)}]]></content:encoded></item>"
        for a in articles
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {_NAMESPACES}><channel>'
        f"<title>The Low Rank</title><link>https://thelowrank.example</link>"
        f"<language>en-GB</language>{items}</channel></rss>"
    ).encode()


def rdf_feed(articles: Iterable[Article]) -> bytes:
    """Return RSS 1.0."""
    items = "".join(
        f'<item rdf:about="{a.url}"><title>{escape(a.title)}</title><link>{a.url}</link>'
        f"<dc:date>{a.published}T08:00:00+00:00</dc:date>"
        f"<dc:creator>{escape(', '.join(a.authors))}</dc:creator>"
        f"<content:encoded>{escape(render_body(a))}</content:encoded></item>"
        for a in articles
    )
    return (
        '<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {_NAMESPACES}>'
        '<channel rdf:about="https://thelowrank.example/feed"><title>The Low Rank</title>'
        f"<link>https://thelowrank.example</link></channel>{items}</rdf:RDF>"
    ).encode()


def atom_feed(articles: Iterable[Article]) -> bytes:
    """Return Atom 1.0 as Jekyll writes it: escaped HTML, authors, categories."""
    entries = "".join(
        f'<entry><title type="html">{escape(escape(a.title))}</title>'
        f'<link href="{a.url}" rel="alternate" type="text/html"/><id>{a.url}</id>'
        f"<published>{a.published}T08:00:00+00:00</published>"
        f"<updated>{a.updated or a.published}T09:00:00+00:00</updated>"
        + "".join(f"<author><name>{escape(name)}</name></author>" for name in a.authors)
        + "".join(f'<category term="{escape(tag)}"/>' for tag in a.tags)
        + f'<content type="html" xml:base="{a.url}">{escape(render_body(a))}</content>'
        f'<summary type="html">{escape(a.subtitle)}</summary></entry>'
        for a in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xml:lang="en"><title>The Low Rank</title><id>https://thelowrank.example/</id>'
        f"<updated>2026-01-01T00:00:00Z</updated>{entries}</feed>"
    ).encode()


def json_feed(articles: Iterable[Article]) -> bytes:
    """Return JSON Feed 1.1."""
    items = [
        {
            "id": a.url,
            "url": a.url,
            "title": a.title,
            "content_html": render_body(a),
            "summary": a.subtitle,
            "date_published": f"{a.published}T08:00:00+00:00",
            "date_modified": f"{a.updated or a.published}T09:00:00+00:00",
            "authors": [{"name": name} for name in a.authors],
            "tags": list(a.tags),
        }
        for a in articles
    ]
    about = {"version": "https://jsonfeed.org/version/1.1", "title": "The Low Rank"}
    return json.dumps({**about, "language": "en", "items": items}).encode()


FEEDS: dict[str, Callable[[Iterable[Article]], bytes]] = {
    "RSS 2.0": rss_feed,
    "RSS 1.0": rdf_feed,
    "Atom": atom_feed,
    "JSON Feed": json_feed,
}


def _rfc822(day: str) -> str:
    return format_datetime(datetime.fromisoformat(day).replace(hour=8, tzinfo=UTC))
