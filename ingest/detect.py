"""Which kind of source something is, and what the publication calls itself: `init --from`.

Pure on names and bytes; `ingest.find_source` looks at the file, the folder or the address. A guess
is a start for masthead.yaml, so nothing is parsed that a person did not ask for.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.decode import decode_text
from ingest.frontmatter import FrontMatterError, split_front_matter, words_of

PEEKED = 512 * 1024  # bytes of a file that are looked at; what a file is stands at its start
# Files by which a generator is known, the folders where it keeps posts, and what it is called.
_GENERATORS = (
    (("hugo.toml", "hugo.yaml", "hugo.json", "config.toml"),
     ("content/posts", "content/post", "content/blog", "content"), "a Hugo site"),
    (("_config.yml",), ("_posts",), "a Jekyll site"),
    ((".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"),
     ("src/posts", "src/blog", "content/posts", "content/blog", "posts", "content", "src"),
     "an Eleventy site"),
    (("astro.config.mjs", "astro.config.ts", "astro.config.js"),
     ("src/content/blog", "src/content/posts", "src/content", "src/pages"), "an Astro site"),
)  # fmt: skip
SETTINGS_FILES = ("hugo.toml", "hugo.yaml", "config.toml", "_config.yml")  # that name the site
_ARTICLES = (".md", ".markdown", ".mdx", ".html", ".htm", ".txt", ".pdf")
_ROOT = re.compile(r"<(?![?!])(?:[\w.-]+:)?(?P<name>[\w.-]+)", re.ASCII)
_TITLE = re.compile(
    r"<(?:[\w-]+:)?title[^>]*>\s*(?:<!\[CDATA\[)?(?P<words>.{0,300}?)(?:\]\]>)?\s*</", re.DOTALL
)
_SITE_NAME = re.compile(
    r"<meta[^>]+property=[\"']og:site_name[\"'][^>]+content=[\"'](?P<words>[^\"'<>]{1,200})[\"']",
    re.I,
)
_STRING = r'("(?:[^"\\]|\\.){0,200}")'
_GHOST_TITLE = re.compile(rf'"key"\s*:\s*"title"[^{{}}]{{0,200}}?"value"\s*:\s*{_STRING}')
_GHOST_POSTS = re.compile(
    r'^\s*\{\s*"(?:db|meta|data)"\s*:.{0,2000}?"(?:exported_on|posts)"', re.DOTALL
)
_BODIES = {"body", "html", "markdown", "content", "text"}  # columns of a table
_PART_OF_TITLE = re.compile(r"\s+[|·–—-]\s+")


@dataclass(frozen=True, slots=True)
class Detected:
    """A kind of source, what was seen, and the publication's name and address where it says so.

    `folder` is where the articles lie below the folder looked at, "" for the folder itself.
    """

    kind: str
    seen_as: str
    name: str = ""
    base_url: str = ""
    folder: str = ""


def detect_bytes(data: bytes) -> Detected | None:
    """Return what a file's first bytes are, None for nothing that can be read as a source."""
    try:
        text = decode_text(data).lstrip("\ufeff \t\r\n")
    except ValueError:
        return None
    if text.startswith("<"):
        return _detect_markup(text)
    if text.startswith(("{", "[")):
        return _detect_json(text)
    return _detect_csv(text)


def detect_zip(names: Sequence[str]) -> Detected | None:
    """Return which export a zip with these entries is."""
    bare = {name.rsplit("/", 1)[-1] for name in names}
    pages = [name for name in names if name.endswith(".html")]
    if "posts.csv" in bare:
        return Detected("substack", "a Substack export")
    if any("/posts/" in f"/{name}" for name in pages):
        return Detected("medium", "a Medium export")
    return None


def detect_folder(names: Sequence[str], settings: Mapping[str, str]) -> Detected | None:
    """Return what a folder with these files (paths below it) is; None where nothing is to read.

    `settings` are the texts of those of SETTINGS_FILES that are there.
    """
    known = set(names)
    articles = [name for name in names if name.lower().endswith(_ARTICLES)]
    for signs, folders, generator in _GENERATORS:
        if known & set(signs):
            for folder in folders:
                if any(name.startswith(f"{folder}/") for name in articles):
                    title, url = _read_settings(settings)
                    return Detected("folder", generator, title, url, folder)
    if articles:
        endings = sorted({name.rsplit(".", 1)[-1].lower() for name in articles})
        return Detected("folder", f"a folder of {', '.join(endings)} files")
    return None


def _detect_markup(text: str) -> Detected | None:
    root = _ROOT.search(text)
    name = root["name"].lower() if root else ""
    title = _words(_TITLE.search(text))
    if name == "rss" and "wordpress.org/export" in text[:5000]:
        return Detected("wordpress", "a WordPress export", title)
    if name in ("rss", "feed", "rdf"):
        return Detected("feed", {"feed": "an Atom feed"}.get(name, "an RSS feed"), title)
    if name in ("urlset", "sitemapindex"):
        return Detected("site", "a sitemap")
    if name == "html":
        # "Home | The Low Rank": which part is the name is anybody's guess; og:site_name is not.
        named = _words(_SITE_NAME.search(text)) or _PART_OF_TITLE.split(title)[-1]
        return Detected("site", "a site", named)
    return None


def _detect_json(text: str) -> Detected | None:
    first = text.split("\n", 1)[0]
    if "https://jsonfeed.org/version/" in text[:2000]:
        found = re.search(rf'"title"\s*:\s*{_STRING}', text)
        return Detected("feed", "a JSON Feed", json.loads(found[1]) if found else "")
    if _GHOST_POSTS.match(text):
        title = _GHOST_TITLE.search(text)
        return Detected("ghost", "a Ghost export", json.loads(title[1]) if title else "")
    try:
        row = json.loads(first)
    except ValueError:
        return None
    is_table = (
        isinstance(row, dict) and "title" in row and {"body", "html", "markdown"} & row.keys()
    )
    return Detected("table", "a table of JSON lines") if is_table else None


def _detect_csv(text: str) -> Detected | None:
    columns = {c.strip(" \"'").lower() for c in re.split(r"[,;\t|]", text.split("\n", 1)[0])}
    is_table = "title" in columns and columns & _BODIES
    return Detected("table", "a table (CSV)") if is_table else None


def _read_settings(settings: Mapping[str, str]) -> tuple[str, str]:
    """Return title and address from a generator's settings; "" for what they do not say."""
    for name, text in settings.items():
        fence = "+++" if name.endswith(".toml") else "---"
        try:
            values, _ = split_front_matter(f"{fence}\n{text}\n{fence}\n")
        except FrontMatterError:
            continue
        url = words_of(values.get("baseurl") if name != "_config.yml" else values.get("url"))
        return words_of(values.get("title")), url if url.startswith("http") else ""
    return "", ""


def _words(found: re.Match[str] | None) -> str:
    return " ".join(html.unescape(found["words"]).split()) if found else ""
