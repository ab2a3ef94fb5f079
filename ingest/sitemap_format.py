"""One sitemap's bytes as the addresses that it lists; runs in the limited child."""

from __future__ import annotations

import re
from typing import TypedDict

from lxml import etree

from ingest.xml import local_name, parse_xml


class SitemapContent(TypedDict):
    """One sitemap: pages or sitemaps as [address, lastmod], and what was wrong with it."""

    is_index: bool
    entries: list[list[str]]
    problem: str


def parse_sitemap(data: bytes) -> SitemapContent:
    """Return what one sitemap lists, XML or one address a line; ValueError where it is neither."""
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text.startswith(b"<"):
        lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines()]
        entries = [[line, ""] for line in lines if re.match(r"https?://\S+$", line)]
        if not entries:
            raise ValueError("is no sitemap")
        return {"is_index": False, "entries": entries, "problem": ""}
    root, problem = parse_xml(text)
    kind = local_name(root)
    if kind not in ("urlset", "sitemapindex"):
        raise ValueError(f"is no sitemap but <{kind[:40]}>")
    entries = [
        entry for child in root.iterchildren("{*}url", "{*}sitemap") if (entry := _entry(child))
    ]
    return {"is_index": kind == "sitemapindex", "entries": entries, "problem": problem}


def _entry(element: etree._Element) -> list[str]:
    """Return [address, lastmod], or nothing where there is no address."""
    address, lastmod = "", ""
    for child in element.iterchildren("{*}loc", "{*}lastmod"):
        words = " ".join("".join(child.itertext()).split())
        if local_name(child) == "loc":
            address = address or words
        else:
            lastmod = lastmod or words
    return [address, lastmod[:40]] if address else []
