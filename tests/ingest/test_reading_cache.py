import pytest

from ingest.reading_cache import ReadingCache


class Maker:
    """Makes a row and counts how often it was asked."""

    def __init__(self, row):
        self.row, self.made = row, 0

    def __call__(self):
        self.made += 1
        return self.row


@pytest.fixture
def kept(tmp_path):
    """A cache that was saved with one row."""
    cache = ReadingCache(tmp_path, "folder: a")
    cache.remember(b"bread", Maker({"title": "Brot\u2028\r\n"}))
    cache.save()
    return tmp_path


def ask(root, made_from=b"bread", source="folder: a"):
    """Return the row, and whether it was at hand."""
    cache, maker = ReadingCache(root, source), Maker({"title": "made"})
    return cache.remember(made_from, maker), maker.made == 0


def test_a_row_comes_back_as_it_was(kept):
    assert ask(kept) == ({"title": "Brot\u2028\r\n"}, True)


@pytest.mark.parametrize(("made_from", "source"), [(b"salt", "folder: a"), (b"bread", "folder: b")])
def test_other_bytes_and_another_source_are_made_anew(kept, made_from, source):
    assert ask(kept, made_from, source) == ({"title": "made"}, False)


def cut(raw):
    return raw[: len(raw) // 2]


def flip(raw):
    return raw.replace(b"Brot", b"Boot")


@pytest.mark.parametrize("damage", [cut, flip, lambda raw: b"\xff\xfe", lambda raw: b""])
def test_a_damaged_cache_is_made_again(kept, damage, caplog):
    (path,) = kept.iterdir()
    path.write_bytes(damage(path.read_bytes()))

    assert ask(kept) == ({"title": "made"}, False)
    assert "made again" in caplog.text


def test_what_a_run_does_not_ask_for_is_forgotten(kept):
    cache = ReadingCache(kept, "folder: a")
    cache.remember(b"salt", Maker({"title": "Salt"}))
    cache.save()

    assert ask(kept)[1] is False
    assert ask(kept, b"salt") == ({"title": "Salt"}, True)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, caplog):
    (tmp_path / "taken").write_text("a file where a folder should be", encoding="utf-8")
    cache = ReadingCache(tmp_path / "taken", "folder: a")
    cache.remember(b"bread", Maker({}))

    cache.save()

    assert "cannot be written" in caplog.text
