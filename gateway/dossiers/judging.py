"""What the judge is asked about a dossier: may this be recorded, may this be read? And how a refusal is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.access.facts import access_of, ask, kind_of_reader
from gateway.accounts.tables import Organisation
from gateway.context import Context, Role
from gateway.dossiers.enrolled import enrolled_here, state_fact
from gateway.dossiers.queries import pupil_of
from gateway.errors import RefusedError
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.dossiers.describing import Description
    from gateway.dossiers.tables import DocumentVersion, Dossier
    from gateway.reglement.rules import Decision
    from gateway.services import Services


def judge_record(
    services: Services, session: Session, context: Context, dossier: Dossier, description: Description
) -> Decision:
    """Ask the judge whether this may be recorded in a dossier of the SWV. Source: PR6.1, PR6.3, PR7."""
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
        "actor": {
            "kind": "school_board" if context.person.role is Role.SCHOOL_STAFF else "swv_staff",
            "has_authority": None,
            "access": None,
        },
        "legal_basis": {"kind": "public_task", "law": None, "consent": None},
        "state": {
            "verzet": "none",
            "shielded": [],
            "legal_hold": False,
            "open_matters": 0,
            **state_fact(session, dossier.id, context.today),
        },
    }
    return ask(session, dossier.tenant_id, facts, context.today)


def judge_reading(
    services: Services, session: Session, context: Context, dossier: Dossier, version: DocumentVersion
) -> Decision:
    """Ask the judge whether this actor may read this version now.

    A school reads its own pupil's documents as authority of the school of enrolment (PR9.2); the SWV's people by
    their access entry (PR8.1).
    """
    pupil = pupil_of(session, services.vault, dossier)
    facts: dict[str, Any] = {
        "act": "disclose" if context.person.role is Role.SCHOOL_STAFF else "consult",
        "purpose": "support_allocation",
        "pupil": {"born": pupil.born.isoformat(), "notified_to_swv": dossier.state != "draft", "represented": False},
        "data": {
            "categories": version.category_list or ["i"],
            "anonymised": False,
            "necessity": None,
            "origin": "school",
        },
        "legal_basis": {"kind": "public_task", "law": None, "consent": None},
        "state": {
            "verzet": "none",
            "shielded": [],
            "legal_hold": False,
            "open_matters": 0,
            **state_fact(session, dossier.id, context.today),
        },
    }
    if context.person.role is Role.SCHOOL_STAFF:
        facts["actor"] = {"kind": "school_board", "has_authority": None, "access": None}
        here = enrolled_here(
            session, dossier.id, session.get_one(Organisation, context.person.organisation_id), context.today
        )
        facts["recipient"] = {"kind": "school_board", "has_authority": None, "access": None, "enrolled_here": here}
    else:
        account_id = context.person.account_id
        access = access_of(session, account_id, context.now, dossier_id=dossier.id, school_id=dossier.school_id)
        facts["actor"] = {"kind": kind_of_reader(session, account_id), "has_authority": None, "access": access}
    return ask(session, dossier.tenant_id, facts, context.today)


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
