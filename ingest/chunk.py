"""Cut articles along their headings into passages, the unit that retrieval returns.

Takes Article and a token counter, gives its passages in reading order. A passage with its
"title > heading" prefix stays within max_tokens, but code blocks and tables are never cut;
`embedding_windows` gives an encoder several texts for such a one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.passage_text import passage_prefix, prefixed_text, without_addresses
from assistant.records import Article, Passage
from assistant.settings import IngestSettings
from ingest.prose import CountTokens, split_lines, split_prose, token_costs
from ingest.sections import Section, Unit, open_container, read_sections

_SMALLEST_SHARE = 3  # a prefix leaves at least a third of the tokens to the text
_SURE_SHARE = 0.85  # of the room; summed counts were never off by as much
_TIGHTEN_TOKENS = 8  # taken off the room each time an exact count finds a passage too long


@dataclass(frozen=True, slots=True)
class _Sized:
    unit: Unit
    cost: int  # tokens, special ones aside


def split_article(
    article: Article, settings: IngestSettings, count_tokens: CountTokens
) -> list[Passage]:
    """Return the passages in reading order; together they hold every word of the body."""
    sections = read_sections(article)
    sized = _size_units(sections, count_tokens)
    prefixes = [passage_prefix(article.title, section.headings) for section in sections]
    rooms = [
        max(settings.max_tokens - cost, settings.max_tokens // _SMALLEST_SHARE)
        for cost in _prefix_costs(prefixes, count_tokens)
    ]
    texts = [
        (section, text)
        for section, units, room in zip(sections, sized, rooms, strict=True)
        for text in _pack_within(article, section, units, room, settings.max_tokens, count_tokens)
    ]
    return _name_passages(article, texts)


def embedding_windows(text: str, max_tokens: int, count_tokens: CountTokens) -> list[str]:
    """Return a prefixed text as it is, or as overlapping windows that an encoder reads whole.

    The first line, the prefix, is repeated on each window.
    """
    if count_tokens([text])[0] <= max_tokens:
        return [text]
    prefix, _, body = text.partition("\n")
    room = max(max_tokens - count_tokens([prefix])[0], max_tokens // _SMALLEST_SHARE)
    windows = split_lines(body, room, lambda piece: token_costs([piece], count_tokens)[0])
    return [f"{prefix}\n{window}" for window in windows]


def _size_units(sections: Sequence[Section], count_tokens: CountTokens) -> list[list[_Sized]]:
    texts = [without_addresses(unit.text) for section in sections for unit in section.units]
    costs = iter(token_costs(texts, count_tokens))
    return [[_Sized(unit, next(costs)) for unit in section.units] for section in sections]


def _prefix_costs(prefixes: Sequence[str], count_tokens: CountTokens) -> list[int]:
    """Return the tokens of each prefix, special ones included."""
    return count_tokens(prefixes) if prefixes else []


def _pack_within(
    article: Article,
    section: Section,
    units: Sequence[_Sized],
    room: int,
    max_tokens: int,
    count_tokens: CountTokens,
) -> list[str]:
    """Pack with ever less room until each passage that may be cut is within max_tokens, counted."""
    while True:
        packed = _pack(_cut_long(units, room, count_tokens), room)
        # Sums of counts are right but for what a tokeniser joins across a gap, so only nearly
        # full passages are counted again; one whole unit is as long as it is.
        doubtful = [
            prefixed_text(article.title, section.headings, _join(group))
            for group in packed
            if len(group) > 1 and sum(sized.cost for sized in group) > room * _SURE_SHARE
        ]
        is_over = bool(doubtful) and max(count_tokens(doubtful)) > max_tokens
        if not is_over or room <= _TIGHTEN_TOKENS * 2:
            return [_join(group) for group in packed]
        room -= _TIGHTEN_TOKENS


def _cut_long(units: Sequence[_Sized], room: int, count_tokens: CountTokens) -> Iterator[_Sized]:
    """Yield the units, those with too many tokens in pieces unless they are whole."""

    def measure(text: str) -> int:
        return token_costs([without_addresses(text)], count_tokens)[0] if text else 0

    for sized in units:
        if sized.cost <= room:
            yield sized
            continue
        parts = open_container(sized.unit)
        if parts != [sized.unit]:
            costs = token_costs([without_addresses(part.text) for part in parts], count_tokens)
            inner = [_Sized(part, cost) for part, cost in zip(parts, costs, strict=True)]
            yield from _cut_long(inner, room, count_tokens)
        elif sized.unit.whole:
            yield sized
        else:
            for piece in split_prose(sized.unit.text, room, measure):
                yield _Sized(Unit(piece, gap=sized.unit.gap), measure(piece))


def _pack(units: Iterable[_Sized], room: int) -> list[list[_Sized]]:
    """Fill passages in order; what leads in to a code block, table or list stays with it."""
    todo = list(units)
    packed: list[list[_Sized]] = []
    used = 0
    for position, sized in enumerate(todo):
        needed = sized.cost
        following = todo[position + 1] if position + 1 < len(todo) else None
        if following and _leads_in(sized.unit, following.unit):
            together = sized.cost + following.cost
            needed = together if together <= room else needed
        if packed and used + needed <= room:
            packed[-1].append(sized)
            used += sized.cost
        else:
            packed.append([sized])
            used = sized.cost
    return packed


def _leads_in(unit: Unit, following: Unit) -> bool:
    return not unit.whole and (following.whole or unit.text.rstrip("*_ ").endswith(":"))


def _join(group: Sequence[_Sized]) -> str:
    first, *rest = group
    return first.unit.text + "".join(sized.unit.gap + sized.unit.text for sized in rest)


def _name_passages(article: Article, texts: Iterable[tuple[Section, str]]) -> list[Passage]:
    seen: Counter[str] = Counter()
    passages = []
    for section, text in texts:
        name = f"{article.id}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        ordinal = f"-{seen[name]}" if seen[name] else ""
        seen[name] += 1
        passages.append(Passage(name + ordinal, article.id, text, section.headings, section.anchor))
    return passages
