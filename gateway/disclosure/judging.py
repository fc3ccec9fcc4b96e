"""A request to disclose, and the judge's word on each of its documents: at the start, at approval, at every fetch.

Source: PR9.1, PR9.2, PR9.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.access.facts import RECIPIENT_OF_KIND, access_of, ask
from gateway.accounts.tables import Organisation
from gateway.consent import usecases as consents
from gateway.consent.tables import Consent
from gateway.dossiers.enrolled import enrolled_here, state_fact
from gateway.dossiers.queries import DocumentLine, documents_of, pupil_of, swv_dossier
from gateway.dossiers.rules import PURPOSES
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.errors import ConflictError, InvalidInputError, RefusedError
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.tables import Verstrekking
    from gateway.reglement.rules import Decision
    from gateway.services import Services

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


def judge_request(services: Services, session: Session, context: Context, request: Request) -> Judged:
    """Every chosen document judged on its own facts; the set is allowed only when each of them is.

    Raises:
        InvalidInputError: something was not chosen.
        NotFoundError: the dossier or the recipient is not within reach.
        ConflictError: a document is withdrawn or still in check.
    """
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
    enrolled = enrolled_here(session, dossier.id, recipient, context.today)
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
            **state_fact(session, dossier.id, context.today),
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
