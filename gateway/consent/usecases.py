"""Recording and withdrawing a consent. The dossier's visibility was asked by the caller's floor. Source: GR1, PRage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from gateway.consent.tables import Consent
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.vault.keys import Vault

REASON_MAX = 500
CAPACITIES = {"guardian": "ouder of wettelijk vertegenwoordiger", "data_subject": "de leerling zelf (16 jaar of ouder)"}

COVERABLE = tuple("abcdfghijklmnop")
"""The categories that a consent can cover: health (e) goes to no third party, with consent or without (PR9.2)."""
IN_PORTAL = sentence("Gegeven in Dossierpoort, na aanmelden.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """A consent: from a signed form or a talk with where the evidence lies, or given in the portal by an account.

    `guardian` is what the dossier calls the guardian who gave it; blank: someone it does not know, by `giver_name`.
    """

    given_by: str
    giver_name: str
    has_authority: bool
    given_on: date
    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    evidence: str
    categories: tuple[str, ...] = COVERABLE
    valid_until: date | None = None
    giver_account_id: str | None = None
    evidence_document_id: str | None = None
    request_id: str | None = None
    guardian: str = ""


def add(session: Session, vault: Vault, context: Context, dossier_id: str, new: NewConsent) -> str:
    """Record a consent in the caller's transaction; returns its id."""
    _check(new, context)
    consent = Consent(
        dossier_id=dossier_id,
        given_by=new.given_by,
        has_authority=new.has_authority,
        given_on=new.given_on,
        purposes=" ".join(new.purposes),
        recipients=" ".join(new.recipients),
        categories=" ".join(sorted(new.categories)),
        valid_until=new.valid_until,
        giver_account_id=new.giver_account_id,
        evidence_document_id=new.evidence_document_id,
        request_id=new.request_id,
        details=vault.seal_json(
            session, dossier_id, "consent", {"name": new.giver_name.strip(), "evidence": new.evidence.strip()}
        ),
        recorded_by=context.person.account_id,
        recorded_at=context.now,
    )
    session.add(consent)
    session.flush()
    record(
        session,
        vault,
        context,
        Action.CONSENT,
        dossier_id=dossier_id,
        object_type="consent",
        object_id=consent.id,
        article="GR1",
        payload={
            "by": new.given_by,
            "purposes": list(new.purposes),
            "recipients": list(new.recipients),
            "categories": list(new.categories),
            "until": new.valid_until.isoformat() if new.valid_until else None,
            "in_portal": new.giver_account_id == context.person.account_id,
        },
    )
    return consent.id


def withdraw(
    session: Session, vault: Vault, context: Context, dossier_id: str, consent_id: str, reason: str = ""
) -> None:
    """Withdraw at once: from now on nothing new rests on it. `reason` says how staff were asked. Source: PRage."""
    consent = session.get(Consent, consent_id, with_for_update=True, populate_existing=True)
    if consent is None or consent.dossier_id != dossier_id:
        raise NotFoundError
    if consent.withdrawn_on is not None:
        raise ConflictError("Deze toestemming is al ingetrokken.")
    consent.withdrawn_on = context.today
    record(
        session,
        vault,
        context,
        Action.CONSENT,
        dossier_id=dossier_id,
        object_type="consent",
        object_id=consent.id,
        article="PRage",
        payload={"withdrawn": True, "reason": reason.strip()[:REASON_MAX]},
    )


def of_dossier(session: Session, dossier_id: str) -> Sequence[Consent]:
    """All consents of a dossier, newest first."""
    query = select(Consent).where(Consent.dossier_id == dossier_id).order_by(Consent.given_on.desc(), Consent.id)
    return session.scalars(query).all()


def details(session: Session, vault: Vault, consent: Consent) -> dict[str, str]:
    """The giver's name and the evidence."""
    opened: dict[str, str] = vault.open_json(session, consent.dossier_id, "consent", consent.details)
    return opened


def as_fact(consent: Consent | None, *, on: date, categories: Iterable[str]) -> dict[str, Any] | None:
    """The consent as the judge reads it; past its last day, or for data that it does not cover, there is none."""
    if consent is None or (consent.valid_until is not None and consent.valid_until < on):
        return None
    if not {category[0] for category in categories} <= set(consent.categories.split()):
        return None
    return {
        "by": consent.given_by,
        "has_authority": consent.has_authority,
        "on": consent.given_on.isoformat(),
        "withdrawn_on": consent.withdrawn_on.isoformat() if consent.withdrawn_on else None,
        "purposes": consent.purposes.split(),
        "recipients": consent.recipients.split(),
    }


def forget_dossier(session: Session, dossier_id: str) -> None:
    """Remove the consents of a dossier that is gone."""
    session.execute(delete(Consent).where(Consent.dossier_id == dossier_id))


def _check(new: NewConsent, context: Context) -> None:
    if new.given_by not in CAPACITIES:
        raise InvalidInputError("Kies wie de toestemming gaf.", field="given_by")
    if not new.giver_name.strip():
        raise InvalidInputError("Vul de naam in van wie de toestemming gaf.", field="giver_name")
    if new.given_on > context.today:
        raise InvalidInputError("De datum van de toestemming ligt in de toekomst.", field="given_on")
    if not new.purposes:
        raise InvalidInputError("Kies ten minste één doel.", field="purposes")
    if not new.recipients:
        raise InvalidInputError("Kies ten minste één soort ontvanger.", field="recipients")
    if not new.categories or not set(new.categories) <= set(COVERABLE):
        raise InvalidInputError("Kies ten minste één soort gegevens.", field="categories")
    if new.valid_until is not None and new.valid_until < new.given_on:
        raise InvalidInputError("De einddatum ligt voor de dag van de toestemming.", field="valid_until")
    if not new.evidence.strip() and not new.evidence_document_id:
        raise InvalidInputError("Schrijf waar het bewijs ligt, bijvoorbeeld een getekend formulier.", field="evidence")
