"""PDF files that never end or swell without end: each ends within the child's limits."""

from __future__ import annotations

import time

import pytest

from ingest.limited import LimitedWorker, ParseFailed
from ingest.pdf import parse_pdf
from tests.ingest.pdf_files import (
    blank_bytes,
    join_objects,
    make_pdf,
    one_page,
    packed,
    show_lines,
    stream,
)


def many_pages(n_pages):
    kids = " ".join(["10 0 R"] * n_pages)
    return join_objects(
        one_page(stream(b"")) | {2: f"<< /Type /Pages /Kids [{kids}] /Count {n_pages} >>".encode()}
    )


def huge_outline():
    objects = one_page(stream(show_lines(["A line of text that is read."])))
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Outlines 20 0 R >>"
    objects[20] = b"<< /First 21 0 R /Last 21 0 R /Count 100000 >>"
    objects[21] = b"<< /Title (a) /Next 21 0 R /First 21 0 R /Parent 20 0 R >>"
    return join_objects(objects)


FORM = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 12 0 R >> >> "
BOMBS = {
    "one gigabyte of blanks": lambda: join_objects(
        one_page(stream(blank_bytes(1024**3), "/FlateDecode"))
    ),
    "flate in flate in flate": lambda: join_objects(
        one_page(stream(packed(blank_bytes(256 * 1024**2), 2), "[" + "/FlateDecode " * 3 + "]"))
    ),
    "twenty times flate": lambda: join_objects(
        one_page(stream(packed(b"x" * 1000, 20), "[" + "/FlateDecode " * 20 + "]"))
    ),
    "lzw": lambda: join_objects(one_page(stream(b"\x80\x0b\x60\x50" * 500_000, "/LZWDecode"))),
    "run lengths": lambda: join_objects(one_page(stream(b"\x81 " * 8_000_000, "/RunLengthDecode"))),
    "ascii85": lambda: join_objects(one_page(stream(b"z" * 20_000_000, "/ASCII85Decode"))),
    "circular prev": lambda: join_objects(one_page(stream(b"")), prev=0),
    "circular pages": lambda: join_objects(
        one_page(stream(b"")) | {2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"}
    ),
    "a form that shows itself": lambda: join_objects(
        one_page(stream(b"/F Do " * 1000), "<< /XObject << /F 12 0 R >> >>")
        | {12: stream(b"/F Do " * 1000, extra=FORM)}
    ),
    "an outline in a circle": huge_outline,
    "a million pages": lambda: many_pages(1_000_000),
    "a million operators": lambda: join_objects(one_page(stream(b"q Q " * 1_000_000))),
    "deep arrays": lambda: join_objects(one_page(stream(b"[" * 100_000))),
    "deep dictionary": lambda: join_objects(one_page(stream(b"")) | {4: b"<< /A " * 50_000}),
    "a length that lies": lambda: join_objects(
        one_page(b"<< /Length 99999999999 >>\nstream\nx\nendstream")
    ),
    "length of itself": lambda: join_objects(
        one_page(b"<< /Length 11 0 R >>\nstream\nx\nendstream")
    ),
    "cut": lambda: make_pdf([["A line."] * 40])[:700],
}


QUICK = ("circular prev", "circular pages", "length of itself", "a length that lies", "cut")


@pytest.mark.parametrize("names", [QUICK, pytest.param(tuple(BOMBS), marks=pytest.mark.slow)])
def test_every_bomb_ends_within_its_limits_and_the_next_file_is_read(names):
    good = make_pdf([["A line of text that is read."]])
    with LimitedWorker(max_seconds=5) as worker:
        for name in names:
            bomb = BOMBS[name]()
            start = time.monotonic()
            try:
                worker.run(parse_pdf, bomb)
            except ParseFailed as failed:
                assert failed.detail, name  # noqa: PT017
            assert time.monotonic() - start < 10, name
        assert worker.run(parse_pdf, good)["pages"] == ["A line of text that is read.\n"]
