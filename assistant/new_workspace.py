"""A new workspace: a commented masthead.yaml and an empty folder for articles."""

from __future__ import annotations

import json
from pathlib import Path

from assistant.commit import write_text
from assistant.config import CONFIG_NAME, load_workspace
from assistant.errors import AssistantError
from assistant.settings import SourceSettings

_TEMPLATE = """\
# One branded assistant. Only brand.name and sources are needed; the rest shows its default.
# There may be any number of sources: docs/sources.md shows each kind.
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
{sources}
# models:
#   base: starter             # or a hub id with `revision:` pinned
#   encoder: starter
#   engine: auto              # transformers | llamacpp | openai (a server at `url:`)
# voice:                      # whose words teach the voice; the rest is cited all the same
#   not_authors: [A Guest]
#   not_tags: [guest, sponsored, translation]
#   not_paths: [partners/*]
# retrieval:
#   passages: 3               # in the prompt
#   caution: balanced         # rather refuse | balanced | rather answer
# train:
#   preset: auto
# serve:
#   port: 7860
# store:
#   keep_days: 30             # of conversations; 0 stores nothing that readers write
# admin:
#   editors: {{}}               # who may open /admin, name: hash; `masthead password` makes one
# widget:
#   sites: []                 # that may show the assistant by /embed.js: https://www.example.org
"""


_FOLDER_SOURCE = """\
  - folder: articles          # Markdown, HTML, plain text and PDF files
    # base_url: https://example.org/blog/   # put before a file's path for its link"""


def create_workspace(folder: Path, name: str, source: SourceSettings | None = None) -> Path:
    """Write `folder`/masthead.yaml and return its path; AssistantError if there is one already.

    Without a source it reads the folder `articles`, which is made.
    """
    path = folder / CONFIG_NAME
    if path.exists():
        raise AssistantError(f"{path} exists already; edit it, or name another folder")
    try:
        (folder if source else folder / "articles").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AssistantError(f"{folder} cannot be made ({error.strerror}); name another") from error
    title = name or folder.resolve().name.replace("-", " ").replace("_", " ").title()
    sources = _write_source(source, folder) if source else _FOLDER_SOURCE
    brand = json.dumps(title, ensure_ascii=False)
    write_text(path, _TEMPLATE.format(name=brand, sources=sources))
    load_workspace(folder)
    return path


def _write_source(source: SourceSettings, folder: Path) -> str:
    place = source.place
    if "://" not in place and Path(place).is_relative_to(folder.resolve()):
        place = Path(place).relative_to(folder.resolve()).as_posix()
    lines = [f"  - {source.kind}: {json.dumps(place, ensure_ascii=False)}"]
    if source.base_url:
        lines.append(f"    base_url: {json.dumps(source.base_url)}")
    return "\n".join(lines)
