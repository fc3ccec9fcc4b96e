"""What the judge is asked about one document that leaves: at the start, at approval, and at every fetch.

Source: PR9.1, PR9.2, CV4.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.access.facts import access_of, ask
from gateway.access.rules import day_of
from gateway.accounts.tables import Organisation
from gateway.consent import usecases as consents
from gateway.consent.tables import Consent
from gateway.convenant import queries as convenants
from gateway.disclosure import choosing
from gateway.dossiers import facts
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier
from gateway.reglement import facts as strict
from gateway.reglement.rules import consent_counts

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.disclosure.tables import Verstrekking
    from gateway.reglement.rules import Decision
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a disclosure is for and what it rests on; `expert_id` and `convenant` where there is one.

    `recipient`: who receives it as the judge reads it, where that is no organisation but the pupil or a guardian.
    """

    purpose: str
    basis: str
    law: str | None
    consent: Consent | None
    expert_id: str | None = None
    convenant: dict[str, Any] | None = None
    recipient: dict[str, Any] | None = None


def facts_of_leaving(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    recipient: Organisation,
    leaving: Outgoing,
    ground: Ground,
) -> dict[str, Any]:
    """The facts of one document in the form in which it leaves, as the specification names them."""
    reach = {"dossier_id": dossier.id, "school_id": dossier.school_on(context.today)}
    given = consents.as_fact(ground.consent, on=context.today, categories=leaving.categories)
    to = ground.recipient or facts.recipient(session, dossier, recipient, context.today)
    if ground.expert_id:
        to = {**to, "kind": "expert", "access": access_of(session, ground.expert_id, context.today, **reach)}
    agreed_on = _agreed_on(services, session, context, dossier, ground, given, to["kind"])
    question = facts.Question(
        act="disclose",
        purpose=ground.purpose,
        data=leaving.data(),
        actor=facts.actor(
            context,
            kind="swv_staff",
            access=access_of(session, context.person.account_id, context.today, **reach),
        ),
        recipient=to,
        basis=facts.basis(ground.basis, law=ground.law, consent=given),
        shielded=facts.shielded_of(session, leaving.version, categories=leaving.categories, agreed_on=agreed_on),
        convenant=ground.convenant,
    )
    return facts.facts_of(services, session, dossier, context.today, question)


def _agreed_on(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    ground: Ground,
    given: dict[str, Any] | None,
    recipient_kind: str,
) -> date | None:
    """The day of the consent on which this rests, where it counts for this very use: it lifts AVG 18 (18(2))."""
    if ground.basis != "consent" or ground.consent is None or given is None:
        return None
    born = pupil_of(session, services.vault, dossier).born
    counts = consent_counts(
        strict.Consent(
            by=given["by"],
            has_authority=given["has_authority"],
            on=ground.consent.given_on,
            withdrawn_on=ground.consent.withdrawn_on,
            purposes=frozenset(given["purposes"]),
            recipients=frozenset(given["recipients"]),
        ),
        pupil=strict.Pupil(born=born, notified_to_swv=None, represented=False),
        on=context.today,
        purpose=ground.purpose,
        recipient=recipient_kind,
    )
    return ground.consent.given_on if counts else None


def consent_of(session: Session, dossier: Dossier, consent_id: str | None) -> Consent | None:
    """This consent, where it is one of the dossier."""
    if not consent_id:
        return None
    consent = session.get(Consent, consent_id)
    return consent if consent is not None and consent.dossier_id == dossier.id else None


def convenant_of(
    session: Session, dossier: Dossier, recipient: Organisation, purpose: str, chosen: str | None
) -> str | None:
    """The convenant with this recipient under which a second opinion is asked."""
    if purpose != "second_opinion" or recipient.kind != choosing.PARTNER:
        return None
    found = convenants.with_partner(session, dossier.tenant_id, recipient.id)
    return chosen or (found.id if found is not None else None)


def convenant_fact(session: Session, convenant_id: str | None, requested_on: date) -> dict[str, Any] | None:
    """The convenant as the judge reads it, for a request of that day; None where there is none."""
    return convenants.as_fact(session, convenant_id, requested_on) if convenant_id else None


def judge_again(
    services: Services, session: Session, context: Context, row: Verstrekking, leaving: Outgoing
) -> Decision:
    """The same question as at the start, with today's consent: withdrawn access closes at once."""
    return asked_again(services, session, context, row, leaving)[1]


def asked_again(
    services: Services, session: Session, context: Context, row: Verstrekking, leaving: Outgoing
) -> tuple[dict[str, Any], Decision]:
    """The facts of today and the judge's word on them."""
    dossier = session.get_one(Dossier, row.dossier_id)
    recipient = session.get_one(Organisation, row.recipient_id)
    ground = Ground(
        purpose=row.purpose,
        basis=row.basis,
        law=row.law,
        consent=consent_of(session, dossier, row.consent_id),
        expert_id=row.expert_id,
        convenant=convenant_fact(session, row.convenant_id, row.requested_on or day_of(row.made_at)),
    )
    told = facts_of_leaving(services, session, context, dossier, recipient, leaving, ground)
    return told, ask(session, row.tenant_id, told, context.today)


def as_asked(told: dict[str, Any], decision: Decision, on: date) -> dict[str, Any]:
    """The facts as they are kept: with the profile and the day, so that they can be judged again."""
    return {**told, "profile": decision.profile_id, "on": on.isoformat()}
