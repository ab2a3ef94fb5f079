"""Exports whose XML reads files, asks the network or swells."""

from __future__ import annotations

import time

import pytest

from assistant.errors import ArticleError, SourceIncomplete
from tests.ingest.reading import article, read_file
from tests.ingest.writers import write_wxr

CANARY = "zeppelin"


def entities(n_levels):
    lines = ['<!ENTITY e0 "dough dough dough">']
    lines += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, n_levels)]
    return f"<!DOCTYPE rss [{''.join(lines)}]>", f"&e{n_levels - 1};"


def external(kind, address):
    return {
        "entity": (f"<!DOCTYPE rss [<!ENTITY x {address}>]>", "&x;"),
        "parameter": (f"<!DOCTYPE rss [<!ENTITY % x {address}> %x;]>", "x"),
        "dtd": (f"<!DOCTYPE rss {address}>", "x"),
        "nested": (f"<!DOCTYPE rss [<!ENTITY y '&#38;x;'><!ENTITY x {address}>]>", "&y;"),
    }[kind]


ADDRESSES = ("SYSTEM '{}'", "PUBLIC '-//x//y' '{}'")
TARGETS = ("file://{}", "{}", "http://127.0.0.1:9/x", "ftp://127.0.0.1/x", "php://filter/read={}",
           "jar:file://{}!/x", "expect://id")  # fmt: skip
FORMS = [
    (kind, form, target)
    for kind in ("entity", "parameter", "dtd", "nested")
    for form in ADDRESSES
    for target in TARGETS
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_entity_of_an_export_is_ever_opened(tmp_path, encoding):
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY * 50)
    for kind, form, target in FORMS:
        declared, used = external(kind, form.format(target.format(secret)))
        with pytest.raises((ArticleError, SourceIncomplete)) as refused:  # noqa: PT011
            read_file(tmp_path, "wordpress", "e.xml", with_entity(declared, used, encoding))
        assert CANARY not in str(refused.value)


@pytest.mark.parametrize("include", ["xi:include", "xsl:include", "xsl:import"])
def test_includes_and_stylesheets_are_not_followed(tmp_path, include):
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY * 50)
    prefix = include.split(":")[0]
    space = {"xi": "http://www.w3.org/2001/XInclude", "xsl": "http://www.w3.org/1999/XSL/Transform"}
    element = f'<{include} xmlns:{prefix}="{space[prefix]}" href="{secret}" parse="text"/>'
    content = write_wxr([article("rye")], f"{element}<item>{element}</item>")
    articles, dropped = read_file(tmp_path, "wordpress", "e.xml", content)

    assert list(articles) == ["rye"]
    assert CANARY not in repr((articles, dropped))


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        entities(9),
        entities(3),
        (f'<!DOCTYPE rss [<!ENTITY q "{"x" * 1_000_000}">]>', "&q;" * 1000),
        ("<!DOCTYPE rss [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>", "&a;"),
    ],
    ids=["billion laughs", "thousand laughs", "quadratic blow-up", "circle"],
)
def test_entities_that_swell_are_refused_at_once(tmp_path, declared, used):
    start = time.monotonic()
    with pytest.raises((ArticleError, SourceIncomplete), match=r"declares its own|breaks off"):
        read_file(tmp_path, "wordpress", "e.xml", with_entity(declared, used, "utf-8"))

    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "element",
    [
        f'<x a="{"y" * 11_000_000}"/>',
        "<x " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>",
        f"<x>{'y' * 11_000_000}</x>",
        "<x>" * 100_000,
    ],
    ids=["10 MB attribute", "100,000 attributes", "10 MB text", "100,000 deep"],
)
def test_elements_beyond_all_measure_are_dropped_or_end_the_reading_at_once(tmp_path, element):
    content = write_wxr([article("rye")], f"<item>{element}</item>")
    start = time.monotonic()
    try:
        articles, _ = read_file(tmp_path, "wordpress", "e.xml", content)
    except SourceIncomplete as error:
        assert "breaks off in line" in str(error)  # noqa: PT017
    else:
        assert list(articles) == ["rye"]
    assert time.monotonic() - start < 4


def with_entity(declared, used, encoding):
    text = write_wxr([article("rye")]).decode().replace("<description></description>", used)
    text = text.replace('encoding="UTF-8" ?>', f'encoding="{encoding}" ?>{declared}', 1)
    return text.replace("<title>A publication</title>", f"<title>{used}</title>").encode(encoding)
