"""Who speaks for a pupil, and since when the pupil does alone. Pure. Source: PRage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_VOICE_FROM = 16
GUARDIAN, DATA_SUBJECT = "guardian", "data_subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Someone of the family with an account that is linked to the dossier."""

    account_id: str
    capacity: str
    has_authority: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The days, both included, on which a court order takes a guardian's say."""

    account_id: str | None
    first: date
    last: date | None

    def covers(self, on: date) -> bool:
        """Whether it holds on this day."""
        return self.first <= on and (self.last is None or on <= self.last)


def sixteenth_birthday(born: date) -> date:
    """The day from which the pupil decides alone; born on 29 February that is 1 March of a common year."""
    year = born.year + OWN_VOICE_FROM
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def entitled(relatives: Iterable[Relative], limits: Iterable[Limit], born: date, on: date) -> list[str]:
    """The accounts that speak for the pupil on this day: the pupil's own from sixteen, else guardians with authority.

    A guardian whom a court order limits on that day is none of them.
    """
    limited = {limit.account_id for limit in limits if limit.account_id and limit.covers(on)}
    if on >= sixteenth_birthday(born):
        return [each.account_id for each in relatives if each.capacity == DATA_SUBJECT]
    return [
        each.account_id
        for each in relatives
        if each.capacity == GUARDIAN and each.has_authority and each.account_id not in limited
    ]
