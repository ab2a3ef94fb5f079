"""What a run's figures and samples say about overfitting and collapse, in plain words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from train.report import Course

_WORD = re.compile(r"\w+")
_REPEATED = 3  # words: a phrase that comes twice in one answer
_COPIED = 6  # words in a row that stand in a training answer
_OPENING = 4  # words that answers begin with
_MUCH_REPEATED = 0.2
_MUCH_COPIED = 0.5
_WIDE_GAP = 0.5  # nats per token between the last training steps and the held-out rows
_RISE = 0.02  # of the held-out loss after its best, beyond what noise does


@dataclass(frozen=True, slots=True)
class Sample:
    """What the trained model wrote for a held-out prompt, beside what was published.

    `before` is what the base wrote, empty where there was no time to ask it.
    """

    question: str
    answer: str
    published: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of the samples' phrases, 0..1: come again in their answer; stand in training rows."""

    repetition: float
    copying: float
    same_opening: int  # answers that begin with the most common opening


def measure_habits(samples: Sequence[Sample], taught: Iterable[str]) -> Habits:
    """Return the habits of the samples, against the answers that were `taught`."""
    answers = [_split(sample.answer) for sample in samples]
    known = {phrase for text in taught for phrase in _phrases(_split(text), _COPIED)}
    repeated = [phrases for words in answers if (phrases := _phrases(words, _REPEATED))]
    n_repeated = sum(len(phrases) - len(set(phrases)) for phrases in repeated)
    copied = [phrase in known for words in answers for phrase in _phrases(words, _COPIED)]
    openings = Counter(tuple(words[:_OPENING]) for words in answers if len(words) >= _OPENING)
    return Habits(
        repetition=n_repeated / max(1, sum(map(len, repeated))),
        copying=sum(copied) / max(1, len(copied)),
        same_opening=max(openings.values(), default=0),
    )


def tell_signs(course: Course, habits: Habits | None, n_samples: int) -> list[str]:
    """Return a sentence for each sign that the adapter learnt rows instead of a voice."""
    return [*_tell_losses(course), *(_tell_habits(habits, n_samples) if habits else [])]


def _tell_losses(course: Course) -> list[str]:
    trained = course.checks[1:]
    if not trained:
        return []
    best = min(trained, key=lambda check: check.losses.all)
    said = []
    if trained[-1].losses.all > best.losses.all * (1 + _RISE):
        said.append(
            f"the held-out loss rose from {best.losses.all:.2f} after step {best.step} to"
            f" {trained[-1].losses.all:.2f}: from there on rows were learnt by heart; the weights"
            f" of step {best.step} were kept. Fewer epochs or more articles help"
        )
    lately = course.step_losses[-max(1, len(course.step_losses) // 5) :]
    gap = best.losses.all - sum(lately) / len(lately)
    if gap > _WIDE_GAP:
        said.append(
            f"rows of training score {gap:.2f} better than rows kept apart: it knows its rows"
            " better than the voice. Fewer epochs, a lower train.learning_rate or train.dropout:"
            " 0.05 help"
        )
    base, novel = course.checks[0].losses.novel, best.losses.novel
    if base is not None and novel is not None and novel >= base:
        said.append(
            f"the loss on novel words did not fall ({base:.2f} to {novel:.2f}): the form of an"
            " answer was learnt and little voice. More voice rows or a longer run help"
        )
    return said


def _tell_habits(habits: Habits, n_samples: int) -> list[str]:
    said = []
    if habits.repetition > _MUCH_REPEATED:
        said.append(
            f"the samples repeat themselves: {habits.repetition:.0%} of their phrases come again."
            " A lower train.learning_rate helps"
        )
    if habits.copying > _MUCH_COPIED:
        said.append(
            f"the samples recite: {habits.copying:.0%} of their phrases stand word for word in"
            " training rows. Fewer epochs help"
        )
    if n_samples >= 4 and habits.same_opening > n_samples / 2:
        said.append(
            f"{habits.same_opening} of {n_samples} samples begin with the same words: the style has"
            " collapsed into a formula. More varied rows or fewer epochs help"
        )
    return said


def _split(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _phrases(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]
