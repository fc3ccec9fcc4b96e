"""A dossier from draft to submitted: opened, changed, its documents described, submitted, withdrawn, erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from gateway.access.facts import ask, entries_in_scope
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Context, Role
from gateway.dossiers import labels
from gateway.dossiers.queries import document_for, pupil_of, school_dossier, swv_dossier
from gateway.dossiers.rules import (
    DOCUMENT_KINDS,
    ORIGINS,
    PURPOSES,
    TEXT_MAX,
    Pupil,
    check_bsn,
    check_pupil,
    needs_necessity,
)
from gateway.dossiers.search_values import search_values
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, Erasure, Rendition
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record
from gateway.sentences import counted, sentence
from gateway.vault.keys import DOSSIER

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.reglement.rules import Decision
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the school says of a document: PR6.1 (origin), PR6.3 (necessity), PR7 (categories), PR4.1 (purpose)."""

    kind: str
    categories: tuple[str, ...]
    origin: str
    purpose: str
    necessity: str = ""


def open_dossier(services: Services, context: Context, pupil: Pupil) -> str:
    """Start a draft dossier for a pupil of the actor's school; returns its id. Source: PR3."""
    actor = context.person
    if actor.role is not Role.SCHOOL_STAFF:
        raise NotFoundError
    check_pupil(pupil, context.today)
    dossier_id = new_id()
    with services.db.writing() as session:
        school = session.get_one(Organisation, actor.organisation_id)
        if school.kind != "school":
            raise InvalidInputError("Een dossier hoort bij een school. Meld u aan met het account van uw school.")
        services.vault.create_subject(
            session, kind=DOSSIER, subject_id=dossier_id, organisation_id=actor.tenant_id, opened_on=context.today
        )
        session.add(
            Dossier(
                id=dossier_id,
                tenant_id=actor.tenant_id,
                school_id=school.id,
                pupil=services.vault.seal_json(session, dossier_id, "pupil", pupil.to_json()),
                made_by=actor.account_id,
                made_at=context.now,
                changed_at=context.now,
            )
        )
        session.flush()
        _index(services, session, dossier_id, pupil)
        record(
            session,
            services.vault,
            context,
            Action.RECORD,
            dossier_id=dossier_id,
            object_type="dossier",
            object_id=dossier_id,
            payload={"opened": True},
        )
    return dossier_id


def change_pupil(services: Services, context: Context, dossier_id: str, pupil: Pupil, *, seen_version: int) -> None:
    """Change the pupil's data.

    Raises:
        ConflictError: someone else changed the dossier since `seen_version` was shown; nothing is overwritten.
    """
    check_pupil(pupil, context.today)
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        if dossier.version != seen_version:
            raise ConflictError(
                "Iemand anders heeft dit dossier intussen gewijzigd. Uw wijziging is niet opgeslagen. "
                "Hieronder staat wat u invulde; bekijk eerst wat er nu staat."
            )
        before = pupil_of(session, services.vault, dossier)
        dossier.pupil = services.vault.seal_json(session, dossier.id, "pupil", pupil.to_json())
        dossier.version += 1
        dossier.changed_at = context.now
        _index(services, session, dossier.id, pupil)
        if dossier.state != "draft" and check_bsn(pupil.bsn) != check_bsn(before.bsn):
            dossier.possible_double = _has_double(services, session, dossier, pupil)
        changed = sorted(name for name in pupil.to_json() if pupil.to_json()[name] != before.to_json()[name])
        record(
            session,
            services.vault,
            context,
            Action.CORRECT,
            dossier_id=dossier.id,
            object_type="dossier",
            object_id=dossier.id,
            payload={"fields": changed},
        )


