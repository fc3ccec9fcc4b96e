"""What follows from an enrolment history on a day. Pure: stretches in, answers out. Both days of a stretch count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time at one school; `school_id` None is a school outside the tenant, `first` None means since before."""

    school_id: str | None
    first: date | None
    last: date | None

    def covers(self, on: date) -> bool:
        """Whether this day lies in it."""
        return (self.first is None or self.first <= on) and (self.last is None or self.last >= on)

    def touches(self, first: date, last: date) -> bool:
        """Whether any of these days lies in it."""
        return (self.first is None or self.first <= last) and (self.last is None or self.last >= first)


def school_on(history: Sequence[Stretch], on: date) -> str | None:
    """The school of the tenant where the pupil is enrolled on this day, or None."""
    return next((stretch.school_id for stretch in history if stretch.school_id and stretch.covers(on)), None)


def left_on(history: Sequence[Stretch], on: date) -> date | None:
    """The last day at a school of the tenant, when the pupil is at none on this day; None where that is not known.

    Source: PR12.1 (D-PR 7: kept until so long after leaving the school).
    """
    if school_on(history, on) is not None:
        return None
    past = [stretch.last for stretch in history if stretch.school_id and stretch.last and stretch.last < on]
    return max(past, default=None)
