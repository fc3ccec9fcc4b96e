"""Prepare, judge, commit, deliver, confirm. The verstrekking and its event are written before the first byte leaves.

Source: PR9.1, PR9.2, PR9.3, CV4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access.facts import RECIPIENT_OF_KIND, access_of, ask
from gateway.accounts.tables import Account, Organisation
from gateway.consent import usecases as consents
from gateway.consent.tables import Consent
from gateway.context import Context, Role
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers import labels
from gateway.dossiers.content import open_content
from gateway.dossiers.files.kinds import KINDS, FileKind
from gateway.dossiers.queries import DocumentLine, documents_of, pupil_of, swv_dossier
from gateway.dossiers.rules import PURPOSES
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from gateway.consent.usecases import NewConsent
    from gateway.reglement.rules import Decision
    from gateway.services import Services

OPEN_DAYS = 28
"""A verstrekking can be fetched this many days, unless it is closed before. A working choice, no legal term."""

LAWS = ("LPW 21a", "WPO 8(4)", "WVO 17b(1)", "AVG 6(1)(e)", "BRON", "Awb 8:42", "AVG 58")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the sender chose."""

    dossier_id: str
    document_ids: tuple[str, ...]
    recipient_id: str
    purpose: str
    basis: str
    law: str | None
    consent_id: str | None
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A request with the judge's word on each document; allowed only when each document is."""

    request: Request
    recipient: Organisation
    lines: Sequence[DocumentLine]
    decisions: Sequence[Decision]
    categories: tuple[str, ...]

    @property
    def refusal(self) -> Decision | None:
        """The first decision that says no."""
        return next((decision for decision in self.decisions if not decision.allowed), None)

    @property
    def decision(self) -> Decision:
        """The decision that is shown and noted."""
        return self.refusal or self.decisions[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document on its way to the recipient."""

    file_name: str
    kind: FileKind
    size: int
    chunks: Iterator[bytes]


def prepare(services: Services, context: Context, request: Request) -> Judged:
    """Judge a request without doing it: what the sender sees before confirming. A refusal is logged (PR9.3).

    Raises:
        InvalidInputError: something was not chosen.
        NotFoundError: the dossier, a document or the recipient is not within reach.
        RefusedError: the reglement says no.
    """
    with services.db.reading() as session:
        judged = _judge(services, session, context, request)
    if judged.refusal is not None:
        with services.db.writing() as session:
            _record_refusal(services, session, context, judged)
        raise refused(judged.refusal)
    return judged


def disclose(services: Services, context: Context, request: Request) -> str:
    """Judge again and commit the verstrekking with its event; from then on the recipient can fetch it. Gives its id."""
    refusal: Decision | None = None
    with services.db.writing() as session:
        judged = _judge(services, session, context, request)
        refusal = judged.refusal
        if refusal is not None:
            _record_refusal(services, session, context, judged)
            made = ""
        else:
            made = _commit(services, session, context, judged)
    if refusal is not None:
        raise refused(refusal)
    return made


def _commit(services: Services, session: Session, context: Context, judged: Judged) -> str:
    request, decision = judged.request, judged.decision
    actor = context.person
    row = Verstrekking(
        tenant_id=actor.tenant_id,
        dossier_id=request.dossier_id,
        recipient_id=judged.recipient.id,
        purpose=request.purpose,
        basis=request.basis,
        law=request.law,
        consent_id=request.consent_id,
        categories=" ".join(judged.categories),
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        statement=services.vault.seal_json(session, request.dossier_id, "statement", request.statement.strip()),
        made_by=actor.account_id,
        made_at=context.now,
        open_until=context.today + timedelta(days=OPEN_DAYS),
    )
    session.add(row)
    session.flush()
    for line in judged.lines:
        session.add(
            VerstrekkingDocument(
                verstrekking_id=row.id, version_id=line.version.id, categories=line.version.categories or ""
            )
        )
    record(
        session,
        services.vault,
        context,
        Action.DISCLOSE,
        dossier_id=request.dossier_id,
        object_type="verstrekking",
        object_id=row.id,
        purpose=request.purpose,
        legal_basis=request.law or request.basis,
        article=decision.article,
        profile=row.profile,
        payload={
            "recipient": judged.recipient.id,
            "recipient_name": judged.recipient.name,
            "documents": [line.file_name for line in judged.lines],
            "document_ids": [line.document.id for line in judged.lines],
            "categories": list(judged.categories),
            "consent": request.consent_id,
        },
    )
    for account in _recipients(session, judged.recipient.id):
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account.id,
            kind="verstrekking",
            link=f"/ontvangen/{row.id}",
            dossier_id=request.dossier_id,
        )
    return row.id


def fetch(services: Services, context: Context, verstrekking_id: str, version_id: str) -> Fetched:
    """The recipient downloads one document: judged again, logged before the first byte.

    Raises:
        NotFoundError: not addressed to the actor's organisation.
        ConflictError: closed, withdrawn or past its last day; the page says which.
        RefusedError: consent was withdrawn, or the rules changed: nothing leaves any more.
    """
    refusal: Decision | None = None
    # Opened before the event is begun: storage that is slow or away must not keep the writers of the database waiting.
    chunks = _opened(services, context, verstrekking_id, version_id)
    with services.db.writing() as session:
        row, item, version = _addressed(session, context, verstrekking_id, version_id)
        decision = judge_again(services, session, context, row, version)
        if decision.allowed and chunks is None:
            raise ConflictError(sentence("De toestemming veranderde juist nu. Probeer het opnieuw."))
        action = Action.DOWNLOAD if decision.allowed else Action.REFUSE
        name = labels.file_name_of(services.vault, session, version)
        record_fetch(services, session, context, row, version, decision, action)
        if not decision.allowed:
            refusal = decision
        elif item.fetched_at is None:
            item.fetched_at, item.fetched_by = context.now, context.person.account_id
    if refusal is not None:
        raise refused(refusal)
    return Fetched(file_name=name, kind=KINDS[version.media_kind], size=version.plain_size, chunks=chunks or iter(()))


def _opened(services: Services, context: Context, verstrekking_id: str, version_id: str) -> Iterator[bytes] | None:
    """The content, opened only when the judge allows it now."""
    with services.db.reading() as session:
        row, _, version = _addressed(session, context, verstrekking_id, version_id)
        if not judge_again(services, session, context, row, version).allowed:
            return None
        return open_content(services, session, tenant_id=row.tenant_id, version=version)


def _addressed(
    session: Session, context: Context, verstrekking_id: str, version_id: str
) -> tuple[Verstrekking, VerstrekkingDocument, DocumentVersion]:
    row = received(session, context, verstrekking_id)
    item = session.get(VerstrekkingDocument, (row.id, version_id))
    if item is None:
        raise NotFoundError
    version = session.get_one(DocumentVersion, version_id)
    check_open(session, context, row, version)
    return row, item, version


def confirm(services: Services, context: Context, verstrekking_id: str) -> None:
    """The recipient confirms receipt; the sender is told."""
    with services.db.writing() as session:
        row = received(session, context, verstrekking_id)
        if row.confirmed_at is not None:
            raise ConflictError("De ontvangst is al bevestigd.")
        row.confirmed_at, row.confirmed_by = context.now, context.person.account_id
        record(
            session,
            services.vault,
            context,
            Action.CONFIRM_RECEIPT,
            dossier_id=row.dossier_id,
            object_type="verstrekking",
            object_id=row.id,
            purpose=row.purpose,
            article="PR9.3",
        )
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=row.made_by,
            kind="received",
            link=f"/verstrekkingen/{row.id}",
            dossier_id=row.dossier_id,
        )


def close(services: Services, context: Context, verstrekking_id: str) -> None:
    """The sender closes a verstrekking: nothing can be fetched from now on; what was fetched stays named."""
    with services.db.writing() as session:
        row = sent(session, context, verstrekking_id)
        if row.closed_at is not None:
            raise ConflictError("Deze verstrekking is al gesloten.")
        row.closed_at = context.now
        record(
            session,
            services.vault,
            context,
            Action.WITHDRAW,
            dossier_id=row.dossier_id,
            object_type="verstrekking",
            object_id=row.id,
            purpose=row.purpose,
            article=row.article,
        )


def add_consent(services: Services, context: Context, dossier_id: str, new: NewConsent) -> str:
    """Staff of the SWV record a consent on a dossier within their reach."""
    with services.db.writing() as session:
        swv_dossier(session, context, dossier_id)
        return consents.add(session, services.vault, context, dossier_id, new)


def withdraw_consent(services: Services, context: Context, dossier_id: str, consent_id: str) -> None:
    """Withdraw a consent: new fetches of what rests on it are refused from this moment."""
    with services.db.writing() as session:
        swv_dossier(session, context, dossier_id)
        consents.withdraw(session, services.vault, context, dossier_id, consent_id)


def received(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    """A verstrekking addressed to the actor's organisation."""
    row = session.get(Verstrekking, verstrekking_id)
    actor = context.person
    if row is None or row.tenant_id != actor.tenant_id or row.recipient_id != actor.organisation_id:
        raise NotFoundError
    if actor.role is not Role.CONTACT_PERSON:
        raise NotFoundError
    return row


def sent(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    """A verstrekking from a dossier within the actor's reach."""
    row = session.get(Verstrekking, verstrekking_id)
    if row is None or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    swv_dossier(session, context, row.dossier_id)
    return row


def _judge(services: Services, session: Session, context: Context, request: Request) -> Judged:
    dossier = swv_dossier(session, context, request.dossier_id)
    recipient = session.get(Organisation, request.recipient_id) if request.recipient_id else None
    if recipient is None or recipient.tenant_id != dossier.tenant_id or not recipient.active:
        raise InvalidInputError("Kies aan wie u verstrekt.", field="recipient_id")
    if request.purpose not in PURPOSES:
        raise InvalidInputError("Kies waarvoor u verstrekt.", field="purpose")
    lines, _ = documents_of(services, session, context, dossier)
    chosen = [line for line in lines if line.document.id in request.document_ids]
    if not chosen or len(chosen) != len(set(request.document_ids)):
        raise InvalidInputError("Kies ten minste één stuk.", field="document_ids")
    if any(not line.readable for line in chosen):
        raise ConflictError("Een van deze stukken is ingetrokken of nog in controle.")
    if not request.statement.strip():
        raise InvalidInputError("Schrijf of de gegevens juist, volledig en actueel zijn.", field="statement")
    consent = _consent_of(session, dossier, request.consent_id)
    decisions = [
        ask(
            session,
            dossier.tenant_id,
            _facts(
                services,
                session,
                context,
                dossier,
                recipient,
                line.version,
                request.purpose,
                request.basis,
                request.law,
                consent,
            ),
            context.today,
        )
        for line in chosen
    ]
    categories = tuple(sorted({category for line in chosen for category in line.version.category_list}))
    return Judged(request=request, recipient=recipient, lines=chosen, decisions=decisions, categories=categories)


def _facts(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    recipient: Organisation,
    version: DocumentVersion,
    purpose: str,
    basis: str,
    law: str | None,
    consent: Consent | None,
) -> dict[str, Any]:
    """The facts of one document version, as the specification names them."""
    pupil = pupil_of(session, services.vault, dossier)
    access = access_of(
        session, context.person.account_id, context.today, dossier_id=dossier.id, school_id=dossier.school_id
    )
    document = session.get_one(Document, version.document_id)
    enrolled = recipient.id == dossier.school_id
    return {
        "act": "disclose",
        "purpose": purpose,
        "pupil": {"born": pupil.born.isoformat(), "notified_to_swv": True, "represented": False},
        "data": {
            "categories": version.category_list,
            "anonymised": False,
            "necessity": None,
            "origin": version.origin,
        },
        "actor": {"kind": "swv_staff", "has_authority": None, "access": access},
        "recipient": {
            "kind": RECIPIENT_OF_KIND.get(recipient.kind, recipient.kind),
            "has_authority": None,
            "access": None,
            "enrolled_here": enrolled,
        },
        "legal_basis": {"kind": basis, "law": law, "consent": consents.as_fact(consent)},
        "state": {
            "verzet": "none",
            "shielded": sorted({c[0] for c in version.category_list}) if document.withdrawn_at else [],
            "legal_hold": False,
            "open_matters": 0,
        },
    }


def _consent_of(session: Session, dossier: Dossier, consent_id: str | None) -> Consent | None:
    if not consent_id:
        return None
    consent = session.get(Consent, consent_id)
    return consent if consent is not None and consent.dossier_id == dossier.id else None


def judge_again(
    services: Services, session: Session, context: Context, row: Verstrekking, version: DocumentVersion
) -> Decision:
    """The same question as at the start, with today's consent: withdrawn access closes at once."""
    dossier = session.get_one(Dossier, row.dossier_id)
    recipient = session.get_one(Organisation, row.recipient_id)
    consent = _consent_of(session, dossier, row.consent_id)
    facts = _facts(services, session, context, dossier, recipient, version, row.purpose, row.basis, row.law, consent)
    return ask(session, row.tenant_id, facts, context.today)


def check_open(session: Session, context: Context, row: Verstrekking, version: DocumentVersion) -> None:
    """Whether this document can still be fetched.

    Raises:
        ConflictError: closed, past its last day, or the document was withdrawn.
    """
    if row.closed_at is not None:
        raise ConflictError("De afzender heeft deze verstrekking gesloten. U kunt er niets meer uit openen.")
    if row.open_until < context.today:
        raise ConflictError(
            "De termijn om deze stukken op te halen is voorbij. Vraag de afzender om een nieuwe verstrekking."
        )
    if session.get_one(Document, version.document_id).withdrawn_at is not None:
        raise ConflictError("Dit stuk is ingetrokken. Niemand kan het nog openen.")


def record_fetch(
    services: Services,
    session: Session,
    context: Context,
    row: Verstrekking,
    version: DocumentVersion,
    decision: Decision,
    action: Action,
) -> None:
    """Write the event of a fetch, or of its refusal, into the transaction."""
    record(
        session,
        services.vault,
        context,
        action,
        outcome=Outcome.SUCCESS if decision.allowed else Outcome.REFUSED,
        dossier_id=row.dossier_id,
        object_type="document_version",
        object_id=version.id,
        purpose=row.purpose,
        legal_basis=row.law or row.basis,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={
            "verstrekking": row.id,
            "document": version.document_id,
            "version": version.number,
        },
    )


def _record_refusal(services: Services, session: Session, context: Context, judged: Judged) -> None:
    decision = judged.decision
    record(
        session,
        services.vault,
        context,
        Action.REFUSE,
        outcome=Outcome.REFUSED,
        dossier_id=judged.request.dossier_id,
        object_type="verstrekking",
        purpose=judged.request.purpose,
        legal_basis=judged.request.law or judged.request.basis,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={
            "recipient": judged.recipient.id,
            "recipient_name": judged.recipient.name,
            "documents": [line.file_name for line in judged.lines],
            "document_ids": [line.document.id for line in judged.lines],
            "reason": decision.reason,
        },
    )


def refused(decision: Decision) -> RefusedError:
    """The decision as the error that its page shows."""
    return RefusedError(
        decision.reason,
        article=decision.article,
        cited=decision.cited,
        profile=sentence(
            "%(profile)s, versie %(number)s", profile=decision.profile_id, number=decision.profile_version
        ),
    )


def _recipients(session: Session, organisation_id: str) -> Sequence[Account]:
    query = select(Account).where(
        Account.organisation_id == organisation_id, Account.active, Account.role == Role.CONTACT_PERSON.value
    )
    return session.scalars(query).all()