def describe(services: Services, context: Context, dossier_id: str, document_id: str, description: Description) -> None:
    """Say what a document is. On a submitted dossier the judge decides whether it may be recorded.

    Raises:
        InvalidInputError: something is missing; the field is named.
        RefusedError: the reglement does not allow this to be recorded.
    Source: PR6.1, PR6.3, PR7.
    """
    _check_description(description)
    refused: Decision | None = None
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        line = document_for(services, session, context, dossier, document_id)
        if line.document.withdrawn_at is not None or line.version.state in {"rejected", "superseded"}:
            raise ConflictError("Dit stuk kan niet meer worden beschreven.")
        if dossier.state != "draft":
            decision = _judge_record(services, session, context, dossier, description)
            if not decision.allowed:
                refused = decision
                _record_refusal(services, session, context, dossier, line.version, decision)
        if refused is None:
            _write_description(services, session, line.version, description)
            dossier.changed_at = context.now
            record(
                session,
                services.vault,
                context,
                Action.RECORD,
                dossier_id=dossier.id,
                object_type="document_version",
                object_id=line.version.id,
                purpose=description.purpose,
                article="PR7",
                payload={
                    "document": document_id,
                    "kind": description.kind,
                    "categories": list(description.categories),
                    "origin": description.origin,
                },
            )
            if dossier.state != "draft":
                _tell_swv(services, session, context, dossier, "document_added")
    if refused is not None:
        raise _refusal(refused)


def submit(services: Services, context: Context, dossier_id: str) -> None:
    """Submit the dossier: this is the notification to the SWV (PR3). Each document is judged as a recording.

    Raises:
        ConflictError: it was submitted before, or something is still missing; the sentence says what.
        RefusedError: the reglement does not allow one of the documents to be recorded.
    """
    refused: Decision | None = None
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        if dossier.state != "draft":
            raise ConflictError("Dit dossier is al ingediend.")
        versions = _current_versions(session, dossier.id)
        _check_complete(versions)
        for version in versions:
            decision = _judge_record(services, session, context, dossier, _description_of(services, session, version))
            if not decision.allowed:
                refused = decision
                _record_refusal(services, session, context, dossier, version, decision)
                break
        if refused is None:
            _submit(services, session, context, dossier, len(versions))
    if refused is not None:
        raise _refusal(refused)


def _submit(services: Services, session: Session, context: Context, dossier: Dossier, documents: int) -> None:
    dossier.state = "submitted"
    dossier.submitted_at = context.now
    dossier.changed_at = context.now
    dossier.version += 1
    dossier.possible_double = _has_double(services, session, dossier, pupil_of(session, services.vault, dossier))
    record(
        session,
        services.vault,
        context,
        Action.SUBMIT,
        dossier_id=dossier.id,
        object_type="dossier",
        object_id=dossier.id,
        article="PR3",
        payload={"documents": documents},
    )
    _tell_swv(services, session, context, dossier, "submitted")


def _has_double(services: Services, session: Session, dossier: Dossier, pupil: Pupil) -> bool:
    """Whether another submitted dossier of this SWV has the same BSN."""
    others = services.vault.find(session, dossier.tenant_id, "bsn", check_bsn(pupil.bsn)) - {dossier.id}
    submitted = select(Dossier.id).where(Dossier.id.in_(others), Dossier.state != "draft")
    return session.scalars(submitted).first() is not None


def withdraw(services: Services, context: Context, dossier_id: str, document_id: str, reason: str) -> None:
    """Take back a wrong upload: before submission it is erased; after it is shielded at once and the SWV is told.

    Source: PR11.4, issue "daily life".
    """
    reason = reason.strip()
    if not reason or len(reason) > TEXT_MAX:
        raise InvalidInputError("Schrijf kort waarom u dit stuk intrekt.", field="reason")
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        document = session.get(Document, document_id)
        if document is None or document.dossier_id != dossier.id:
            raise NotFoundError
        if document.withdrawn_at is not None:
            raise ConflictError("Dit stuk is al ingetrokken.")
        erased = dossier.state == "draft"
        if erased:
            erase_document(services, session, context, dossier, document)
        else:
            document.withdrawn_at = context.now
            document.withdrawn_reason = labels.seal_reason(services.vault, session, document, reason)
            _tell_swv(services, session, context, dossier, "withdrawn")
        dossier.changed_at = context.now
        record(
            session,
            services.vault,
            context,
            Action.WITHDRAW if not erased else Action.DESTROY,
            dossier_id=dossier.id,
            object_type="document",
            object_id=document_id,
            article="PR11.4",
            payload={"reason": reason, "erased": erased},
        )


