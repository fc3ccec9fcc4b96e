"""Casusoverleg: a meeting about one dossier under a regional convenant, with its checklist. Source: GR1, GR5, GR6.

Who takes part belongs to a party; what is exchanged is a verstrekking for each recipient, through the one door, and
only when the list is done and the convenant says that these two parties exchange this. What is written dies with the
dossier: it is sealed under its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts.tables import Organisation
from gateway.convenant import exchange, history, queries, rules
from gateway.convenant.tables import CasusExchange, CasusItem, CasusMeeting, CasusParticipant, Convenant, ConvenantParty
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.judging import Request
from gateway.dossiers.queries import documents_of, swv_dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.ids import new_id
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.services import Services

WORDS_MAX = 2000
PURPOSE = "case_consultation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is disclosed for a casusoverleg, to one participant's organisation, on a consent (GR1)."""

    party_id: str
    document_ids: tuple[str, ...]
    consent_id: str
    recipient_person: str
    statement: str
    why_identifiable: str
    once: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    """A casusoverleg as its page shows it."""

    row: CasusMeeting
    goal: str
    convenant: Convenant
    parties: tuple[tuple[str, str, str], ...]
    participants: tuple[tuple[str, str, str, str], ...]
    done: Mapping[str, str]
    open_items: tuple[str, ...]
    exchanged: tuple[tuple[str, str], ...]


def conventions(services: Services, context: Context, dossier_id: str) -> list[tuple[str, str]]:
    """The regional convenants under which a casusoverleg on this dossier can be held today: (id, name)."""
    with services.db.reading() as session:
        dossier = swv_dossier(session, context, dossier_id)
        return [(row.id, row.name) for row in exchange.regional(session, dossier.tenant_id, context.today)]


def begin(services: Services, context: Context, dossier_id: str, *, convenant_id: str, held_on: date, goal: str) -> str:
    """Set up a casusoverleg on this dossier; returns its id.

    Raises:
        NotFoundError: the dossier is not within reach.
        RefusedError: no regional convenant is in force (GR5).
    """
    goal = _words(goal, "goal")
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        if not any(row.id == convenant_id for row in exchange.regional(session, dossier.tenant_id, context.today)):
            raise _no(exchange.REASONS["no_convenant"])
        meeting_id = new_id()
        session.add(
            CasusMeeting(
                id=meeting_id,
                convenant_id=convenant_id,
                dossier_id=dossier.id,
                held_on=held_on,
                details=services.vault.seal_json(session, dossier.id, f"casus:{meeting_id}", {"goal": goal}),
                made_by=context.person.account_id,
                made_at=context.now,
            )
        )
        session.flush()
        _record(services, session, context, dossier.id, meeting_id, {"casus": "begun", "convenant": convenant_id})
        return meeting_id


def add_participant(
    services: Services, context: Context, meeting_id: str, *, organisation_id: str, name: str, function: str
) -> None:
    """Someone takes part for an organisation that is a party today.

    Raises:
        RefusedError: that organisation is no party (GR5); the refusal is in the log.
    """
    name, function = _words(name, "name"), _words(function, "function")
    with services.db.writing() as session:
        row, dossier = _open(session, context, meeting_id)
        party = _party(session, row.convenant_id, organisation_id, context.today)
        if party is not None:
            participant_id = new_id()
            details = {"name": name, "function": function}
            session.add(
                CasusParticipant(
                    id=participant_id,
                    meeting_id=row.id,
                    party_id=party.id,
                    details=services.vault.seal_json(session, dossier.id, f"casus-person:{participant_id}", details),
                    made_at=context.now,
                )
            )
            told = {"casus": "participant", "organisation": organisation_id}
            _record(services, session, context, dossier.id, row.id, told)
    if party is None:
        _refuse(services, context, dossier.id, row.id, organisation_id, "receiver")


