import io
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest

import assistant.commit
from assistant.adapter_files import ADAPTER_CONFIG, ADAPTER_GGUF, WEIGHTS
from assistant.commit import amend, building, publish, verify_folder
from assistant.errors import AssistantError, IndexMismatch
from assistant.registry import (
    AdapterState,
    Registry,
    check_fits,
    format_entries,
    format_history,
    next_name,
)
from tests.adapters import write_adapter

BASE = {"vocabulary": "v1", "config": "c1"}
PARTS = {"base": "a model", "revision": "abc", "chat_template": "{{ x }}"}


def add(root, name, extra=None, config=None, novel=None):
    with building(root, name) as folder:
        write_adapter(folder, **({} if config is None else {"config": config}))
        for file, text in (extra or {}).items():
            (folder / file).write_text(text)
        about = {
            "adapter": name,
            "render_parts": PARTS,
            "base": {"id": "a model", **BASE},
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


def test_newest_and_promoted_stand_for_names_and_are_refused_where_there_is_none(
    registry, tmp_path
):
    with pytest.raises(AssistantError, match=r"no adapter of .* is promoted; known: .*2026-11-01"):
        registry.pick("promoted")
    with pytest.raises(AssistantError, match="no adapter in .*; run `masthead train`"):
        Registry(tmp_path / "empty").pick("newest")
    registry.promote("2026-11-01", "eve", "better")

    named = [registry.pick(name) for name in ("newest", "promoted", "other")]

    assert named == [registry.list()[-1].name, "2026-11-01", "other"]


def test_promoting_the_promoted_one_changes_nothing(registry):
    registry.promote("2026-09-01", "ed", "")

    with pytest.raises(AssistantError, match="2026-09-01 is already promoted"):
        registry.promote("2026-09-01", "ed", "")
    assert len(registry.history()) == 1


class Killed(BaseException):
    """Stands for a kill: nothing in the code may catch it."""


class Disk:
    """Counts the operations that change the disk and kills before or within the n-th."""

    def __init__(self, monkeypatch, kill_at=None, *, torn=False):
        self.kill_at, self.torn, self.done = kill_at, torn, 0
        for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
            monkeypatch.setattr(owner, name, self.counted(getattr(owner, name)))
        monkeypatch.setattr(assistant.commit, "open", self.open, raising=False)

    def step(self):
        self.done += 1
        if self.done == self.kill_at:
            raise Killed

    def counted(self, real):
        def run(*args, **kwargs):
            self.step()
            return real(*args, **kwargs)

        return run

    def open(self, path, mode="r", **kwargs):
        handle = open(path, mode, **kwargs)
        if mode == "w":
            try:
                self.step()
            except Killed:
                handle.write("{" if self.torn else "")
                handle.close()
                raise
        return handle


def change(registry, action):
    if action == "promote":
        return registry.promote("2026-10-01", "ed", "")
    return registry.rollback("ed", "")


def steps_of(root, action, monkeypatch):
    registry = Registry(root)
    registry.promote("2026-09-01", "ed", "")
    with monkeypatch.context() as patch:
        disk = Disk(patch)
        change(registry, action)
    return disk.done


@pytest.mark.parametrize("torn", [False, True], ids=["before", "within"])
@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_a_kill_at_any_step_leaves_old_or_new_and_a_log_that_agrees(
    tmp_path, monkeypatch, action, torn
):
    for name in ("2026-09-01", "2026-10-01"):
        add(tmp_path / "new", name)
    shutil.copytree(tmp_path / "new", tmp_path / "count")
    n_steps = steps_of(tmp_path / "count", action, monkeypatch)
    old, new = "2026-09-01", ("2026-10-01" if action == "promote" else None)
    seen = []
    for kill_at in range(1, n_steps + 1):
        root = shutil.copytree(tmp_path / "new", tmp_path / str(kill_at))
        registry = Registry(root)
        registry.promote("2026-09-01", "ed", "")
        with monkeypatch.context() as patch:
            Disk(patch, kill_at, torn=torn)
            with pytest.raises(Killed):
                change(registry, action)

        again = Registry(root)
        seen.append(again.promoted())
        assert seen[-1] in (old, new)
        assert (again.history()[-1].after or None) == seen[-1]
        registry.verify(old)
        again.promote("2026-10-01" if seen[-1] != "2026-10-01" else old, "ed", "")
        log = again.history()
        assert [c.before for c in log[1:]] == [c.after for c in log[:-1]]

    assert n_steps >= 10  # two or three files are written, one or two removed
    assert (seen[0], seen[-1]) == (old, new)


@pytest.mark.parametrize("name", ["../x", "A", "", ".hidden", "a/b", "x" * 65])
def test_names_that_are_no_names_are_refused(registry, name):
    with pytest.raises(AssistantError, match="is not an adapter's name"):
        registry.folder(name)


def test_an_unknown_adapter_is_answered_with_the_known_ones(registry):
    with pytest.raises(AssistantError, match="no adapter best in .*; known: 2026-09-01, 2026-"):
        registry.verify("best")


def test_a_changed_weight_is_found(registry):
    path = registry.root / "2026-09-01" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(IndexMismatch, match="adapter_model.safetensors is not the file"):
        registry.promote("2026-09-01", "ed", "")
    assert registry.promoted() is None


@pytest.mark.parametrize("file", ["model.bin", "model.pt", "x.pkl", "run.py", "noend"])
def test_files_that_could_carry_code_are_refused_even_when_listed(tmp_path, file):
    add(tmp_path, "a", extra={file: "x"})

    with pytest.raises(IndexMismatch, match=f"{file} does not belong in an adapter"):
        Registry(tmp_path).verify("a")


CALLS = ("os system", "posix system", "builtins eval", "builtins exec", "subprocess Popen",
         "subprocess check_output", "runpy run_path", "importlib import_module", "shutil rmtree",
         "webbrowser open")  # fmt: skip
PLACES = (WEIGHTS, ADAPTER_CONFIG, ADAPTER_GGUF, "adapter_model.bin", "training_args.bin",
          "optimizer.pt")  # fmt: skip


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "in a zip"])
@pytest.mark.parametrize("name", PLACES)
def test_pickles_are_refused_under_every_name_and_never_run(tmp_path, name, zipped):
    refused = 0
    for number, call in enumerate(CALLS):
        canary = tmp_path / f"canary-{number}"
        module, function = call.split()
        data = f"c{module}\n{function}\n(S'touch {canary}'\ntR.".encode()
        if zipped:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr("archive/data.pkl", data)
            data = packed.getvalue()
        root = tmp_path / str(number)
        with building(root, "a") as folder:
            write_adapter(folder)
            (folder / name).write_bytes(data)
            publish(folder, "a", {"adapter": "a", "render_parts": PARTS})
        with pytest.raises(IndexMismatch, match=re.escape(name)):
            Registry(root).promote("a", "ed", "")
        assert not canary.exists()
        refused += 1
    assert refused == 10


