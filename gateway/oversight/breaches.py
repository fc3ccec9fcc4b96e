"""Data breaches from record to closure: every act has its event, and a reason where asked. Source: AVG 33, 34."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crypto.context import SealContext
from gateway.context import Context, Role
from gateway.dossiers.tables import Document, Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.matters import queries as matters
from gateway.matters.breach_tables import BreachDocument, DataBreach
from gateway.oversight.breach_rules import AP, CAUSES, KINDS, MEASURE, NO, PERSONS, YES
from gateway.oversight.tables import BreachStep
from gateway.recording import Action, record
from gateway.vault.boxes import STANDING, open_box, seal_box

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services
    from gateway.vault.keys import Vault

TEXT_MAX = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The words about a breach; sealed, for they may name people."""

    title: str
    what: str
    consequences: str
    measures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBreach:
    """What the officer fills in first. Instants are aware UTC; `began_at` None means: not known yet."""

    details: Details
    kinds: tuple[str, ...]
    cause: str
    discovered_at: datetime
    began_at: datetime | None
    ended_at: datetime | None


def record_breach(services: Services, context: Context, new: NewBreach) -> str:
    """Record a breach; its clock runs from the discovery. Returns its id. Source: AVG 33(5)."""
    tenant = _officer(context)
    _check(new, context.now)
    with services.db.writing() as session:
        number = (session.scalar(select(func.max(DataBreach.number)).where(DataBreach.tenant_id == tenant)) or 0) + 1
        breach_id = new_id()
        row = DataBreach(
            id=breach_id,
            tenant_id=tenant,
            number=number,
            kinds=" ".join(sorted(set(new.kinds))),
            cause=new.cause,
            discovered_at=new.discovered_at,
            began_at=new.began_at,
            ended_at=new.ended_at,
            details=_seal(services.vault, tenant, breach_id, asdict(new.details)),
            recorded_at=context.now,
            recorded_by=context.person.account_id,
        )
        session.add(row)
        session.flush()
        _note(services, session, context, row, {"recorded": number, "kinds": row.kinds, "cause": row.cause})
    return breach_id


def add_documents(services: Services, context: Context, breach_id: str, document_ids: Sequence[str]) -> int:
    """Say which documents a breach is about; returns how many were new."""
    with services.db.writing() as session:
        row = _open(session, context, breach_id)
        added = 0
        for document_id in sorted(set(document_ids)):
            document = session.get(Document, document_id)
            dossier = session.get(Dossier, document.dossier_id) if document else None
            if document is None or dossier is None or dossier.tenant_id != row.tenant_id:
                raise NotFoundError
            if session.get(BreachDocument, (row.id, document.id)) is not None:
                continue
            session.add(
                BreachDocument(
                    breach_id=row.id,
                    document_id=document.id,
                    dossier_id=dossier.id,
                    added_at=context.now,
                    added_by=context.person.account_id,
                )
            )
            _note(services, session, context, row, {"document": document.id}, dossier_id=dossier.id)
            added += 1
    return added


def remove_document(services: Services, context: Context, breach_id: str, document_id: str) -> None:
    """A document turned out not to be part of it."""
    with services.db.writing() as session:
        row = _open(session, context, breach_id)
        found = session.get(BreachDocument, (row.id, document_id))
        if found is None:
            raise NotFoundError
        session.delete(found)
        _note(services, session, context, row, {"document_removed": document_id}, dossier_id=found.dossier_id)


def decide(services: Services, context: Context, breach_id: str, kind: str, verdict: str, reason: str) -> None:
    """Decide whether to report to the AP (33) or tell the people concerned (34); a later decision replaces it.

    Raises:
        ConflictError: it was reported or told already, so deciding not to says nothing any more.
    """
    if kind not in {AP, PERSONS} or verdict not in {YES, NO}:
        raise NotFoundError
    with services.db.writing() as session:
        row = _open(session, context, breach_id)
        if verdict == NO and (row.reported_at if kind == AP else row.told_at) is not None:
            raise ConflictError("Dit is al gedaan. U kunt niet meer besluiten het niet te doen.")
        _step(services, session, context, row, kind, verdict, reason)


def add_measure(services: Services, context: Context, breach_id: str, text: str) -> None:
    """Write down what was done about it."""
    with services.db.writing() as session:
        _step(services, session, context, _open(session, context, breach_id), MEASURE, "", text)


def done(services: Services, context: Context, breach_id: str, kind: str, at: datetime) -> None:
    """Note when the AP was told, or the people concerned.

    Raises:
        ConflictError: it was not decided to do so, or it was noted already.
    """
    if kind not in {AP, PERSONS}:
        raise NotFoundError
    with services.db.writing() as session:
        row = _open(session, context, breach_id)
        if verdict_of(session, row.id, kind) != YES:
            raise ConflictError("Leg eerst het besluit vast.")
        if (row.reported_at if kind == AP else row.told_at) is not None:
            raise ConflictError("Dit is al vastgelegd.")
        if not row.discovered_at <= at <= context.now:
            raise InvalidInputError("Dit moment ligt voor de ontdekking of in de toekomst.", field="at")
        if kind == AP:
            row.reported_at = at
        else:
            row.told_at = at
        _note(services, session, context, row, {"done": kind, "at": at.isoformat()})


