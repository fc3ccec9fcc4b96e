"""Verzet, beperking and wissing: what begins at the reception, and what the decision does in its transaction.

Source: PR11.8, AVG 17, 18, 21; docs/adr (an upheld verzet is kept by the judge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.access import rules as access_rules
from gateway.access import usecases as access
from gateway.access.tables import AccessEntry
from gateway.context import AMSTERDAM
from gateway.disclosure import recipients
from gateway.dossiers.queries import kept_versions
from gateway.dossiers.tables import Document, Dossier
from gateway.dossiers.telling import tell_swv
from gateway.errors import ConflictError, InvalidInputError
from gateway.ids import new_id
from gateway.recording import Action, record
from gateway.restrictions import usecases as restrictions
from gateway.restrictions.rules import PENDING, RESTRICTED, SHIELD, UPHELD
from gateway.restrictions.tables import Restriction
from gateway.rights import correcting, keeping_law, propagating, queries, rules, storing
from gateway.rights.propagating import Change
from gateway.rights.tables import RightItem, RightStep

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.rights.rules import Decision
    from gateway.rights.tables import RightRequest
    from gateway.services import Services

ANNOUNCE = "announce_lift"


def verzet_begun(services: Services, session: Session, context: Context, row: RightRequest) -> None:
    """From the reception on nothing leaves, also not what lies ready to be fetched; the SWV's people hear of it.

    Of someone who does not speak for the pupil it stops nothing: it can only be refused (PRage).
    """
    if row.capacity == rules.OTHER:
        return
    _put(services, session, context, row, PENDING)
    tell_swv(services, session, context, session.get_one(Dossier, row.dossier_id), "verzet_begun")


def verzet_ready(services: Services, session: Session, row: RightRequest) -> None:
    """A verzet is upheld or rejected; and every recipient was told before it is closed.

    Raises:
        ConflictError: in part, which a verzet is not; or someone was not told.
    """
    del services
    if row.state in rules.UNDECIDED and row.outcome == rules.PARTLY:
        raise ConflictError(
            "Een verzet is terecht of niet. Wilt u het gebruik van een deel stoppen? Wijs het verzet af, met uitleg, "
            "en scherm dat deel af na een correctie."
        )
    if row.state not in rules.UNDECIDED:
        propagating.require_told(session, row)


def verzet_decided(
    services: Services, session: Session, context: Context, row: RightRequest, decision: Decision
) -> None:
    """Upheld: the processing stops at once, access ends, what lay open is closed, recipients are told. Else it ends."""
    restrictions.end(session, services.vault, context, row.id, kinds=(PENDING,))
    if decision.outcome == rules.REFUSED:
        return
    got = recipients.of_dossier(session, row.dossier_id)
    _put(services, session, context, row, UPHELD)
    end_access(services, session, context, row.tenant_id, row.dossier_id)
    recipients.close_all(services, session, context, row.dossier_id)
    propagating.spread(services, session, context, row, Change(code="stop"), got)


def verzet_ended(services: Services, session: Session, context: Context, row: RightRequest) -> None:
    """Taken back or closed: nothing is pending any more; what was upheld stays."""
    restrictions.end(session, services.vault, context, row.id, kinds=(PENDING,))


def beperking_decided(
    services: Services, session: Session, context: Context, row: RightRequest, decision: Decision
) -> None:
    """Granted: the data are kept and not used, but by the entitled, with later consent, or in court (AVG 18(2))."""
    if decision.outcome == rules.REFUSED:
        return
    got = recipients.of_dossier(session, row.dossier_id)
    _put(services, session, context, row, RESTRICTED)
    propagating.spread(services, session, context, row, Change(code="restrict"), got)


def beperking_ready(services: Services, session: Session, row: RightRequest) -> None:
    """In whole or not; and every recipient was told before it is closed."""
    del services
    if row.state in rules.UNDECIDED and row.outcome == rules.PARTLY:
        raise ConflictError("Kies toegewezen of afgewezen. Wilt u één stuk afschermen? Dat kan na een correctie.")
    if row.state not in rules.UNDECIDED:
        propagating.require_told(session, row)


def wissing_ready(services: Services, session: Session, row: RightRequest) -> None:
    """Before a decision to grant it is said which documents go; before closing they are gone and recipients told.

    Raises:
        ConflictError: what must be done first.
    """
    chosen = correcting.items_of(session, row.id)
    if row.state in rules.UNDECIDED:
        if row.outcome != rules.REFUSED and not chosen:
            raise ConflictError("Kies eerst welke stukken worden gewist, bij Uitvoeren en inlichten.")
        return
    correcting.ready(services, session, row)


def choose(services: Services, context: Context, request_id: str, document_ids: Collection[str]) -> None:
    """The officer says which documents a wissing is about; until the decision they can choose again. Source: AVG 17.

    Raises:
        ConflictError: decided already, another kind of request, or a document that must be kept.
        InvalidInputError: nothing was chosen, or something that is not there.
    """
    with services.db.writing() as session:
        row = queries.by_id(session, context, request_id, lock=True)
        if row.kind != "wissing" or row.state not in rules.UNDECIDED:
            raise ConflictError("Hierover is al beslist.")
        there = {version.document_id for version in kept_versions(session, row.dossier_id)}
        if not document_ids or not set(document_ids) <= there:
            raise InvalidInputError("Kies welke stukken worden gewist.", field="documents")
        for item in correcting.items_of(session, row.id):
            session.delete(item)
        dossier = session.get_one(Dossier, row.dossier_id)
        for place, document_id in enumerate(sorted(document_ids)):
            document = session.get_one(Document, document_id)
            keeping_law.require_removable(session, context, row, dossier, document, deciding=True)
            _item(services, session, row, place, document_id)
        record(
            session,
            services.vault,
            context,
            Action.REQUEST,
            dossier_id=row.dossier_id,
            object_type="right_request",
            object_id=row.id,
            article="PR11.4",
            payload={"step": "item", "right": row.kind, "documents": sorted(document_ids)},
        )


def lift(services: Services, context: Context, request_id: str, restriction_id: str, why: str) -> bool:
    """The officer lifts a shield or a restriction, with reasons; True when it is lifted.

    A restriction of AVG 18 is announced first, and lifted from the day after: who asked hears of it before
    (AVG 18(3)); the first call announces, and gives False.

    Raises:
        NotFoundError, ConflictError: it does not stand, is no shield or restriction, or was announced today.
        InvalidInputError: without reasons.
    """
    if not why.strip() or len(why) > rules.TEXT_MAX:
        raise InvalidInputError("Schrijf waarom u dit opheft. Wie het vroeg, krijgt dit te zien.", field="why")
    with services.db.writing() as session:
        row = queries.by_id(session, context, request_id, lock=True)
        found = session.get(Restriction, restriction_id)
        if found is None or found.request_id != row.id or found.kind not in {SHIELD, RESTRICTED}:
            raise ConflictError("Dit staat niet (meer). Kijk opnieuw.")
        if found.kind == RESTRICTED:
            announced = announced_on(session, row, found)
            if announced is None and found.ended_at is None:
                storing.note(services, session, context, row, ANNOUNCE, note=why.strip())
                storing.tell_requester(services, session, context, row)
                return False
            if announced is not None and announced >= context.today:
                raise ConflictError(
                    "Wie het vroeg, hoort dit vandaag. U kunt het opheffen vanaf morgen (AVG 18, lid 3)."
                )
        if not restrictions.end_one(
            session, services.vault, context, row.dossier_id, restriction_id, reason=why.strip()
        ):
            raise ConflictError("Dit is al opgeheven.")
        if found.kind == SHIELD:
            storing.tell_requester(services, session, context, row)
        if found.kind == RESTRICTED:
            got = recipients.of_dossier(session, row.dossier_id)
            propagating.spread(services, session, context, row, Change(code="lifted"), got)
        return True


def announced_on(session: Session, row: RightRequest, restriction: Restriction) -> date | None:
    """The day on which who asked was told that this restriction will be lifted; None: not yet. Source: AVG 18(3)."""
    query = select(func.max(RightStep.made_at)).where(
        RightStep.request_id == row.id, RightStep.kind == ANNOUNCE, RightStep.made_at >= restriction.since
    )
    told_at = session.scalar(query)
    return None if told_at is None else told_at.astimezone(AMSTERDAM).date()


def end_access(services: Services, session: Session, context: Context, tenant_id: str, dossier_id: str) -> int:
    """End what opens this one dossier: entries of experts, and break-glass. Gives how many.

    An entry that opens other dossiers too keeps those. The officer's own desk stays: the request is treated there.
    """
    query = select(AccessEntry).where(
        AccessEntry.tenant_id == tenant_id,
        AccessEntry.scope == "dossier",
        AccessEntry.kind != access_rules.DESK,
        AccessEntry.state.in_((access_rules.PROPOSED, access_rules.APPROVED)),
    )
    ended = 0
    for entry in session.scalars(query).all():
        if dossier_id in entry.scope_ids and entry.state in {access_rules.PROPOSED, access_rules.APPROVED}:
            access.take_out(services, session, context, entry, dossier_id, reason="verzet")
            ended += 1
    return ended


def _item(services: Services, session: Session, row: RightRequest, place: int, document_id: str) -> None:
    item_id = new_id()
    told = {"wrong": "wissing", "should_be": ""}
    session.add(
        RightItem(
            id=item_id,
            request_id=row.id,
            position=place,
            document_id=document_id,
            change="remove",
            details=services.vault.seal_json(session, row.dossier_id, f"right-item:{item_id}", told),
        )
    )


def _put(services: Services, session: Session, context: Context, row: RightRequest, kind: str) -> None:
    restrictions.put(
        session,
        services.vault,
        context,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        request_id=row.id,
        kind=kind,
    )
