"""Totals of the register, counted ahead each day for each month: a large register still says how large it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import VerstrekkingGone
from gateway.ids import new_id
from gateway.oversight.calendar import day_of, month_name, month_start, next_month, start_of
from gateway.oversight.tables import Progress, RegisterMonth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.oversight.register import Chosen
    from gateway.services import Services

NAME = "register-months"
MONTH, FULL = "month", "full"
Gap = tuple["datetime | None", "datetime | None"]


def count_ahead(services: Services, now: datetime) -> bool:
    """Count every month anew, once a day; returns whether it was done. Until it is, there is no total."""
    until = start_of(day_of(now))
    with services.db.reading() as session:
        progress = session.get(Progress, NAME)
        if progress is not None and progress.at is not None and progress.at >= until:
            return False
        firsts = [session.scalar(select(func.min(each.made_at))) for each in (Verstrekking, VerstrekkingGone)]
    first = min((each for each in firsts if each is not None), default=None)
    if progress is not None:  # what is counted half must not be added to what is counted live
        _set(services, None)
    kept = list(_months(day_of(first), until)) if first is not None else []
    for start, end in kept:
        _count_month(services, start, end)
    with services.db.writing() as session:
        names = {month_name(day_of(start)) for start, _ in kept}
        session.execute(delete(RegisterMonth).where(RegisterMonth.month.not_in(names)))
    _set(services, until)
    return True


def _set(services: Services, until: datetime | None) -> None:
    with services.db.writing() as session:
        progress = session.get(Progress, NAME) or Progress(name=NAME)
        progress.at = until
        session.add(progress)


def whole_months(session: Session, tenant_id: str, chosen: Chosen) -> tuple[int, list[Gap]] | None:
    """The total of the whole months within the chosen period, and the gaps (since, until) to count row by row.

    None when nothing was counted yet. A choice of a pupil or category is not counted ahead.
    """
    progress = session.get(Progress, NAME)
    if progress is None or progress.at is None:
        return None
    counted = progress.at
    lower, upper = chosen.lower, chosen.upper
    if lower is not None and lower >= counted:
        return 0, [(lower, upper)]
    first = _first_whole(lower) if lower is not None else None
    # The month in which the counting stopped is whole as far as it was counted.
    end = start_of(month_start(day_of(upper))) if upper is not None and upper < counted else counted
    if first is not None and first >= end:
        return 0, [(lower, upper)]
    gaps: list[Gap] = []
    if lower is not None and first is not None and lower < first:
        gaps.append((lower, first))
    if upper is None or upper > end:
        gaps.append((end, upper))
    return _sum(session, tenant_id, chosen, first, end), gaps


def _sum(session: Session, tenant_id: str, chosen: Chosen, first: datetime | None, end: datetime) -> int:
    wide = not (chosen.school or chosen.recipient or chosen.purpose)
    query = select(func.sum(RegisterMonth.count)).where(
        RegisterMonth.tenant_id == tenant_id, RegisterMonth.grain == (MONTH if wide else FULL)
    )
    if first is not None:
        query = query.where(RegisterMonth.month >= month_name(day_of(first)))
    # `end` is the first instant that is not counted: the month of the instant before it is the last one.
    query = query.where(RegisterMonth.month <= month_name(day_of(end - timedelta(microseconds=1))))
    for column, value in (
        (RegisterMonth.school_id, chosen.school),
        (RegisterMonth.recipient_id, chosen.recipient),
        (RegisterMonth.purpose, chosen.purpose),
        (RegisterMonth.basis, chosen.basis),
        (RegisterMonth.form, chosen.form),
    ):
        if value:
            query = query.where(column == value)
    return session.scalar(query) or 0


def _first_whole(lower: datetime) -> datetime:
    day = day_of(lower)
    start = start_of(month_start(day))
    return start if start == lower else start_of(next_month(day))


def _months(first: date, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    day = month_start(first)
    while start_of(day) < until:
        yield start_of(day), min(start_of(next_month(day)), until)
        day = next_month(day)


def _count_month(services: Services, start: datetime, end: datetime) -> None:
    row = Verstrekking
    # Named: a database counts by what a column is called, not by an expression that comes back with other values.
    school = Dossier.school_at(day_of(start)).label("at_school")
    dimensions = (row.tenant_id, row.basis, row.form, row.purpose, school, row.recipient_id)
    query = (
        select(*dimensions, func.count())
        .join(Dossier, Dossier.id == Verstrekking.dossier_id)
        .where(row.state == "open")
        .where(row.made_at >= start, row.made_at < end)
        .group_by(row.tenant_id, row.basis, row.form, row.purpose, "at_school", row.recipient_id)
    )
    month = month_name(day_of(start))
    with services.db.reading() as session:
        found: list[tuple[Any, ...]] = _added((*session.execute(query), *session.execute(_gone(start, end))))
    made = [
        {
            "id": new_id(),
            "tenant_id": tenant,
            "grain": FULL,
            "month": month,
            "basis": basis,
            "form": form,
            "purpose": purpose,
            "school_id": school,
            "recipient_id": recipient,
            "count": count,
        }
        for tenant, basis, form, purpose, school, recipient, count in found
    ]
    with services.db.writing() as session:
        session.execute(delete(RegisterMonth).where(RegisterMonth.month == month))
        if made:
            session.execute(insert(RegisterMonth), [*made, *_coarse(month, found)])


def _gone(start: datetime, end: datetime) -> Any:
    """The same of dossiers that were destroyed since: the register goes on counting them."""
    row = VerstrekkingGone
    dimensions = (row.tenant_id, row.basis, row.form, row.purpose, row.school_id, row.recipient_id)
    query = select(*dimensions, func.count()).where(row.made_at >= start, row.made_at < end, row.part_of.is_(None))
    return query.group_by(*dimensions)


def _added(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """One row for each set of dimensions, its counts added up."""
    totals: dict[tuple[Any, ...], int] = {}
    for *dimensions, count in rows:
        totals[tuple(dimensions)] = totals.get(tuple(dimensions), 0) + int(count)
    return [(*dimensions, count) for dimensions, count in totals.items()]


def _coarse(month: str, found: list[tuple[Any, ...]]) -> list[dict[str, object]]:
    totals: dict[tuple[str, str, str], int] = {}
    for tenant, basis, form, *_, count in found:
        totals[tenant, basis, form] = totals.get((tenant, basis, form), 0) + int(count)
    empty = {"purpose": "", "school_id": "", "recipient_id": ""}
    return [
        {
            "id": new_id(),
            "tenant_id": tenant,
            "grain": MONTH,
            "month": month,
            "basis": basis,
            "form": form,
            "count": count,
            **empty,
        }
        for (tenant, basis, form), count in totals.items()
    ]
