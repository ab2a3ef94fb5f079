import pytest

from assistant.config import load_workspace, parse_settings
from assistant.errors import AssistantError
from assistant.new_workspace import create_workspace
from assistant.settings import DEFAULT_REFUSAL, SourceSettings


def test_a_new_workspace_loads_with_the_defaults(tmp_path):
    path = create_workspace(tmp_path / "my-bench_notes", "")

    settings = load_workspace(path.parent).settings

    assert settings.brand.name == "My Bench Notes"
    assert settings.brand.refusal == DEFAULT_REFUSAL
    assert (path.parent / "articles").is_dir()


@pytest.mark.parametrize("name", ['The "Bench": notes', "Körper #1", "- {x}", "'", "yes"])
def test_any_name_survives_the_file(tmp_path, name):
    path = create_workspace(tmp_path / "w", name)

    assert load_workspace(path.parent).settings.brand.name == name


def test_every_commented_line_is_a_setting_once_uncommented(tmp_path):
    import yaml

    text = create_workspace(tmp_path / "w", "W").read_text(encoding="utf-8")
    kept = [
        line.replace("# ", "", 1)
        for line in text.splitlines()
        if "system_prompt" not in line and not line.startswith(("# One branded", "# There may"))
    ]

    settings = parse_settings(yaml.safe_load("\n".join(kept)), "masthead.yaml")

    assert settings.retrieval.passages == 3
    assert settings.serve.port == 7860


def test_a_workspace_is_never_written_over(tmp_path):
    create_workspace(tmp_path / "w", "First")

    with pytest.raises(AssistantError, match=r"masthead\.yaml exists already; edit it"):
        create_workspace(tmp_path / "w", "Second")
    assert load_workspace(tmp_path / "w").settings.brand.name == "First"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(AssistantError, match="cannot be made .*name another"):
        create_workspace(tmp_path / "file" / "w", "")


def test_a_source_that_was_found_stands_in_the_file(tmp_path):
    source = SourceSettings(folder=str(tmp_path / "site" / "_posts"), base_url="https://x.example/")

    path = create_workspace(tmp_path / "w", "W", source)

    assert load_workspace(path.parent).settings.sources == (source,)
    assert not (path.parent / "articles").exists()


def test_a_source_inside_the_workspace_is_named_from_there(tmp_path):
    source = SourceSettings(wordpress=str(tmp_path / "w" / 'my "export".xml'))

    path = create_workspace(tmp_path / "w", "W", source)

    (found,) = load_workspace(path.parent).settings.sources
    assert found.place == 'my "export".xml'
