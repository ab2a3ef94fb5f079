"""Which split an article's rows go to: a fixed hash of its id, the newest month apart. Pure.

An article never changes split, but for two cases: the newest month waits in time_test and joins
its split when a newer month has come; and while an archive is too small for its hashes to fill
validation or test, the article whose hash lies nearest stands in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from assistant.records import Article

Split = Literal["train", "validation", "test", "time_test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test", "time_test")
_TRAIN, _VALIDATION = 80, 90  # of 100 hash buckets; the rest is test
_MOST_HELD_OUT = 0.25  # share of articles; a newest "month" with more is not held out
_FEWEST_ARTICLES = 5  # below it there is nothing to stand in


def hash_bucket(key: str) -> int:
    """Return 0..99, the same for ever."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100


def fixed_split(key: str) -> Split:
    """Return the split of an article's id, or of a question that belongs to no article."""
    bucket = hash_bucket(key)
    if bucket < _TRAIN:
        return "train"
    return "validation" if bucket < _VALIDATION else "test"


def assign_splits(articles: Sequence[Article]) -> dict[str, Split]:
    """Return the split of every article by its id."""
    splits: dict[str, Split] = {article.id: fixed_split(article.id) for article in articles}
    for article_id in _newest_month(articles):
        splits[article_id] = "time_test"
    if len(articles) >= _FEWEST_ARTICLES:
        _stand_in(splits, "validation", _TRAIN)
        _stand_in(splits, "test", _VALIDATION)
    return splits


def _newest_month(articles: Sequence[Article]) -> list[str]:
    newest = max((article.published[:7] for article in articles), default="")
    ids = [article.id for article in articles if newest and article.published[:7] == newest]
    return ids if len(ids) <= _MOST_HELD_OUT * len(articles) else []


def _stand_in(splits: dict[str, Split], empty: Split, bucket: int) -> None:
    """Move the training article with the nearest hash into a split that has none."""
    if empty in splits.values():
        return
    trained = [article_id for article_id, split in splits.items() if split == "train"]
    if trained:
        splits[min(trained, key=lambda i: (abs(hash_bucket(i) - bucket), i))] = empty
