"""The part of a page that is the article: chosen, freed of what stands around it, made plain.

trafilatura finds where the text is; the page's own elements are kept, since its output loses the
languages of code and headings with links. Where nothing of it is found again, its output is used.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree, html

_BODY_CLASSES = (
    "entry-content post-content article-content article-body articlebody post-body story-body"
    " e-content gh-content post__content article__content article__body blog-content"
    " postarticle-content available-content theme-doc-markdown markdown-body"
).split()
_SILENT = "script style noscript template iframe object svg form button nav dialog input".split()
_SILENT_ROLES = "navigation banner contentinfo dialog complementary search alertdialog".split()
# Words in class or id of what stands in an article's element and is not of the article.
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:related|recommend\w*|share\w*|sharing|social\w*|newsletter|subscri\w+|promo"
    r"|comments?|disqus|respond|breadcrumbs?|cookies?|consent|gdpr|sidebar|pagination|pager|popup"
    r"|modal|advert\w*|ads?|sponsor-box|byline|post-?meta|entry-?meta|article-?meta|posted-on"
    r"|author-(?:bio|box|card)|toc|tableofcontents|table-of-contents|reading-time|jp-relatedposts"
    r"|skip-link|screen-reader-text|sr-only|visually-hidden|tag-list|post-tags|prev-next|post-nav\w*"
    r"|you-(?:may|might)\w*|read-(?:next|more)|more-from|paywall|print-only)(?=$|[\s_-])",
    re.IGNORECASE,
)
_ALWAYS_AROUND = re.compile(r"(?:^|[\s_-])(?:comments?|disqus|respond)(?=$|[\s_-])", re.IGNORECASE)
_ANCHOR_WORDS = {"", "#", "¶", "§", "🔗", "link", "permalink", "anchor"}
_ANCHOR_CLASS = re.compile(r"anchor|header-?link|heading-?link|permalink|hash-link", re.IGNORECASE)
_GUTTER = re.compile(r"(?:^|[\s_-])(?:gutter|lineno|linenos|line-numbers?-rows|lnt)(?=$|[\s_-])")
_LANGUAGE = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|brush)[-:]\s*([\w+#.-]+)", re.IGNORECASE
)
_BLOCKS = "p pre blockquote li td h1 h2 h3 h4 h5 h6 dd dt figcaption".split()
_MOST = 0.8  # of the text that trafilatura found must stand in the element chosen
_MIN_CHARACTERS = 200  # below, an element with a promising name is a teaser


def find_article(tree: html.HtmlElement, found: etree._Element | None) -> html.HtmlElement | None:
    """Return the element that holds the article's text; `found` is trafilatura's body of it.

    None where no element of the page holds most of what was found.
    """
    texts = (_key(element) for element in found.iter()) if found is not None else ()
    blocks = Counter(text for text in texts if text)
    for candidate in _named_candidates(tree):
        if len(_words(candidate)) >= _MIN_CHARACTERS and _share(candidate, blocks) >= _MOST:
            return candidate
    return _deepest_with_most(tree, blocks)


def clean_article(article: html.HtmlElement, title: str, base_url: str) -> str:
    """Return the article's HTML without what stands around it, links absolute, code plain."""
    _remove_around(article)
    _remove_title(article, title)
    for heading in article.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        _remove_anchors(heading)
    for figure in list(article.iter("table", "figure", "div")):
        _unwrap_numbered_code(figure)
    for code in list(article.iter("pre")):
        _make_plain(code)
    for link in article.iter("a"):
        if href := link.get("href"):
            link.set("href", absolute_url(base_url, href))
    return str(html.tostring(article, encoding="unicode", with_tail=False))


def absolute_url(base_url: str, href: str) -> str:
    """Return a link as an absolute address; as it stands where it cannot be joined."""
    try:
        return urljoin(base_url, href.strip())
    except ValueError:
        return href


