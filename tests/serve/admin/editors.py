"""A workspace as editors meet it: two generations, two adapters, readers who asked and rated."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from safetensors.numpy import save_file
from sqlalchemy import Engine

from assistant.commit import building, publish, read_current
from assistant.config import Workspace, parse_settings
from assistant.registry import ADAPTER_CONFIG, EVALUATION, WEIGHTS, Registry
from assistant.settings import Settings
from tests.fakes import make_generation
from tests.rated import ANN_HASH, ANN_PASSWORD, rate
from tests.serve import fake_assistant

LAYER = "base_model.model.model.layers.0.mlp.up_proj"
CONFIG = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "bias": "none",
          "target_modules": ["up_proj"]}  # fmt: skip


@dataclass
class FollowingFake(fake_assistant.FakeAssistant):
    """Serves what the workspace's CURRENT files name, as the real one does."""

    root: Path = Path()

    def __post_init__(self) -> None:
        vars(self).pop("promoted", None)
        vars(self).pop("generation_number", None)

    def __getattribute__(self, name: str) -> object:
        if name == "promoted":
            return Registry(object.__getattribute__(self, "root") / "adapters").promoted()
        if name == "generation_number":
            root = object.__getattribute__(self, "root")
            return int(read_current(root / "built" / "index") or 0)
        return object.__getattribute__(self, name)


def make_settings(**sections: object) -> Settings:
    """Return the page's usual settings with an editor, ann, and whatever else is given."""
    raw = fake_assistant.make_settings().model_dump(
        include={"brand": {"name", "tagline", "greeting", "example_questions", "footer"}}
    )
    given = {"admin": {"editors": {"ann": ANN_HASH}}, **sections}
    return parse_settings({**raw, "sources": [{"folder": "articles"}], **given}, "masthead.yaml")


def make_assistant(root: Path, **sections: object) -> FollowingFake:
    """Return an assistant that follows a workspace under `root`."""
    return FollowingFake(settings=make_settings(**sections), root=root)


def fill_workspace(root: Path) -> None:
    """Build two generations and two adapters, of which the newer one was tested and is as good."""
    workspace = Workspace(root, make_settings())
    for _ in range(2):
        make_generation(workspace.index_root)
    add_adapter(workspace.adapters_root, "2026-10-01", {})
    test = {
        "adapter": "2026-11-01",
        "against": "base",
        "not_worse": True,
        "says": "as good as base on 40 questions",
        "measures": {
            "base": {"questions": 40, "supported": 21, "support_rate": 0.62},
            "2026-11-01": {"questions": 40, "supported": 25, "support_rate": 0.713},
        },
        "samples": [
            {"question": "What does a rank cost?", "base": "It costs.", "2026-11-01": "A little."}
        ],
    }
    add_adapter(workspace.adapters_root, "2026-11-01", test)


def add_adapter(root: Path, name: str, test: dict[str, object]) -> None:
    """Write an adapter that the registry takes."""
    with building(root, name) as folder:
        weights = {
            f"{LAYER}.lora_A.weight": np.ones((4, 8), np.float32),
            f"{LAYER}.lora_B.weight": np.ones((12, 4), np.float32),
        }
        save_file(weights, folder / WEIGHTS)
        (folder / ADAPTER_CONFIG).write_text(json.dumps(CONFIG))
        (folder / "card.md").write_text(
            f"# Adapter {name}\n\n<script>alert(1)</script>\n\n| | base | this |\n|---|---|---|\n"
            "| all words | 2.31 | 2.07 |\n"
        )
        if test:
            (folder / EVALUATION).write_text(json.dumps(test))
        publish(folder, name, {"adapter": name, "snapshot": {"number": 1}})


def fill_store(store: Engine) -> None:
    """Store a month of questions: some answered, some in vain."""
    rate(store, "How many parameters does a rank of 16 train?", thumb="up", days_ago=3)
    rate(store, better="A rank of 16 trains 4.9 million parameters.", days_ago=1)
    for days_ago in (0, 2, 9, 20):
        rate(
            store, "What does a GPU hour cost?", mode="refused", thumb="", days_ago=days_ago,
            articles=("rank", "galley"), answer="We have not written about that.",
        )  # fmt: skip
    rate(store, "The cost of a GPU hour?", mode="refused", thumb="", articles=("rank",))
    rate(store, "Who reads the galley?", mode="quoted", thumb="", articles=("galley",), days_ago=5)


class Editor(httpx.Client):
    """A browser of an editor: keeps the cookie, sends the page's token with each form."""

    def log_in(self, password: str = ANN_PASSWORD, name: str = "ann") -> httpx.Response:
        return self.post("/admin", data={"do": "login", "name": name, "password": password})

    def act(self, do: str, **fields: object) -> httpx.Response:
        csrf = re.search(r'name="csrf" value="(\w+)"', self.get("/admin").text)
        sent = {"do": do, "csrf": csrf[1] if csrf else "", **fields}
        return self.post("/admin", data={key: str(value) for key, value in sent.items()})
