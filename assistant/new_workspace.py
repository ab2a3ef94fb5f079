"""A new workspace: a commented masthead.yaml and an empty folder for articles."""

from __future__ import annotations

import json
from pathlib import Path

from assistant.commit import write_text
from assistant.config import CONFIG_NAME, load_workspace
from assistant.errors import AssistantError

_TEMPLATE = """\
# One branded assistant. Only brand.name and sources are needed; the rest shows its default.
brand:
  name: {name}
  # tagline: one line under the name
  # logo: logo.svg            # an image beside this file
  # colours: {{primary: "#7a1f2b", background: "#faf7f2", text: "#1d1b19"}}
  # greeting: Ask us anything we have written about.
  # example_questions:
  #   - A question that your articles answer?
  # refusal: We have not written about that.
  # system_prompt: may use {{name}} and {{refusal}}; edit it at any time
sources:
  - folder: articles          # Markdown files, with or without front matter
    # base_url: https://example.org/blog/   # put before a file's path for its link
# models:
#   base: starter             # or a hub id with `revision:` pinned
#   encoder: starter
#   engine: auto              # transformers | llamacpp | openai (a server at `url:`)
# retrieval:
#   passages: 3               # in the prompt
#   caution: balanced         # rather refuse | balanced | rather answer
# train:
#   preset: auto
# serve:
#   port: 7860
# store:
#   keep_days: 30             # of conversations; 0 stores nothing that readers write
"""


def create_workspace(folder: Path, name: str) -> Path:
    """Write `folder`/masthead.yaml and return its path; AssistantError if there is one already."""
    path = folder / CONFIG_NAME
    if path.exists():
        raise AssistantError(f"{path} exists already; edit it, or name another folder")
    try:
        (folder / "articles").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AssistantError(f"{folder} cannot be made ({error.strerror}); name another") from error
    title = name or folder.resolve().name.replace("-", " ").replace("_", " ").title()
    write_text(path, _TEMPLATE.format(name=json.dumps(title, ensure_ascii=False)))
    load_workspace(folder)
    return path
