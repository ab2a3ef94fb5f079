"""The demo's articles as pages of a site: three templates with menus, banners and related links."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

from assistant.records import Article
from tests.demo import demo_articles as read_articles

DEMO = Path(__file__).parents[1] / "data" / "demo"
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_MENU = "".join(
    f'<li><a href="/{name}">{name.title()}</a></li>'
    for name in ("articles", "about", "archive", "subscribe", "contact", "tags", "sign-in")
)
_COOKIES = """<p>We use cookies and similar technologies to give you the best experience, to analyse
our traffic and to show you content that fits. By clicking Accept all you agree to our use of
cookies, as our privacy policy describes.</p><button>Accept all</button><button>Reject</button>"""
_RELATED = """<h3>You might also like</h3><ul>
<li><a href="/how-we-chose-a-kettle">How we chose a kettle</a>
<p>Eleven kettles stood on the bench for a month, and one of them still does.</p></li>
<li><a href="/the-weather-desk">The weather desk says goodbye</a>
<p>After nine years of rain our longest column ends where it began, at the window.</p></li>
<li><a href="/letters">Letters of the month</a></li></ul>"""
_NEWSLETTER = """<h3>Join 4,000 readers</h3><p>One letter a month, no advertising, and you can
leave whenever you like.</p><form><input type="email"><button>Subscribe now</button></form>"""
_COMMENTS = """<h3>3 comments</h3><ol><li><b>Reader one</b><p>Thanks for this, it is just what
I was looking for since the spring.</p></li><li><b>Reader two</b><p>I do not agree with a word of
it, and my own measurements on my own machine say so.</p></li></ol>"""


@cache
def demo_articles() -> dict[str, Article]:
    """Return the demo's articles by file stem, read from their Markdown."""
    return {Path(article.file).stem: article for article in read_articles()}


@cache
def render_body(article: Article) -> str:
    """Return the article's body as a site generator makes HTML of it."""
    return str(_MARKDOWN.render(article.body))


def classic_page(article: Article, url: str) -> str:
    """Return a page as WordPress themes write it, with a heading and a byline in the article."""
    return f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
<title>{html.escape(article.title)} | The Low Rank</title><link rel="canonical" href="{url}">
<meta property="og:type" content="article">
<meta property="og:title" content="{html.escape(article.title)}">
<meta property="article:published_time" content="{article.published}T08:00:00+00:00">
{_updated_meta(article)}{"".join(_tag_meta(tag) for tag in article.tags)}
<meta name="author" content="{html.escape(", ".join(article.authors))}">
<style>body {{ margin: 0 }}</style></head><body class="single">
<div id="cookie-notice" class="cookie-banner">{_COOKIES}</div>
<header class="site-header"><a href="/">The Low Rank</a><nav><ul>{_MENU}</ul></nav></header>
<main><article class="post hentry"><header class="entry-header">
<h1 class="entry-title">{html.escape(article.title)}</h1>
<p class="byline">By {html.escape(", ".join(article.authors))} on
<time datetime="{article.published}">{article.published}</time></p></header>
<div class="entry-content">{render_body(article)}
<div class="sharedaddy"><h3>Share this</h3><ul><li><a href="#">Mail</a></li></ul></div></div>
<footer class="entry-footer">Filed under <a href="/tags/bench">bench</a></footer></article>
<section id="comments" class="comments-area">{_COMMENTS}</section></main>
<aside class="sidebar"><div class="widget">{_RELATED}</div><div class="widget">{_NEWSLETTER}</div>
</aside><footer class="site-footer"><ul>{_MENU}</ul><p>All rights reserved.</p></footer>
<script>track("page")</script></body></html>"""


def generated_page(article: Article, url: str) -> str:
    """Return a page as Hugo and Hexo write it: highlighted code, heading anchors, JSON-LD."""
    body = re.sub(r"<h([2-4])>(.*?)</h\1>", _with_anchor, render_body(article), flags=re.DOTALL)
    body = re.sub(r"<pre><code(.*?)>(.*?)</code></pre>", _highlighted, body, flags=re.DOTALL)
    body = body.replace("<table>", '<div class="table-wrapper"><table>')
    body = body.replace("</table>", "</table></div>")
    about = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "The Low Rank"},
            {
                "@type": ["BlogPosting"],
                "headline": article.title,
                "alternativeHeadline": article.subtitle,
                "author": [{"@type": "Person", "name": name} for name in article.authors],
                "datePublished": f"{article.published}T08:00:00Z",
                "dateModified": f"{article.updated or article.published}T09:00:00Z",
                "keywords": list(article.tags),
                "inLanguage": "en",
                "isPartOf": {"@type": "CreativeWorkSeries", "name": article.series},
                "mainEntityOfPage": {"@id": url},
            },
        ],
    }
    return f"""<!doctype html><html lang=en><head><meta charset=utf-8>
