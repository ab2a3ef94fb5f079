"""Write articles out as the exports of publishing systems: what their readers must read back.

Each takes Article records whose body is Markdown and returns the bytes of a file, with the fields
and the shape that the system's own export has.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from functools import cache
from html import escape
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.records import Article

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_FORMATS = {"strong": 1, "em": 2, "s": 4}


@cache
def render(body: str) -> str:
    """Return a Markdown body as HTML."""
    return str(_MARKDOWN.render(body))


def slug_of(article: Article) -> str:
    return urlsplit(article.url).path.rsplit("/", 1)[-1]


def write_wxr(articles: Sequence[Article], more: str = "") -> bytes:
    """Return a WordPress export; `more` is XML of further items."""
    logins = {name: f"login{n}" for n, name in enumerate(_all_authors(articles))}
    authors = "".join(
        f"<wp:author><wp:author_login><![CDATA[{login}]]></wp:author_login><wp:author_display_name>"
        f"<![CDATA[{name}]]></wp:author_display_name></wp:author>\n"
        for name, login in logins.items()
    )
    items = "".join(wxr_item(article, logins, n) for n, article in enumerate(articles, 10))
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- generator="WordPress/6.6" -->\n'
        '<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">'
        "\n<channel><title>A publication</title><language>en-US</language>"
        f"<wp:wxr_version>1.2</wp:wxr_version>\n{authors}{items}{more}</channel></rss>\n"
    ).encode()


def wxr_item(
    article: Article,
    logins: dict[str, str],
    number: int,
    *,
    status: str = "publish",
    kind: str = "post",
    password: str = "",
    more: str = "",
) -> str:
    """Return one <item>; `more` is XML before its end, such as comments."""
    terms = "".join(
        f'<category domain="post_tag" nicename="{escape(tag)}"><![CDATA[{tag}]]></category>'
        for tag in article.tags
    )
    if len(article.authors) > 1:  # as Co-Authors Plus writes them
        terms += "".join(
            f'<category domain="author" nicename="cap-{logins[name]}"><![CDATA[{name}]]></category>'
            for name in article.authors
        )
    login = logins.get(next(iter(article.authors), ""), "")
    return (
        f"<item><title>{_cdata(escape(article.title, quote=False))}</title>"
        f"<link>{escape(article.url)}</link><dc:creator>{_cdata(login)}</dc:creator>"
        f'<guid isPermaLink="false">https://example.org/?p={number}</guid><description></description>'
        f"<content:encoded>{_cdata(render(article.body))}</content:encoded>"
        f"<excerpt:encoded>{_cdata(escape(article.subtitle, quote=False))}</excerpt:encoded>"
        f"<wp:post_id>{number}</wp:post_id>"
        f"<wp:post_date>{_cdata(article.published + ' 09:30:00')}</wp:post_date>"
        f"<wp:post_modified>{_cdata(article.date + ' 11:00:00')}</wp:post_modified>"
        f"<wp:post_name>{_cdata(slug_of(article))}</wp:post_name>"
        f"<wp:status>{_cdata(status)}</wp:status><wp:post_type>{_cdata(kind)}</wp:post_type>"
        f"<wp:post_password>{_cdata(password)}</wp:post_password>{terms}{more}</item>\n"
    )


def write_ghost(
    articles: Sequence[Article], body: str = "html", more: Sequence[dict] = ()
) -> bytes:
    """Return a Ghost export; `body` is the field with the text: html, lexical or mobiledoc."""
    authors, tags = _all_authors(articles), list(dict.fromkeys(t for a in articles for t in a.tags))
    bodies = {"html": render, "lexical": write_lexical, "mobiledoc": _write_mobiledoc}
    posts = [
        {
            "id": f"p{n}", "title": a.title, "slug": slug_of(a), "type": "post",
            "status": "published", "visibility": "public", "html": None, "lexical": None,
            "mobiledoc": None, "custom_excerpt": a.subtitle or None, "canonical_url": None,
            "published_at": f"{a.published}T09:30:00.000Z", "updated_at": f"{a.date}T11:00:00.000Z",
            body: bodies[body](a.body),
        }
        for n, a in enumerate(articles)
    ]  # fmt: skip
    data = {
        "posts": [*posts, *more],
        "users": [{"id": f"u{n}", "name": name} for n, name in enumerate(authors)],
        "tags": [{"id": f"t{n}", "name": name} for n, name in enumerate(tags)],
        "posts_authors": [
            {"post_id": f"p{n}", "author_id": f"u{authors.index(name)}", "sort_order": order}
            for n, article in enumerate(articles)
            for order, name in enumerate(article.authors)
        ],
        "posts_tags": [
            {"post_id": f"p{n}", "tag_id": f"t{tags.index(tag)}", "sort_order": order}
            for n, article in enumerate(articles)
            for order, tag in enumerate(article.tags)
        ],
        "settings": [{"key": "locale", "value": "en"}],
    }
    return json.dumps({"db": [{"meta": {"version": "5.80.0"}, "data": data}]}).encode()


def write_lexical(markdown: str) -> str:
    """Return a body as Ghost's editor stores it; what it has no node for is a card."""
    tokens = _MARKDOWN.parse(markdown)
    return json.dumps({"root": {"type": "root", "children": _lexical_nodes(tokens, markdown)}})


