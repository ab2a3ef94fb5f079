"""XML and HTML that would read files, call hosts or grow: nothing is opened, little is spent."""

import ast
import sys
import time
from pathlib import Path

import pytest

from ingest.feed_format import parse_feed
from ingest.limited import LimitedWorker
from ingest.page import parse_page
from ingest.sitemap_format import parse_sitemap
from tests.web import serving

ROOT = Path(__file__).parents[2]
URL = "https://example.org/a"
CANARY = "canary-7f3a91"
PARSERS = {
    "sitemap": lambda data: parse_sitemap(data),
    "feed": lambda data: parse_feed(data, URL),
    "page": lambda data: parse_page(data, URL),
}
BODIES = {
    "sitemap": "<urlset><url><loc>https://example.org/{}</loc></url></urlset>",
    "feed": "<rss version='2.0'><channel><item><title>{}</title></item></channel></rss>",
    "page": "<html><body><article><p>{}</p></article></body></html>",
}
PROLOGUES = {
    "a file as entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file://CANARY">]>',
    "an address as entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "HOST/x">]>',
    "a public entity": '<!DOCTYPE r [<!ENTITY x PUBLIC "p" "HOST/x">]>',
    "a PHP filter": '<!DOCTYPE r [<!ENTITY x SYSTEM "php://filter/resource=CANARY">]>',
    "a parameter entity": '<!DOCTYPE r [<!ENTITY % p SYSTEM "HOST/p.dtd"> %p;]>',
    "a parameter entity of a file": '<!DOCTYPE r [<!ENTITY % p SYSTEM "file://CANARY"> %p;]>',
    "nested parameter entities": '<!DOCTYPE r [<!ENTITY % f SYSTEM "file://CANARY">'
    "<!ENTITY % e \"<!ENTITY &#x25; o SYSTEM 'HOST/?%f;'>\"> %e; %o;]>",
    "an outer document type": '<!DOCTYPE r SYSTEM "HOST/r.dtd">',
    "an outer document type of a file": '<!DOCTYPE r SYSTEM "file://CANARY">',
    "a stylesheet": '<?xml-stylesheet type="text/xsl" href="HOST/s.xsl"?>',
    "an internal entity": f'<!DOCTYPE r [<!ENTITY x "{"y" * 20}">]>',
}
WORDS = {
    "an entity": "&x;",
    "an inclusion of a file": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
    'parse="text" href="file://CANARY"/>',
    "an inclusion of an address": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
    'href="HOST/x"/>',
    "a schema": '<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="u HOST/x.xsd"/>',
    "a frame": '<iframe src="HOST/x"></iframe><img src="HOST/y"><link href="HOST/z">',
}
# Files that the parsers open by themselves would show here, whoever opens them.
_opened: list[str] = []


def _note(event, arguments):
    if event == "open":
        _opened.append(str(arguments[0]))


sys.addaudithook(_note)


@pytest.fixture(scope="module")
def host():
    with serving() as host:
        yield host


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("prologue", PROLOGUES)
def test_no_file_is_read_and_no_host_is_asked(tmp_path, host, parser, words, prologue):
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY)
    document = PROLOGUES[prologue] + BODIES[parser].replace("{}", WORDS[words])
    document = document.replace("CANARY", str(canary)).replace("HOST", host.url)
    _opened.clear()

    try:
        found = str(PARSERS[parser](document.encode()))
    except ValueError as error:
        found = str(error)

    assert host.asked == []
    assert CANARY not in found
    assert str(canary) not in _opened


def laughs(levels=10, width=10):
    """Return the billion laughs: each entity ten of the one before."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * width}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{entities}<!ENTITY x "&l9;">]>'


MANY = range(100_000)
BOMBS = {
    "billion laughs": laughs() + BODIES["sitemap"].replace("{}", "&x;"),
    "billion laughs in a feed": laughs() + BODIES["feed"].replace("{}", "&x;"),
    "billion laughs in an attribute": laughs() + '<urlset a="&x;"/>',
    "quadratic blow-up": f'<!DOCTYPE r [<!ENTITY x "{"a" * 100_000}">]>'
    + BODIES["feed"].replace("{}", "&x;" * 20_000),
    "an attribute of 10 MB": f'<urlset a="{"a" * 10_000_000}"/>',
    "100,000 attributes": "<urlset " + " ".join(f"a{n}='1'" for n in MANY) + "/>",
    "100,000 namespaces": "<urlset " + " ".join(f"xmlns:a{n}='u{n}'" for n in MANY) + "/>",
    "100,000 nested elements": "<urlset>" + "<url>" * 100_000,
    "100,000 nested elements, closed": "<urlset>" + "<url>" * 100_000 + "</url>" * 100_000,
    "a name of 10 MB": f"<{'a' * 10_000_000}/>",
    "a text of 30 MB": f"<urlset><url><loc>{'a' * 30_000_000}</loc></url></urlset>",
}


@pytest.fixture(scope="module")
def worker():
    with LimitedWorker(max_seconds=30) as worker:
        for kind in ("sitemap", "feed"):  # so that no import is timed below
            worker.run(seconds_until_refused, BODIES[kind].encode(), kind)
        yield worker


def seconds_until_refused(data, kind):
    """Run in the child: return the processor's seconds that a refusal took, None for none."""
    began = time.process_time()
    try:
        PARSERS[kind](data)
    except ValueError:
        return time.process_time() - began
    return None


@pytest.mark.parametrize("parser", ["sitemap", "feed"])
@pytest.mark.parametrize("name", BOMBS)
def test_what_grows_is_refused_within_two_seconds(worker, name, parser):
    seconds = worker.run(seconds_until_refused, BOMBS[name].encode(), parser)

    assert seconds is not None
    assert seconds < 2


MAY_FETCH = {"fetch"}  # the folder of the guarded client
# Sends to the one address that masthead.yaml names; no article, feed or page can name another.
MAY_POST = {"openai_writer"}
FETCHING = {"httpx", "httpcore", "requests", "urllib.request", "urllib3", "http.client", "socket"}
FETCHERS = {"fetch_url", "fetch_response", "find_feed_urls", "sitemap_search", "focused_crawler",
            "create_webpage"}  # fmt: skip
READERS = {"XMLParser", "HTMLParser", "iterparse", "XML", "HTML", "parse", "fromstring"}


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


@pytest.mark.parametrize("path", sorted((ROOT / "ingest").rglob("*.py")), ids=lambda p: p.stem)
def test_only_the_guarded_client_reads_the_network_and_parsers_are_careful(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.parent.name not in MAY_FETCH and path.stem not in MAY_POST:
        assert imported(tree) & FETCHING == set()
    for call, name in calls(tree):
        assert name.rpartition(".")[2] not in FETCHERS, name
        if name == "feedparser.parse":
            assert ast.unparse(call.args[0]).startswith("io.BytesIO(")
        if name.partition(".")[0] in ("etree", "html", "lxml") and path.stem != "xml":
            if name.rpartition(".")[2] in READERS:
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert given.get("resolve_entities") == "False", name
                assert given.get("no_network") == "True", name


def imported(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names
