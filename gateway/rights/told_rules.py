"""How telling a recipient goes on: told, asked again, answered, or said to be impossible. Pure.

Source: PR11.7, D-PR 16, AVG 19.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.errors import ConflictError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

TO_SEND, TOLD, ANSWERED, IMPOSSIBLE = "to_send", "told", "answered", "impossible"
PORTAL, LINE, LETTER = "portal", "line", "letter"
ANSWER_DAYS: Final = timedelta(days=14)
"""So long a recipient has to say what they did. A working choice: AVG 19 names no term."""
AGAIN_DAYS: Final = timedelta(days=7)
"""So long after the last day, and after each time it was asked again, it is asked once more."""
MOST_REMINDERS: Final = 3
"""After so many times the officer goes after it in person."""
DONE: Final = ("adapted", "removed", "not_held", "passed_on", "not_done")
"""What a recipient says they did; `not_done` needs an explanation."""
TEXT_MAX: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Where the telling of one recipient stands."""

    way: str
    state: str
    due: date | None = None
    reminded_on: date | None = None
    reminders: int = 0


def begin(way: str, today: date) -> Telling:
    """A recipient is told: at once in the portal and over the line, by letter as soon as it went out."""
    if way == LETTER:
        return Telling(way=way, state=TO_SEND)
    return Telling(way=way, state=TOLD, due=today + ANSWER_DAYS)


def again(before: Telling, today: date) -> Telling:
    """Something else changed for the same recipient: they are told anew, and answer anew."""
    return begin(before.way, today)


def sent(before: Telling, on: date) -> Telling:
    """The letter went out on this day."""
    if before.state != TO_SEND:
        raise ConflictError("Hiervan staat al vast wanneer de brief is verstuurd.")
    return replace(before, state=TOLD, due=on + ANSWER_DAYS)


def answer(before: Telling, done: str, text: str) -> Telling:
    """They say what they did with it.

    Raises:
        ConflictError: they answered already, or were not told yet.
        InvalidInputError: they did not say what they did, or not why they did nothing.
    """
    if before.state != TOLD:
        raise ConflictError("Hierop is al geantwoord, of dit bericht is nog niet verstuurd. Kijk opnieuw.")
    if done not in DONE:
        raise InvalidInputError("Kies wat u hebt gedaan.", field="done")
    if done == "not_done" and not text.strip():
        raise InvalidInputError("Schrijf waarom u niets hebt aangepast.", field="text")
    if len(text) > TEXT_MAX:
        raise InvalidInputError("Schrijf ten hoogste 4000 tekens.", field="text")
    return replace(before, state=ANSWERED, due=None)


def impossible(before: Telling, why: str) -> Telling:
    """Telling them cannot be done, or would ask out of all proportion; with reasons (AVG 19).

    Raises:
        ConflictError: they answered: then it was possible.
        InvalidInputError: without reasons.
    """
    if before.state not in {TO_SEND, TOLD}:
        raise ConflictError("Deze ontvanger heeft al geantwoord, of dit is al vastgelegd.")
    if not why.strip() or len(why) > TEXT_MAX:
        raise InvalidInputError("Schrijf waarom het niet kan, of te veel vraagt.", field="why")
    return replace(before, state=IMPOSSIBLE, due=None)


def is_late(telling: Telling, today: date) -> bool:
    """Whether the answer should be there by now."""
    return telling.state == TOLD and telling.due is not None and today > telling.due


def remind_on(telling: Telling) -> date | None:
    """From which day it is asked again; None when it is not."""
    if telling.state != TOLD or telling.due is None or telling.reminders >= MOST_REMINDERS:
        return None
    return telling.reminded_on + AGAIN_DAYS if telling.reminded_on else telling.due + timedelta(days=1)


def reminded(telling: Telling, today: date) -> Telling:
    """It was asked again today."""
    return replace(telling, reminded_on=today, reminders=telling.reminders + 1)


def all_told(states: Iterable[str]) -> bool:
    """Whether nobody is left who was neither told nor recorded as impossible: then a request can be closed."""
    return TO_SEND not in set(states)