def erase_draft(services: Services, context: Context, dossier_id: str) -> None:
    """Throw a draft away, with everything in it: it was never notified to the SWV (PR3)."""
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        if dossier.state != "draft":
            raise ConflictError("Dit dossier is ingediend en kan niet meer worden weggegooid.")
        for document in session.scalars(select(Document).where(Document.dossier_id == dossier.id)).all():
            erase_document(services, session, context, dossier, document)
        record(
            session,
            services.vault,
            context,
            Action.DESTROY,
            object_type="dossier",
            object_id=dossier.id,
            article="PR3",
        )
        outbox.forget_dossier(session, dossier.id)
        session.delete(dossier)
        session.flush()
        services.vault.forget_subject(session, dossier_id, now=context.now)


def erase_document(
    services: Services, session: Session, context: Context, dossier: Dossier, document: Document
) -> None:
    """Remove a document with its versions, renditions and keys; the objects follow in the background."""
    versions = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document.id)).all()
    for version in versions:
        erase_objects(session, context, version)
        dossier.stored_bytes -= version.plain_size
    services.vault.forget(session, dossier.id, document.id, *(version.id for version in versions), now=context.now)
    session.delete(document)
    session.flush()
    jobs.enqueue(session, kind="erase", ref=dossier.id, now=context.now)


def erase_objects(session: Session, context: Context, version: DocumentVersion) -> None:
    """Ask that the objects of a version and of its renditions be removed from storage."""
    keys = [version.object_key]
    keys += session.scalars(select(Rendition.object_key).where(Rendition.version_id == version.id)).all()
    for key in keys:
        session.merge(Erasure(object_key=key, asked_at=context.now))


def _index(services: Services, session: Session, dossier_id: str, pupil: Pupil) -> None:
    for kind, values in search_values(pupil).items():
        services.vault.add_tokens(session, dossier_id, kind, values)


def _check_description(description: Description) -> None:
    if description.kind not in DOCUMENT_KINDS:
        raise InvalidInputError("Kies wat voor stuk dit is.", field="kind")
    if not description.categories:
        raise InvalidInputError("Kies ten minste één soort gegevens die in dit stuk staat.", field="categories")
    if description.origin not in ORIGINS:
        raise InvalidInputError("Kies van wie dit stuk komt.", field="origin")
    if description.purpose not in PURPOSES:
        raise InvalidInputError("Kies waarvoor dit stuk nodig is.", field="purpose")
    if len(description.necessity) > TEXT_MAX:
        raise InvalidInputError(
            sentence("Deze uitleg is langer dan %(count)d tekens.", count=TEXT_MAX), field="necessity"
        )
    if needs_necessity(list(description.categories)) and not description.necessity.strip():
        raise InvalidInputError(
            "Schrijf waarom deze gezondheidsgegevens of gegevens over godsdienst nodig zijn.", field="necessity"
        )


def _write_description(
    services: Services, session: Session, version: DocumentVersion, description: Description
) -> None:
    version.kind = description.kind
    version.categories = " ".join(description.categories)
    version.origin = description.origin
    version.purpose = description.purpose
    version.necessity = labels.seal_necessity(services.vault, session, version, description.necessity.strip())


def _description_of(services: Services, session: Session, version: DocumentVersion) -> Description:
    return Description(
        kind=version.kind or "",
        categories=tuple(version.category_list),
        origin=version.origin or "",
        purpose=version.purpose or "",
        necessity=labels.necessity_of(services.vault, session, version),
    )


def _current_versions(session: Session, dossier_id: str) -> list[DocumentVersion]:
    query = (
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.dossier_id == dossier_id, Document.withdrawn_at.is_(None))
        .where(DocumentVersion.state != "superseded")
    )
    newest: dict[str, DocumentVersion] = {}
    for version in session.scalars(query.order_by(DocumentVersion.number)):
        newest[version.document_id] = version
    return list(newest.values())


