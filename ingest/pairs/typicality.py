"""Which articles teach the voice, and why the others do not. Pure.

An article's manner is measured without its matter: rates of function words, punctuation and the
length of sentences, content words masked (Burrows's Delta to the archive's own centre). Articles
that are left out are still indexed, searched and cited.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.pair_settings import VoiceSettings
from assistant.records import Article
from assistant.seams import Floats
from assistant.text import STOPWORDS, prose_sentences, words

_FEWEST_ARTICLES = 12  # below it an archive has no centre to be far from
_FEWEST_WORDS = 250  # below it the rates of an article are noise; it is not judged
_MOST_OUTLIERS = 0.1  # of the articles judged: further ones are the archive's own variety
_FAR = 3.5  # robust deviations (1.4826 MAD) above the median Delta
_MARKS = tuple(",;:()?!\u2014\"'")
_CLIP = 4.0  # of a z-score: one rare word does not make a stranger


@dataclass(frozen=True, slots=True)
class VoiceVerdict:
    """Whether an article teaches the voice; `delta` is its distance, None where not judged."""

    article: Article
    teaches: bool
    reason: str
    delta: float | None


def judge_voices(articles: Sequence[Article], rules: VoiceSettings) -> list[VoiceVerdict]:
    """Return a verdict for every article, in their order."""
    main = Counter(article.language[:2] for article in articles).most_common(1)
    language = main[0][0] if main else "en"
    ruled = {article.id: _rule_out(article, rules, language) for article in articles}
    deltas = measure_deltas([article for article in articles if not ruled[article.id]])
    limit = _find_limit(list(deltas.values()))
    verdicts = []
    for article in articles:
        reason, delta = ruled[article.id], deltas.get(article.id)
        if not reason and delta is not None and delta > limit:
            reason = f"far from the publication's voice: {delta:.2f}, the limit is {limit:.2f}"
        verdicts.append(VoiceVerdict(article, not reason, reason, delta))
    return verdicts


def measure_deltas(articles: Sequence[Article]) -> dict[str, float]:
    """Return each long enough article's mean absolute z-score against the others' centre."""
    judged = [(a.id, rates) for a in articles if (rates := _rates(a)) is not None]
    if len(judged) < _FEWEST_ARTICLES:
        return {}
    table = np.array([rates for _, rates in judged], dtype=np.float32)
    common = (table > 0).mean(axis=0) >= 0.5  # a word that half the articles lack tells of subject
    table = table[:, common]
    spread = np.maximum(table.std(axis=0), 1e-6)
    scores = np.abs(np.clip((table - np.median(table, axis=0)) / spread, -_CLIP, _CLIP))
    means: Floats = scores.mean(axis=1)
    return {name: float(mean) for (name, _), mean in zip(judged, means, strict=True)}


def _rule_out(article: Article, rules: VoiceSettings, language: str) -> str:
    if not article.voice:
        return "another's voice: marked so (a guest, a sponsor), or by the rules under `voice:`"
    if article.superseded_by:
        return "superseded by a newer article"
    if article.language[:2] != language:
        return f"written in {article.language}, not {language}"
    if rules.since and article.published and article.published < rules.since:
        return f"published {article.published}, before voice.since {rules.since}"
    return ""


def _rates(article: Article) -> list[float] | None:
    sentences = prose_sentences(article.body)
    text = " ".join(sentences)
    said = words(text)
    if len(said) < _FEWEST_WORDS:
        return None
    counts = Counter(word for word in said if word in STOPWORDS)
    lengths = [len(words(sentence)) for sentence in sentences]
    marks = Counter(re.sub(r"[\u2018\u2019]", "'", re.sub(r"[\u201c\u201d]", '"', text)))
    return [
        *(counts[word] / len(said) for word in sorted(STOPWORDS)),
        *(marks[mark] / len(said) for mark in _MARKS),
        float(np.mean(lengths)) / 100,
        float(np.std(lengths)) / 100,
    ]


def _find_limit(deltas: Sequence[float]) -> float:
    """Return the distance above which an article is a stranger; at most a tenth are."""
    if not deltas:
        return float("inf")
    middle = float(np.median(deltas))
    spread = 1.4826 * float(np.median(np.abs(np.array(deltas) - middle)))
    return max(middle + _FAR * spread, float(np.quantile(deltas, 1 - _MOST_OUTLIERS)))
