"""The same case in the other SWV's portal: the requester's side orders, and the partner's case is a copy of its acts.

What the requester's side keeps is sent as it was kept. What the partner's people do in their own portal is a wish:
judged where the case is ordered, and back as an act with its number, or as *overtaken* when the case had gone on
without it. Experts work in the requester's portal: what may not travel is read there.

Source: issue 8 (two gateways); ADR 16.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.disclosure.tables import Verstrekking
from gateway.errors import ConflictError, NotFoundError
from gateway.ids import new_id
from gateway.peers import attachments, erasing
from gateway.peers import usecases as peers
from gateway.recording import Action
from gateway.second_opinion import drafts, experts, ground, naming, reach, storing, telling
from gateway.second_opinion.rules import advance
from gateway.second_opinion.state import OVER, PARTNER, REQUESTER, Act, Refused, State
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.attachments import Opened
    from gateway.peers.handlers import Arrived, Incoming
    from gateway.second_opinion.experts import NewExpert
    from gateway.second_opinion.storing import Kept
    from gateway.sentences import Sentence
    from gateway.services import Services

CASE, ACT, WISH = "second_opinion.case", "second_opinion.act", "second_opinion.wish"
DOCUMENTS = "second_opinion.documents"
TRAVELS = frozenset({"say", "accept", "decline", "propose", "agree", "assign", "release", "receive", "hand_over"})
"""What the partner's contact person does in their own portal; the rest is done where the documents and accounts are."""
STAYS = {"tell_parents": {"parts", "mapped"}}
"""What of an act never leaves the requester's portal: the advice with the child's name in it."""
KIND = "case"
CODE_MAX = 20
_THERE = sentence("Dit doet u in de portal van de aanvrager. Meld u daar aan.")


def tell(services: Services, session: Session, context: Context, row: SecondOpinionCase, kept: Kept) -> None:
    """Send an act that was kept here to the partner's portal, in the transaction that keeps it.

    The first time, when the partner may see the case at all, the case goes with all that was done before. Documents go
    along as verstrekkingen: anonymised, and judged again when they leave.
    """
    if row.own_side != REQUESTER or row.shown_at is None or not peers.has_link(session, row.partner_id):
        return
    if _stands_there(services, session, row):
        body, kind, told = _spelled(services, session, row, kept), ACT, [kept]
    else:
        told = storing.acts_of(services, session, row)
        requested = row.requested_on.isoformat() if row.requested_on else ""
        body, kind = {"acts": _first(services, session, row), "requested_on": requested}, CASE
    peers.send(services, session, context, row.partner_id, kind=kind, thread=row.thread, body=body)
    for each in told:
        documents = _documents(session, each)
        if documents:
            _send_documents(services, session, context, row, each.number, documents)


def wish(
    services: Services,
    session: Session,
    context: Context,
    row: SecondOpinionCase,
    kind: str,
    data: Mapping[str, Any],
) -> State:
    """What someone does in the partner's own portal: sent to where the case is ordered; returns the state until then.

    Raises:
        StepRefusedError: it cannot be done as far as is known here.
        ConflictError: it is done in the requester's portal, or there is no line.
    """
    if kind not in TRAVELS:
        raise ConflictError(_THERE)
    state = storing.state_of(storing.acts_of(services, session, storing.held(session, row)))
    act = Act(kind=kind, side=PARTNER, on=context.today, data=dict(data))
    after = advance(state, act)
    if isinstance(after, Refused):
        raise storing.StepRefusedError(after, row.id, kind)
    body = {"kind": kind, "on": context.today.isoformat(), "data": dict(data), "seen": row.acts}
    if peers.send(services, session, context, row.partner_id, kind=WISH, thread=row.thread, body=body) is None:
        raise ConflictError("Er is geen lijn met de aanvrager. Vraag uw beheerder.")
    storing.note(services, session, context, row, f"wish-{kind}", storing.ACTIONS.get(kind, Action.REQUEST))
    return state


