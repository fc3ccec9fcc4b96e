"""What a withdrawn consent stops: told beforehand, and done at once, also to a download that runs. Source: PRage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.consent.tables import Consent
from gateway.context import Context, Role
from gateway.disclosure import outgoing
from gateway.disclosure.asking import judge_again
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.tables import Document, DocumentVersion
from gateway.errors import ConflictError
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record
from gateway.restrictions.queries import begun_since

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A verstrekking that rests on a consent: what of it was fetched stays with the recipient."""

    verstrekking_id: str
    recipient_name: str
    purpose: str
    open_until: date
    documents: int
    fetched: int
    still_open: bool


def resting_on(session: Session, consent_id: str, today: date) -> list[Running]:
    """The verstrekkingen that rest on this consent, newest first."""
    query = select(Verstrekking).where(Verstrekking.consent_id == consent_id)
    found = []
    for row in session.scalars(query.order_by(Verstrekking.made_at.desc(), Verstrekking.id)):
        fetched = session.scalars(
            select(VerstrekkingDocument.fetched_at).where(VerstrekkingDocument.verstrekking_id == row.id)
        ).all()
        found.append(
            Running(
                verstrekking_id=row.id,
                recipient_name=session.get_one(Organisation, row.recipient_id).name,
                purpose=row.purpose,
                open_until=row.open_until,
                documents=len(fetched),
                fetched=sum(at is not None for at in fetched),
                still_open=row.closed_at is None and row.open_until >= today,
            )
        )
    return found


def tell_stopped(services: Services, session: Session, context: Context, consent: Consent, tenant_id: str) -> None:
    """Tell the recipients whose access ends and the staff who sent to them, without personal data."""
    query = select(Verstrekking).where(
        Verstrekking.consent_id == consent.id,
        Verstrekking.closed_at.is_(None),
        Verstrekking.open_until >= context.today,
    )
    told: dict[str, str] = {consent.recorded_by: f"/dossiers/{consent.dossier_id}/toestemmingen"}
    for row in session.scalars(query):
        told[row.made_by] = f"/verstrekkingen/{row.id}"
        told |= dict.fromkeys(_contacts(session, row.recipient_id), f"/ontvangen/{row.id}")
    for account_id, link in told.items():
        account = session.get(Account, account_id)
        if account_id == context.person.account_id or account is None or account.role in {"guardian", "pupil"}:
            continue
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind="stopped",
            link=link,
            tenant_id=tenant_id,
            dossier_id=consent.dossier_id,
        )


def guarded(
    services: Services, context: Context, row: Verstrekking, version: DocumentVersion | None, chunks: Iterator[bytes]
) -> Iterator[bytes]:
    """The same chunks, for as long as access lasts: withdrawn or closed meanwhile, no further chunk leaves.

    Raises:
        ConflictError: from the iterator, so that the connection breaks off and never ends as if all were well. The
            refusal is in the log; how much had left cannot be taken back.
    """
    for chunk in chunks:
        if _ended(services, context, row, version):
            with services.db.writing() as session:
                record(
                    session,
                    services.vault,
                    context,
                    Action.REFUSE,
                    outcome=Outcome.REFUSED,
                    dossier_id=row.dossier_id,
                    object_type="verstrekking",
                    object_id=row.id,
                    purpose=row.purpose,
                    article="PRage",
                    payload={
                        "stopped": True,
                        "verstrekking": row.id,
                        "document": version.document_id if version is not None else None,
                    },
                )
            raise ConflictError("De toegang is juist ingetrokken. Het ophalen is afgebroken.")
        yield chunk


def _ended(services: Services, context: Context, row: Verstrekking, version: DocumentVersion | None) -> bool:
    """One question a chunk: closed, consent withdrawn, document taken back, or restricted since the download began?"""
    with services.db.reading() as session:
        if session.scalar(select(Verstrekking.closed_at).where(Verstrekking.id == row.id)) is not None:
            return True
        if row.consent_id is not None:
            withdrawn = session.execute(select(Consent.withdrawn_on).where(Consent.id == row.consent_id)).first()
            if withdrawn is None or withdrawn[0] is not None:
                return True
        if version is None:
            return False
        if begun_since(session, row.dossier_id, context.now) and not _still_allowed(
            services, session, context, row, version
        ):
            return True
        taken = session.execute(select(Document.withdrawn_at).where(Document.id == version.document_id)).first()
        return taken is None or taken[0] is not None


def _still_allowed(
    services: Services, session: Session, context: Context, row: Verstrekking, version: DocumentVersion
) -> bool:
    """What the judge says now: verzet and shields do not stop everyone (judgement.md, disclose 2)."""
    item = session.get(VerstrekkingDocument, (row.id, version.id))
    if item is None:
        return False
    return judge_again(services, session, context, row, outgoing.one(services, session, row, item)).allowed


def _contacts(session: Session, organisation_id: str) -> Sequence[str]:
    return people.of_organisation(session, organisation_id, Role.CONTACT_PERSON)
