"""Write small PDF files by hand: pages of lines, and the shapes that break readers."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence


def make_pdf(pages: Sequence[Sequence[str]], info: str = "") -> bytes:
    """Return a PDF whose pages show these lines; `info` is the inside of its Info dictionary."""
    numbers = range(len(pages))
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in numbers)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: f"<< {info} >>".encode("latin-1"),
    }
    for n, lines in zip(numbers, pages, strict=True):
        objects[10 + 2 * n] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {11 + 2 * n} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        ).encode()
        objects[11 + 2 * n] = stream(show_lines(lines))
    return join_objects(objects)


def show_lines(lines: Sequence[str]) -> bytes:
    """Return the content stream that shows lines one below the other."""
    shown = "".join(f"({line}) Tj T*\n" for line in lines)
    return f"BT /F1 12 Tf 14 TL 50 750 Td\n{shown}ET".encode("cp1252")


def stream(content: bytes, filters: str = "", extra: str = "") -> bytes:
    """Return a stream object of content that is filtered already."""
    kind = f"/Filter {filters} " if filters else ""
    return (
        f"<< {kind}{extra}/Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"
    )


def join_objects(objects: dict[int, bytes], trailer: str = "/Info 4 0 R", prev: int = -1) -> bytes:
    """Return the file of these objects with its table; `prev` links to an older table."""
    content = io.BytesIO()
    content.write(b"%PDF-1.5\n")
    offsets = {}
    for number, text in objects.items():
        offsets[number] = content.tell()
        content.write(f"{number} 0 obj\n".encode() + text + b"\nendobj\n")
    start = content.tell()
    content.write(b"xref\n0 1\n0000000000 65535 f \n")
    for number, offset in offsets.items():
        content.write(f"{number} 1\n{offset:010d} 00000 n \n".encode())
    link = f"/Prev {start if prev == 0 else prev} " if prev >= 0 else ""
    content.write(f"trailer << /Size {max(objects) + 1} /Root 1 0 R {trailer} {link}>>\n".encode())
    content.write(f"startxref\n{start}\n%%EOF\n".encode())
    return content.getvalue()


def one_page(contents: bytes, resources: str = "<< /Font << /F1 3 0 R >> >>") -> dict[int, bytes]:
    """Return the objects of a file with one page of this content stream object."""
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [10 0 R] /Count 1 >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: b"<< >>",
        10: f"<< /Type /Page /Parent 2 0 R /Contents 11 0 R /Resources {resources} >>".encode(),
        11: contents,
    }


def packed(content: bytes, times: int = 1) -> bytes:
    """Return content deflated over and over."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    return content


def blank_bytes(n_bytes: int, byte: bytes = b" ") -> bytes:
    """Return n_bytes deflated without ever holding them."""
    packer = zlib.compressobj(9)
    block = byte * (1024 * 1024)
    parts = [packer.compress(block) for _ in range(n_bytes // len(block))]
    return b"".join([*parts, packer.flush()])
