"""Who received something of a destroyed dossier is asked to destroy it too, reminded, and signs what they did.

Source: issue 10 (Partners too), CV4.8, PR9.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.destruction import asking
from gateway.destruction.executing import tell_recipient
from gateway.destruction.rules import ANSWERS, FAMILY, NAMELESS
from gateway.destruction.tables import LineAsk
from gateway.dossiers.queries import is_of_swv
from gateway.erasure.tables import VerstrekkingGone
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.recording import Action, record
from gateway.references import reference_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.context import Context
    from gateway.services import Services

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One verstrekking of a destroyed dossier, with what its recipient answered; `other` is the other side's name.

    `exempt`: it named no pupil, went to the family, or nothing of it was left; then it is not asked. `line`: the
    request over the line that it is part of, when it went over one.
    """

    row: VerstrekkingGone
    other: str
    late: bool
    exempt: bool = False
    line: LineAsk | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One partner's gateway that was asked over the line; `reference` is that of the destroyed dossier."""

    ask: LineAsk
    name: str
    reference: str
    late: bool


def received(services: Services, context: Context, *, only: str = "") -> Sequence[Asked]:
    """What this organisation received and is asked to destroy, what waits for an answer first; `only` one of them.

    Raises:
        NotFoundError: that one was not for this organisation.
    """
    if context.person.role is not Role.CONTACT_PERSON:
        raise NotFoundError
    with services.db.reading() as session:
        query = (
            select(VerstrekkingGone, Tenant.name)
            .join(Tenant, Tenant.id == VerstrekkingGone.tenant_id)
            .where(
                VerstrekkingGone.tenant_id == context.person.tenant_id,
                VerstrekkingGone.recipient_id == context.person.organisation_id,
                VerstrekkingGone.asked_on.is_not(None),
            )
            .order_by(VerstrekkingGone.answered_at.is_not(None), VerstrekkingGone.answer_by, VerstrekkingGone.id)
        )
        query = query.where(VerstrekkingGone.id == only) if only else query
        found = [_asked(row, name, context) for row, name in session.execute(query.limit(MOST))]
        if only and not found:
            raise NotFoundError
        return found


def given(services: Services, context: Context) -> Sequence[Asked]:
    """What this SWV gave of dossiers that are destroyed since, and what the recipients answered."""
    with services.db.reading() as session:
        actor = context.person
        if actor.role is not Role.PRIVACY_OFFICER and not is_of_swv(session, actor.organisation_id):
            return []
        query = (
            select(VerstrekkingGone, Organisation)
            .join(Organisation, Organisation.id == VerstrekkingGone.recipient_id)
            .where(VerstrekkingGone.tenant_id == context.person.tenant_id)
            .order_by(VerstrekkingGone.answered_at.is_not(None), VerstrekkingGone.answer_by, VerstrekkingGone.id)
        )
        rows = session.execute(query.limit(MOST)).all()
        asks = session.scalars(select(LineAsk).where(LineAsk.dossier_id.in_({row.dossier_id for row, _ in rows})))
        over = {each: ask for ask in asks for each in ask.verstrekkingen}
        return [_asked(row, other.name, context, other.kind, over.get(row.id)) for row, other in rows]


def partners(services: Services, context: Context) -> Sequence[Partner]:
    """The partners' gateways that were asked to destroy what went over the line, what waits for an answer first."""
    with services.db.reading() as session:
        actor = context.person
        if actor.role is not Role.PRIVACY_OFFICER and not is_of_swv(session, actor.organisation_id):
            return []
        query = (
            select(LineAsk, Organisation.name)
            .join(Organisation, Organisation.id == LineAsk.organisation_id)
            .where(LineAsk.tenant_id == actor.tenant_id)
            .order_by(LineAsk.answered_at.is_not(None), LineAsk.answer_by, LineAsk.id)
        )
        return [
            Partner(ask=ask, name=name, reference=reference_of(ask.dossier_id), late=asking.is_late(ask, context.today))
            for ask, name in session.execute(query.limit(MOST))
        ]


def answer(services: Services, context: Context, verstrekking_id: str, what: str) -> None:
    """The recipient states what became of what it received; signed by the event in the log.

    Raises:
        NotFoundError: it was not for this organisation. ConflictError: it was answered before.
    """
    if what not in ANSWERS:
        raise InvalidInputError("Kies wat u deed met wat u ontving.", field="answer")
    with services.db.writing() as session:
        row = session.get(VerstrekkingGone, verstrekking_id, with_for_update=True)
        actor = context.person
        if (
            row is None
            or actor.role is not Role.CONTACT_PERSON
            or (row.tenant_id, row.recipient_id) != (actor.tenant_id, actor.organisation_id)
            or row.asked_on is None
        ):
            raise NotFoundError
        if row.answer is not None and row.answer != "kept":
            raise ConflictError("U hebt dit al beantwoord.")
        row.answer, row.answered_by, row.answered_at = what, actor.account_id, context.now
        record(
            session,
            services.vault,
            context,
            Action.SIGN,
            object_type="verstrekking",
            object_id=row.id,
            article="CV4.8",
            payload={"answer": what, "documents": row.documents},
        )


def remind(services: Services, context: Context) -> int:
    """Remind, once, who did not answer in time; returns how many."""
    query = (
        select(VerstrekkingGone)
        .where(
            VerstrekkingGone.answer.is_(None),
            VerstrekkingGone.answer_by < context.today,
            VerstrekkingGone.reminded_on.is_(None),
        )
        .limit(MOST)
    )
    with services.db.writing() as session:
        rows = session.scalars(query.with_for_update()).all()
        for row in rows:
            row.reminded_on = context.today
            tell_recipient(services, session, context, row, "destroy_reminder")
    return len(rows)


def _asked(row: VerstrekkingGone, name: str, context: Context, kind: str = "", line: LineAsk | None = None) -> Asked:
    if line is not None:
        return Asked(row=row, other=name, late=asking.is_late(line, context.today), line=line)
    late = row.answer is None and row.answer_by is not None and row.answer_by < context.today
    return Asked(row=row, other=name, late=late, exempt=row.form in NAMELESS or kind == FAMILY or not row.documents)
