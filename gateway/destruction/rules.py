"""When a destruction may go on, by whom, and whether the clock can be believed. Pure.

Source: issue 10 (two steps, clock safety), PR12.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from retention.terms import add_months

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.reglement.profiles import DestroyRules

MONTHS_AHEAD = 1
SLACK = timedelta(minutes=5)
"""So far two clocks may differ before one of them is called wrong."""
NAMELESS = ("anonymised", "coded")
"""In these forms nobody received the pupil's name: they are not asked to destroy it."""
FAMILY = "family"
"""A family keeps what it received: it is theirs."""
ANSWERS = ("destroyed", "returned", "kept")
"""What a recipient can state: destroyed, handed back, or kept, which asks for a talk."""


class ClockTrouble(StrEnum):
    """Why nothing is destroyed until a person looked at the clock."""

    BACK = "clock_back"
    JUMP = "clock_jump"
    WITNESS = "clock_witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What is known of the time beside the system clock: None where there is nothing yet.

    `declared_at`: two people said so, each with password and code. What was signed before that and says a later time is
    not in here any more.
    """

    seen_at: datetime | None
    checkpoint_at: datetime | None
    witnessed_at: datetime | None
    declared_at: datetime | None = None


def first_day(kept_until: date, today: date) -> date:
    """The first day on which it may go: after the last day of keeping, and a month after it is announced."""
    return max(kept_until + timedelta(days=1), add_months(today, MONTHS_AHEAD))


def is_announced(kept_until: date, today: date) -> bool:
    """Whether the last day of keeping comes so soon, or went by, that it is announced now."""
    return kept_until < add_months(today, MONTHS_AHEAD)


def approvals_needed(rules: DestroyRules, number: int) -> int:
    """How many people must have approved: two where the reglement asks a second person, one for an unusual number."""
    if rules.second_person:
        return 2
    return 1 if number > rules.at_once else 0


def clock_trouble(now: datetime, times: Times, days: int) -> ClockTrouble | None:
    """What is wrong with the clock; None: it goes on from where it was believed last, by no more than `days`.

    Earlier than anything that was signed is wrong whatever else there is. A witness has a clock of its own: where one
    signed, it must have been so many days ago at most; two people who say what time it is count as one, for as long.
    """
    every = (times.seen_at, times.checkpoint_at, times.witnessed_at, times.declared_at)
    known = [at for at in every if at is not None]
    if any(now + SLACK < at for at in known):
        return ClockTrouble.BACK
    longest = timedelta(days=days)
    others = [at for at in (times.witnessed_at, times.declared_at) if at is not None]
    if times.witnessed_at is not None and now - max(others) > longest:
        return ClockTrouble.WITNESS
    believed = times.seen_at or times.checkpoint_at
    if believed is not None and now - believed > longest:
        return ClockTrouble.JUMP
    return None
