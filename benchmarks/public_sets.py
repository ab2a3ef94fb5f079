"""The data sets that the benchmarks ask: articles as files, questions with their gold articles.

DATA is a folder that holds xquad-en/ and 18f-blog/, each with articles/ and questions.jsonl; the
demo comes with the project. 18f-blog's questions are headings of its articles, so they are taken
out of the articles before anything is built: what is left must be found by its text.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.config import Workspace, load_workspace
from assistant.generation import Generation, open_generation
from assistant.seams import Encoder
from assistant.text import content_stems
from ingest.run import ingest_workspace

DEMO = Path(__file__).parents[1] / "data" / "demo"
MASKED = {"18f-blog"}  # sets whose questions are headings
Files = Mapping[str, str]  # an article's file name -> its text


@dataclass(frozen=True)
class Question:
    id: str
    text: str
    gold: frozenset[str]  # stems of the articles' files
    answers: tuple[str, ...]
    paragraph: int = -1  # of its article, where the set says
    unanswerable: bool = False


def folder_of(data: Path, name: str) -> Path:
    return DEMO if name == "demo" else data / name


def read_questions(data: Path, name: str) -> list[Question]:
    lines = (folder_of(data, name) / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [_parse(json.loads(line)) for line in lines]


def read_files(data: Path, name: str, questions: Iterable[Question]) -> dict[str, str]:
    """Return the articles; where questions are headings, without those."""
    paths = sorted((folder_of(data, name) / "articles").glob("*.md"))
    files = {path.name: path.read_text(encoding="utf-8") for path in paths}
    if name in MASKED:
        for question in questions:
            for stem in question.gold:
                if f"{stem}.md" in files:
                    files[f"{stem}.md"] = without_heading(files[f"{stem}.md"], question.text)
    return files


def without_heading(text: str, heading: str) -> str:
    """Return Markdown without the lines that are a heading (or bold line) of the same words."""
    told = content_stems(heading)
    kept = [
        line
        for line in text.splitlines()
        if not (re.match(r"\s*(#|\*\*)", line) and content_stems(line) == told)
    ]
    return "\n".join(kept) + "\n"


def leave_out_articles(files: Files, seed: int) -> dict[str, str]:
    """Return half of the articles."""
    kept = random.Random(seed).sample(sorted(files), len(files) // 2)
    return {name: files[name] for name in sorted(kept)}


def leave_out_paragraphs(files: Files, seed: int) -> tuple[dict[str, str], set[tuple[str, int]]]:
    """Return every article with half of its paragraphs, and (stem, paragraph) of what stayed."""
    rng = random.Random(seed)
    halves, stayed = {}, set()
    for name, text in files.items():
        _, head, body = text.split("---\n", 2)
        paragraphs = [p for p in body.strip().split("\n\n") if p.strip()]
        half = (len(paragraphs) + rng.choice([0, 1])) // 2
        keep = sorted(rng.sample(range(len(paragraphs)), half))
        stayed |= {(Path(name).stem, number) for number in keep}
        body = "\n\n".join(paragraphs[number] for number in keep)
        halves[name] = f"---\n{head}---\n\n{body}\n"
    return halves, stayed


def build(
    root: Path, files: Files, encoder: Encoder, settings: Mapping[str, object] | None = None
) -> tuple[Workspace, Generation]:
    """Write a workspace of these articles (afresh where they differ), ingest it and open it."""
    articles = root / "articles"
    there = {path.name: path.read_text(encoding="utf-8") for path in articles.glob("*.md")}
    config = {"brand": {"name": root.name}, "sources": [{"folder": "articles"}], **(settings or {})}
    written = yaml.safe_dump(config)
    before = root / "masthead.yaml"
    if there != dict(files) or not before.is_file() or before.read_text() != written:
        shutil.rmtree(articles, ignore_errors=True)
        articles.mkdir(parents=True)
        for name, text in files.items():
            (articles / name).write_text(text, encoding="utf-8")
        before.write_text(written, encoding="utf-8")
    workspace = load_workspace(root)
    ingest_workspace(
        workspace, only="index", allow_shrink=True, allow_lower_recall=True, encoder=encoder
    )
    return workspace, open_generation(workspace.index_root)


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether a text holds one of the reference answers, of a long one its beginning."""
    flat = f" {_flatten(text)} "
    return any(f" {told} " in flat for told in map(_beginning, answers) if told)


def _beginning(answer: str) -> str:
    return " ".join(_flatten(answer).split()[:12])


def _flatten(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _parse(raw: dict) -> Question:
    gold = raw.get("gold") or ([raw["gold_doc_id"]] if "gold_doc_id" in raw else [])
    return Question(
        raw["id"],
        raw["question"],
        frozenset(gold),
        tuple(raw.get("answers", ())),
        raw.get("paragraph", -1),
        bool(raw.get("unanswerable", False)),
    )
