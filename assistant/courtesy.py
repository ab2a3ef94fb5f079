"""Greetings, thanks and questions about the assistant itself: set replies, no archive asked.

The same forms and replies teach the adapter and are matched in serving. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.settings import BrandSettings
from assistant.text import words


@dataclass(frozen=True, slots=True)
class Courtesy:
    """What readers say (whole messages, in any case and punctuation) and the reply to it."""

    task: str
    said: tuple[str, ...]
    reply: str


def list_courtesies(brand: BrandSettings) -> tuple[Courtesy, ...]:
    """Return the courtesies in the brand's name."""
    itself = (
        f"I am the assistant of {brand.name}, a program and not a person. I answer from what we"
        " have published, and name the article each time."
    )
    return (
        Courtesy(
            "greeting",
            ("Hello", "Hi there!", "Good morning", "hey", "hi", "good evening", "hello there"),
            f"Hello. {brand.greeting}",
        ),
        Courtesy(
            "who",
            ("Who are you?", "What are you?", "Are you a person?", "Who is answering me here?",
             "are you a bot", "are you human"),
            itself,
        ),
        Courtesy(
            "ability",
            ("What can you do?", "What can I ask you?", "how does this work?", "help"),
            f"I answer from what {brand.name} has published. {brand.greeting}",
        ),
        Courtesy(
            "thanks",
            ("Thanks!", "Thank you, that helped.", "great, thanks", "That is all, thank you.",
             "thank you", "thanks a lot", "cheers", "bye", "goodbye"),
            "You are welcome. Ask again whenever you like.",
        ),
    )  # fmt: skip


def find_courtesy(question: str, brand: BrandSettings) -> str | None:
    """Return the set reply to a message that is a courtesy and nothing else, or None."""
    asked = words(question)
    for courtesy in list_courtesies(brand):
        if any(asked == words(said) for said in courtesy.said):
            return courtesy.reply
    return None
