"""What the support check catches: one error planted into a right sentence, by kind.

    python benchmarks/planted_errors.py WORKSPACE

Right sentences are the archive's own, shortened by their last clause where they have one, so that
most are not verbatim. Each error is planted into each sentence that has room for it.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from pathlib import Path

from assistant.config import load_workspace
from assistant.evidence import read_evidence
from assistant.generation import open_generation
from assistant.text import content_stems, names, numbers, prose_sentences, words
from assistant.verify import check_support

SENTENCES = 400


def shorten(sentence: str) -> str:
    """Join the first clause to the full stop: no longer word for word, and still right."""
    clauses = re.split(r"(?<=\w), (?=and |but |so |which |because )", sentence.rstrip("."))
    return clauses[0] + "." if len(content_stems(clauses[0])) >= 5 else sentence


def plant(kind: str, sentence: str, other: str, rng: random.Random) -> str | None:
    """Return the sentence with one error of a kind, or None where it has no room for it."""
    if kind == "number":
        found = re.search(r"\d+(?:\.\d+)?", sentence)
        if not found:
            return None
        return (
            sentence[: found.start()] + str(int(float(found.group())) + 7) + sentence[found.end() :]
        )
    if kind == "name":
        mine, theirs = names(sentence), [n for n in names(other) if n not in sentence]
        return sentence.replace(mine[0], theirs[0]) if mine and theirs else None
    if kind == "negation":
        found = re.search(r"\b(is|are|was|can|will|does|has)\b(?! not)", sentence)
        return sentence[: found.end()] + " not" + sentence[found.end() :] if found else None
    if kind == "word":
        mine = [w for w in words(sentence) if len(w) > 4 and content_stems(w) and w in sentence]
        theirs = [w for w in words(other) if len(w) > 4 and content_stems(w) and w not in sentence]
        return (
            sentence.replace(rng.choice(mine), rng.choice(theirs), 1) if mine and theirs else None
        )
    return other  # another article's sentence


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    options = parser.parse_args()
    generation = open_generation(load_workspace(options.workspace).index_root)
    rng = random.Random(7)
    pool = []
    for row in range(generation.n_passages):
        passage = generation.passage(row)
        article = generation.article(int(generation.passage_article[row]))
        evidence = read_evidence(" > ".join([article.title, *passage.headings]), passage.text)
        pool += [
            (article.id, evidence, text)
            for text in prose_sentences(passage.text)
            if len(content_stems(text)) >= 5 and text.endswith(".")
        ]
    sample = rng.sample(pool, min(SENTENCES, len(pool)))
    kept = sum(check_support(shorten(text), evidence).ok for _, evidence, text in sample)
    print(f"right sentences kept {kept} of {len(sample)}")
    caught, planted = Counter(), Counter()
    for kind in ("number", "name", "negation", "word", "article"):
        for article_id, evidence, text in sample:
            other = rng.choice([t for a, _, t in rng.sample(pool, 20) if a != article_id])
            wrong = plant(kind, shorten(text), other, rng)
            if wrong is None or (kind == "number" and numbers(wrong) == numbers(text)):
                continue
            planted[kind] += 1
            caught[kind] += not check_support(wrong, evidence).ok
        print(f"{kind:9} caught {caught[kind]} of {planted[kind]}")


if __name__ == "__main__":
    main()
