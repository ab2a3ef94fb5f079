"""Models beside the base that the settings name: a folder, or a pinned snapshot of a hub."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import ModelMissing

_NOT_READ = ["*.bin", "*.pt", "*.py", "onnx/*", "openvino/*"]  # pickles, code, other runtimes


def fetch_model(key: str, name: str, revision: str) -> Path:
    """Return the folder of `models.<key>`; ModelMissing where it is not there and cannot be got."""
    local = Path(name).expanduser()
    if local.is_absolute():
        if not local.is_dir():
            raise ModelMissing(f"models.{key}: {local} is not a folder; correct the path")
        return local
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, ignore_patterns=_NOT_READ))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelMissing(
            f"models.{key}: {name}@{revision} could not be fetched ({type(error).__name__});"
            " check the name and the network, or delete the key for the default"
        ) from error