def confirm(services: Services, context: Context, meeting_id: str, item: str, evidence: str) -> None:
    """Confirm an item of the checklist with what it shows from. Source: GR6."""
    if item not in rules.CHECKLIST:
        raise NotFoundError
    evidence = _words(evidence, "evidence")
    with services.db.writing() as session:
        row, dossier = _open(session, context, meeting_id)
        kept = session.get(CasusItem, (row.id, item))
        if kept is not None:
            raise ConflictError("Dit punt is al bevestigd.")
        sealed = services.vault.seal_json(session, dossier.id, f"casus-item:{row.id}:{item}", {"evidence": evidence})
        session.add(
            CasusItem(
                meeting_id=row.id,
                item=item,
                details=sealed,
                confirmed_by=context.person.account_id,
                confirmed_at=context.now,
            )
        )
        _record(services, session, context, dossier.id, row.id, {"casus": "item", "item": item})


def give(services: Services, context: Context, meeting_id: str, wanted: Wanted) -> str:
    """Disclose documents to a participant's organisation, through the one door; returns the verstrekking's id.

    Raises:
        ConflictError: the checklist is not done, or nobody of that organisation takes part.
        RefusedError: the convenant (GR5) or the reglement says no; the refusal is in the log.
    """
    with services.db.reading() as session:
        row, dossier = _open(session, context, meeting_id)
        if rules.open_items(_done(session, row.id)):
            raise ConflictError("De lijst is nog niet af. Bevestig eerst elk punt.")
        party = session.get(ConvenantParty, wanted.party_id)
        if party is None or party.id not in _attending(session, row.id):
            raise ConflictError("Niemand van deze organisatie doet mee aan dit overleg.")
        outside = _outside(services, session, context, row, dossier, party, wanted.document_ids)
    if outside is not None:
        _refuse(services, context, dossier.id, row.id, party.organisation_id, outside)
    made = disclosure.disclose(services, context, _request(dossier.id, party, wanted))
    with services.db.writing() as session:
        if session.get(CasusExchange, (row.id, made)) is None:
            session.add(CasusExchange(meeting_id=row.id, verstrekking_id=made, party_id=party.id, made_at=context.now))
            told = {"casus": "exchanged", "verstrekking": made, "organisation": party.organisation_id}
            _record(services, session, context, dossier.id, row.id, told)
    return made


def close(services: Services, context: Context, meeting_id: str) -> str:
    """The meeting is over; nothing changes in it any more. Returns the dossier's id."""
    with services.db.writing() as session:
        row, dossier = _open(session, context, meeting_id, lock=True)
        row.state, row.closed_at = "closed", context.now
        _record(services, session, context, dossier.id, row.id, {"casus": "closed"})
        return dossier.id


def of_dossier(services: Services, context: Context, dossier_id: str) -> list[CasusMeeting]:
    """The casusoverleggen on a dossier within reach, newest first."""
    with services.db.reading() as session:
        dossier = swv_dossier(session, context, dossier_id)
        query = select(CasusMeeting).where(CasusMeeting.dossier_id == dossier.id)
        return list(session.scalars(query.order_by(CasusMeeting.held_on.desc(), CasusMeeting.id)))


def show(services: Services, context: Context, meeting_id: str) -> MeetingView:
    """One casusoverleg, for who works on its dossier.

    Raises:
        NotFoundError: it does not exist, or its dossier is not within reach.
    """
    with services.db.reading() as session:
        row, dossier = _found(session, context, meeting_id)
        convenant = session.get_one(Convenant, row.convenant_id)
        parties = [
            (party.id, party.organisation_id, session.get_one(Organisation, party.organisation_id).name)
            for party in queries.parties_of(session, convenant.id)
        ]
        names = {party_id: name for party_id, _, name in parties}
        attending = session.scalars(
            select(CasusParticipant).where(CasusParticipant.meeting_id == row.id).order_by(CasusParticipant.made_at)
        ).all()
        people = []
        for each in attending:
            said = services.vault.open_json(session, dossier.id, f"casus-person:{each.id}", each.details)
            people.append((each.party_id, names[each.party_id], said["name"], said["function"]))
        done = {}
        for item in session.scalars(select(CasusItem).where(CasusItem.meeting_id == row.id)):
            place = f"casus-item:{row.id}:{item.item}"
            done[item.item] = services.vault.open_json(session, dossier.id, place, item.details)["evidence"]
        given = session.scalars(select(CasusExchange).where(CasusExchange.meeting_id == row.id))
        return MeetingView(
            row=row,
            goal=services.vault.open_json(session, dossier.id, f"casus:{row.id}", row.details)["goal"],
            convenant=convenant,
            parties=tuple(parties),
            participants=tuple(people),
            done=done,
            open_items=tuple(rules.open_items(done)),
            exchanged=tuple((each.verstrekking_id, names[each.party_id]) for each in given),
        )


