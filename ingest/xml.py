"""The only place where XML and HTML from elsewhere become trees.

No entity is expanded, no file or address opened, no depth or size beyond libxml2's own limits.
"""

from __future__ import annotations

from lxml import etree, html


def parse_xml(data: bytes) -> tuple[etree._Element, str]:
    """Return the root, and what was wrong where only the first part could be read.

    ValueError where there is no element at all, or a document type, which no feed needs.
    """
    problem = ""
    try:
        root = etree.fromstring(data, _xml_parser(recover=False))
    except etree.XMLSyntaxError as error:
        problem = " ".join(str(error).split())[:200]
        root = etree.fromstring(data, _xml_parser(recover=True)) if data.strip() else None
    if root is None:
        raise ValueError(f"is no XML ({problem or 'empty'})")
    if root.getroottree().docinfo.doctype:
        raise ValueError("declares a document type, which is not read")
    return root, problem


def parse_html(data: bytes, charset: str = "") -> html.HtmlElement:
    """Return the tree of a page; `charset` is what its server says. ValueError for an empty one."""
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
