"""How often a term was met: by kind and year, without a name in it. Source: issue 9 ("statistics of terms met")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.recording import Action, record
from gateway.rights import rules
from gateway.rights.tables import RightRequest
from gateway.rights_words import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.context import Context
    from gateway.services import Services

COLUMNS = (
    "soort",
    "ontvangen",
    "op tijd beslist",
    "te laat beslist",
    "nog te beslissen",
    "nu te laat",
    "ingetrokken",
    "toegewezen",
    "deels toegewezen",
    "afgewezen",
    "termijn verlengd",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The counts of one kind of request that came in during the year."""

    kind: str
    received: int = 0
    in_time: int = 0
    late: int = 0
    waiting: int = 0
    overdue: int = 0
    withdrawn: int = 0
    granted: int = 0
    partly: int = 0
    refused: int = 0
    extended: int = 0

    @property
    def share(self) -> int | None:
        """How many of a hundred decisions were in time; None without a decision."""
        decided = self.in_time + self.late
        return round(100 * self.in_time / decided) if decided else None

    def cells(self) -> tuple[str, ...]:
        """The row of the CSV."""
        numbers = (self.received, self.in_time, self.late, self.waiting, self.overdue, self.withdrawn, self.granted)
        return (KINDS.get(self.kind, self.kind), *map(str, (*numbers, self.partly, self.refused, self.extended)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The statistics of one year, and the years of which there are any."""

    year: int
    rows: Sequence[Row]
    total: Row
    years: Sequence[int]


def of_year(services: Services, context: Context, year: int) -> Year:
    """The counts of the requests of the officer's SWV that were received in this year."""
    officer = context.officer
    mine = RightRequest.tenant_id == officer.tenant_id
    with services.db.reading() as session:
        first = session.scalar(select(func.min(RightRequest.received_on)).where(mine))
        years = list(range(context.today.year, (first or context.today).year - 1, -1))
        year = year if year in years else context.today.year
        query = select(RightRequest).where(
            mine, RightRequest.received_on >= date(year, 1, 1), RightRequest.received_on <= date(year, 12, 31)
        )
        found = session.scalars(query).all()
    rows = [counted(kind, [row for row in found if row.kind == kind], context.today) for kind in rules.KINDS]
    return Year(year=year, rows=rows, total=counted("", found, context.today), years=years)


def counted(kind: str, rows: Sequence[RightRequest], today: date) -> Row:
    """The counts of these requests. In time: decided on or before the last day, with its pauses and extension."""
    decided = [row for row in rows if row.decided_on is not None]
    late = sum(row.due is not None and row.decided_on is not None and row.decided_on > row.due for row in decided)
    waiting = [row for row in rows if row.state in rules.UNDECIDED]
    return Row(
        kind=kind,
        received=len(rows),
        in_time=len(decided) - late,
        late=late,
        waiting=len(waiting),
        overdue=sum(row.due is not None and row.due < today for row in waiting),
        withdrawn=sum(row.state == rules.WITHDRAWN for row in rows),
        granted=sum(row.outcome == rules.GRANTED for row in decided),
        partly=sum(row.outcome == rules.PARTLY for row in decided),
        refused=sum(row.outcome == rules.REFUSED for row in decided),
        extended=sum(row.extension_weeks is not None for row in rows),
    )


def export(services: Services, context: Context, year: int) -> Iterator[tuple[str, ...]]:
    """The same as rows of a table; that it left stands in the log."""
    found = of_year(services, context, year)
    with services.db.writing() as session:
        record(session, services.vault, context, Action.EXPORT, object_type="right_statistics", article="PR11.3")
    yield COLUMNS
    for row in found.rows:
        yield row.cells()
