"""What the judge is asked about a dossier: may this be recorded, may this be read? And how a refusal is noted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.access.facts import access_of, ask, kind_of_reader
from gateway.accounts.tables import Organisation
from gateway.consent import usecases as consents
from gateway.context import Context, Role
from gateway.dossiers import facts
from gateway.dossiers.facts import Question
from gateway.dossiers.guardians import entitled_accounts
from gateway.errors import RefusedError
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.dossiers.describing import Description
    from gateway.dossiers.tables import DocumentVersion, Dossier
    from gateway.reglement.rules import Decision
    from gateway.services import Services

RESTRICTED = frozenset({"PR11.4", "PR11.8"})
"""What a shield or a verzet refuses by: the last that the judge asks of a reading, so all else was allowed."""
ENTITLED = frozenset({"guardian", "data_subject"})


def judge_record(
    services: Services, session: Session, context: Context, dossier: Dossier, description: Description
) -> Decision:
    """Ask the judge whether this may be recorded in a dossier of the SWV. Source: PR6.1, PR6.3, PR7."""
    question = Question(
        act="record",
        purpose=description.purpose,
        data=facts.data_to_record(description),
        actor=facts.actor(context),
    )
    decision = _ask(services, session, context, dossier, question)
    if decision.allowed or description.origin != "other":
        return decision
    # From another source only with consent and necessity (PR6.1): is there one consent of the dossier that carries it?
    for given in consents.of_dossier(session, dossier.id):
        told = consents.as_fact(given, on=context.today, categories=description.categories)
        agreed = replace(question, basis=facts.basis("public_task", consent=told))
        if (carried := _ask(services, session, context, dossier, agreed)).allowed:
            return carried
    return decision


def judge_reading(
    services: Services, session: Session, context: Context, dossier: Dossier, version: DocumentVersion
) -> Decision:
    """Ask the judge whether this actor may read this version now.

    A school reads its own pupil's documents as authority of the school of enrolment (PR9.2); the SWV's people by
    their access entry (PR8.1).
    """
    data = facts.data_of(version)
    shielded = facts.shielded_of(session, version, categories=data["categories"] or ["i"])
    if context.person.role is Role.SCHOOL_STAFF:
        # What the school did not describe yet only the school itself sees; it is its own note on its own pupil.
        data["categories"] = data["categories"] or ["i"]
        own = session.get_one(Organisation, context.person.organisation_id)
        question = Question(
            act="disclose",
            purpose="support_allocation",
            data=data,
            actor=facts.actor(context),
            recipient={**facts.recipient(session, dossier, own, context.today), "kind": "school_board"},
            shielded=shielded,
        )
        return _ask(services, session, context, dossier, question)
    account_id = context.person.account_id
    access = access_of(
        session, account_id, context.now, dossier_id=dossier.id, school_id=dossier.school_on(context.today)
    )
    question = Question(
        act="consult",
        purpose="support_allocation",
        data=data,
        actor=facts.actor(context, kind=kind_of_reader(session, account_id), access=access),
        shielded=shielded,
    )
    return _ask(services, session, context, dossier, question)


def judge_answering(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    version: DocumentVersion,
    *,
    capacity: str,
    account_id: str | None,
) -> Decision:
    """Ask the judge whether this actor may read a version to answer an inzage of someone who speaks for the pupil.

    As any reading; but verzet and shields do not stand between the pupil and their own data (judgement.md, disclose 2):
    where only such a restriction refuses, what the judge says of giving it to who asked decides.
    """
    decision = judge_reading(services, session, context, dossier, version)
    if decision.allowed or decision.article not in RESTRICTED:
        return decision
    speaks = account_id is None or account_id in entitled_accounts(services, session, dossier, context.today)
    question = Question(
        act="disclose",
        purpose="inzage",
        data=facts.data_of(version),
        actor=facts.actor(context),
        recipient={"kind": capacity, "has_authority": speaks, "access": None, "enrolled_here": None},
        shielded=facts.shielded_of(session, version),
    )
    given = _ask(services, session, context, dossier, question) if capacity in ENTITLED else decision
    return given if given.allowed else decision


def _ask(services: Services, session: Session, context: Context, dossier: Dossier, question: Question) -> Decision:
    told = facts.facts_of(services, session, dossier, context.today, question)
    return ask(session, dossier.tenant_id, told, context.today)


def record_refusal(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    version: DocumentVersion,
    decision: Decision,
) -> None:
    """Write that this version was not recorded, with the article that decided."""
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


def refusal(decision: Decision) -> RefusedError:
    """The decision as the error that its page shows."""
    return RefusedError(
        decision.reason,
        article=decision.article,
        cited=decision.cited,
        profile=sentence(
            "versie %(number)s (%(profile)s)", profile=decision.profile_id, number=decision.profile_version
        ),
    )
