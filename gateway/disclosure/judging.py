"""A request to disclose, and the judge's word on each of its documents: at the start, at approval, at every fetch.

Source: PR9.1, PR9.2, PR9.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access.facts import ask, entries_in_scope
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Role
from gateway.disclosure import choosing, mapping, typed
from gateway.disclosure.asking import Ground, consent_of, convenant_fact, convenant_of, facts_of_leaving
from gateway.disclosure.choosing import Towards
from gateway.disclosure.outgoing import Outgoing, anonymised
from gateway.dossiers import facts
from gateway.dossiers.enrolled import enrolled_here
from gateway.dossiers.queries import DocumentLine, documents_of, swv_dossier
from gateway.dossiers.rules import DISCLOSED_FOR
from gateway.dossiers.tables import Document
from gateway.errors import ConflictError, InvalidInputError, RefusedError
from gateway.reglement import versions
from gateway.sentences import counted, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.tables import Verstrekking
    from gateway.dossiers.tables import Dossier
    from gateway.reglement.rules import Decision
    from gateway.services import Services

OPEN_DAYS = 28
"""A verstrekking can be fetched this many days at most, unless it is closed before. A working choice, no legal term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the sender chose.

    `evidence` says what the basis rests on, unless that is a consent, which brings its own. `identifiable` is the
    judgement of the requesting party that anonymising would hinder the work, `why_identifiable` its reasons (CV4.6);
    without it all leaves anonymised, but to whom originals go anyway. `expert_id` is the account of the named expert
    for whom alone it is. `requested_on` is the day of the request under the convenant (`convenant_id`, else that with
    this recipient); None: today. `open_until` None: the longest that can be. `once` is an id that came with the page:
    the same page sent twice is one verstrekking.
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
    identifiable: bool = False
    why_identifiable: str = ""
    expert_id: str | None = None
    convenant_id: str | None = None
    requested_on: date | None = None
    open_until: date | None = None
    once: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A request with the judge's word on each document; allowed only when each document is."""

    request: Request
    recipient: Organisation
    lines: Sequence[DocumentLine]
    leaving: Sequence[Outgoing]
    form: str
    facts: Sequence[dict[str, Any]]
    decisions: Sequence[Decision]
    categories: tuple[str, ...]
    convenant_id: str | None
    open_until: date
    second_person: bool

    @property
    def pairs(self) -> list[tuple[DocumentLine, Outgoing]]:
        """Each document with what leaves of it."""
        return list(zip(self.lines, self.leaving, strict=True))

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
        InvalidInputError: something was not chosen, or not said; or a document has no reviewed anonymised rendition.
        NotFoundError: the dossier or the recipient is not within reach.
        ConflictError: a document is withdrawn or still in check, or replacements clash between the documents.
    Source: PR9.1, PR9.3, CV4.3, CV4.6.
    """
    dossier = swv_dossier(session, context, request.dossier_id)
    recipient = _recipient(session, dossier, request.recipient_id)
    if request.purpose not in DISCLOSED_FOR:
        raise InvalidInputError("Kies waarvoor u verstrekt.", field="purpose")
    chosen = _chosen(services, session, context, dossier, request)
    towards = towards_of(session, context, dossier, recipient, request)
    form = choosing.form_of(towards, identifiable=request.identifiable)
    _check_said(request, towards, today=context.today)
    leaving = _leaving(services, session, chosen, form)
    if form == choosing.ANONYMISED:
        typed.check_nameless(services, session, dossier, {"statement": request.statement})
        mapping.gathered(services, session, leaving)
    consent = consent_of(session, dossier, request.consent_id)
    agreed = convenant_of(session, dossier, recipient, request.purpose, request.convenant_id)
    ground = Ground(
        purpose=request.purpose,
        basis=request.basis,
        law=request.law,
        consent=consent,
        expert_id=request.expert_id,
        convenant=convenant_fact(session, agreed, request.requested_on or context.today),
    )
    told = [facts_of_leaving(services, session, context, dossier, recipient, each, ground) for each in leaving]
    decisions = [ask(session, dossier.tenant_id, each, context.today) for each in told]
    return Judged(
        request=request,
        recipient=recipient,
        lines=chosen,
        leaving=leaving,
        form=form,
        facts=told,
        decisions=decisions,
        categories=tuple(sorted({category for each in leaving for category in each.categories})),
        convenant_id=agreed,
        open_until=request.open_until or context.today + timedelta(days=OPEN_DAYS),
        second_person=_second_person(session, dossier, recipient, decisions[0]),
    )


def _chosen(
    services: Services, session: Session, context: Context, dossier: Dossier, request: Request
) -> list[DocumentLine]:
    lines, _ = documents_of(services, session, context, dossier)
    chosen = [line for line in lines if line.document.id in request.document_ids]
    if not chosen or len(chosen) != len(set(request.document_ids)):
        raise InvalidInputError("Kies ten minste één stuk.", field="document_ids")
    if any(not line.readable for line in chosen):
        raise ConflictError("Een van deze stukken is ingetrokken of nog in controle.")
    return sorted(chosen, key=lambda line: (line.version.made_at, line.version.id))


def _leaving(services: Services, session: Session, chosen: Sequence[DocumentLine], form: str) -> list[Outgoing]:
    """The chosen documents in the form in which they leave."""
    if form == choosing.ORIGINAL:
        return [Outgoing(version=line.version, number=number) for number, line in enumerate(chosen, start=1)]
    found = [anonymised(services, session, line.version, number) for number, line in enumerate(chosen, start=1)]
    missing = sum(each is None for each in found)
    if missing:
        raise InvalidInputError(
            counted(
                "Van %(num)d stuk is nog geen gecontroleerde geanonimiseerde weergave. Maak die eerst.",
                "Van %(num)d stukken is nog geen gecontroleerde geanonimiseerde weergave. Maak die eerst.",
                missing,
            ),
            field="identifiable",
        )
    return [each for each in found if each is not None]


def _recipient(session: Session, dossier: Dossier, recipient_id: str) -> Organisation:
    recipient = session.get(Organisation, recipient_id) if recipient_id else None
    if recipient is None or recipient.tenant_id != dossier.tenant_id or not recipient.active:
        raise InvalidInputError("Kies aan wie u verstrekt.", field="recipient_id")
    return recipient


def towards_of(
    session: Session, context: Context, dossier: Dossier, recipient: Organisation, request: Request
) -> Towards:
    """To whom this goes, as far as the form depends on it.

    Raises:
        InvalidInputError: the named expert is not one of the recipient's who is on the list for this dossier.
    """
    tenant = session.get_one(Tenant, dossier.tenant_id)
    profile = versions.in_force(session, tenant.id, tenant.profile_id, context.today)
    kind = facts.kind_of(recipient)
    law = profile.laws.get(request.law or "") if request.basis == "law" else None
    if request.expert_id and request.expert_id not in experts_of(session, context, dossier, recipient):
        raise InvalidInputError(
            "Kies een deskundige die voor dit dossier op de toegangslijst staat.", field="expert_id"
        )
    return Towards(
        kind=kind,
        own_school=kind == "school_board"
        and request.purpose in profile.own_school_purposes
        and enrolled_here(session, dossier.id, recipient, context.today),
        obliged=law is not None and law.obliges and kind in law.recipients,
        expert=bool(request.expert_id),
    )


def experts_of(session: Session, context: Context, dossier: Dossier, recipient: Organisation) -> list[str]:
    """The accounts of the recipient's experts whose access entry reaches this dossier today (PR8.2)."""
    query = select(Account.id).where(
        Account.organisation_id == recipient.id, Account.role == Role.EXPERT.value, Account.active
    )
    school = dossier.school_on(context.today)
    return [
        account_id
        for account_id in session.scalars(query.order_by(Account.id))
        if entries_in_scope(session, account_id, context.today, dossier_id=dossier.id, school_id=school)
    ]


