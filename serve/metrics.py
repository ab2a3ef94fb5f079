"""What Prometheus reads at /metrics: answers, times, refusals, support, the line, what is served.

One registry a server, so that two of them in a process count apart.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assistant.records import Answer, Origin
from serve.line import Line

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)


class Metrics:
    """The counters of one server."""

    def __init__(self, line: Line) -> None:
        self._registry = registry = CollectorRegistry()
        self._answers = Counter(
            "masthead_answers", "Answers, by surface and mode.", ["surface", "mode"],
            registry=registry,
        )  # fmt: skip
        self._ended = Counter(
            "masthead_unfinished", "Answers that were stopped or failed.", ["surface", "why"],
            registry=registry,
        )  # fmt: skip
        self._turned_away = Counter(
            "masthead_turned_away", "Requests turned away.", ["why"], registry=registry
        )
        self._tokens = Counter(
            "masthead_tokens", "Tokens read and written by the model.", ["kind"], registry=registry
        )
        self._sentences = Counter(
            "masthead_sentences", "Sentences shown, by origin.", ["origin"], registry=registry
        )
        self._dropped = Counter(
            "masthead_dropped_sentences", "Sentences that no passage supported.", registry=registry
        )
        self._first = Histogram(
            "masthead_first_text_seconds", "From the answer's start to its first sentence.",
            registry=registry, buckets=_SECONDS,
        )  # fmt: skip
        self._total = Histogram(
            "masthead_answer_seconds", "From the answer's start to its end.",
            registry=registry, buckets=_SECONDS,
        )  # fmt: skip
        self._thumbs = Counter("masthead_thumbs", "Readers' thumbs.", ["thumb"], registry=registry)
        self._generation = Gauge(
            "masthead_generation", "The generation of the index being served.", registry=registry
        )
        self._adapter = Gauge(
            "masthead_adapter", "1 for the adapter in service.", ["adapter"], registry=registry
        )
        for name, help_text, read in (
            ("waiting", "Questions waiting in line.", lambda: line.n_waiting),
            ("answering", "Questions being answered.", lambda: line.n_answered),
        ):
            Gauge(f"masthead_{name}", help_text, registry=registry).set_function(read)

    def count_answer(self, answer: Answer, surface: str, tokens: tuple[int, int]) -> None:
        """Count a whole answer; `tokens` are those of the prompt and those written."""
        self._answers.labels(surface, answer.mode.value).inc()
        for kind, count in zip(("prompt", "written"), tokens, strict=True):
            self._tokens.labels(kind).inc(count)
        for origin in Origin:
            shown = sum(s.origin is origin for s in answer.sentences)
            self._sentences.labels(origin.value).inc(shown)
        self._dropped.inc(len(answer.dropped_sentences))
        if "first_text" in answer.timings_ms:
            self._first.observe(answer.timings_ms["first_text"] / 1000)
        self._total.observe(answer.timings_ms["total"] / 1000)

    def count_unfinished(self, surface: str, why: str) -> None:
        """Count an answer that was stopped or failed."""
        self._ended.labels(surface, why).inc()

    def count_turned_away(self, why: str) -> None:
        """Count a request that was turned away: line, rate or key."""
        self._turned_away.labels(why).inc()

    def count_thumb(self, thumb: str) -> None:
        """Count a thumb."""
        self._thumbs.labels(thumb).inc()

    def expose(self, generation: int, adapter: str) -> bytes:
        """Return everything in Prometheus's text format."""
        self._generation.set(generation)
        self._adapter.clear()
        self._adapter.labels(adapter).set(1)
        return bytes(generate_latest(self._registry))