def write_substack(articles: Sequence[Article], more: Sequence[dict[str, str]] = ()) -> bytes:
    """Return a Substack export; `more` are further lines of posts.csv, each with a page."""
    rows = [
        {"post_id": f"{n}.{slug_of(a)}", "post_date": f"{a.published}T09:30:00.000Z",
         "is_published": "true", "email_sent_at": "", "inbox_sent_at": "", "type": "newsletter",
         "audience": "everyone", "title": a.title, "subtitle": a.subtitle, "podcast_url": ""}
        for n, a in enumerate(articles, 1000)
    ]  # fmt: skip
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]) if rows else list(more[0]), restval="")
    writer.writeheader()
    writer.writerows([*rows, *more])
    pages = {f"posts/{row['post_id']}.html": _substack_page(a) for row, a in zip(rows, articles)}  # noqa: B905
    pages |= {f"posts/{row['post_id']}.html": "<p>Not for everybody's eyes.</p>" for row in more}
    readers = {"email_list.csv": "email\nreader@example.org\n"}
    return write_zip({"posts.csv": table.getvalue(), **pages, **readers})


def write_medium(articles: Sequence[Article], more: dict[str, str] | None = None) -> bytes:
    """Return a Medium export; `more` are further entries of the zip."""
    pages = {
        f"posts/{article.published}_{slug_of(article)}-{n:012x}.html": _medium_page(article)
        for n, article in enumerate(articles)
    }
    return write_zip({"README.html": "<p>Your export</p>", **pages, **(more or {})})


def write_table(articles: Sequence[Article], kind: str = "csv", html: bool = False) -> bytes:
    """Return a table; `kind` is csv or jsonl."""
    rows = [
        {"url": a.url, "title": a.title, "author": ", ".join(a.authors), "published": a.published,
         "body": render(a.body) if html else a.body, "subtitle": a.subtitle, "updated": a.updated,
         "tags": ", ".join(a.tags)}
        for a in articles
    ]  # fmt: skip
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue().encode("utf-8-sig")


