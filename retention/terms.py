"""The legal clock: the last day of a term and why it is that day. Pure: every day comes in as an argument.

A term is a whole number of days, weeks, months or years, counted from the day after the event. Response terms move past
weekends and holidays; long ones and retention are exact.
Source: Algemene termijnenwet (Atw) art. 1, 3 and 4; PR11.2, PR12.1; judgement.md, "Terms".
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, cast

from retention.calendar import (
    Calendar,
    dutch_date,
    dutch_day,
    dutch_weekday,
    local_date,
    shipped_calendar,
)
from retention.errors import TermError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Length",
    "Suspension",
    "Term",
    "add_months",
    "add_years",
    "dutch_date",
    "dutch_day",
    "dutch_weekday",
    "keep_until",
    "last_day",
    "local_date",
    "remaining",
]

Unit = Literal["D", "W", "M", "Y"]
_NAMES: dict[Unit, tuple[str, str]] = {
    "D": ("dag", "dagen"),
    "W": ("week", "weken"),
    "M": ("maand", "maanden"),
    "Y": ("jaar", "jaar"),
}
# Atw art. 4: up to and including these a term moves; years never do.
_LONGEST_THAT_MOVES: dict[Unit, int] = {"D": 90, "W": 12, "M": 3, "Y": 0}
_LENGTH = re.compile(r"P([1-9][0-9]{0,4})([DWMY])")
_MONTHS_IN_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long a term is: a positive number of one unit."""

    number: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.number < 1:
            raise TermError("een termijn duurt ten minste één dag")

    @classmethod
    def parse(cls, text: str) -> Length:
        """A length from its ISO form: `P10D`, `P4W`, `P1M` or `P3Y`; anything else is a `TermError`."""
        match = _LENGTH.fullmatch(text)
        if match is None:
            raise TermError("de lengte van een termijn schrijft u als P10D, P4W, P1M of P3Y")
        return cls(number=int(match[1]), unit=cast("Unit", match[2]))

    @property
    def moves(self) -> bool:
        """Whether a last day in a weekend or on a holiday moves (Atw art. 4)."""
        return self.number <= _LONGEST_THAT_MOVES[self.unit]

    def __str__(self) -> str:
        """The length in Dutch: "4 weken"."""
        one, more = _NAMES[self.unit]
        return f"{self.number} {one if self.number == 1 else more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A pause of a term: the day of the letter that asks (not counted) and the day the proof arrived (counted).

    Source: PR11.2.
    """

    asked_on: date
    proven_on: date

    def __post_init__(self) -> None:
        if self.proven_on < self.asked_on:
            raise TermError("het bewijs kan niet eerder zijn ontvangen dan erom is gevraagd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A computed term: the last day that counts, the day before moving it, and why, in Dutch."""

    last_day: date
    unmoved: date
    why: str


def last_day(
    start: date,
    length: Length,
    suspensions: Iterable[Suspension] = (),
    *,
    calendar: Calendar | None = None,
) -> Term:
    """The last day of a term that an event on `start` sets going, and why.

    `calendar` holds the free days (default: the shipped one). Raises `TermError` where the calendar ends.
    Source: judgement.md, "Terms".
    """
    counted = _after(start, length)
    paused = _suspended_days(suspensions)
    unmoved = _plus_days(counted, paused)
    why = [f"{length} na {dutch_date(start)} is {dutch_weekday(counted)} {counted.year}"]
    if paused:
        why.append(f"{_days(paused)} opschorting erbij is {dutch_weekday(unmoved)} {unmoved.year}")
    if not length.moves:
        why.append(f"een termijn van {length} schuift niet op (Algemene termijnenwet, artikel 4)")
        return Term(last_day=unmoved, unmoved=unmoved, why="; ".join(why))
    moved, because = _move(unmoved, calendar or shipped_calendar())
    if because:
        why.append(because)
    return Term(last_day=moved, unmoved=unmoved, why="; ".join(why))


def keep_until(matter_ended_on: date, years: int) -> date:
    """The last day of keeping: the same date `years` on, 29 February becoming the 28th. Destruction comes after it.

    Source: PR12.1.
    """
    return add_years(matter_ended_on, years)


def add_years(day: date, years: int) -> date:
    """The same date `years` on; where it does not exist, the last day of that month."""
    return add_months(day, years * _MONTHS_IN_YEAR)


def add_months(day: date, months: int) -> date:
    """The same day number `months` on; where the month is shorter, its last day. `TermError` past the year 9999."""
    years, month = divmod(day.year * _MONTHS_IN_YEAR + day.month - 1 + months, _MONTHS_IN_YEAR)
    if not date.min.year <= years <= date.max.year:
        raise TermError("deze termijn loopt verder dan de kalender")
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def remaining(last: date, today: date) -> str:
    """How long there is still, for people: "nog 6 dagen (t/m vrijdag 27 november)".

    The year is named only where it is another one than today's. A term that is over is "3 dagen te laat (…)".
    """
    until = dutch_weekday(last) if last.year == today.year else f"{dutch_weekday(last)} {last.year}"
    left = (last - today).days
    if left > 0:
        return f"nog {_days(left)} (t/m {until})"
    return f"{_days(-left)} te laat (t/m {until})" if left else f"vandaag is de laatste dag ({until})"


def _days(number: int) -> str:
    return str(Length(number=number, unit="D"))


def _after(start: date, length: Length) -> date:
    if length.unit == "D":
        return _plus_days(start, length.number)
    if length.unit == "W":
        return _plus_days(start, 7 * length.number)
    return add_months(start, length.number * (_MONTHS_IN_YEAR if length.unit == "Y" else 1))


def _plus_days(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise TermError("deze termijn loopt verder dan de kalender") from None


def _suspended_days(suspensions: Iterable[Suspension]) -> int:
    """How many days are suspended; a day in two suspensions counts once."""
    total, reached = 0, 0
    for asked, proven in sorted((pause.asked_on.toordinal(), pause.proven_on.toordinal()) for pause in suspensions):
        first = max(asked, reached)
        total += max(0, proven - first)
        reached = max(reached, proven)
    return total


def _move(day: date, calendar: Calendar) -> tuple[date, str]:
    """The first working day from `day` on, and the sentence that says what was passed (empty when nothing was)."""
    passed = []
    while (name := calendar.free_day(day)) is not None:
        passed.append(f"{dutch_day(day)} is {name}")
        day = _plus_days(day, 1)
    return day, f"{', '.join(passed)}, daarom {dutch_day(day)}" if passed else ""
