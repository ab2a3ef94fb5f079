"""Every word on the page that is not the brand's own, in one place. Pure."""

from __future__ import annotations

ASK = "Ask"
STOP = "Stop"
NEW_CHAT = "New chat"
COPY = "Copy"
COPIED = "Copied"
QUESTION_LABEL = "Your question"
QUESTION_HINT = "Ask a question…"
EXAMPLES_LABEL = "You could ask"
YOU_ASKED = "You asked"
CONVERSATION_LABEL = "Conversation"

STAGES = {
    "rewrite": "Reading your question…",
    "retrieve": "Reading our articles…",
    "decide": "Checking what we have written…",
    "generate": "Writing…",
}
FIRST_STAGE = "retrieve"
IN_LINE = "Many are asking just now. You are number {place} in line…"

SOURCES = "Sources"
NEAREST = "The nearest we have written"
PASSAGE = "The passage"
OLD = "from {year}"
UPDATED = "updated {date}"
NEWER_EXISTS = "we have since published a newer piece on this"
CITATION_LABEL = "Source {n}: {title}"
NEW_TAB = "opens in a new tab"
UNTITLED = "Untitled"

STOPPED = "You stopped this answer here."
FAILED = (
    "Something went wrong on our side, and the answer is not complete. Your question is back in the"
    " box: press Ask to try again."
)
LINE_FULL = (
    "Too many people are asking just now. Your question is back in the box: press Ask again in a"
    " few seconds."
)
TOO_FAST = "That was many questions in a minute. Ask again in {seconds} seconds."
TOO_LONG = (
    "That question is {length:,} characters long; we read up to {limit:,}."
    " Shorten it and ask again."
)
NO_SCRIPT = "This page needs JavaScript to answer questions. Turn it on and reload."

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
