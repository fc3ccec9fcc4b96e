"""The list of what will be destroyed, and the people who approve it. Source: issue 10 (a second person's approval)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.context import AMSTERDAM, Role
from gateway.destruction import announcing, executing, sets
from gateway.destruction.announcing import BEFORE
from gateway.dossiers.judging import refusal
from gateway.dossiers.queries import SWV_READERS, in_scope, is_of_swv, pupil_of, swv_dossier
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import Destruction, DestructionApproval
from gateway.errors import ConflictError, NotFoundError
from gateway.peers.tables import PeerThread
from gateway.recording import Action, record
from gateway.references import reference_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.destruction.sets import Going
    from gateway.services import Services

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One announced destruction; `needed` people must approve it. With `categories` only that set goes: `what` of it.

    `held`: the plan of today, or a data breach that is looked into, does not let it go; it will be taken back.
    """

    destruction_id: str
    dossier_id: str
    pupil_name: str
    school_name: str
    kept_until: date
    due_on: date
    article: str
    approved_by: Sequence[str]
    needed: int
    mine: bool
    held: bool
    categories: Sequence[str] = ()
    what: Going | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """One destruction that was done: no name is left, only its reference; `partner`: it was a copy of this one's."""

    destruction_id: str
    reference: str
    state: str
    erased_on: date
    documents: int
    unanswered: int
    partner: str = ""
    categories: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is announced within this person's reach, and how many must approve where most must."""

    lines: Sequence[Line]
    needed: int


def listed(services: Services, context: Context) -> Found:
    """What is announced in the dossiers that this person of the SWV works on, the first day first."""
    if context.person.role not in SWV_READERS:
        raise NotFoundError
    with services.db.reading() as session:
        query = (
            select(Destruction, Dossier)
            .join(Dossier, Dossier.id == Destruction.dossier_id)
            .where(in_scope(session, context, context.today), Destruction.state == BEFORE)
            .order_by(Destruction.due_on, Destruction.id)
        )
        rows = session.execute(query.limit(MOST)).all()
        services.vault.preload(session, [dossier.id for _, dossier in rows], purposes=("fields",))
        lines = [_line(services, session, context, row, dossier) for row, dossier in rows]
        return Found(lines=lines, needed=max((line.needed for line in lines), default=0))


def gone(session: Session, tenant_id: str) -> list[Gone]:
    """What was destroyed of this SWV, the newest first."""
    query = (
        select(Destruction, Organisation.name)
        .outerjoin(PeerThread, PeerThread.id == Destruction.dossier_id)
        .outerjoin(Organisation, Organisation.id == PeerThread.organisation_id)
        .where(Destruction.tenant_id == tenant_id, Destruction.erased_at.is_not(None))
    )
    rows = session.execute(query.order_by(Destruction.erased_at.desc(), Destruction.id).limit(MOST)).all()
    return [
        Gone(
            destruction_id=row.id,
            reference=reference_of(row.dossier_id),
            state=row.state,
            erased_on=row.erased_at.astimezone(AMSTERDAM).date() if row.erased_at else row.due_on,
            documents=int(row.counts.get("documents", 0)),
            unanswered=executing.unanswered(session, row),
            partner=partner or "",
            categories=row.categories.split(),
        )
        for row, partner in rows
    ]


def done(services: Services, context: Context) -> list[Gone]:
    """What was destroyed of this SWV, for its people and its privacy officer; who only receives sees nothing."""
    with services.db.reading() as session:
        actor = context.person
        officer = actor.role is Role.PRIVACY_OFFICER
        if not officer and (actor.role not in SWV_READERS or not is_of_swv(session, actor.organisation_id)):
            return []
        return gone(session, actor.tenant_id)


def one(services: Services, context: Context, destruction_id: str) -> Line:
    """One announced destruction within this person's reach."""
    with services.db.reading() as session:
        row, dossier = _mine(session, context, destruction_id)
        return _line(services, session, context, row, dossier)


def approve(services: Services, context: Context, destruction_id: str) -> None:
    """Say that this dossier may be destroyed on its day: each person once, and the judge is asked as of that day.

    Raises:
        ConflictError: this person approved before. RefusedError: it may not be destroyed as things stand.
    """
    with services.db.writing() as session:
        row, dossier = _mine(session, context, destruction_id)
        if session.get(DestructionApproval, (row.id, context.person.account_id)) is not None:
            raise ConflictError("U hebt dit al goedgekeurd. Een ander moet het ook doen.")
        decision = executing.judge_destroy(
            services, session, dossier, max(row.due_on, context.today), sets.letters_of(row)
        )
        if decision.allowed:
            _approve(services, session, context, row)
        else:
            executing.note_refused(services, session, context, row, decision)
    if not decision.allowed:
        raise refusal(decision)


def _approve(services: Services, session: Session, context: Context, row: Destruction) -> None:
    session.add(
        DestructionApproval(destruction_id=row.id, account_id=context.person.account_id, approved_at=context.now)
    )
    record(
        session,
        services.vault,
        context,
        Action.DECIDE,
        dossier_id=row.dossier_id,
        object_type="destruction",
        object_id=row.id,
        article=row.article,
        profile=row.profile,
        payload={"step": "approved", "due_on": row.due_on.isoformat()},
    )


def _mine(session: Session, context: Context, destruction_id: str) -> tuple[Destruction, Dossier]:
    row = session.get(Destruction, destruction_id, with_for_update=True)
    if row is None or row.state != BEFORE or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    return row, swv_dossier(session, context, row.dossier_id)


def _line(services: Services, session: Session, context: Context, row: Destruction, dossier: Dossier) -> Line:
    approved = executing.approvals_of(session, row.id)
    persons = people.names_of(session, services.vault, approved)
    only = sets.letters_of(row)
    return Line(
        destruction_id=row.id,
        dossier_id=dossier.id,
        pupil_name=pupil_of(session, services.vault, dossier).name,
        school_name=session.get_one(Organisation, dossier.school_on(context.today)).name,
        kept_until=row.kept_until,
        due_on=row.due_on,
        article=row.article,
        approved_by=[persons[each].name for each in approved if each in persons],
        needed=executing.needed_of(session, row, context.today),
        mine=context.person.account_id in approved,
        held=not announcing.still_so(session, row, context.today),
        categories=only,
        what=sets.going(services, session, dossier, only, context.today) if only else None,
    )