def test_a_file_that_the_manifest_does_not_list_is_refused(registry):
    (registry.root / "2026-09-01" / "extra.json").write_text("{}")

    with pytest.raises(IndexMismatch, match=r"extra.json does not belong"):
        registry.verify("2026-09-01")


def test_a_promotion_says_whether_the_adapter_had_been_evaluated(registry):
    amend(registry.root / "2026-10-01", "evaluation.json", "{}")

    done = [registry.promote(name, "ed", "").evaluated for name in ("2026-09-01", "2026-10-01")]

    assert done == [False, True]
    assert [change.evaluated for change in registry.history()] == done


def test_rolling_back_to_an_adapter_that_was_deleted_is_refused(registry):
    registry.promote("2026-09-01", "ed", "")
    registry.promote("2026-10-01", "ed", "")
    shutil.rmtree(registry.root / "2026-09-01")

    with pytest.raises(AssistantError, match="there is no adapter 2026-09-01 .*; known: 2026-10"):
        registry.rollback("ed", "")
    assert registry.promoted() == "2026-10-01"


def test_every_flipped_bit_is_found(registry):
    """A thousand bits, spread over weights and settings."""
    folder = registry.root / "2026-09-01"
    found = 0
    for number in range(1000):
        path = folder / (WEIGHTS, ADAPTER_CONFIG)[number % 2]
        at = number * 7919 % (path.stat().st_size * 8)
        with open(path, "r+b", buffering=0) as file:
            flip(file, at)
            with pytest.raises(IndexMismatch, match="its hash differs"):
                verify_folder(folder)
            flip(file, at)
        found += 1

    assert found == 1000
    registry.verify("2026-09-01")


def flip(file, bit):
    file.seek(bit // 8)
    (byte,) = file.read(1)
    file.seek(bit // 8)
    file.write(bytes([byte ^ 1 << bit % 8]))


def test_a_damaged_log_is_named(registry):
    (registry.root / "log.jsonl").write_text('{"action": "pro')

    with pytest.raises(IndexMismatch, match=r"log.jsonl is damaged"):
        registry.list()


def test_an_adapter_fits_the_render_it_was_trained_with(registry):
    check_fits(registry.verify("2026-09-01"), PARTS, BASE)


@pytest.mark.parametrize(
    ("parts", "base", "says"),
    [
        ({"base": "another"}, {}, "base was 'a model' and is 'another'"),
        ({"revision": "def"}, {}, "revision was 'abc' and is 'def'"),
        ({"chat_template": "{{ y }}"}, {}, "chat_template was '{{ x }}' and is '{{ y }}'"),
        ({"chat_template": ""}, {}, "chat_template was '{{ x }}' and is ''"),
        ({"layout": "new"}, {}, "layout was None and is 'new'"),
        ({}, {"vocabulary": "v2"}, "vocabulary was 'v1' and is 'v2'"),
        ({}, {"config": "c2"}, "config was 'c1' and is 'c2'"),
    ],
    ids=["base", "revision", "template", "no template", "layout", "vocabulary", "sizes or type"],
)
def test_what_differs_is_refused_with_both_names(registry, parts, base, says):
    with pytest.raises(IndexMismatch, match=f"2026-09-01 was trained .*: {re.escape(says)}"):
        check_fits(registry.verify("2026-09-01"), {**PARTS, **parts}, {**BASE, **base})


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


def test_the_log_reads_as_who_did_what_and_why(registry):
    assert format_history(registry.history()).startswith("nothing was promoted yet")
    registry.promote("2026-09-01", "ed", "first")
    registry.rollback("kim", "it rambles")

    first, second = format_history(registry.history()).splitlines()

    assert first.endswith("ed: promote base -> 2026-09-01 (not evaluated); first")
    assert second.endswith("kim: rollback 2026-09-01 -> base; it rambles")


def test_an_empty_list_says_what_to_run(tmp_path):
    assert format_entries(Registry(tmp_path).list()) == "no adapters yet; run `masthead train`"