def close(services: Services, context: Context, breach_id: str, conclusion: str) -> None:
    """Close a breach: both decisions taken, and what was decided done.

    Raises:
        ConflictError: says what is still to do.
    """
    with services.db.writing() as session:
        row = _open(session, context, breach_id)
        for kind, at in ((AP, row.reported_at), (PERSONS, row.told_at)):
            verdict = verdict_of(session, row.id, kind)
            if verdict is None:
                raise ConflictError("Neem eerst beide besluiten: over de melding en over de betrokkenen.")
            if verdict == YES and at is None:
                raise ConflictError("Leg eerst vast wanneer is gemeld, en wanneer de betrokkenen zijn ingelicht.")
        _step(services, session, context, row, "closed", "", conclusion)
        row.closed_at, row.closed_by = context.now, context.person.account_id


def verdict_of(session: Session, breach_id: str, kind: str) -> str | None:
    """The decision that holds now, or None while there is none."""
    query = select(BreachStep.verdict).where(BreachStep.breach_id == breach_id, BreachStep.kind == kind)
    return session.scalars(query.order_by(BreachStep.made_at.desc(), BreachStep.id.desc()).limit(1)).first()


def under_investigation(session: Session, dossier_id: str) -> bool:
    """Whether a breach that is not closed is about a document of this dossier: till then nothing of it is destroyed."""
    return bool(matters.open_breaches(session, dossier_id))


def own(session: Session, context: Context, breach_id: str) -> DataBreach:
    """A breach of the officer's tenant."""
    row = session.get(DataBreach, breach_id)
    if row is None or row.tenant_id != _officer(context):
        raise NotFoundError
    return row


def details_of(vault: Vault, row: DataBreach) -> Details:
    """The words about a breach."""
    return Details(**_opened(vault, row.id, row.details))


def reason_of(vault: Vault, step: BreachStep) -> str:
    """The reason of a step."""
    return str(_opened(vault, step.id, step.reason)["reason"])


def _open(session: Session, context: Context, breach_id: str) -> DataBreach:
    row = own(session, context, breach_id)
    session.refresh(row, with_for_update=True)  # of two at once, the second sees what the first did
    if row.closed_at is not None:
        raise ConflictError("Dit datalek is afgesloten. Er kan niets meer aan veranderen.")
    return row


def _step(
    services: Services, session: Session, context: Context, row: DataBreach, kind: str, verdict: str, reason: str
) -> None:
    reason = reason.strip()
    if not reason or len(reason) > TEXT_MAX:
        raise InvalidInputError("Schrijf waarom, in ten hoogste 4000 tekens.", field="reason")
    step_id = new_id()
    last = session.scalar(select(func.max(BreachStep.made_at)).where(BreachStep.breach_id == row.id))
    session.add(
        BreachStep(
            id=step_id,
            breach_id=row.id,
            kind=kind,
            verdict=verdict,
            reason=_seal(services.vault, row.tenant_id, step_id, {"reason": reason}),
            # Of two in one instant the later one must stay the later one.
            made_at=context.now if last is None else max(context.now, last + timedelta(microseconds=1)),
            made_by=context.person.account_id,
        )
    )
    _note(services, session, context, row, {"step": kind, "verdict": verdict, "reason": reason})


def _check(new: NewBreach, now: datetime) -> None:
    texts = asdict(new.details)
    for name in ("title", "what"):
        if not texts[name].strip():
            raise InvalidInputError("Vul dit in.", field=name)
    if any(len(text) > TEXT_MAX for text in texts.values()):
        raise InvalidInputError("Een tekst is langer dan 4000 tekens.", field="what")
    if not new.kinds or not set(new.kinds) <= set(KINDS):
        raise InvalidInputError("Kies wat er met de gegevens gebeurde.", field="kinds")
    if new.cause not in CAUSES:
        raise InvalidInputError("Kies hoe het kwam.", field="cause")
    if new.discovered_at > now:
        raise InvalidInputError("Dit moment ligt in de toekomst.", field="discovered_at")
    if new.began_at is not None and new.began_at > new.discovered_at:
        raise InvalidInputError("Het lek begon niet na de ontdekking.", field="began_at")
    if new.began_at is not None and new.ended_at is not None and new.ended_at < new.began_at:
        raise InvalidInputError("Het einde ligt voor het begin.", field="ended_at")


def _note(
    services: Services,
    session: Session,
    context: Context,
    row: DataBreach,
    payload: dict[str, Any],
    *,
    dossier_id: str | None = None,
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.BREACH,
        dossier_id=dossier_id,
        object_type="data_breach",
        object_id=row.id,
        article="AVG 33",
        payload=payload,
    )


def _officer(context: Context) -> str:
    if context.person.role is not Role.PRIVACY_OFFICER:
        raise NotFoundError
    return context.person.tenant_id


def _seal(vault: Vault, tenant_id: str, ref: str, value: dict[str, str]) -> bytes:
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
    return seal_box(vault.keyring, tenant_id, STANDING, SealContext(purpose="breach", document=ref), plain)


def _opened(vault: Vault, ref: str, sealed: bytes) -> dict[str, str]:
    opened: dict[str, str] = json.loads(open_box(vault.keyring, SealContext(purpose="breach", document=ref), sealed))
    return opened