def handle(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    """Apply a partner's message about a case; the line calls this once for each, in order.

    Raises:
        ConflictError: it is about no case that stands between these two, or it does not follow.
    """
    try:
        match incoming.kind:
            case "second_opinion.case":
                _begun(services, session, context, incoming)
            case "second_opinion.act":
                _copied(services, session, context, _case(session, incoming, PARTNER), incoming.body)
            case "second_opinion.documents":
                _case(session, incoming, PARTNER)  # they lie under the line's seal, and are read from there
            case "second_opinion.wish":
                _wished(services, session, context, _case(session, incoming, REQUESTER), incoming)
            case _:
                raise ConflictError("Dit soort bericht kennen wij niet. Werk beide portalen bij naar dezelfde versie.")
    except (KeyError, TypeError, ValueError) as error:
        raise ConflictError("Dit bericht over een zaak is niet te lezen.") from error


def _begun(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    """A case comes in: it stands in our own work list, as the partner whose opinion is asked."""
    known = select(SecondOpinionCase.id).where(
        SecondOpinionCase.tenant_id == incoming.tenant_id, SecondOpinionCase.thread == incoming.thread
    )
    if session.scalar(known) is not None:
        raise ConflictError("Deze zaak is er al.")
    requested = date.fromisoformat(incoming.body["requested_on"]) if incoming.body["requested_on"] else context.today
    convenant = ground.convenant_id(session, incoming.tenant_id, incoming.organisation_id, requested)
    decision = ground.judge(session, incoming.tenant_id, convenant, requested)
    if not decision.allowed:
        raise ConflictError(decision.reason)
    ours = _contacts(session, incoming.tenant_id)
    subject = new_id()
    services.vault.create_subject(
        session, kind=KIND, subject_id=subject, organisation_id=incoming.tenant_id, opened_on=context.today
    )
    row = SecondOpinionCase(
        id=new_id(),
        tenant_id=incoming.tenant_id,
        own_side=PARTNER,
        dossier_id=None,
        subject_id=subject,
        partner_id=incoming.organisation_id,
        convenant_id=convenant,
        thread=incoming.thread,
        shown_at=context.now,
        made_by=ours[0],
        made_at=context.now,
        changed_at=context.now,
    )
    session.add(row)
    session.flush()
    for each in incoming.body["acts"]:
        _copied(services, session, context, row, each, quiet=True)
    kept = storing.acts_of(services, session, row)
    telling.tell(services, session, context, row, kept[-1])


def _contacts(session: Session, tenant_id: str) -> list[str]:
    """Our contact persons, of whom the first minds the case until another takes it."""
    swv = session.get_one(Tenant, tenant_id).swv_id
    found = people.of_organisation(session, swv, Role.CONTACT_PERSON)
    if not found:
        raise ConflictError("Bij de partner is er nu geen contactpersoon.")
    return found


def _copied(
    services: Services,
    session: Session,
    context: Context,
    row: SecondOpinionCase,
    told: Mapping[str, Any],
    *,
    quiet: bool = False,
) -> None:
    """Keep an act as the requester's side kept it, under the same number."""
    row = storing.held(session, row)
    if told["number"] != row.acts + 1:
        raise ConflictError("Dit bericht over een zaak past niet op wat er al is.")
    act = Act(kind=told["kind"], side=told["side"], on=date.fromisoformat(told["on"]), data=dict(told["data"]))
    if told["overtaken"]:
        kept = storing.overtaken(services, session, context, row, act, Refused(reason="", article="CV4.4"))
    else:
        after = advance(storing.state_of(storing.acts_of(services, session, row)), act)
        if isinstance(after, Refused):
            raise ConflictError(after.reason)
        kept = storing.keep(services, session, context, row, act, after)
    if "advice" in told:
        parts = {str(name): str(value) for name, value in told["advice"].items()}
        drafts.keep(services, session, row, parts, by=row.made_by, now=context.now)
    if kept.overtaken:
        ours = ground.contacts(session, row, PARTNER, context.today)
        telling.put(services, session, context, row, "second_opinion", ours)
    elif not quiet:
        telling.tell(services, session, context, row, kept)
    if row.phase in OVER and row.access_until is not None and row.access_until <= context.today:
        end_copies(services, session, context, row)


def _wished(services: Services, session: Session, context: Context, row: SecondOpinionCase, incoming: Incoming) -> None:
    """What the partner's people did: judged now, here; too late is kept as overtaken. Either way both are told."""
    kind, said = str(incoming.body["kind"]), dict(incoming.body["data"])
    if kind not in TRAVELS:
        raise ConflictError(_THERE)
    if kind == "receive":
        _require_open(services, session, row)
    if kind == "agree":
        kept = storing.acts_of(services, session, row)
        said = {"version": storing.state_of(kept).agreements + 1}
    row = storing.held(session, row)
    state = storing.state_of(storing.acts_of(services, session, row))
    act = Act(kind=kind, side=PARTNER, on=min(date.fromisoformat(incoming.body["on"]), context.today), data=said)
    new = None
    if kind == "assign":
        act, new = _named(services, session, context, row, state, act)
    after = advance(state, act)
    if isinstance(after, Refused):
        made = storing.overtaken(services, session, context, row, act, after)
    else:
        if new is not None:
            experts.enter(services, session, context, row, new)
        made = storing.keep(services, session, context, row, act, after)
        if kind == "release":
            experts.leave(services, session, context, row, str(said["expert"]))
    telling.tell(services, session, context, row, made)
    tell(services, session, context, row, made)


def _named(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, state: State, act: Act
) -> tuple[Act, NewExpert | None]:
    """The partner's expert with an account here, and the act without name and address; nobody is made for nothing."""
    named = naming.read(act.data)
    nameless = replace(act, data=named.registered(str(act.data["expert"])).data())
    if isinstance(advance(state, nameless), Refused):
        return nameless, None
    new = named.registered(naming.account_of(services, session, context, row, named).id)
    return replace(act, data=new.data()), new


def opened(services: Services, session: Session, context: Context, made: Verstrekking) -> None:
    """A second person approved a verstrekking: what a delivery sends over the line goes on its way now."""
    query = select(SecondOpinionCase).where(
        SecondOpinionCase.dossier_id == made.dossier_id,
        SecondOpinionCase.partner_id == made.recipient_id,
        SecondOpinionCase.own_side == REQUESTER,
        SecondOpinionCase.access_ended_at.is_(None),
        SecondOpinionCase.phase.not_in(sorted(OVER)),
    )
    for row in session.scalars(query).all():
        for each in storing.acts_of(services, session, row):
            if made.id in _documents(session, each) and _stands_there(services, session, row):
                _send_documents(services, session, context, row, each.number, [made.id])


def _send_documents(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, number: int, ids: Sequence[str]
) -> None:
    """The documents of a delivery, apart: when they may not leave after all, the act itself still holds."""
    peers.send(
        services,
        session,
        context,
        row.partner_id,
        kind=DOCUMENTS,
        thread=row.thread,
        body={"number": number},
        attachments=ids,
    )


def end_copies(services: Services, session: Session, context: Context, row: SecondOpinionCase) -> int:
    """The agreed day has come: what the partner's portal holds of the documents is erased; returns how many."""
    if row.own_side != PARTNER or row.access_ended_at is not None:
        return 0
    row.access_ended_at = context.now
    gone = erasing.erase_documents(services, session, row.partner_id, row.thread, now=context.now)
    storing.note(services, session, context, row, "erased", Action.DESTROY)
    return gone


def _case(session: Session, incoming: Incoming, side: str) -> SecondOpinionCase:
    query = select(SecondOpinionCase).where(
        SecondOpinionCase.tenant_id == incoming.tenant_id,
        SecondOpinionCase.partner_id == incoming.organisation_id,
        SecondOpinionCase.thread == incoming.thread,
        SecondOpinionCase.own_side == side,
    )
    row = session.scalars(query).first()
    if row is None:
        raise ConflictError("Waar dit bericht over gaat, kennen wij niet.")
    return row


def _first(services: Services, session: Session, row: SecondOpinionCase) -> list[dict[str, Any]]:
    """All acts so far; of texts that were written anew before they were sent only that there were any."""
    kept = storing.acts_of(services, session, row)
    last = max((each.number for each in kept if each.kind == "write"), default=0)
    told = [_spelled(services, session, row, each) for each in kept]
    for each in told:
        if each["kind"] == "write" and each["number"] < last:
            each["data"] = {name: "…" if _is_text(value) else value for name, value in each["data"].items()}
    return told


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) > CODE_MAX


def _spelled(services: Services, session: Session, row: SecondOpinionCase, kept: Kept) -> dict[str, Any]:
    stays = STAYS.get(kept.kind, set())
    told: dict[str, Any] = {
        "number": kept.number,
        "kind": kept.kind,
        "side": kept.side,
        "on": kept.act.on.isoformat(),
        "data": {name: value for name, value in kept.data.items() if name not in stays},
        "overtaken": kept.overtaken,
    }
    if kept.kind == "withhold":
        told["data"]["reason"] = "…"  # why parents get no advice is not the other side's to read
    if kept.kind == "assign":
        told["data"]["name"] = naming.name_of(services, session, str(kept.data["expert"]))
    parts = drafts.parts_of(services, session, row) if kept.kind == "sign" else None
    if parts is not None:
        told["advice"] = parts  # as the experts wrote it: pseudonyms are mapped on our side only
    return told


def _stands_there(services: Services, session: Session, row: SecondOpinionCase) -> bool:
    """Whether the partner's portal was sent the case; one that refused it gets it whole again with the next act."""
    sent = peers.deliveries(services, session, row.partner_id, row.thread)
    return any(each.kind == CASE and each.state != "refused" and not each.held_back for each in sent)


def _documents(session: Session, kept: Kept) -> list[str]:
    """The verstrekkingen of a delivery that may travel: to the organisation, and approved."""
    if kept.kind not in {"deliver", "supplement"} or kept.overtaken:
        return []
    rows = [session.get_one(Verstrekking, each) for each in kept.data.get("verstrekkingen") or ()]
    return [row.id for row in rows if row.state == "open" and row.expert_id is None]


def _require_open(services: Services, session: Session, row: SecondOpinionCase) -> None:
    sent = storing.last(storing.acts_of(services, session, row), "deliver")
    for each in (sent.data.get("verstrekkingen") or ()) if sent else ():
        if session.get_one(Verstrekking, each).state != "open":
            raise ConflictError("De levering wacht nog op goedkeuring door een tweede persoon.")


def open_document(services: Services, context: Context, case_id: str, attachment_id: str) -> Opened:
    """Open a document of this case that came over the line, until the agreed day; the event is written first.

    Raises:
        NotFoundError: not the contact person of the case, no such document, or its time is over.
    """
    with services.db.reading() as session:
        row, _ = reach.contact(services, session, context, case_id, PARTNER)
        came = {each.id for documents in came_with(services, session, row).values() for each in documents}
    if row.own_side != PARTNER or row.access_ended_at is not None or attachment_id not in came:
        raise NotFoundError
    return attachments.open_attachment(services, context, attachment_id, purpose="second_opinion")


def came_with(services: Services, session: Session, row: SecondOpinionCase) -> dict[int, Sequence[Arrived]]:
    """The documents that came over the line, by the number of the act that delivered them."""
    if row.own_side != PARTNER:
        return {}
    found = peers.received(services, session, row.partner_id, row.thread, DOCUMENTS)
    return {int(body["number"]): documents for body, documents in found}


def travelling(services: Services, session: Session, row: SecondOpinionCase) -> list[Sentence]:
    """What has not come to the end of its way to the other portal, in sentences for the page of the case."""
    found = peers.deliveries(services, session, row.partner_id, row.thread)
    return [
        sentence("%(what)s: %(state)s (%(why)s)", what=_what(each.kind), state=each.sentence, why=each.reason)
        if each.kind == WISH and each.reason  # a step of people here: they must know what to do instead
        else sentence("%(what)s: %(state)s", what=_what(each.kind), state=each.sentence)
        for each in found
        if each.state != "applied" or each.held_back
    ]


def _what(kind: str) -> Sentence:
    return sentence("Een stap van u") if kind == WISH else sentence("Bericht aan de partner")