def _check_complete(versions: list[DocumentVersion]) -> None:
    if not versions:
        raise ConflictError("Voeg eerst ten minste één stuk toe.")
    waiting = sum(version.state == "in_check" for version in versions)
    if waiting:
        raise ConflictError(
            counted(
                "%(num)d stuk wordt nog gecontroleerd. Dat duurt meestal minder dan een minuut.",
                "%(num)d stukken worden nog gecontroleerd. Dat duurt meestal minder dan een minuut.",
                waiting,
            )
        )
    rejected = sum(version.state == "rejected" for version in versions)
    if rejected:
        raise ConflictError(
            counted(
                "%(num)d stuk is afgekeurd. Verwijder het eerst, of stuur een beter bestand.",
                "%(num)d stukken zijn afgekeurd. Verwijder ze eerst, of stuur betere bestanden.",
                rejected,
            )
        )
    undescribed = sum(version.kind is None for version in versions)
    if undescribed:
        raise ConflictError(
            counted("Beschrijf eerst nog %(num)d stuk.", "Beschrijf eerst nog %(num)d stukken.", undescribed)
        )


def _judge_record(
    services: Services, session: Session, context: Context, dossier: Dossier, description: Description
) -> Decision:
    pupil = pupil_of(session, services.vault, dossier)
    facts: dict[str, Any] = {
        "act": "record",
        "purpose": description.purpose,
        "pupil": {"born": pupil.born.isoformat(), "notified_to_swv": True, "represented": False},
        "data": {
            "categories": list(description.categories),
            "anonymised": False,
            "necessity": description.necessity.strip() or None,
            "origin": description.origin,
        },
        "actor": {"kind": "school_board", "has_authority": None, "access": None},
        "legal_basis": {"kind": "public_task", "law": None, "consent": None},
        "state": {"verzet": "none", "shielded": [], "legal_hold": False, "open_matters": 0},
    }
    return ask(session, dossier.tenant_id, facts, context.today)


def _record_refusal(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    version: DocumentVersion,
    decision: Decision,
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.REFUSE,
        outcome=Outcome.REFUSED,
        dossier_id=dossier.id,
        object_type="document_version",
        object_id=version.id,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={"reason": decision.reason, "document": version.document_id},
    )


def _refusal(decision: Decision) -> RefusedError:
    return RefusedError(
        decision.reason,
        article=decision.article,
        cited=decision.cited,
        profile=sentence(
            "%(profile)s, versie %(number)s", profile=decision.profile_id, number=decision.profile_version
        ),
    )


def _tell_swv(services: Services, session: Session, context: Context, dossier: Dossier, kind: str) -> None:
    """Put a notice for the people of the SWV that may reach this dossier."""
    tenant = session.get_one(Tenant, dossier.tenant_id)
    query = select(Account).where(
        Account.organisation_id == tenant.swv_id,
        Account.active,
        Account.role.in_((Role.SWV_STAFF.value, Role.CONTACT_PERSON.value)),
    )
    for account in session.scalars(query).all():
        if entries_in_scope(session, account.id, context.today, dossier_id=dossier.id, school_id=dossier.school_id):
            outbox.queue(
                session,
                services.vault,
                context,
                account_id=account.id,
                kind=kind,
                link=f"/dossiers/{dossier.id}",
                tenant_id=dossier.tenant_id,
                dossier_id=dossier.id,
            )


def settle_double(services: Services, context: Context, dossier_id: str) -> None:
    """The SWV looked at a possible double dossier and says it is settled."""
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        session.execute(update(Dossier).where(Dossier.id == dossier.id).values(possible_double=False))
        record(
            session,
            services.vault,
            context,
            Action.CORRECT,
            dossier_id=dossier.id,
            object_type="dossier",
            object_id=dossier.id,
            payload={"double": "settled"},
        )
