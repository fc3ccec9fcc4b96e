"""Days, months and years as the law counts them (Europe/Amsterdam), and the instants at which they begin."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from gateway.context import AMSTERDAM

DECEMBER = 12


def day_of(moment: datetime) -> date:
    """The date in Europe/Amsterdam at this instant."""
    return moment.astimezone(AMSTERDAM).date()


def start_of(day: date) -> datetime:
    """The instant at which this day begins, in UTC."""
    return datetime.combine(day, time(0), AMSTERDAM).astimezone(UTC)


def next_day(day: date) -> date:
    """The day after; the last day that a calendar knows has none.

    Raises:
        OverflowError: as `datetime` says it.
    """
    return day + timedelta(days=1)


def month_name(day: date) -> str:
    """`2026-11`."""
    return f"{day.year:04d}-{day.month:02d}"


def month_start(day: date) -> date:
    """The first day of the month of this day."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after the month of this day."""
    if day.month == DECEMBER:
        return date(day.year + 1, 1, 1)
    return date(day.year, day.month + 1, 1)
