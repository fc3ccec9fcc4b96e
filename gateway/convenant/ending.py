"""How a convenant ends, and what the parties tell each other meanwhile: developments, consultation, notice, agreement.

Requests made before the end or on its last day are handled; later ones are refused. Source: CV7, CV10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.context import Role
from gateway.convenant import history, queries, reach, rules, sealing
from gateway.convenant.tables import Convenant, ConvenantEnding, ConvenantStep
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.convenant.reach import Seat
    from gateway.services import Services

WORDS_MAX = 4000


def develop(services: Services, context: Context, convenant_id: str, text: str) -> None:
    """Tell the other parties of a development that affects the convenant. Source: CV7."""
    text = _words(text, sentence("Schrijf wat er verandert."))
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        history.step(
            services,
            session,
            context,
            at.convenant,
            "development",
            action=Action.NOTIFY,
            article="CV7",
            party=at.party,
            details={"text": text},
        )
        history.tell(services, session, context, at.convenant, "convenant_news")


def consult(services: Services, context: Context, convenant_id: str, *, held_on: date, text: str) -> None:
    """Record the consultation that must come before a notice: when, with whom, and why it gave no other way out.

    Source: CV10.
    """
    text = _words(text, sentence("Schrijf met wie u overlegde en waarom er geen andere oplossing kwam."))
    if held_on > context.today:
        raise InvalidInputError("Dit overleg moet nog komen. Leg het daarna vast.", field="held_on")
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        _in_force(session, at, context)
        history.step(
            services,
            session,
            context,
            at.convenant,
            "consultation",
            action=Action.RECORD,
            article="CV10",
            party=at.party,
            held_on=held_on,
            details={"text": text},
            payload={"held_on": held_on.isoformat()},
        )
        history.tell(services, session, context, at.convenant, "convenant_changed")


def give_notice(services: Services, context: Context, convenant_id: str, *, reason: str) -> date:
    """Give written notice today, after a recorded consultation; returns the last day. Source: CV10.

    In a regional convenant notice by another party than our SWV ends its own part only.

    Raises:
        ConflictError: no consultation was recorded, it is not in force, or it ends already.
    """
    reason = _words(reason, sentence("Schrijf waarom u opzegt."))
    _signs(context)
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        _in_force(session, at, context)
        if not consulted(session, convenant_id, context.today):
            raise ConflictError(
                "Opzeggen kan pas na overleg dat geen andere oplossing gaf. Leg dat overleg eerst vast."
            )
        last = rules.notice_ends(context.today)
        leaves = at.convenant.kind == "regional" and not at.own
        if leaves and at.party.left_on is not None:
            raise ConflictError("Uw organisatie heeft al opgezegd.")
        if leaves:
            at.party.left_on = last
        else:
            _keep(services, session, context, at, way="notice", state="given", last_day=last, reason=reason)
        history.step(
            services,
            session,
            context,
            at.convenant,
            "notice",
            action=Action.DECIDE,
            article="CV10",
            party=at.party,
            held_on=last,
            details={"text": reason},
            payload={"last_day": last.isoformat(), "organisation": at.party.organisation_id},
        )
        history.tell(services, session, context, at.convenant, "convenant_ending")
        return last


def propose_end(services: Services, context: Context, convenant_id: str, *, last_day: date, reason: str) -> str:
    """Propose to end the convenant together on a day; it ends when the other side agrees. Returns the id."""
    reason = _words(reason, sentence("Schrijf waarom."))
    _signs(context)
    if last_day < context.today:
        raise InvalidInputError("Kies vandaag of een latere dag.", field="last_day")
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        if at.convenant.kind != "second_opinion":
            raise ConflictError("Bij een convenant met veel partijen zegt elke partij voor zichzelf op.")
        _in_force(session, at, context)
        waits = select(ConvenantEnding.id).where(
            ConvenantEnding.convenant_id == convenant_id, ConvenantEnding.state == "proposed"
        )
        if session.scalars(waits).first() is not None:
            raise ConflictError("Er wacht al een voorstel om te beëindigen.")
        ending_id = _keep(
            services, session, context, at, way="agreement", state="proposed", last_day=last_day, reason=reason
        )
        history.step(
            services,
            session,
            context,
            at.convenant,
            "end_proposed",
            action=Action.REQUEST,
            article="CV10",
            party=at.party,
            held_on=last_day,
            details={"text": reason},
            payload={"last_day": last_day.isoformat()},
        )
        history.tell(services, session, context, at.convenant, "convenant_ending")
        return ending_id


def answer_end(services: Services, context: Context, ending_id: str, *, agree: bool) -> str:
    """The other side agrees to the end or not; who proposed may take it back. Returns the convenant's id."""
    _signs(context)
    with services.db.writing() as session:
        row = session.get(ConvenantEnding, ending_id)
        if row is None:
            raise NotFoundError
        at = reach.acting(session, context, row.convenant_id)
        session.refresh(row)
        if row.state != "proposed":
            raise ConflictError("Over dit voorstel is al beslist.")
        if agree and row.party_id == at.party.id:
            raise ConflictError("De andere partij moet akkoord gaan. Uw eigen organisatie stelde dit voor.")
        if agree and row.last_day < context.today:
            raise ConflictError("Die dag is al voorbij. Stel een andere dag voor.")
        row.state = "agreed" if agree else "rejected"
        row.decided_by, row.decided_at = context.person.account_id, context.now
        session.flush()
        history.step(
            services,
            session,
            context,
            at.convenant,
            "end_agreed" if agree else "end_rejected",
            action=Action.DECIDE,
            article="CV10",
            party=at.party,
            held_on=row.last_day,
            payload={"last_day": row.last_day.isoformat()},
        )
        history.tell(services, session, context, at.convenant, "convenant_ending")
        return row.convenant_id


def consulted(session: Session, convenant_id: str, on: date) -> bool:
    """Whether a consultation was recorded that was held on or before this day."""
    query = select(ConvenantStep.id).where(
        ConvenantStep.convenant_id == convenant_id, ConvenantStep.kind == "consultation", ConvenantStep.held_on <= on
    )
    return session.scalars(query.limit(1)).first() is not None


def _signs(context: Context) -> None:
    """Ending is for who may sign: an administrator prepares, and does not end."""
    if context.person.role is not Role.CONTACT_PERSON:
        raise NotFoundError


def _in_force(session: Session, at: Seat, context: Context) -> None:
    convenant: Convenant = at.convenant
    if not queries.in_force(session, convenant.id, on=context.today):
        raise ConflictError("Dit convenant geldt nu niet.")
    if queries.standing(session, convenant.id).last_day is not None:
        raise ConflictError("Dit convenant loopt al af.")


def _keep(
    services: Services,
    session: Session,
    context: Context,
    at: Seat,
    *,
    way: str,
    state: str,
    last_day: date,
    reason: str,
) -> str:
    ending_id = new_id()
    session.add(
        ConvenantEnding(
            id=ending_id,
            convenant_id=at.convenant.id,
            way=way,
            state=state,
            party_id=at.party.id,
            notice_on=context.today if way == "notice" else None,
            last_day=last_day,
            details=sealing.seal(services.vault, at.convenant.tenant_id, "ending", ending_id, {"text": reason}),
            made_by=context.person.account_id,
            made_at=context.now,
        )
    )
    session.flush()
    return ending_id


def _words(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInputError(missing, field="text")
    if len(text) > WORDS_MAX:
        raise InvalidInputError("Deze tekst is te lang.", field="text")
    return text
