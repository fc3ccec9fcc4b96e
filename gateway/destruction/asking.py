"""A partner with a gateway of its own is asked over the line to destroy too; its signed answer is verified and kept.

What it held is written down in the transaction that erases, for afterwards nobody knows it any more; the request goes
when the destruction stands in the journal. Source: issue 10 (Partners too), ADR 17.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from crypto.errors import OpenPGPError
from crypto.openpgp import Recipient, verify_detached
from gateway.accounts import people
from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.destruction import line_rules
from gateway.destruction.line_rules import ASK, Ask, Standing
from gateway.destruction.tables import LineAsk
from gateway.disclosure.tables import Verstrekking
from gateway.errors import InvalidInputError
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import threads
from gateway.peers import usecases as peers
from gateway.peers.tables import PeerThread
from gateway.recording import Action, record
from gateway.reglement.versions import in_force
from gateway.rights.tables import RightRequest
from gateway.rights.told_rules import LINE
from gateway.rights.told_tables import RightTold
from gateway.second_opinion.state import REQUESTER
from gateway.second_opinion.tables import SecondOpinionCase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.destruction.line_rules import Statement
    from gateway.erasure.tables import Destruction
    from gateway.peers.handlers import Incoming
    from gateway.services import Services

OBJECT = "line_ask"
MOST = 200


def went_over(session: Session, dossier_id: str) -> dict[str, tuple[list[dict[str, str]], list[str]]]:
    """For each partner: the threads over which something of this dossier went, and the verstrekkingen that did."""
    cases = select(SecondOpinionCase.partner_id, SecondOpinionCase.thread).where(
        SecondOpinionCase.dossier_id == dossier_id, SecondOpinionCase.own_side == REQUESTER
    )
    told = (
        select(RightTold.organisation_id, RightTold.id)
        .join(RightRequest, RightRequest.id == RightTold.request_id)
        .where(RightRequest.dossier_id == dossier_id, RightTold.way == LINE)
    )
    found: dict[str, tuple[list[dict[str, str]], list[str]]] = {}
    for kind, query in (("second_opinion", cases), ("correction", told)):
        for organisation_id, name in session.execute(query).all():
            there = select(PeerThread.id).where(
                PeerThread.organisation_id == organisation_id, PeerThread.name == name, PeerThread.erased_at.is_(None)
            )
            if session.scalar(there) is not None:
                found.setdefault(organisation_id, ([], []))[0].append({"kind": kind, "thread": name})
    for organisation_id, (items, ids) in found.items():
        items.sort(key=lambda each: (each["kind"], each["thread"]))
        went = select(Verstrekking.id).where(
            Verstrekking.dossier_id == dossier_id,
            Verstrekking.recipient_id == organisation_id,
            Verstrekking.expert_id.is_(None),
            Verstrekking.form == "anonymised",
            Verstrekking.state == "open",
        )
        ids.extend(session.scalars(went.order_by(Verstrekking.id)))
    return found


def keep_what_went(
    session: Session, row: Destruction, found: Mapping[str, tuple[list[dict[str, str]], list[str]]]
) -> None:
    """Write down whom to ask, in the transaction that erases; what stands there already stays."""
    for organisation_id, (items, ids) in found.items():
        request = line_rules.request_id(row.id, organisation_id)
        if session.get(LineAsk, request) is None:
            ask = LineAsk(
                id=request,
                tenant_id=row.tenant_id,
                destruction_id=row.id,
                dossier_id=row.dossier_id,
                organisation_id=organisation_id,
                items=items,
                verstrekkingen=ids,
                article=row.article,
            )
            session.add(ask)
    session.flush()


def ask_all(services: Services, session: Session, context: Context, destruction_id: str) -> None:
    """Send the requests of one destruction; where no line stands they wait for one."""
    query = select(LineAsk).where(LineAsk.destruction_id == destruction_id, LineAsk.asked_on.is_(None))
    for ask in session.scalars(query.with_for_update()).all():
        _send(services, session, context, ask)


def again(services: Services, context: Context) -> int:
    """Each night: send what no line took yet, and remind, once for each term, who is late; returns how many of both."""
    late = or_(
        (LineAsk.state == "") & (LineAsk.answer_by < context.today) & LineAsk.reminded_on.is_(None),
        (LineAsk.state == line_rules.KEPT)
        & (LineAsk.kept_until < context.today - line_rules.GRACE)
        & (LineAsk.reminded_on.is_(None) | (LineAsk.reminded_on <= LineAsk.kept_until)),
    )
    query = select(LineAsk).where(or_(LineAsk.asked_on.is_(None), late)).order_by(LineAsk.id).limit(MOST)
    count = 0
    with services.db.writing() as session:
        for ask in session.scalars(query.with_for_update()).all():
            first = ask.asked_on is None
            if _send(services, session, context, ask, reminder=not first) or not first:
                count += 1
            if not first:
                ask.reminded_on = context.today
                _tell(services, session, context, ask)
    return count


def take_answer(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    """Keep the partner's statement when it is signed by its key and answers what was asked; else nothing changes.

    Raises:
        InvalidInputError: forged, of another, about something else, or older than what we have.
    """
    body = incoming.body
    text, signature = body.get("statement"), body.get("signature")
    well_formed = set(body) == {"version", "request", "statement", "signature"} and body["version"] == 1
    if not well_formed or not isinstance(text, str) or not isinstance(signature, str):
        raise InvalidInputError("Dit antwoord over vernietigen is niet volledig.")
    ask = session.get(LineAsk, str(body["request"]), with_for_update=True, populate_existing=True)
    if ask is None or (ask.organisation_id, ask.tenant_id) != (incoming.organisation_id, incoming.tenant_id):
        raise InvalidInputError("Dit antwoord hoort bij geen verzoek van ons.")
    kept = json.loads(ask.declaration) if ask.declaration else None
    if kept is not None and kept["statement"] == text:
        return  # the same once more: nothing changes
    signed_by = _verified(services, session, context, ask.organisation_id, text, signature)
    said = line_rules.parse_statement(text)
    if not line_rules.fits(standing_of(ask), said, context.now):
        raise InvalidInputError("Deze verklaring past niet bij ons verzoek, of is ouder dan wat wij al hebben.")
    _keep(ask, said, json.dumps({"statement": text, "signature": signature, "signed_by": signed_by}), context)
    told = {"state": said.state, "final": said.final, "signed_by": signed_by, "destruction": ask.destruction_id}
    _record(services, session, context, ask, Action.CONFIRM_RECEIPT, told)


def standing_of(ask: LineAsk) -> Standing:
    """What was asked and what was answered last, for the rules."""
    before = line_rules.parse_statement(json.loads(ask.declaration)["statement"]) if ask.declaration else None
    return Standing(
        request=ask.id,
        items=line_rules.items_of(ask.items),
        verstrekkingen=tuple(ask.verstrekkingen),
        state=ask.state,
        final=ask.final,
        made_at=before.made_at if before else None,
    )


def of_dossier(session: Session, dossier_id: str) -> Sequence[LineAsk]:
    """The requests about a destroyed dossier."""
    return session.scalars(select(LineAsk).where(LineAsk.dossier_id == dossier_id).order_by(LineAsk.id)).all()


def is_late(ask: LineAsk, today: date) -> bool:
    """Whether the term for its answer is over."""
    return ask.state == "" and ask.answer_by is not None and ask.answer_by < today


def _send(services: Services, session: Session, context: Context, ask: LineAsk, *, reminder: bool = False) -> bool:
    tenant = session.get_one(Tenant, ask.tenant_id)
    days = in_force(session, tenant.id, tenant.profile_id, context.today).destroy.answer_days
    thread = ask.thread or new_id()  # not made from the request: after a restore the numbers of an old one are taken
    answer_by = ask.answer_by or context.today + timedelta(days=days)
    asked = Ask(
        request=ask.id,
        items=line_rules.items_of(ask.items),
        verstrekkingen=tuple(ask.verstrekkingen),
        article=ask.article,
        destroy_by=answer_by,
        reminder=reminder,
    )
    sent = peers.send(services, session, context, ask.organisation_id, kind=ASK, thread=thread, body=asked.body())
    if sent is None:
        return False
    ask.thread, ask.answer_by, ask.asked_on = thread, answer_by, ask.asked_on or context.today
    told = {"reminder": reminder, "answer_by": answer_by.isoformat(), "destruction": ask.destruction_id}
    _record(services, session, context, ask, Action.NOTIFY, told)
    return True


def _keep(ask: LineAsk, said: Statement, statement: str, context: Context) -> None:
    ask.state, ask.final, ask.declaration, ask.answered_at = said.state, said.final, statement, context.now
    kept = said.kept
    ask.kept_until = kept.until if kept else None
    ask.kept_kind = kept.kind if kept else None
    ask.kept_article = kept.article if kept else None


def _verified(
    services: Services, session: Session, context: Context, organisation_id: str, text: str, signature: str
) -> str:
    keys = _keys(services, session, organisation_id, context.today)
    try:
        with services.scratch.directory() as scratch:
            return verify_detached(text.encode(), signature, senders=keys, on=context.today, scratch=scratch)
    except OpenPGPError as error:
        raise InvalidInputError("De handtekening onder deze verklaring is niet van deze partner.") from error


def _keys(services: Services, session: Session, organisation_id: str, today: date) -> list[Recipient]:
    """The keys that two people confirmed for this partner; of a tenant of this installation its own."""
    link = threads.live_link(session, organisation_id)
    if link is None or link.carrier != "local":
        return partner_keys.senders(services, session, organisation_id, today)
    tenant = session.scalars(select(Tenant).where(Tenant.slug == link.address)).first()
    own = partner_keys.own_public(session, tenant.id, today) if tenant else None
    return [Recipient(key=own.public, fingerprint=own.fingerprint)] if own else []


def _tell(services: Services, session: Session, context: Context, ask: LineAsk) -> None:
    """Our contact persons and officers hear that a partner is silent."""
    tenant = session.get_one(Tenant, ask.tenant_id)
    for account_id in people.of_organisation(session, tenant.swv_id, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER):
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind="destroy_silent",
            link="/vernietigd",
            tenant_id=ask.tenant_id,
        )


def _record(
    services: Services, session: Session, context: Context, ask: LineAsk, action: Action, payload: dict[str, Any]
) -> None:
    record(
        session,
        services.vault,
        replace(context, actor=None),
        action,
        tenant_id=ask.tenant_id,
        object_type=OBJECT,
        object_id=ask.id,
        article="CV4.8",
        payload=payload,
    )
