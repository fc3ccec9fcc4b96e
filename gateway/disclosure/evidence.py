"""The signed form that carries a consent, for who gave it: their own evidence, judged and logged as content is.

Source: GR1, PR11.1, issue 4 ("Consent … with the evidence").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.access.facts import ask
from gateway.consent.tables import Consent
from gateway.context import Role
from gateway.disclosure.consenting import gave
from gateway.disclosure.fetching import Fetched
from gateway.disclosure.judging import refused
from gateway.dossiers import facts, labels
from gateway.dossiers.content import open_content
from gateway.dossiers.files.kinds import KINDS
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.queries import kept_versions
from gateway.dossiers.tables import Dossier
from gateway.errors import NotFoundError
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import DocumentVersion
    from gateway.reglement.rules import Decision
    from gateway.services import Services

PURPOSE = "inzage"


def form_of(services: Services, context: Context, consent_id: str) -> Fetched:
    """The signed form of a consent that the signed-in guardian or pupil gave; its event is written before it leaves.

    Raises:
        NotFoundError: another gave it, it was given without a form, or the form is no longer there.
        RefusedError: the reglement says no, for example because the pupil decides alone by now.
    """
    # Opened before the event is begun: storage that is slow must not keep the writers of the database waiting.
    with services.db.reading() as session:
        dossier, version = _form(services, session, context, consent_id)
        allowed = _judged(services, session, context, dossier, version).allowed
        chunks = open_content(services, session, tenant_id=dossier.tenant_id, version=version) if allowed else iter(())
    with services.db.writing() as session:
        dossier, version = _form(services, session, context, consent_id)
        decision = _judged(services, session, context, dossier, version)
        name = labels.file_name_of(services.vault, session, version)
        goes = decision.allowed and allowed
        record(
            session,
            services.vault,
            context,
            Action.DOWNLOAD if goes else Action.REFUSE,
            outcome=Outcome.SUCCESS if goes else Outcome.REFUSED,
            dossier_id=dossier.id,
            object_type="document_version",
            object_id=version.id,
            purpose=PURPOSE,
            article=decision.article,
            profile=f"{decision.profile_id}@{decision.profile_version}",
            payload={"document": version.document_id, "consent": consent_id},
        )
    if not goes:
        raise refused(decision)
    return Fetched(file_name=name, kind=KINDS[version.media_kind], size=version.plain_size, chunks=chunks)


def _form(services: Services, session: Session, context: Context, consent_id: str) -> tuple[Dossier, DocumentVersion]:
    consent = session.get(Consent, consent_id)
    if consent is None or consent.evidence_document_id is None or not gave(services, session, context, consent):
        raise NotFoundError
    kept = {version.document_id: version for version in kept_versions(session, consent.dossier_id)}
    version = kept.get(consent.evidence_document_id)
    if version is None:
        raise NotFoundError
    return session.get_one(Dossier, consent.dossier_id), version


def _judged(
    services: Services, session: Session, context: Context, dossier: Dossier, version: DocumentVersion
) -> Decision:
    mine = context.person.account_id in entitled_accounts(services, session, dossier, context.today)
    kind = "data_subject" if context.person.role is Role.PUPIL else "guardian"
    question = facts.Question(
        act="disclose",
        purpose=PURPOSE,
        data=facts.data_of(version),
        actor=facts.actor(context, kind="swv_staff"),
        recipient={"kind": kind, "has_authority": mine, "access": None, "enrolled_here": None},
        shielded=facts.shielded_of(session, version),
    )
    told = facts.facts_of(services, session, dossier, context.today, question)
    return ask(session, dossier.tenant_id, told, context.today)