<title>{html.escape(article.title)} - The Low Rank</title><link rel=canonical href="{url}">
<script type="application/ld+json">{json.dumps(about)}</script></head><body>
<nav class="navbar"><ul>{_MENU}</ul></nav><div class="container"><div class="content-wrap">
<h1>{html.escape(article.title)}</h1><p class="lead">{html.escape(article.subtitle)}</p>
<div class="post-meta"><span>{article.published}</span> · <span>6 min read</span></div>
<nav id="TableOfContents"><ul><li><a href="#one">One</a></li><li><a href="#two">Two</a></li></ul>
</nav><div class="article-body">{body}</div>
<div class="related">{_RELATED}</div></div></div><div class="newsletter-box">{_NEWSLETTER}</div>
<footer><ul>{_MENU}</ul></footer><div role="dialog" class="consent-modal">{_COOKIES}</div>
</body></html>"""


def plain_page(article: Article, url: str) -> str:
    """Return a page of nameless elements, the related box and the advert amid the text."""
    blocks = render_body(article).split("\n<p>")
    middle = len(blocks) // 2
    blocks[middle] += f'<div class="related-posts inline">{_RELATED}</div>'
    body = "\n<p>".join(blocks)
    return f"""<html lang="en"><head><title>{html.escape(article.title)}</title>
<link rel="canonical" href="{url}"><meta property="og:title" content="{html.escape(article.title)}">
<meta name="date" content="{article.published}"></head><body><div id="root"><div class="c1">
<ul>{_MENU}</ul></div><div class="c2"><div class="c3"><h1>{html.escape(article.title)}</h1>
<div class="c4">{article.published} by {html.escape(", ".join(article.authors))}</div>
<div class="c5">{body}</div><div class="share-buttons"><a href="#">Post</a><a href="#">Mail</a>
</div></div><div class="c6">{_RELATED}{_NEWSLETTER}</div></div><div class="c7 comment-list">
{_COMMENTS}</div><div class="c8"><ul>{_MENU}</ul></div><div class="gdpr">{_COOKIES}</div></div>
</body></html>"""


TEMPLATES: dict[str, Callable[[Article, str], str]] = {
    "classic": classic_page,
    "generated": generated_page,
    "plain": plain_page,
}


def _updated_meta(article: Article) -> str:
    if not article.updated:
        return ""
    return f'<meta property="article:modified_time" content="{article.updated}T08:00:00+00:00">'


def _tag_meta(tag: str) -> str:
    return f'<meta property="article:tag" content="{html.escape(tag)}">'


def _with_anchor(match: re.Match[str]) -> str:
    anchor = re.sub(r"\W+", "-", match[2].lower())
    link = f'<a class="headerlink" href="#{anchor}" aria-label="Link to this heading">#</a>'
    return f'<h{match[1]} id="{anchor}">{match[2]} {link}</h{match[1]}>'


def _highlighted(match: re.Match[str]) -> str:
    """Colour words, and add the copy button that sites put beside code."""
    code = re.sub(r"\b(def|return|import|from|for)\b", r'<span class="k">\1</span>', match[2])
    return (
        '<div class="highlight"><button class="copy">Copy</button>'
        f'<pre tabindex="0"><code{match[1]}>{code}</code></pre></div>'
    )