def _request(dossier_id: str, party: ConvenantParty, wanted: Wanted) -> Request:
    return Request(
        dossier_id=dossier_id,
        document_ids=wanted.document_ids,
        recipient_id=party.organisation_id,
        purpose=PURPOSE,
        basis="consent",
        law=None,
        consent_id=wanted.consent_id,
        statement=wanted.statement,
        recipient_person=wanted.recipient_person,
        identifiable=True,
        why_identifiable=wanted.why_identifiable,
        once=wanted.once,
    )


def _outside(
    services: Services,
    session: Session,
    context: Context,
    row: CasusMeeting,
    dossier: Dossier,
    party: ConvenantParty,
    document_ids: tuple[str, ...],
) -> str | None:
    """Why the convenant does not cover this; None when it does."""
    lines, _ = documents_of(services, session, context, dossier)
    categories = {
        category for line in lines if line.document.id in document_ids for category in line.version.category_list
    }
    return exchange.problem(
        session,
        row.convenant_id,
        giver_id=context.person.organisation_id,
        receiver_id=party.organisation_id,
        purpose=PURPOSE,
        categories=categories,
        on=context.today,
    )


def _party(session: Session, convenant_id: str, organisation_id: str, on: date) -> ConvenantParty | None:
    """The party that this organisation is today; None when it did not sign, or left."""
    if queries.is_over(session, convenant_id, on):
        return None
    for party in queries.parties_of(session, convenant_id):
        if party.organisation_id == organisation_id:
            return party if queries.is_bound(session, party, on) else None
    return None


def _found(session: Session, context: Context, meeting_id: str) -> tuple[CasusMeeting, Dossier]:
    row = session.get(CasusMeeting, meeting_id)
    if row is None:
        raise NotFoundError
    return row, swv_dossier(session, context, row.dossier_id)


def _open(session: Session, context: Context, meeting_id: str, *, lock: bool = False) -> tuple[CasusMeeting, Dossier]:
    row, dossier = _found(session, context, meeting_id)
    if lock:
        session.refresh(row, with_for_update=True)
    if row.state != "open":
        raise ConflictError("Dit overleg is afgesloten. Er verandert niets meer.")
    return row, dossier


def _done(session: Session, meeting_id: str) -> list[str]:
    return list(session.scalars(select(CasusItem.item).where(CasusItem.meeting_id == meeting_id)))


def _attending(session: Session, meeting_id: str) -> set[str]:
    return set(session.scalars(select(CasusParticipant.party_id).where(CasusParticipant.meeting_id == meeting_id)))


def _refuse(
    services: Services, context: Context, dossier_id: str, meeting_id: str, organisation_id: str, reason: str
) -> None:
    """Write the refusal, and raise it as the page shows it."""
    history.refused(
        services,
        context,
        object_type="casusoverleg",
        object_id=meeting_id,
        article=exchange.ARTICLE,
        dossier_id=dossier_id,
        payload={"organisation": organisation_id, "outside": reason},
    )
    raise _no(exchange.REASONS[reason])


def _no(reason: str) -> RefusedError:
    return RefusedError(reason, article=exchange.ARTICLE, cited=exchange.CITED)


def _record(
    services: Services, session: Session, context: Context, dossier_id: str, meeting_id: str, payload: dict[str, Any]
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.RECORD,
        dossier_id=dossier_id,
        object_type="casusoverleg",
        object_id=meeting_id,
        purpose=PURPOSE,
        article="GR6",
        payload=payload,
    )


def _words(text: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInputError("Vul dit in.", field=field)
    if len(text) > WORDS_MAX:
        raise InvalidInputError("Deze tekst is te lang.", field=field)
    return text
