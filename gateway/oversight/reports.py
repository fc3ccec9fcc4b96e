"""Reports of a year: verstrekkingen, refusals, terms, the access list, what went out anonymised."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from audit.events import Action, instant_text
from audit.tables import event as event_table
from gateway.access.rules import LISTED
from gateway.accounts.tables import Account, Tenant
from gateway.disclosure.tables import Verstrekking
from gateway.matters.breach_tables import DataBreach
from gateway.oversight import breaches
from gateway.oversight.breach_rules import AP, clock
from gateway.oversight.calendar import day_of, month_name, next_day, next_month, start_of
from gateway.oversight.listed import entries_between, stood
from gateway.oversight.months import MONTH, NAME
from gateway.oversight.queries import note_reading
from gateway.oversight.small_counts import Table, publish, share
from gateway.oversight.tables import Progress, RegisterMonth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

ANONYMISED = "anonymised"
COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the reports of breaches to the AP went."""

    on_time: int
    late: int
    running: int
    not_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Everything on the page of a year. Columns of `disclosed` are `basis/form`; months are `2026-01`."""

    year: int
    years: Sequence[int]
    disclosed: Table
    share: int | None
    refused: Table
    terms: Terms
    access: Sequence[tuple[str, dict[str, int]]]
    roles: Sequence[str]


def of_year(services: Services, context: Context, year: int) -> Reports:
    """The reports of a year of the tenant. That they were read stands in the log."""
    tenant = context.person.tenant_id
    with services.db.reading() as session:
        first = day_of(session.get_one(Tenant, tenant).created_at).year
        years = list(range(context.today.year, min(first, context.today.year) - 1, -1))
        year = year if year in years else context.today.year
        disclosed = _disclosed(session, tenant, year)
        access, roles = _access(session, tenant, year, context.today)
        made = Reports(
            year=year,
            years=years,
            disclosed=disclosed,
            share=share(disclosed, [each for each in disclosed.columns if each.endswith(f"/{ANONYMISED}")]),
            refused=_refused(session, tenant, year),
            terms=_terms(session, context, year),
            access=access,
            roles=roles,
        )
    note_reading(services, context, "reports")
    return made


def month_names(year: int) -> list[str]:
    """`2026-01` and on."""
    return [f"{year:04d}-{month:02d}" for month in range(1, 13)]


def _disclosed(session: Session, tenant_id: str, year: int) -> Table:
    progress = session.get(Progress, NAME)
    counted = progress.at if progress else None
    counts: Counter[tuple[str, str]] = Counter()
    if counted is not None:
        query = select(RegisterMonth.month, RegisterMonth.basis, RegisterMonth.form, RegisterMonth.count).where(
            RegisterMonth.tenant_id == tenant_id,
            RegisterMonth.grain == MONTH,
            RegisterMonth.month.in_(month_names(year)),
        )
        for month, basis, form, count in session.execute(query):
            counts[str(month), f"{basis}/{form}"] += int(count)
    # What was not counted ahead yet: at most a day, but on the first day everything.
    begin = max(start_of(date(year, 1, 1)), counted) if counted else start_of(date(year, 1, 1))
    rest = select(Verstrekking.made_at, Verstrekking.basis, Verstrekking.form).where(
        Verstrekking.tenant_id == tenant_id,
        Verstrekking.state == "open",
        Verstrekking.made_at >= begin,
        Verstrekking.made_at < start_of(date(year + 1, 1, 1)),
    )
    for made_at, basis, form in session.execute(rest):
        counts[month_name(day_of(made_at)), f"{basis}/{form}"] += 1
    return publish(month_names(year), sorted({column for _, column in counts}), counts)


def _refused(session: Session, tenant_id: str, year: int) -> Table:
    table = event_table.c
    query = (
        select(table.article, func.count())
        .where(
            table.tenant == tenant_id,
            table.at >= instant_text(start_of(date(year, 1, 1))),
            table.at < instant_text(start_of(date(year + 1, 1, 1))),
            table.action == Action.REFUSE.value,
        )
        .group_by(table.article)
    )
    counts = {(str(article or "–"), COUNT): int(count) for article, count in session.connection().execute(query)}
    articles = sorted({article for article, _ in counts})
    return publish(articles, [COUNT], counts)


def _terms(session: Session, context: Context, year: int) -> Terms:
    rows = session.scalars(
        select(DataBreach).where(
            DataBreach.tenant_id == context.person.tenant_id,
            DataBreach.discovered_at >= start_of(date(year, 1, 1)),
            DataBreach.discovered_at < start_of(date(year + 1, 1, 1)),
        )
    ).all()
    found = [
        clock(
            row.discovered_at,
            context.now,
            reported_at=row.reported_at,
            verdict=breaches.verdict_of(session, row.id, AP),
        )
        for row in rows
    ]
    return Terms(
        on_time=sum(each.done and not each.late for each in found),
        late=sum(each.late for each in found),
        running=sum(each.running and not each.late for each in found),
        not_needed=sum(each.stopped and not each.done for each in found),
    )


def _access(
    session: Session, tenant_id: str, year: int, today: date
) -> tuple[list[tuple[str, dict[str, int]]], list[str]]:
    """How many people stand on the access list at the end of each month that began, by role."""
    rows = entries_between(session, tenant_id, start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1)))
    listed = [row for row in rows if row.kind == LISTED]
    ids = {row.account_id for row in listed}
    roles = {row.id: row.role for row in session.scalars(select(Account).where(Account.id.in_(ids)))}
    made = []
    for month in range(1, 13):
        start = date(year, month, 1)
        if start > today:
            break
        end = min(next_month(start) - timedelta(days=1), today)
        moment = start_of(next_day(end)) - timedelta(microseconds=1)
        people: dict[str, set[str]] = {}
        for row in listed:
            if stood(row, moment, moment):
                people.setdefault(roles[row.account_id], set()).add(row.account_id)
        made.append((month_name(start), {role: len(who) for role, who in people.items()}))
    return made, sorted(set(roles.values()))