def _second_person(session: Session, dossier: Dossier, recipient: Organisation, decision: Decision) -> bool:
    profile = versions.find(session, dossier.tenant_id, decision.profile_id, decision.profile_version)
    return facts.kind_of(recipient) in profile.second_person


def _check_said(request: Request, towards: Towards, *, today: date) -> None:
    """What a verstrekking must name before it can be noted."""
    if not request.recipient_person.strip() and not request.expert_id:
        raise InvalidInputError("Schrijf voor wie bij deze organisatie het is.", field="recipient_person")
    if request.basis != "consent" and not request.evidence.strip():
        raise InvalidInputError("Schrijf waar dat uit blijkt.", field="evidence")
    if choosing.asks_expert(towards, identifiable=request.identifiable):
        raise InvalidInputError(
            "Bij een partner-samenwerkingsverband gaan stukken met naam alleen naar een deskundige met naam. Kies wie.",
            field="expert_id",
        )
    if choosing.asks_reason(towards, identifiable=request.identifiable) and not request.why_identifiable.strip():
        raise InvalidInputError("Schrijf waarom de stukken niet geanonimiseerd kunnen.", field="why_identifiable")
    if not request.statement.strip():
        raise InvalidInputError("Schrijf of de gegevens juist, volledig en actueel zijn.", field="statement")
    if request.open_until is not None and not 0 < (request.open_until - today).days <= OPEN_DAYS:
        raise InvalidInputError(
            sentence("Kies een dag van morgen tot en met %(count)d dagen vanaf nu.", count=OPEN_DAYS),
            field="open_until",
        )


def check_leaves(row: Verstrekking) -> None:
    """Whether anything of this verstrekking may leave at all.

    Raises:
        ConflictError: a second person did not approve it.
    """
    if row.state != "open":
        raise ConflictError("Een tweede persoon heeft deze verstrekking niet goedgekeurd. Er gaat niets weg.")


def check_open(session: Session, context: Context, row: Verstrekking, leaving: Outgoing) -> None:
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
    if session.get_one(Document, leaving.version.document_id).withdrawn_at is not None:
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
