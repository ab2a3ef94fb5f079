"""Does what the model wrote hold, and does it answer? One sentence at a time against the passages.

Pure but for an NLI model, where one is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import Evidence, read_evidence
from assistant.pair_scorer import NO_SECOND_READERS, SecondReaders
from assistant.reading import Reading, label_of
from assistant.records import Found
from assistant.text import content_stems
from assistant.verify import Support, check_support

_TO_THE_POINT = 0.5  # of the best sentence's value: what tells less does not answer
_WORTH_COPYING = 0.8  # likewise: rather than copy a worse sentence, the best one is quoted


@dataclass(frozen=True, slots=True)
class Judge:
    """One question's passages. `prompt_items` are the prompt's, in its order."""

    reading: Reading
    prompt_items: Sequence[Found]
    readers: SecondReaders = NO_SECOND_READERS

    def find_support(self, text: str, cited: Sequence[int]) -> tuple[Found | None, Support]:
        """Return the passage that supports a sentence: a cited one first, else the best of all."""
        named = [self.prompt_items[n - 1] for n in cited if 0 < n <= len(self.prompt_items)]
        others = [item for item in self.prompt_items if item not in named]
        best: Support = Support(ok=False, score=-1.0, reason="no passage")
        for group in (named, others):
            judged = [(item, check_support(text, _evidence(item))) for item in group]
            held = [pair for pair in judged if pair[1].ok]
            if held:
                return max(held, key=lambda pair: (pair[1].verbatim, pair[1].score))
            best = max([best, *(s for _, s in judged)], key=lambda s: s.score)
        return None, best

    def find_objection(self, text: str, home: Found, support: Support) -> str:
        """Return why a supported sentence is not shown after all, or nothing."""
        if not support.verbatim and not self.readers.entails(home, text):
            return "does not follow from the passage"
        share = _WORTH_COPYING if support.verbatim else _TO_THE_POINT
        return "beside the point" if self._misses_the_point(text, home, share) else ""

    def value_of(self, text: str) -> float:
        """Return the value of the passages' sentences that a shown sentence tells, at most."""
        told = set(content_stems(text))
        values = [
            read.value
            for read in self.reading.sentences
            if (stems := set(content_stems(read.text))) and len(stems & told) >= 0.5 * len(stems)
        ]
        return max(values, default=0.0)

    def _misses_the_point(self, text: str, home: Found, share: float) -> bool:
        if home not in self.reading.items:
            return False  # not read closely: nothing to compare with
        best = max((s.value for s in self.reading.sentences), default=0.0)
        return self.value_of(text) < share * best


def _evidence(item: Found) -> Evidence:
    return read_evidence(label_of(item), item.passage.text)
