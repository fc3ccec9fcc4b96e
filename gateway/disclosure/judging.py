"""A request to disclose, and the judge's word on each of its documents: at the start, at approval, at every fetch.

Source: PR9.1, PR9.2, PR9.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.access.facts import access_of, ask
from gateway.accounts.tables import Organisation
from gateway.consent import usecases as consents
from gateway.consent.tables import Consent
from gateway.dossiers import facts
from gateway.dossiers.enrolled import enrolled_here
from gateway.dossiers.queries import DocumentLine, documents_of, swv_dossier
from gateway.dossiers.rules import PURPOSES
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.errors import ConflictError, InvalidInputError, RefusedError
from gateway.reglement import versions
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.tables import Verstrekking
    from gateway.reglement.rules import Decision
    from gateway.services import Services

OPEN_DAYS = 28
"""A verstrekking can be fetched this many days at most, unless it is closed before. A working choice, no legal term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the sender chose.

    `evidence` says what the basis rests on, unless that is a consent, which brings its own. `why_identifiable` is the
    judgement of CV4.6: why anonymising would hinder the work. `open_until` None: the longest that can be. `once` is an
    id that came with the page: the same page sent twice is one verstrekking.
    """

    dossier_id: str
    document_ids: tuple[str, ...]
    recipient_id: str
    purpose: str
    basis: str
    law: str | None
    consent_id: str | None
    statement: str
    recipient_person: str = ""
    evidence: str = ""
    why_identifiable: str = ""
    open_until: date | None = None
    once: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A request with the judge's word on each document; allowed only when each document is."""

    request: Request
    recipient: Organisation
    lines: Sequence[DocumentLine]
    facts: Sequence[dict[str, Any]]
    decisions: Sequence[Decision]
    categories: tuple[str, ...]
    open_until: date
    second_person: bool

    @property
    def refusal(self) -> Decision | None:
        """The first decision that says no."""
        return next((decision for decision in self.decisions if not decision.allowed), None)

    @property
    def decision(self) -> Decision:
        """The decision that is shown and noted."""
        return self.refusal or self.decisions[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What a disclosure is for and what it rests on."""

    purpose: str
    basis: str
    law: str | None
    consent: Consent | None


def judge_request(services: Services, session: Session, context: Context, request: Request) -> Judged:
    """Every chosen document judged on its own facts; the set is allowed only when each of them is.

    Raises:
        InvalidInputError: something was not chosen, or not said.
        NotFoundError: the dossier or the recipient is not within reach.
        ConflictError: a document is withdrawn or still in check.
    Source: PR9.1, PR9.3, CV4.3, CV4.6.
    """
    dossier = swv_dossier(session, context, request.dossier_id)
    recipient = _recipient(session, dossier, request.recipient_id)
    if request.purpose not in PURPOSES:
        raise InvalidInputError("Kies waarvoor u verstrekt.", field="purpose")
    lines, _ = documents_of(services, session, context, dossier)
    chosen = [line for line in lines if line.document.id in request.document_ids]
    if not chosen or len(chosen) != len(set(request.document_ids)):
        raise InvalidInputError("Kies ten minste één stuk.", field="document_ids")
    if any(not line.readable for line in chosen):
        raise ConflictError("Een van deze stukken is ingetrokken of nog in controle.")
    _check_said(
        request, is_own_school=enrolled_here(session, dossier.id, recipient, context.today), today=context.today
    )
    consent = _consent_of(session, dossier, request.consent_id)
    ground = _Ground(purpose=request.purpose, basis=request.basis, law=request.law, consent=consent)
    told = [_facts(services, session, context, dossier, recipient, line.version, ground) for line in chosen]
    decisions = [ask(session, dossier.tenant_id, each, context.today) for each in told]
    return Judged(
        request=request,
        recipient=recipient,
        lines=chosen,
        facts=told,
        decisions=decisions,
        categories=tuple(sorted({category for line in chosen for category in line.version.category_list})),
        open_until=request.open_until or context.today + timedelta(days=OPEN_DAYS),
        second_person=_second_person(session, dossier, recipient, decisions[0]),
    )


def _recipient(session: Session, dossier: Dossier, recipient_id: str) -> Organisation:
    recipient = session.get(Organisation, recipient_id) if recipient_id else None
    if recipient is None or recipient.tenant_id != dossier.tenant_id or not recipient.active:
        raise InvalidInputError("Kies aan wie u verstrekt.", field="recipient_id")
    return recipient


def _second_person(session: Session, dossier: Dossier, recipient: Organisation, decision: Decision) -> bool:
    profile = versions.find(session, dossier.tenant_id, decision.profile_id, decision.profile_version)
    return facts.kind_of(recipient) in profile.second_person


def _check_said(request: Request, *, is_own_school: bool, today: date) -> None:
    """What a verstrekking must name before it can be noted."""
    if not request.recipient_person.strip():
        raise InvalidInputError("Schrijf voor wie bij deze organisatie het is.", field="recipient_person")
    if request.basis != "consent" and not request.evidence.strip():
        raise InvalidInputError("Schrijf waar dat uit blijkt.", field="evidence")
    if not is_own_school and not request.why_identifiable.strip():
        raise InvalidInputError("Schrijf waarom de stukken niet geanonimiseerd kunnen.", field="why_identifiable")
    if not request.statement.strip():
        raise InvalidInputError("Schrijf of de gegevens juist, volledig en actueel zijn.", field="statement")
    if request.open_until is not None and not 0 < (request.open_until - today).days <= OPEN_DAYS:
        raise InvalidInputError(
            sentence("Kies een dag van morgen tot en met %(count)d dagen vanaf nu.", count=OPEN_DAYS),
            field="open_until",
        )


def _facts(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    recipient: Organisation,
    version: DocumentVersion,
    ground: _Ground,
) -> dict[str, Any]:
    """The facts of one document version, as the specification names them."""
    access = access_of(
        session,
        context.person.account_id,
        context.today,
        dossier_id=dossier.id,
        school_id=dossier.school_on(context.today),
    )
    given = consents.as_fact(ground.consent, on=context.today, categories=version.category_list)
    question = facts.Question(
        act="disclose",
        purpose=ground.purpose,
        data=facts.data_of(version),
        actor=facts.actor(context, kind="swv_staff", access=access),
        recipient=facts.recipient(session, dossier, recipient, context.today),
        basis=facts.basis(ground.basis, law=ground.law, consent=given),
        shielded=facts.shielded_of(session, version),
    )
    return facts.facts_of(services, session, dossier, context.today, question)


def _consent_of(session: Session, dossier: Dossier, consent_id: str | None) -> Consent | None:
    if not consent_id:
        return None
    consent = session.get(Consent, consent_id)
    return consent if consent is not None and consent.dossier_id == dossier.id else None


def judge_again(
    services: Services, session: Session, context: Context, row: Verstrekking, version: DocumentVersion
) -> Decision:
    """The same question as at the start, with today's consent: withdrawn access closes at once."""
    return asked_again(services, session, context, row, version)[1]


def asked_again(
    services: Services, session: Session, context: Context, row: Verstrekking, version: DocumentVersion
) -> tuple[dict[str, Any], Decision]:
    """The facts of today and the judge's word on them."""
    dossier = session.get_one(Dossier, row.dossier_id)
    recipient = session.get_one(Organisation, row.recipient_id)
    ground = _Ground(
        purpose=row.purpose, basis=row.basis, law=row.law, consent=_consent_of(session, dossier, row.consent_id)
    )
    told = _facts(services, session, context, dossier, recipient, version, ground)
    return told, ask(session, row.tenant_id, told, context.today)


def as_asked(told: dict[str, Any], decision: Decision, on: date) -> dict[str, Any]:
    """The facts as they are kept: with the profile and the day, so that they can be judged again."""
    return {**told, "profile": decision.profile_id, "on": on.isoformat()}


def check_leaves(row: Verstrekking) -> None:
    """Whether anything of this verstrekking may leave at all.

    Raises:
        ConflictError: a second person did not approve it.
    """
    if row.state != "open":
        raise ConflictError("Een tweede persoon heeft deze verstrekking niet goedgekeurd. Er gaat niets weg.")


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
            "versie %(number)s (%(profile)s)", profile=decision.profile_id, number=decision.profile_version
        ),
    )
