"""The answer of an inzage is prepared, given with the decision, and ends with the request.

Every released document is judged as a disclosure to pupil or guardian when the answer is given, and noted as one
verstrekking; nothing was released before. Source: PR11.1-PR11.3, PR9.3, AVG 15 and 20.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from gateway.access.desk import close_desk
from gateway.access.facts import access_of, ask
from gateway.disclosure import to_family
from gateway.disclosure.asking import Ground, facts_of_leaving
from gateway.disclosure.judging import refused
from gateway.disclosure.outgoing import Outgoing
from gateway.dossiers.family import family_of
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError
from gateway.recording import Action, record
from gateway.rights import overview_documents, overview_json, redaction_kept
from gateway.rights.inzage_tables import InzageAnswer, InzageDocument, InzagePiece
from gateway.rights.overview import Choices, overview
from gateway.rights.overview_documents import OPEN, REDACTED, WHOLE, WITHHELD, Chosen
from gateway.rights.overview_pieces import Override
from gateway.rights.redaction import request_for, treated
from gateway.rights.redaction_making import drop_files
from gateway.rights.requesters import as_recipient, requester_of
from gateway.rights.rules import GRANTED, REFUSED
from gateway.sentences import counted

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.tables import Verstrekking
    from gateway.reglement.rules import Decision as Judged
    from gateway.rights.overview_documents import Held
    from gateway.rights.overview_pieces import Pieces
    from gateway.rights.overview_values import Overview
    from gateway.rights.rules import Decision
    from gateway.rights.tables import RightRequest
    from gateway.services import Services

OPEN_DAYS: Final = 90
"""The answer can be fetched this many days; after that one asks again. A working choice, no legal term."""
BASIS, LAW = "law", "AVG 15"
WHY_MAX: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The answer as it would be given now, with what the officer still has to decide."""

    request: RightRequest
    overview: Overview
    pieces: Pieces
    rows: dict[str, InzageDocument]
    reasons: dict[str, str]
    undecided: int
    withheld: int
    changeable: bool
    opened: bool


def prepared(services: Services, context: Context, request_id: str) -> Prepared:
    """The prepared answer for the officer; looking at it is a consultation with its event.

    Raises:
        NotFoundError: another SWV's request, or one of another kind.
    """
    with services.db.writing() as session:
        request = request_for(session, context, request_id)
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            dossier_id=request.dossier_id,
            object_type="inzage",
            object_id=request.id,
            purpose="inzage",
            article="PR11.3",
        )
        return _prepared(services, session, context, request)


def _prepared(services: Services, session: Session, context: Context, request: RightRequest) -> Prepared:
    made, pieces = _overview(services, session, context, request)
    releases = [each.release.code for each in made.documents]
    return Prepared(
        request=request,
        overview=made,
        pieces=pieces,
        rows=redaction_kept.of_request(session, request.id),
        reasons={each.id: each.why for each in made.documents},
        undecided=releases.count(OPEN),
        withheld=releases.count(WITHHELD),
        changeable=request.state == "treated",
        opened=_has_desk(session, context, request),
    )


def _has_desk(session: Session, context: Context, request: RightRequest) -> bool:
    dossier = session.get_one(Dossier, request.dossier_id)
    found = access_of(
        session,
        context.person.account_id,
        context.today,
        dossier_id=dossier.id,
        school_id=dossier.school_on(context.today),
    )
    return found is not None


def _overview(services: Services, session: Session, context: Context, request: RightRequest) -> tuple[Overview, Pieces]:
    dossier = session.get_one(Dossier, request.dossier_id)
    choices = Choices(documents=_chosen(services, session, request), pieces=_overrides(services, session, request))
    return overview(services, session, context, dossier, requester_of(services, session, request), choices)


def _chosen(services: Services, session: Session, request: RightRequest) -> dict[str, Chosen]:
    """What was decided for the documents as they are now: of an older version it counts no more."""
    newest = {each.document.id: each.version.id for each in _documents(services, session, request)}
    return {
        row.document_id: Chosen(release=row.choice, why=redaction_kept.why_of(services, session, row))
        for row in redaction_kept.of_request(session, request.id).values()
        if row.choice is not None and newest.get(row.document_id) == row.version_id
    }


def _documents(services: Services, session: Session, request: RightRequest) -> list[Held]:
    return overview_documents.held(services, session, request.dossier_id)


def _overrides(services: Services, session: Session, request: RightRequest) -> dict[str, Override]:
    rows = session.scalars(select(InzagePiece).where(InzagePiece.request_id == request.id))
    return {
        row.key: Override(
            shown=row.shown,
            reason=str(services.vault.open_json(session, request.dossier_id, _piece_place(row), row.reason)),
        )
        for row in rows
    }


