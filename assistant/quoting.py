"""Which sentences to quote from passages that were read closely. Pure."""

from __future__ import annotations

from collections.abc import Collection

from assistant.length import Quoting
from assistant.reading import Reading, ReadSentence
from assistant.text import prose_sentences, words

_QUOTED_WORDS = 6  # a shorter sentence ("It did not.") says nothing on its own


def best_sentences(reading: Reading, quoting: Quoting) -> list[ReadSentence]:
    """Return the sentences to quote: the best one and its neighbours that matter, in order.

    All from one passage, so that a quotation reads as the article wrote it.
    """
    if not reading.sentences:
        return []
    best = best_sentence(reading) or max(reading.sentences, key=lambda s: s.value)
    same = [s for s in reading.sentences if s.item.passage.id == best.item.passage.id]
    at = next(i for i, s in enumerate(same) if s.position == best.position)
    first = last = at
    while last - first + 1 < quoting.most:
        before = same[first - 1].value if first > 0 else -1.0
        after = same[last + 1].value if last + 1 < len(same) else -1.0
        if max(before, after) < quoting.neighbour * best.value:
            break
        first, last = (first - 1, last) if before > after else (first, last + 1)
    return same[first : last + 1]


def best_sentence(reading: Reading, without: Collection[str] = ()) -> ReadSentence | None:
    """Return the sentence nearest the question that says something by itself.

    `without` names articles to pass over. A question (an interview's, say) says nothing.
    """
    telling = [
        s
        for s in reading.sentences
        if s.item.article.id not in without
        and len(s.text.split()) >= _QUOTED_WORDS
        and not s.text.endswith("?")
    ]
    return max(telling, key=lambda s: s.value, default=None)


def whole_sentence(copied: str, markdown: str) -> str:
    """Return the passage's sentence that words copied from it belong to; else the words.

    A copy that stops early may lose the condition or the fact that was asked for.
    """
    run = f" {' '.join(words(copied))} "
    homes = (text for text in prose_sentences(markdown) if run in f" {' '.join(words(text))} ")
    return next(homes, copied)


def close_elsewhere(
    reading: Reading, told: Collection[str], quoting: Quoting
) -> list[ReadSentence]:
    """Return the best sentence of each article not among `told` that comes close to the best."""
    best, found = best_sentence(reading), list[ReadSentence]()
    while best and len(found) < quoting.others:
        other = best_sentence(reading, {*told, *(s.item.article.id for s in found)})
        if other is None or other.value < quoting.close * best.value:
            break
        found.append(other)
    return found
