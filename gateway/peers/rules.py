"""The protocol in pure form: what a number means that comes in, what an answer changes, and when it is tried again.

Sending is at least once, applying exactly once: whatever is lost, doubled or comes out of order, the partner applies
1, 2, 3, … of each thread and nothing twice. Source: issue 8 (two gateways).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

MOST_AHEAD = 200
"""So many numbers past the next one may wait for a hole; more is no line any more but a flood."""
WAITING, ARRIVED, APPLIED, REFUSED = "waiting", "arrived", "applied", "refused"
_RANK = {WAITING: 0, ARRIVED: 1, APPLIED: 2, REFUSED: 2}
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
DOWN_AFTER = timedelta(hours=1)
"""People are told of a line that carried nothing for so long."""


class Place(StrEnum):
    """What a numbered message is to the thread that it comes in."""

    NEW = "new"
    AGAIN = "again"
    CONFLICT = "conflict"
    AHEAD = "ahead"


def place(*, number: int, digest: str, known: str | None, applied: int) -> Place:
    """Judge one incoming number: `known` is the digest under which it is there already, `applied` the last one applied.

    What was there before stays: another content under the same number is never taken in its stead.
    """
    if known is not None:
        return Place.AGAIN if known == digest else Place.CONFLICT
    if number <= applied:
        return Place.CONFLICT
    return Place.NEW if number <= applied + MOST_AHEAD else Place.AHEAD


def settled(state: str, told: str) -> str:
    """The state of our message after the partner told us one: it only goes forward, and its end stays its end."""
    if told not in _RANK:
        return state
    return told if _RANK[told] > _RANK[state] else state


def wait(failures: int) -> timedelta:
    """How long the line rests after so many failures in a row: a minute, later an hour."""
    return _STEPS[min(max(failures, 1), len(_STEPS)) - 1]
