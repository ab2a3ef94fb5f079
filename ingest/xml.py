"""The only place where XML and HTML from elsewhere become trees.

No entity is expanded, no file or address opened, no depth or size beyond libxml2's own limits.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree, html

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{20000,}")
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_MAX_ATTRIBUTES = 1_000  # libxml2 compares each with all before it: 100,000 take minutes


def parse_xml(data: bytes) -> tuple[etree._Element, str]:
    """Return the root, and what was wrong where only the first part could be read.

    ValueError where there is no element at all, a document type, which no feed needs, or more of
    anything than libxml2 reads without being asked twice.
    """
    _refuse_long_tags(data)
    problem = ""
    try:
        root = etree.fromstring(data, _xml_parser(recover=False))
    except etree.XMLSyntaxError as error:
        problem = " ".join(str(error).split())[:200]
        root = etree.fromstring(data, _xml_parser(recover=True)) if data.strip() else None
    if "XML_PARSE_HUGE" in problem:
        raise ValueError(f"is too large or too deep ({problem})")
    if root is None:
        raise ValueError(f"is no XML ({problem or 'empty'})")
    if root.getroottree().docinfo.doctype:
        raise ValueError("declares a document type, which is not read")
    return root, problem


def parse_html(data: bytes, charset: str = "") -> html.HtmlElement:
    """Return the tree of a page; `charset` is what its server says.

    ValueError for none, an empty one, or an element with more attributes than anybody writes.
    """
    if b"\x00" in data and not (data.startswith(_UTF16_MARKS) or "16" in charset):
        raise ValueError("is no page (holds NUL bytes)")
    _refuse_long_tags(data)
    parser = html.HTMLParser(
        encoding=charset or None,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return html.document_fromstring(data, parser=parser)
    except etree.ParserError as error:
        raise ValueError(f"is no page ({error})") from error


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return str(etree.QName(element).localname)


def _refuse_long_tags(data: bytes) -> None:
    for tag in _LONG_TAG.finditer(data):
        if len(_QUOTED.sub(b"", tag[0]).split()) > _MAX_ATTRIBUTES:
            raise ValueError(f"holds an element of over {_MAX_ATTRIBUTES:,} attributes")


def _xml_parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
