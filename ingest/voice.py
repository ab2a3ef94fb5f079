"""Whose words teach the voice: the rules of masthead.yaml applied to an article. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from assistant.pair_settings import VoiceSettings
from assistant.records import Article


def mark_voice(article: Article, rules: VoiceSettings) -> Article:
    """Return the article, without a voice where a rule takes it; no rule gives one back."""
    return (
        replace(article, voice=False) if article.voice and _is_foreign(article, rules) else article
    )


def _is_foreign(article: Article, rules: VoiceSettings) -> bool:
    authors, tags = _folded(article.authors), _folded(article.tags)
    paths = _folded((article.file, unquote(urlsplit(article.url).path).strip("/")))
    patterns = [pattern.strip("/") for pattern in _folded(rules.not_paths)]
    is_elsewhere = bool(rules.only_authors) and not authors & _folded(rules.only_authors)
    return (
        is_elsewhere
        or bool(authors & _folded(rules.not_authors))
        or bool(tags & _folded(rules.not_tags))
        or any(fnmatchcase(path, pattern) for path in paths for pattern in patterns)
    )


def _folded(words: Iterable[str]) -> set[str]:
    return {word.strip().casefold() for word in words}
