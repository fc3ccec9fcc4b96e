"""The officer's work list: every request with its state, the days left and the next act; what is late comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from gateway.dossiers import pages
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier
from gateway.rights import rules
from gateway.rights.tables import RightRequest
from gateway.rights.views import next_act

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

PAGE = 100
STATES = {
    "open": rules.RUNNING,
    "beslissen": rules.UNDECIDED,
    "uitvoeren": (rules.DECIDED, rules.CARRIED_OUT),
    "afgelopen": rules.OVER,
    "alles": (*rules.RUNNING, *rules.OVER),
}
"""What the list shows by the filter in its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The filters of the list; an unknown value counts as none."""

    state: str = "open"
    kind: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A request in the list. `days_left`: None once it is decided, or while its term stands still."""

    row: RightRequest
    pupil_name: str
    days_left: int | None
    next_act: str

    @property
    def late(self) -> bool:
        """Whether the last day for the decision is over."""
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of the list, and how many there are."""

    lines: Sequence[Line]
    count: int
    late: int
    chosen: Chosen
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDossier:
    """A dossier that was searched for, to enter a request in."""

    id: str
    pupil_name: str
    born: str


def chosen(state: str, kind: str, page: int) -> Chosen:
    """The filters as an address gives them."""
    return Chosen(
        state=state if state in STATES else "open", kind=kind if kind in rules.KINDS else "", page=max(1, page)
    )


def listed(services: Services, context: Context, chosen: Chosen) -> Listed:
    """One page of the requests of the officer's SWV; whose names were shown stands in the log.

    Undecided ones first by their last day, so that what is late stands on top; then what stands still, then the rest.
    """
    officer = context.officer
    with services.db.reading() as session:
        query = _query(officer.tenant_id, chosen)
        count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        late = session.scalar(select(func.count()).select_from(_late(officer.tenant_id, context).subquery())) or 0
        undecided = RightRequest.state.in_(rules.UNDECIDED)
        rank = case((undecided & RightRequest.due.is_not(None), 0), (undecided, 1), else_=2)
        over = case((RightRequest.state.in_(rules.OVER), 1), else_=0)
        ordered = query.order_by(over, rank, RightRequest.due, RightRequest.received_on.desc(), RightRequest.id)
        rows = session.scalars(ordered.limit(PAGE).offset(PAGE * (chosen.page - 1))).all()
        lines = _lines(services, session, context, rows)
    if lines:
        pages.note_list(services, context, "right_requests", [line.row.dossier_id for line in lines])
    return Listed(lines=lines, count=count, late=late, chosen=chosen, pages=-(-count // PAGE) or 1)


def waiting(services: Services, context: Context) -> tuple[int, int]:
    """How many requests run, and how many are late: for the officer's first page."""
    officer = context.officer
    with services.db.reading() as session:
        running = select(func.count(RightRequest.id)).where(
            RightRequest.tenant_id == officer.tenant_id, RightRequest.state.in_(rules.RUNNING)
        )
        late = select(func.count()).select_from(_late(officer.tenant_id, context).subquery())
        return session.scalar(running) or 0, session.scalar(late) or 0


def search(services: Services, context: Context, text: str) -> list[FoundDossier]:
    """The dossiers whose pupil has this name or BSN, to enter a request on paper in. A search is logged."""
    officer = context.officer
    within = select(Dossier.id).where(Dossier.tenant_id == officer.tenant_id, Dossier.state != "draft")
    with services.db.reading() as session:
        ids = sorted(pages.matching(services, session, context, text, within=within))[:20]
        found = []
        for dossier_id in ids:
            pupil = pupil_of(session, services.vault, session.get_one(Dossier, dossier_id))
            found.append(FoundDossier(id=dossier_id, pupil_name=pupil.name, born=pupil.born.isoformat()))
    pages.note_list(services, context, "right_requests", ids)
    return found


def _query(tenant_id: str, chosen: Chosen) -> Select[RightRequest]:
    query = select(RightRequest).where(
        RightRequest.tenant_id == tenant_id, RightRequest.state.in_(STATES[chosen.state])
    )
    return query.where(RightRequest.kind == chosen.kind) if chosen.kind else query


def _late(tenant_id: str, context: Context) -> Select[str]:
    return select(RightRequest.id).where(
        RightRequest.tenant_id == tenant_id,
        RightRequest.state.in_(rules.UNDECIDED),
        RightRequest.due < context.today,
    )


def _lines(services: Services, session: Session, context: Context, rows: Sequence[RightRequest]) -> list[Line]:
    services.vault.preload(session, [row.dossier_id for row in rows], purposes=("fields",))
    return [
        Line(
            row=row,
            pupil_name=pupil_of(session, services.vault, session.get_one(Dossier, row.dossier_id)).name,
            days_left=rules.days_left(row.due, context.today) if row.state in rules.UNDECIDED else None,
            next_act=next_act(row),
        )
        for row in rows
    ]