def write_zip(entries: dict[str, str]) -> bytes:
    """Return a zip of these entries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return content.getvalue()


def _all_authors(articles: Sequence[Article]) -> list[str]:
    return list(dict.fromkeys(name for article in articles for name in article.authors))


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _write_mobiledoc(markdown: str) -> str:
    cards = [["card-markdown", {"cardName": "card-markdown", "markdown": markdown}]]
    return json.dumps({
        "version": "0.3.1", "markups": [], "atoms": [], "cards": cards, "sections": [[10, 0]]
    })  # fmt: skip


def _substack_page(article: Article) -> str:
    return render(article.body) + (
        '<div class="subscription-widget-wrap"><div class="subscription-widget"><p>Thanks for'
        ' reading! Subscribe for free.</p><form><input type="email"></form></div></div>'
        '<p class="button-wrapper"><a class="button primary" href="https://x.example/share">'
        "<span>Share</span></a></p>"
    )


def _medium_page(article: Article) -> str:
    """Return a story's page; Medium's headings are h3 and h4, its code lines end in <br>."""
    body = render(article.body).replace("h3>", "h4>").replace("h2>", "h3>")
    tags = ", ".join(
        f'<a class="p-tag" href="https://medium.com/tag/x">{tag}</a>' for tag in article.tags
    )
    authors = " and ".join(
        f'<a href="https://medium.com/@x" class="p-author h-card">{escape(name)}</a>'
        for name in article.authors
    )
    title, subtitle = escape(article.title), escape(article.subtitle)
    return (
        f'<!DOCTYPE html><html><head><title>{title}</title></head><body><article class="h-entry">'
        f'<header><h1 class="p-name">{title}</h1></header><section data-field="subtitle"'
        f' class="p-summary">{subtitle}</section><section data-field="body" class="e-content">'
        '<section name="ab" class="section section--body"><div class="section-divider">'
        '<hr class="section-divider"></div><div class="section-content">'
        f'<h3 name="cd" class="graf graf--h3 graf--title">{title}</h3>'
        f'<h4 name="ef" class="graf graf--h4 graf--subtitle">{subtitle}</h4>{body}'
        f'</div></section></section><footer><p class="p-tags">Tagged in {tags}</p><p>By {authors}'
        f' on <a href="https://medium.com/p/ab"><time class="dt-published" datetime='
        f'"{article.published}T09:30:00.000Z">a day</time></a>.</p><p><a href="{article.url}"'
        ' class="p-canonical">Canonical link</a></p><p>Exported from Medium.</p></footer></article>'
        "</body></html>"
    )


def _lexical_nodes(tokens: list[Token], markdown: str) -> list[dict]:
    nodes: list[dict] = []
    position = 0
    while position < len(tokens):
        token, end = tokens[position], _end_of(tokens, position)
        inside = tokens[position + 1 : end]
        if token.type == "fence":
            nodes.append({"type": "codeblock", "code": token.content, "language": token.info})
        elif token.type == "inline":
            nodes += _lexical_inline(token.children or [])
        elif token.type == "paragraph_open":
            children = _lexical_nodes(inside, markdown)
            nodes += children if token.hidden else [{"type": "paragraph", "children": children}]
        elif token.type == "heading_open":
            children = _lexical_nodes(inside, markdown)
            nodes.append({"type": "extended-heading", "tag": token.tag, "children": children})
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            kind = "number" if token.tag == "ol" else "bullet"
            children = _lexical_nodes(inside, markdown)
            nodes.append({"type": "list", "listType": kind, "children": children})
        elif token.type == "list_item_open":
            nodes.append({"type": "listitem", "children": _lexical_nodes(inside, markdown)})
        elif token.type == "blockquote_open":
            nodes.append({"type": "extended-quote", "children": _lexical_nodes(inside, markdown)})
        elif token.map:  # a table: Ghost has it as an HTML or a Markdown card
            lines = markdown.split("\n")[token.map[0] : token.map[1]]
            nodes.append({"type": "html", "html": render("\n".join(lines))})
        position = end + 1
    return nodes


def _end_of(tokens: list[Token], position: int) -> int:
    depth = 0
    for end in range(position, len(tokens)):
        depth += tokens[end].nesting
        if depth == 0:
            return end
    return len(tokens)


def _lexical_inline(tokens: list[Token]) -> list[dict]:
    nodes: list[dict] = []
    into, form = nodes, 0
    for token in tokens:
        name = token.type.rsplit("_", 1)[0]
        if token.type == "link_open":
            nodes.append({"type": "link", "url": token.attrGet("href"), "children": []})
            into = nodes[-1]["children"]
        elif token.type == "link_close":
            into = nodes
        elif name in _FORMATS:
            form ^= _FORMATS[name]
        elif token.type == "code_inline":
            into.append({"type": "extended-text", "text": token.content, "format": form | 16})
        elif token.type == "softbreak":
            into.append({"type": "extended-text", "text": " ", "format": form})
        else:
            into.append({"type": "extended-text", "text": token.content, "format": form})
    return nodes
