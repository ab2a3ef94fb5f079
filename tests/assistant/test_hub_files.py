import pytest

from assistant.errors import ModelMissing
from assistant.hub_files import fetch_model


def test_a_folder_is_taken_as_it_is(tmp_path):
    assert fetch_model("encoder", str(tmp_path), "") == tmp_path


def test_a_hub_model_is_fetched_at_its_revision_without_pickles_or_code(tmp_path, monkeypatch):
    asked = []

    def download(name, *, revision, ignore_patterns):
        asked.append((name, revision, {"*.bin", "*.pt", "*.py"} <= set(ignore_patterns)))
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)

    assert fetch_model("nli", "some/model", "abc123") == tmp_path
    assert asked == [("some/model", "abc123", True)]


@pytest.mark.parametrize("error", [OSError("no network"), "LocalEntryNotFoundError"])
def test_what_cannot_be_fetched_is_named_with_a_way_out(monkeypatch, error):
    from huggingface_hub.errors import LocalEntryNotFoundError

    def download(*_, **__):
        raise LocalEntryNotFoundError("nothing here") if isinstance(error, str) else error

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)

    with pytest.raises(ModelMissing, match=r"models\.reranker: some/model@abc could not .*Error"):
        fetch_model("reranker", "some/model", "abc")
