import json

import pytest

from assistant.adapter_log import ChangeLog
from assistant.commit import building, publish
from assistant.errors import AssistantError, IndexMismatch
from assistant.registry import AdapterState, Registry, check_fits, format_entries, next_name

PARTS = {"base": "a model", "revision": "abc", "chat_template": "{{ x }}"}


def add(root, name, extra=None, config=None, novel=None):
    with building(root, name) as folder:
        (folder / "adapter_model.safetensors").write_bytes(b"weights")
        (folder / "adapter_config.json").write_text(json.dumps(config or {"r": 16}))
        for file, text in (extra or {}).items():
            (folder / file).write_text(text)
        about = {
            "adapter": name,
            "render_parts": PARTS,
            "validation_loss": {"base": 2.0, "best": 1.5},
            **({"validation_loss_novel": novel} if novel else {}),
        }
        return publish(folder, name, about)


@pytest.fixture
def registry(tmp_path):
    for name in ("2026-09-01", "2026-10-01", "2026-11-01"):
        add(tmp_path, name)
    return Registry(tmp_path)


def states(registry):
    return [entry.state for entry in registry.list()]


def test_new_adapters_are_candidates_with_their_losses(registry):
    entries = registry.list()

    assert [entry.name for entry in entries] == ["2026-09-01", "2026-10-01", "2026-11-01"]
    assert entries[0].losses == {"validation_loss": {"base": 2.0, "best": 1.5}}
    assert states(registry) == [AdapterState.CANDIDATE] * 3
    assert registry.promoted() is None


def test_promoting_retires_the_one_before(registry):
    registry.promote("2026-09-01", "ed", "better")
    registry.promote("2026-10-01", "ed", "better still")

    assert registry.promoted() == "2026-10-01"
    assert states(registry) == ["retired", "promoted", "candidate"]


def test_rolling_back_walks_down_the_promotions_to_the_base(registry):
    for name in ("2026-09-01", "2026-10-01", "2026-09-01"):
        registry.promote(name, "ed", "")

    seen = [registry.rollback("ed", "worse").after for _ in range(3)]

    assert seen == ["2026-10-01", "2026-09-01", ""]
    assert registry.promoted() is None
    with pytest.raises(AssistantError, match="no adapter is promoted"):
        registry.rollback("ed", "")


def test_every_change_is_logged_with_who_and_why(registry):
    registry.promote("2026-09-01", "ed", "first")
    registry.rollback("kim", "it rambles")

    logged = [(c.action, c.before, c.after, c.who, c.why) for c in registry.history()]
    assert logged == [
        ("promote", "", "2026-09-01", "ed", "first"),
        ("rollback", "2026-09-01", "", "kim", "it rambles"),
    ]


def test_promoting_the_promoted_one_changes_nothing(registry):
    registry.promote("2026-09-01", "ed", "")

    with pytest.raises(AssistantError, match="2026-09-01 is already promoted"):
        registry.promote("2026-09-01", "ed", "")
    assert len(registry.history()) == 1


class Killed(BaseException):
    """Stands for a kill: nothing in the code may catch it."""


@pytest.mark.parametrize("writes_before_the_kill", range(4))
def test_a_kill_at_any_write_leaves_old_or_new_and_a_log_that_agrees(
    registry, monkeypatch, writes_before_the_kill
):
    registry.promote("2026-09-01", "ed", "")
    written = []

    def write(path, text, real=ChangeLog.apply.__globals__["write_text"]):
        if len(written) == writes_before_the_kill:
            raise Killed
        written.append(path)
        real(path, text)

    monkeypatch.setattr("assistant.adapter_log.write_text", write)
    monkeypatch.setattr("assistant.commit.write_text", write)
    if writes_before_the_kill < 3:
        with pytest.raises(Killed):
            registry.promote("2026-10-01", "ed", "")
    else:
        registry.promote("2026-10-01", "ed", "")
    monkeypatch.undo()

    assert registry.promoted() == ("2026-10-01" if writes_before_the_kill > 1 else "2026-09-01")
    assert registry.history()[-1].after == registry.promoted()
    registry.promote("2026-11-01", "ed", "")
    assert [c.before for c in registry.history()][1:] == [c.after for c in registry.history()][:-1]


@pytest.mark.parametrize("name", ["../x", "A", "", ".hidden", "a/b", "x" * 65])
def test_names_that_are_no_names_are_refused(registry, name):
    with pytest.raises(AssistantError, match="is not an adapter's name"):
        registry.folder(name)


def test_an_unknown_adapter_is_answered_with_the_known_ones(registry):
    with pytest.raises(AssistantError, match="no adapter best in .*; known: 2026-09-01, 2026-"):
        registry.verify("best")


def test_a_changed_weight_is_found(registry):
    (registry.root / "2026-09-01" / "adapter_model.safetensors").write_bytes(b"weighty")

    with pytest.raises(IndexMismatch, match="adapter_model.safetensors is not the file"):
        registry.promote("2026-09-01", "ed", "")
    assert registry.promoted() is None


@pytest.mark.parametrize("file", ["model.bin", "model.pt", "x.pkl", "run.py", "noend"])
def test_files_that_could_carry_code_are_refused_even_when_listed(tmp_path, file):
    add(tmp_path, "a", extra={file: "x"})

    with pytest.raises(IndexMismatch, match=f"{file} does not belong in an adapter"):
        Registry(tmp_path).verify("a")


def test_a_file_that_the_manifest_does_not_list_is_refused(registry):
    (registry.root / "2026-09-01" / "extra.json").write_text("{}")

    with pytest.raises(IndexMismatch, match=r"extra.json does not belong"):
        registry.verify("2026-09-01")


@pytest.mark.parametrize("key", ["auto_mapping", "megatron_config", "megatron_core"])
def test_settings_that_load_code_are_refused(tmp_path, key):
    add(tmp_path, "a", config={"r": 16, key: "os"})

    with pytest.raises(IndexMismatch, match=f"sets {key}, which can load code"):
        Registry(tmp_path).verify("a")


def test_a_damaged_log_is_named(registry):
    (registry.root / "log.jsonl").write_text('{"action": "pro')

    with pytest.raises(IndexMismatch, match=r"log.jsonl is damaged"):
        registry.list()


def test_an_adapter_fits_the_render_it_was_trained_with(registry):
    check_fits(registry.verify("2026-09-01"), PARTS)


def test_what_differs_in_the_render_is_named(registry):
    other = {**PARTS, "revision": "def"}

    with pytest.raises(IndexMismatch, match="2026-09-01 .*: revision was 'abc' and is 'def'"):
        check_fits(registry.verify("2026-09-01"), other)


def test_adapters_of_one_day_are_numbered(tmp_path):
    assert next_name(tmp_path, "2026-11-01") == "2026-11-01"
    add(tmp_path, "2026-11-01")
    add(tmp_path, "2026-11-01-2")
    assert next_name(tmp_path, "2026-11-01") == "2026-11-01-3"


def test_a_list_says_state_and_novel_losses_where_they_are_known(registry):
    add(registry.root, "z", novel={"base": 3.0, "best": 2.5})
    add(registry.root, "zz", novel={"base": None, "best": None})

    lines = {line.split()[0]: line for line in format_entries(registry.list()).splitlines()}

    assert lines["2026-09-01"].split()[1] == "candidate"
    assert lines["z"].endswith("novel loss 3.000 -> 2.500")
    assert "loss" not in lines["zz"]


def test_an_empty_list_says_what_to_run(tmp_path):
    assert format_entries(Registry(tmp_path).list()) == "no adapters yet; run `masthead train`"
