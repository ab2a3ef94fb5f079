"""The stage as a whole, on the two-layer model."""

import dataclasses
import json

import pytest
import torch

from assistant.base import describe_base, describe_base_render, find_base, load_base_tokenizer
from assistant.errors import ArticleError, AssistantError, Busy, IndexMismatch, OutOfMemory
from assistant.registry import WEIGHTS, Registry, check_fits
from train.run import train_adapter

KEYS = {
    "adapter", "steps", "tokens", "tokens_per_second", "train_loss", "validation_loss",
    "validation_loss_novel", "trainable_parameters", "peak_memory_bytes", "seconds", "precision",
    "stopped",
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(workspace_maker, tmp_path_factory):
    """A workspace, the report of a run long enough to learn, and the progress that it told."""
    learner = workspace_maker(tmp_path_factory.mktemp("learner"), epochs=4, learning_rate=2e-2)
    progress = []
    report = train_adapter(learner, on_progress=lambda *steps: progress.append(steps[:2]))
    return learner, report, progress


@pytest.mark.slow
def test_training_lowers_the_loss(trained):
    _, report, _ = trained
    row = report.as_json()

    assert row.keys() >= KEYS
    assert row["validation_loss"]["best"] < row["validation_loss"]["base"] - 0.1
    assert row["steps"] == 24


@pytest.mark.slow
def test_a_run_leaves_a_candidate_that_verifies_and_fits_its_base(trained):
    workspace, report, _ = trained
    registry = Registry(workspace.adapters_root)
    base = find_base(workspace.settings.models)

    manifest = registry.verify(report.adapter)

    tokenizer = load_base_tokenizer(base)
    check_fits(manifest, describe_base_render(base, tokenizer), describe_base(base, tokenizer))
    assert registry.promoted() is None
    assert set(manifest["files"]) == {
        "adapter.gguf", "adapter_config.json", "adapter_model.safetensors", "card.html",
        "card.md", "loss.png",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_the_written_adapter_gives_the_loss_that_the_report_names(trained, base_folder):
    import peft
    from transformers import AutoModelForCausalLM

    from train.data import read_training_data
    from train.losses import measure_losses

    workspace, report, _ = trained
    base = AutoModelForCausalLM.from_pretrained(base_folder)
    loaded = peft.PeftModel.from_pretrained(base, workspace.adapters_root / report.adapter)

    again = measure_losses(loaded, read_training_data(workspace).validation)

    assert again.all == pytest.approx(report.best.all, abs=1e-5)
    assert again.novel == pytest.approx(report.best.novel, abs=1e-5)


@pytest.mark.slow
def test_few_rows_are_warned_about_in_the_report_and_on_the_card(trained):
    workspace, report, _ = trained
    said = "24 rows are few; under 100 the prompt alone may serve better"

    assert report.warnings == (said,)
    assert said in (workspace.adapters_root / report.adapter / "card.md").read_text()


@pytest.mark.slow
def test_the_settings_file_names_the_base_as_masthead_yaml_does_and_no_code(trained):
    workspace, report, _ = trained
    path = workspace.adapters_root / report.adapter / "adapter_config.json"
    config = json.loads(path.read_text())

    assert config["base_model_name_or_path"] == workspace.settings.models.base
    assert not config.keys() & {"auto_mapping", "megatron_config", "megatron_core"}


@pytest.mark.slow
def test_held_out_prompts_are_answered_before_and_after(trained):
    workspace, report, _ = trained
    manifest = Registry(workspace.adapters_root).verify(report.adapter)

    assert len(manifest["samples"]) == 5
    assert any(sample["before"] != sample["answer"] for sample in manifest["samples"])
    card = (workspace.adapters_root / report.adapter / "card.md").read_text()
    assert "## Before and after on 5 held-out prompts" in card


@pytest.mark.slow
def test_progress_names_every_step(trained):
    assert trained[2] == [(step, 24) for step in range(1, 25)]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights_and_nothing_leaves_the_machine(
    workspace, monkeypatch, capsys
):
    def fail(**_):
        raise AssertionError("TRL sent telemetry")

    monkeypatch.setattr("trl.trainer.base_trainer.send_telemetry", fail)
    monkeypatch.delenv("CI", raising=False)

    first, second = (train_adapter(workspace).adapter for _ in range(2))

    root = workspace.adapters_root
    weights = [(root / name / WEIGHTS).read_bytes() for name in (first, second)]
    assert second == f"{first}-2"
    assert weights[0] == weights[1]
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_quantised_base_trains_too(workspace_maker, tmp_path):
    space = workspace_maker(tmp_path, quantisation="nf4")

    report = train_adapter(space, auto_batch=True)

    assert report.precision == "nf4, fp32 compute"
    assert report.steps == 6
    settings = Registry(space.adapters_root).verify(report.adapter)["settings"]
    assert (settings["rows_per_step"], settings["rows_at_once"]) == (4, 4)


def test_a_workspace_without_pairs_says_what_to_run(workspace):
    (workspace.pairs_root / "CURRENT").unlink()

    with pytest.raises(ArticleError, match="there are no pairs in .*; run `masthead ingest`"):
        train_adapter(workspace)


def test_seven_rows_are_too_few(workspace, snapshot_writer, tmp_path):
    other = dataclasses.replace(workspace, root=tmp_path / "other")
    snapshot_writer(other, {"train": 7, "validation": 6})

    with pytest.raises(AssistantError, match="has 7 rows to train on and 8 are the least"):
        train_adapter(other)


def test_without_validation_rows_no_gain_could_be_shown(workspace, snapshot_writer, tmp_path):
    other = dataclasses.replace(workspace, root=tmp_path / "other")
    snapshot_writer(other, {"train": 24})

    with pytest.raises(AssistantError, match="snapshot 000001 has no validation rows"):
        train_adapter(other)


def test_pairs_made_for_another_base_are_refused(workspace, snapshot_writer, tmp_path):
    other = dataclasses.replace(workspace, root=tmp_path / "other")
    snapshot_writer(other, {"train": 24, "validation": 6}, "another")

    with pytest.raises(IndexMismatch, match="were rendered as another and this base renders"):
        train_adapter(other)


def test_a_damaged_snapshot_is_refused(workspace):
    path = workspace.pairs_root / "000001" / "train.jsonl"
    path.write_text(path.read_text().replace("plate", "plane"))

    with pytest.raises(IndexMismatch, match=r"train.jsonl is not the file that was written"):
        train_adapter(workspace)


def test_a_budget_below_one_step_is_refused_with_what_is_needed(workspace):
    with pytest.raises(AssistantError, match="budget of 1 s is too short for one step"):
        train_adapter(workspace, budget_s=1)
    assert Registry(workspace.adapters_root).list() == []


def test_a_second_training_of_the_same_workspace_is_told_to_wait(workspace):
    from assistant.commit import writer_lock

    with writer_lock(workspace.adapters_root / ".training"), pytest.raises(Busy):
        train_adapter(workspace)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        MemoryError(),
    ],
    ids=["processor", "GPU", "Python"],
)
def test_too_little_memory_names_the_settings_to_change(workspace, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("train.fit.load_base_model", fail)

    with pytest.raises(OutOfMemory, match="preset cpu, .* set train.checkpointing: true"):
        train_adapter(workspace)
