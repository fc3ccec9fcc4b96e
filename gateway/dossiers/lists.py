"""The lists of dossiers that people work from, by page: only the pupils of the page shown are opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from gateway.accounts.tables import Organisation
from gateway.context import Context, Role
from gateway.dossiers.queries import coverage, in_scope, pupil_of
from gateway.dossiers.tables import Document, DocumentVersion, Dossier

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gateway.dossiers.rules import Pupil
    from gateway.services import Services

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many documents: shown, still without description, and outside the reader's categories."""

    documents: int = 0
    undescribed: int = 0
    hidden: int = 0


NOTHING = Counted()


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierLine:
    """A dossier in a list."""

    id: str
    pupil_name: str
    born: str
    school_name: str
    state: str
    changed_at: datetime
    submitted_at: datetime | None
    possible_double: bool
    documents: int
    undescribed: int
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """One page of a list: `count` dossiers were asked for, of `total` that the person works on."""

    lines: Sequence[DossierLine]
    count: int
    total: int
    page: int
    pages: int


def work_list(
    services: Services,
    context: Context,
    *,
    among: Collection[str] | None = None,
    state: str = "",
    page: int = 1,
    size: int = PAGE,
) -> WorkList:
    """A page of the dossiers that this actor works on: for the SWV the oldest submission first, for a school by name.

    `among` are the only ids to show, `state` the only state; a page beyond the last one is the last.
    """
    with services.db.reading() as session:
        scope = in_scope(session, context, context.now)
        asked = scope if among is None else and_(scope, Dossier.id.in_(among))
        if state:
            asked = and_(asked, Dossier.state == state)
        total, count = _how_many(session, scope), _how_many(session, asked)
        pages = max(1, -(-count // size))
        page = min(max(page, 1), pages)
        start = (page - 1) * size
        if context.person.role is Role.SCHOOL_STAFF:
            opened = _opened(services, session, session.scalars(select(Dossier).where(asked)).all())
            opened = sorted(opened, key=lambda each: each[0].sort_key)[start : start + size]
        else:
            # The order is in clear, so that what is not shown need not be opened, however many wait.
            query = select(Dossier).where(asked).order_by(Dossier.submitted_at, Dossier.id).offset(start).limit(size)
            opened = _opened(services, session, session.scalars(query).all())
        return WorkList(lines=_lines(session, context, opened), count=count, total=total, page=page, pages=pages)


def _how_many(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Dossier).where(which)) or 0


def _opened(services: Services, session: Session, rows: Sequence[Dossier]) -> list[tuple[Pupil, Dossier]]:
    services.vault.preload(session, [row.id for row in rows], purposes=("fields",))
    return [(pupil_of(session, services.vault, row), row) for row in rows]


def _lines(session: Session, context: Context, opened: Sequence[tuple[Pupil, Dossier]]) -> list[DossierLine]:
    schools = {row.school_on(context.today) for _, row in opened}
    of_school = select(Organisation.id, Organisation.name).where(Organisation.id.in_(schools))
    names = dict(session.execute(of_school).all())
    seen = {row.id: letters for row, letters in coverage(session, context, [row for _, row in opened])}
    counted = _counts(session, seen, of_school=context.person.role is Role.SCHOOL_STAFF)
    return [
        DossierLine(
            id=row.id,
            pupil_name=pupil.name,
            born=pupil.born.isoformat(),
            school_name=names[row.school_on(context.today)],
            state=row.state,
            changed_at=row.changed_at,
            submitted_at=row.submitted_at,
            possible_double=row.possible_double,
            documents=counted.get(row.id, NOTHING).documents,
            undescribed=counted.get(row.id, NOTHING).undescribed,
            hidden=counted.get(row.id, NOTHING).hidden,
        )
        for pupil, row in opened
    ]


def _counts(session: Session, letters: Mapping[str, frozenset[str]], *, of_school: bool) -> dict[str, Counted]:
    """How many documents each dossier has for who sees these letters of it; the others are only counted (PR10.2)."""
    found: dict[str, Counted] = {}
    query = (
        select(DocumentVersion.dossier_id, DocumentVersion.kind, DocumentVersion.categories)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.dossier_id.in_(letters), Document.withdrawn_at.is_(None))
        .where(DocumentVersion.state.in_(("in_check", "ready")))
    )
    for dossier_id, kind, categories in session.execute(query):
        had = found.get(dossier_id, NOTHING)
        seen = letters[dossier_id]
        hidden = not of_school and (kind is None or not {c[0] for c in (categories or "").split()} <= seen)
        found[dossier_id] = Counted(
            documents=had.documents + (not hidden),
            undescribed=had.undescribed + (kind is None),
            hidden=had.hidden + hidden,
        )
    return found
