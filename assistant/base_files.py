"""What a base model's folder may ask for: settings that bring no code, a template that ends.

Read as data before transformers sees them. Limits are for templates that nobody meant to write;
a base's weights and words are still yours to choose.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from assistant.errors import ModelMissing

_SETTINGS = ("config.json", "generation_config.json", "tokenizer_config.json")
_CODE_KEYS = ("auto_map", "custom_pipelines", "trust_remote_code", "custom_generate")
# Written by transformers itself; other keys with an underscore reach its internals.
_OWN_KEYS = ("_name_or_path", "_commit_hash", "_from_model_config", "_attn_implementation_autoset")
_FORBIDDEN_NAMES = ("range", "lipsum", "cycler", "joiner", "self")


def check_base_files(folder: Path) -> None:
    """Raise ModelMissing unless the settings in a base's folder are plain data."""
    for name in _SETTINGS:
        path = folder / name
        if not path.is_file():
            continue
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ModelMissing(f"{path} is not JSON ({error}); get the base again") from error
        if not isinstance(found, dict):
            raise ModelMissing(f"{path} holds no settings; get the base again")
        for key in found:
            if key in _CODE_KEYS or (key.startswith("_") and key not in _OWN_KEYS):
                raise ModelMissing(
                    f"{path} sets {key[:60]}, which can load code; use a base without it"
                )


def check_template(template: str) -> None:
    """Raise ModelMissing for a chat template that is broken, reaches for Python or may not end.

    Loops over the messages are enough for every template; `range`, `*` and `**` are refused.
    """
    from jinja2 import Environment, TemplateError, nodes

    try:
        # Parsed only, never rendered here.
        extensions = ["jinja2.ext.loopcontrols", "jinja2.ext.do"]
        tree = Environment(autoescape=True, extensions=extensions).parse(_plain(template))
    except (TemplateError, RecursionError) as error:
        raise ModelMissing(f"the base's chat template does not parse: {error}") from error
    names = [node.name for node in tree.find_all(nodes.Name) if node.name in _FORBIDDEN_NAMES]
    attributes = [node.attr for node in tree.find_all(nodes.Getattr) if "__" in node.attr]
    texts = [
        node.value
        for node in tree.find_all(nodes.Const)
        if isinstance(node.value, str) and "__" in node.value
    ]
    others = [
        node.__class__.__name__.lower()
        for node in tree.find_all((nodes.Mul, nodes.Pow, nodes.Import, nodes.FromImport,
                                   nodes.Include, nodes.Extends))
    ]  # fmt: skip
    if found := [*names, *attributes, *texts, *others]:
        raise ModelMissing(
            f"the base's chat template uses {found[0][:60]!r}, which no conversation needs; use"
            " another base"
        )


def _plain(template: str) -> str:
    """Take out transformers' own block, which jinja does not know by itself."""
    return re.sub(r"{%-?\s*(end)?generation\s*-?%}", "", template)
