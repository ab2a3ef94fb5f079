"""A follow-up becomes a question that stands alone, by rules, from the conversation's history.

A question that points back ("and its cost?") takes the subject of the reader's last question that
stood alone. Pure; works without a model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.records import Message
from assistant.text import content_stems, words

_POINTERS = frozenset(
    "it its that this these those they them their he she his her one ones".split()
)
_OPENERS = re.compile(
    r"^(?:and|but|so|then|also|or|why|how come|what about|how about|what if|really|are you sure)\b",
    re.IGNORECASE,
)
_SHORT = 2  # content words; a question with no more leans on what was said


def rewrite_question(question: str, history: Sequence[Message]) -> str:
    """Return a question that can be searched for without the history."""
    asked = [m.content for m in history if m.role == "user"]
    if not asked or not leans_on_history(question):
        return question
    subject = next((text for text in reversed(asked) if not leans_on_history(text)), asked[0])
    return f"{question.rstrip()} ({subject.strip().rstrip('?.! ')})"


def leans_on_history(question: str) -> bool:
    """Whether a question needs what was said before to be understood."""
    stems = content_stems(question)
    if len(stems) <= _SHORT and _OPENERS.match(question.strip()):
        return True
    points_back = any(word in _POINTERS for word in words(question))
    return (points_back and len(stems) <= 2 * _SHORT) or not stems
