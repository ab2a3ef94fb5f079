"""Every word on the page that is not the brand's own, in one place. Pure."""

from __future__ import annotations

from datetime import date

ASK = "Ask"
STOP = "Stop"
NEW_CHAT = "New chat"
RETRY = "Ask again"
EDIT = "Edit the question"
LENGTH_LABEL = "Answers"
LENGTHS = {"short": "Short", "normal": "Normal", "detailed": "Detailed"}
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
READING_LIST = "Articles"
PASSAGE = "The passage"
OLD = "{years} years old"
UPDATED = "updated {date}"
NEWER_EXISTS = "we have since published a newer piece on this"
CITATION_LABEL = "Source {n}: {title}"
NEW_TAB = "opens in a new tab"
UNTITLED = "Untitled"

HELPFUL = "Helpful"
NOT_HELPFUL = "Not helpful"
THANKS = "Thank you. The editors read this."
WHY = "What is wrong with it?"
REASONS = {
    "wrong": "It is wrong",
    "source": "The source does not say that",
    "missing": "It leaves out what matters",
    "written": "You have written about this",
    "style": "It does not sound like you",
}
BETTER = "A better answer, if you have one"
SEND = "Send"

CHATS = "Your chats"
NO_CHATS = "No chats are kept in this browser yet."
DELETE = "Delete"
DELETE_LABEL = "Delete the chat: {title}"
DELETE_ALL = "Delete all your chats"
SURE = "Press again to delete"
PRIVACY = "Privacy"
KEPT = (
    "We keep questions and answers for {days} days, without your name, to see where answers fall"
    " short. Your list of chats belongs to this browser alone: it holds a secret number that we"
    " store in scrambled form only. Deleting a chat deletes our copy too, with your feedback on"
    " it. Nothing you write trains the assistant unless an editor approves it; what is approved"
    " stays longer, unless you delete the chat first."
)
KEPT_ONE_DAY = KEPT.replace("{days} days", "one day")
NOT_KEPT = "We do not keep what you ask. When you close this page, it is gone."

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


def format_date(iso: str) -> str:
    """Return 2026-03-12 as 12 March 2026; what is not such a date gives ""."""
    day = parse_date(iso)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else ""


def parse_date(iso: str) -> date | None:
    """Return the day that an ISO date or time names, None where it is neither."""
    try:
        return date.fromisoformat(iso[:10])
    except ValueError:
        return None