def _named_candidates(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Yield elements that say of themselves that they are the article, where one alone does."""
    for candidates in (
        [e for e in tree.iter() if e.get("itemprop") == "articleBody"],
        *([e for e in tree.iter() if name in _names(e).lower().split()] for name in _BODY_CLASSES),
        list(tree.iter("article")),
        list(tree.iter("main")),
    ):
        if len(candidates) == 1:
            yield candidates[0]


def _share(element: html.HtmlElement, blocks: Counter[str]) -> float:
    """Return how much of the found text stands in the element (0..1); 1 where none was found."""
    there = Counter(_key(child) for child in element.iter(*_BLOCKS))
    total = sum(len(key) * n for key, n in blocks.items())
    return sum(len(key) * min(n, there[key]) for key, n in blocks.items()) / total if total else 1.0


def _deepest_with_most(tree: html.HtmlElement, blocks: Counter[str]) -> html.HtmlElement | None:
    found = Counter[html.HtmlElement]()
    total = 0
    for element in tree.iter("p", "pre", "blockquote", "td"):
        key = _key(element)
        # Lists are what menus and boxes are made of; where the prose is, the article's lists are.
        if key and blocks[key] and next(element.iterancestors("li"), None) is None:
            total += len(key)
            for holder in element.iterancestors():
                found[holder] += len(key)
    holders = [holder for holder, n in found.items() if n >= _MOST * total]
    return max(holders, key=_depth, default=None)


def _depth(element: etree._Element) -> int:
    return sum(1 for _ in element.iterancestors())


def _remove_around(article: html.HtmlElement) -> None:
    whole = len(_words(article))
    for element in list(article.iterdescendants()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        names = _names(element)
        if (
            element.tag in _SILENT
            or element.get("role") in _SILENT_ROLES
            or element.get("aria-hidden") == "true"
            or _is_article_header(element)
            or _ALWAYS_AROUND.search(names)
            # A wrapper whose name happens to fit holds most of the article.
            or (_AROUND.search(names) and 2 * len(_words(element)) < whole)
        ):
            _drop(element)


def _is_article_header(element: html.HtmlElement) -> bool:
    return element.tag == "header" and (
        next(element.iter("h1", "time"), None) is not None or "header" in _names(element)
    )


def _remove_title(article: html.HtmlElement, title: str) -> None:
    for heading in list(article.iter("h1", "h2"))[:1]:
        if _words(heading).lower() == " ".join(title.lower().split()):
            _drop(heading)


def _remove_anchors(heading: html.HtmlElement) -> None:
    for link in list(heading.iter("a")):
        words = _words(link)
        if words.lower() in _ANCHOR_WORDS or (
            _ANCHOR_CLASS.search(_names(link)) and len(words) < 3
        ):
            _drop(link)


def _unwrap_numbered_code(figure: html.HtmlElement) -> None:
    """Replace a table of line numbers and code by the code; drop other columns of numbers."""
    for gutter in [e for e in figure.iterdescendants() if _GUTTER.search(_names(e))]:
        _drop(gutter)
    codes = list(figure.iter("pre"))
    if figure.tag == "table" and len(codes) == 1 and _words(figure) == _words(codes[0]):
        parent = figure.getparent()
        if parent is not None:
            codes[0].tail = figure.tail
            parent.replace(figure, codes[0])


def _make_plain(code: html.HtmlElement) -> None:
    """Leave of highlighted code its characters and its language."""
    language = _language(code)
    for line_break in list(code.iter("br")):
        line_break.tail = "\n" + (line_break.tail or "")
    text = code.text_content()
    tail = code.tail
    code.clear()
    code.tail = tail
    inner = etree.SubElement(code, "code")
    inner.text = text
    if language:
        inner.set("class", f"language-{language}")


def _language(code: html.HtmlElement) -> str:
    around = [*code.iter("code"), code, *list(code.iterancestors())[:4]]
    for element in around:
        if language := element.get("data-lang") or element.get("data-language"):
            return str(language).lower()
        if match := _LANGUAGE.search(element.get("class") or ""):
            return match[1].lower()
    return ""


def _drop(element: html.HtmlElement) -> None:
    """Take an element out, but not the text behind it."""
    if element.getparent() is not None:
        element.drop_tree()


def _names(element: etree._Element) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()


def _key(element: etree._Element) -> str:
    """Return an element's words as they compare however marked up; "" for next to nothing."""
    words = re.sub(r"\W+", "", _words(element))
    return words if len(words) >= 20 else ""


def _words(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).split())
