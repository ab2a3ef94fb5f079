import os
import struct
import zipfile

import pytest

from assistant.errors import ArticleError
from ingest.archive import EntryUnreadable, open_archive
from tests.ingest.pdf_files import blank_bytes

WAYS_OUT = {
    f"{start}{step * times}{target}"
    for start in ("", "posts/", "./", "/", "C:/", "\\\\host\\share\\")
    for step in ("../", "..\\", "./../", "a/../../")
    for times in (1, 3, 12)
    for target in ("x.html", "etc/passwd")
}


def make_zip(path, entries, **how):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries:
            archive.writestr(entry, content, **how)
    return path


def link_entry(name, mode):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def raw_entry(name, packed, n_bytes, claimed_offset=0):
    """Return a local header with its data, and the directory's line for it."""
    crc = 0
    head = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), n_bytes,
                       len(name), 0) + name  # fmt: skip
    line = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), n_bytes,
                       len(name), 0, 0, 0, 0, 0, claimed_offset) + name  # fmt: skip
    return head + packed, line


def finish(body, lines, n_claimed=None):
    directory = b"".join(lines)
    n = len(lines) if n_claimed is None else n_claimed
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, n, n, len(directory), len(body), 0)
    return body + directory + end


def test_regular_entries_are_read_in_order(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("b/x.html", "two"), ("a.csv", "one"), ("b/", "")])

    with open_archive(path) as archive:
        assert [(name, archive.read(name)) for name in archive.names] == [
            ("a.csv", b"one"),
            ("b/x.html", b"two"),
        ]


def test_every_way_out_is_refused_and_nothing_is_written(tmp_path):
    before = set(tmp_path.parent.rglob("*"))
    path = make_zip(tmp_path / "a.zip", [*((name, "x") for name in WAYS_OUT), ("good.html", "y")])
    with open_archive(path) as archive:
        assert archive.names == ["good.html"]
        assert len(archive.refused) == len(WAYS_OUT) == 142
        assert {drop.reason for drop in archive.refused} == {"unsafe_entry"}

    assert set(tmp_path.parent.rglob("*")) - before == {path}


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140777])
def test_links_pipes_and_devices_are_refused(tmp_path, mode):
    entries = [(link_entry("posts/x.html", mode), "/etc/passwd"), ("good.html", "y")]
    with open_archive(make_zip(tmp_path / "a.zip", entries)) as archive:
        assert archive.names == ["good.html"]
        assert "link or a device" in archive.refused[0].detail


def test_encrypted_entries_are_refused_with_the_way_out(tmp_path):
    content = make_zip(tmp_path / "a.zip", [("x.html", "y")]).read_bytes()
    flags = content.index(b"PK\x01\x02") + 8
    (tmp_path / "a.zip").write_bytes(content[:flags] + b"\x01" + content[flags + 1 :])
    with open_archive(tmp_path / "a.zip") as archive:
        assert archive.names == []
        assert "is encrypted; export it without a password" in archive.refused[0].detail


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    packed = blank_bytes(128 * 1024 * 1024)[2:-4]
    head, line = raw_entry(b"posts.csv", packed, 128 * 1024 * 1024)
    (tmp_path / "a.zip").write_bytes(finish(head, [line]))

    with (
        pytest.raises(ArticleError, match=r"unpacks .* bytes to 134,217,728, which no text does"),
        open_archive(tmp_path / "a.zip"),
    ):
        pass


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_claims(tmp_path):
    packed = blank_bytes(16 * 1024 * 1024)[2:-4]
    head, line = raw_entry(b"posts.csv", packed, 100)
    (tmp_path / "a.zip").write_bytes(finish(head, [line]))

    with (
        open_archive(tmp_path / "a.zip") as archive,
        pytest.raises(EntryUnreadable, match=r"posts\.csv is damaged: Bad CRC"),
    ):
        archive.read("posts.csv")


def test_entries_that_share_their_bytes_are_refused(tmp_path):
    packed = blank_bytes(1024 * 1024)[2:-4]
    head, _ = raw_entry(b"x", packed, 1024 * 1024)
    lines = [raw_entry(b"%d" % n, packed, 1024 * 1024, n % 2)[1] for n in range(1000)]
    (tmp_path / "a.zip").write_bytes(finish(head, lines))

    with (
        pytest.raises(ArticleError, match="shares its bytes with another entry"),
        open_archive(tmp_path / "a.zip"),
    ):
        pass


@pytest.mark.parametrize("n_claimed", [None, 1])
def test_a_million_entries_are_refused_before_the_list_is_made(tmp_path, n_claimed):
    head, line = raw_entry(b"x", b"\x03\x00", 0)
    content = finish(head, [line] * 1_000_000, min(n_claimed or 65_535, 65_535))
    (tmp_path / "a.zip").write_bytes(content)

    with (
        pytest.raises(ArticleError, match=r"lists [\d,]+ entries in 47,000,000 bytes; at most"),
        open_archive(tmp_path / "a.zip"),
    ):
        pass


@pytest.mark.parametrize("n_kept", [0, 10, 200, -30, -1])
def test_a_part_of_a_zip_is_refused(tmp_path, n_kept):
    content = make_zip(tmp_path / "a.zip", [("x.html", os.urandom(500))]).read_bytes()
    (tmp_path / "a.zip").write_bytes(content[:n_kept])

    with pytest.raises(ArticleError, match="is no zip file|is damaged"):
        with open_archive(tmp_path / "a.zip"):
            pass


def test_an_entry_over_the_cap_is_not_read_whole(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("x.html", os.urandom(3000))])
    with (
        open_archive(path) as archive,
        pytest.raises(EntryUnreadable, match="holds more than 2,000 bytes"),
    ):
        archive.read("x.html", 2000)


def test_flipped_bytes_are_noticed(tmp_path):
    content = bytearray(make_zip(tmp_path / "a.zip", [("x.html", os.urandom(500))]).read_bytes())
    content[100] ^= 1
    (tmp_path / "a.zip").write_bytes(content)
    with open_archive(tmp_path / "a.zip") as archive, pytest.raises(EntryUnreadable, match="CRC"):
        archive.read("x.html")
