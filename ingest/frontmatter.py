"""Read the front matter of a text file: YAML (---), TOML (+++), JSON ({) or none.

Gives plain values; which key means what is the source's business. Nothing in it can run code,
grow without bound or take the program down.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import yaml

_MAX_CHARACTERS = 64 * 1024  # real front matter is under 4 KB; a parser bomb needs room
_MAX_DEPTH = 40  # brackets within brackets; deeper nesting exhausts a parser's stack
_MAX_MERGES = 4  # each merge of a merge doubles what is copied
_MERGE_KEY = re.compile(r"<<\s*:")
_FENCED = re.compile(
    r"\s*^(---|\+\+\+)[ \t]*\n(.*?)(?:^|\n)(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_KEY_LINE = re.compile(r"^[ \t]*[\w\"'{#?\[-][^\n]*:", re.MULTILINE)
_OPENED = re.compile(r"(---|\+\+\+)[ \t]*\n[ \t]*[\w\"'-]+[ \t]*[:=]")
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DATE_FORMATS = ("%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y", "%a %d %b %Y", "%A %d %B %Y")


class FrontMatterError(ValueError):
    """Front matter that cannot be read; the message says why, without the file."""


class _Loader(yaml.SafeLoader):
    """Safe YAML that leaves dates as written, since one impossible date would fail the whole."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(":timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Return the keys, lower-case, and the text below; FrontMatterError where they are damaged."""
    if text.lstrip().startswith("{"):
        return _split_json(text)
    match = _FENCED.match(text)
    if match is None:
        if _OPENED.match(text):
            raise FrontMatterError(f"front matter opens with {text[:3]} and never closes")
        return {}, text
    source, body = match[2], text[match.end() :]
    if match[1] == "---" and source.strip() and not _KEY_LINE.search(source):
        return {}, text  # two rules with prose between them
    _refuse_bombs(source)
    values = _parse_toml(source) if match[1] == "+++" else _parse_yaml(source)
    return _lower_keys(values), body


def words_of(value: object) -> str:
    """Return a value as one line of text; "" for none, a list or a mapping."""
    if isinstance(value, str | int | float | date | datetime) and not isinstance(value, bool):
        return " ".join(str(value).split())
    return ""


def list_of(value: object) -> tuple[str, ...]:
    """Return a value as distinct texts: a list, names in mappings, or text parted by commas."""
    return tuple(dict.fromkeys(words for words in _each_text(value) if words))


def date_of(value: object) -> str:
    """Return a date as YYYY-MM-DD, in the time zone it was written in; "" where it is none."""
    if isinstance(value, date):  # TOML's; a datetime is a date too
        return value.isoformat()[:10]
    words = words_of(value)
    if not any(character.isdigit() for character in words):
        return ""
    match = _DATE.search(words)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return ""
    return _spelled_date(words)


def is_true(value: object) -> bool:
    """Say whether a value means yes, quoted or not."""
    return value is True or words_of(value).lower() in ("true", "yes", "on", "1")


def is_false(value: object) -> bool:
    """Say whether a value means no, quoted or not; absence does not."""
    return value is False or words_of(value).lower() in ("false", "no", "off", "0")


def _spelled_date(words: str) -> str:
    words = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", words.replace(",", " "))
    words = " ".join(re.split(r"\s+\d{1,2}:", words)[0].split())
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(words, form).date().isoformat()
        except ValueError:
            continue
    return ""


def _each_text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from (part.strip() for part in value.split(","))
    elif isinstance(value, Mapping):
        yield words_of(value.get("name") or value.get("title") or value.get("slug"))
    elif isinstance(value, list):
        for item in value:
            yield words_of(item) or next(iter(_each_text(item)), "")
    else:
        yield words_of(value)


def _split_json(text: str) -> tuple[dict[str, Any], str]:
    start = len(text) - len(text.lstrip())
    if not re.match(r"\{\s*(\"|\})", text[start:]):
        return {}, text
    _refuse_bombs(text[start : start + _MAX_CHARACTERS])
    try:
        values, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(f"JSON front matter is damaged: {_one_line(error)}") from error
    return _lower_keys(values), text[end:]


def _parse_yaml(source: str) -> object:
    if "\t" in source:
        source = source.expandtabs(4)  # YAML forbids tabs where site generators let them pass
    try:
        return yaml.load(source, _Loader)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FrontMatterError(f"YAML front matter is damaged: {_one_line(error)}") from error


def _parse_toml(source: str) -> object:
    try:
        return tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(f"TOML front matter is damaged: {_one_line(error)}") from error


def _refuse_bombs(source: str) -> None:
    if len(source) > _MAX_CHARACTERS:
        raise FrontMatterError(
            f"front matter is {len(source):,} characters long; at most {_MAX_CHARACTERS:,} are read"
        )
    if len(_MERGE_KEY.findall(source)) > _MAX_MERGES:
        raise FrontMatterError(f"front matter merges keys (<<:) more than {_MAX_MERGES} times")
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", source):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest > _MAX_DEPTH:
        raise FrontMatterError(f"front matter nests {deepest} deep; at most {_MAX_DEPTH} is read")


def _lower_keys(values: object) -> dict[str, Any]:
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise FrontMatterError(f"front matter holds {type(values).__name__}, not keys and values")
    flat = {str(key).lower(): value for key, value in values.items()}
    for table in ("params", "extra"):  # where Hugo and Zola keep an author's own keys
        if isinstance(flat.get(table), dict):
            flat = {str(key).lower(): value for key, value in flat[table].items()} | flat
    return flat


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