def decide_piece(services: Services, context: Context, request_id: str, key: str, *, shown: bool, reason: str) -> None:
    """Show or leave out one item of the overview, with a reason; where it is left out the requester reads it.

    Raises:
        InvalidInputError: no such item, or no reason.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= WHY_MAX:
        raise InvalidInputError("Schrijf waarom. Laat u iets weg, dan leest de vrager dit.", field="reason")
    with services.db.writing() as session:
        request = treated(session, context, request_id)
        _made, pieces = _overview(services, session, context, request)
        if key not in {each.key for each in pieces.found}:
            raise InvalidInputError("Kies een onderdeel van het overzicht.", field="key")
        row = session.get(InzagePiece, (request.id, key))
        if row is None:
            row = InzagePiece(request_id=request.id, key=key)
            session.add(row)
        row.shown, row.decided_by, row.decided_at = shown, context.person.account_id, context.now
        row.reason = services.vault.seal_json(session, request.dossier_id, _piece_place(row), reason)
        record(
            session,
            services.vault,
            context,
            Action.DECIDE,
            dossier_id=request.dossier_id,
            object_type="inzage_piece",
            object_id=request.id,
            purpose="inzage",
            article="PR11.3",
            payload={"item": key.partition(":")[0], "shown": shown, "reason": reason},
        )


def _piece_place(row: InzagePiece) -> str:
    return f"inzage-piece:{row.request_id}:{row.key}"


def ready(services: Services, session: Session, request: RightRequest) -> None:
    """Whether it can be decided: each document is, and withheld documents make it a partial grant.

    Raises:
        ConflictError: something must be decided first, or the outcome does not fit.
    """
    if request.outcome == REFUSED or request.state not in {"treated", "proof_asked"}:
        return
    chosen = _chosen(services, session, request)
    held = [each for each in _documents(services, session, request) if each.can_leave]
    open_ones = sum(each.document.id not in chosen for each in held)
    if open_ones:
        raise ConflictError(
            counted(
                "Van %(num)d stuk is nog niet beslist of de vrager het krijgt. Doe dat eerst, bij het antwoord.",
                "Van %(num)d stukken is nog niet beslist of de vrager ze krijgt. Doe dat eerst, bij het antwoord.",
                open_ones,
            )
        )
    withheld = sum(chosen[each.document.id].release == WITHHELD for each in held)
    if withheld and request.outcome == GRANTED:
        raise ConflictError(
            counted(
                "U houdt %(num)d stuk achter. Dan wijst u het verzoek voor een deel toe, met de reden.",
                "U houdt %(num)d stukken achter. Dan wijst u het verzoek voor een deel toe, met de reden.",
                withheld,
            )
        )


def decided(services: Services, session: Session, context: Context, request: RightRequest, decision: Decision) -> None:
    """The answer is given: the overview as it stands now, and one verstrekking of the released documents.

    Raises:
        RefusedError: the reglement does not let a document go to who asks.
    """
    if decision.outcome == REFUSED:
        return
    made, _pieces = _overview(services, session, context, request)
    open_until = context.today + timedelta(days=OPEN_DAYS)
    leaving = _leaving(services, session, request)
    row = _disclosed(services, session, context, request, leaving, open_until=open_until) if leaving else None
    session.add(
        InzageAnswer(
            request_id=request.id,
            tenant_id=request.tenant_id,
            dossier_id=request.dossier_id,
            verstrekking_id=row.id if row is not None else None,
            overview=services.vault.seal_json(
                session, request.dossier_id, answer_place(request.id), overview_json.to_json(made)
            ),
            made_at=context.now,
            open_until=open_until,
        )
    )
    session.flush()


def answer_place(request_id: str) -> str:
    """The place to which the seal of an answer is bound."""
    return f"inzage-answer:{request_id}"


def _leaving(services: Services, session: Session, request: RightRequest) -> list[Outgoing]:
    """The released documents in the form in which they leave."""
    rows = redaction_kept.of_request(session, request.id)
    found: list[Outgoing] = []
    for each in _documents(services, session, request):
        row = rows.get(each.document.id)
        if row is None or row.version_id != each.version.id or not each.can_leave:
            continue
        if row.choice == WHOLE:
            found.append(Outgoing(version=each.version, number=each.number))
        elif row.choice == REDACTED:
            file = redaction_kept.file_of(session, row, each.version)
            if file is None:
                raise ConflictError("Een zwartgemaakt stuk is er niet meer. Maak het opnieuw.")
            found.append(Outgoing(version=each.version, number=each.number, file=file))
    return found


def judge(
    services: Services, session: Session, context: Context, request: RightRequest, leaving: Outgoing
) -> tuple[dict[str, Any], Judged]:
    """The judge's word on one document towards who asks, on this day (act `disclose`, purpose `inzage`)."""
    dossier = session.get_one(Dossier, request.dossier_id)
    recipient = as_recipient(services, session, context, request)
    ground = Ground(purpose="inzage", basis=BASIS, law=LAW, consent=None, recipient=recipient)
    family = family_of(session, request.tenant_id)
    told = facts_of_leaving(services, session, context, dossier, family, leaving, ground)
    return told, ask(session, request.tenant_id, told, context.today)


def _disclosed(
    services: Services,
    session: Session,
    context: Context,
    request: RightRequest,
    leaving: list[Outgoing],
    *,
    open_until: date,
) -> Verstrekking:
    judged = [(each, *judge(services, session, context, request, each)) for each in leaving]
    refusal = next((decision for _each, _told, decision in judged if not decision.allowed), None)
    if refusal is not None:
        raise refused(refusal)
    answer = to_family.Answer(dossier_id=request.dossier_id, about=request.id, law=LAW, open_until=open_until)
    return to_family.disclose(services, session, context, answer, judged)


def ended(services: Services, session: Session, context: Context, request: RightRequest) -> None:
    """The request is over: the officer reads no more; of a withdrawn or refused one nothing stays."""
    close_desk(services, session, context, request.dossier_id)
    if session.get(InzageAnswer, request.id) is None:
        for row in redaction_kept.of_request(session, request.id).values():
            drop_files(session, context, row)
            session.delete(row)
        session.flush()
