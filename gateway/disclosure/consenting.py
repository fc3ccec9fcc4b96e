"""Consent within reach: staff record and ask, the entitled give, refuse and withdraw. Source: GR1, PRage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.consent import orders, requests
from gateway.consent import usecases as consents
from gateway.consent.rules import sixteenth_birthday
from gateway.consent.tables import Consent, ConsentRequest
from gateway.context import Context, Role
from gateway.disclosure.stopping import Running, resting_on, tell_stopped
from gateway.dossiers.guardians import documents_of_kind, entitled_accounts, is_limited, named
from gateway.dossiers.queries import pupil_of, swv_dossier, visible_dossier
from gateway.dossiers.rules import same_name
from gateway.dossiers.tables import Dossier, DossierPerson
from gateway.dossiers.telling import tell
from gateway.errors import InvalidInputError, NotFoundError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.consent.requests import NewRequest
    from gateway.consent.usecases import NewConsent
    from gateway.services import Services

FORM_KIND = "consent_form"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    """A consent as a page shows it. `state` is a code: valid, withdrawn, expired, sixteen, no_authority."""

    consent: Consent
    name: str
    evidence: str
    state: str
    running: Sequence[Running]
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """What one person answered."""

    name: str
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request as a page shows it; `disagree` when one gave and another refused."""

    request: ConsentRequest
    explanation: str
    answers: Sequence[AnswerLine]
    own: str = ""

    @property
    def disagree(self) -> bool:
        """Whether those who are entitled answered differently."""
        return len({line.answer for line in self.answers}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyConsents:
    """One child's requests and consents, for who is entitled; `limited` when a court order takes that away now."""

    dossier_id: str
    pupil_name: str
    requests: Sequence[RequestLine]
    consents: Sequence[ConsentLine]
    limited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierConsents:
    """Consents and requests of a dossier, for staff."""

    consents: Sequence[ConsentLine]
    requests: Sequence[RequestLine]
    sixteen_on: date


def record_consent(services: Services, context: Context, dossier_id: str, new: NewConsent) -> str:
    """Staff of the SWV record a consent from a signed form or a talk.

    Who the dossier knows without authority, or under a court order on that day, gave it without authority, whatever
    was ticked: that is what the judge is told.
    """
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        if new.evidence_document_id is not None:
            forms = {document_id for document_id, _ in documents_of_kind(services, session, dossier, FORM_KIND)}
            if new.evidence_document_id not in forms:
                raise InvalidInputError("Kies een toestemmingsformulier uit dit dossier.", field="evidence_document_id")
        return consents.add(session, services.vault, context, dossier.id, _as_known(services, session, dossier, new))


def _as_known(services: Services, session: Session, dossier: Dossier, new: NewConsent) -> NewConsent:
    if new.given_by != "guardian":
        links = session.scalars(select(DossierPerson).where(DossierPerson.dossier_id == dossier.id)).all()
        own = next((link.account_id for link in links if link.capacity == "data_subject"), None)
        return replace(new, giver_account_id=own)
    everyone = named(services, session, dossier)
    known = next((each for each in everyone if each.key == new.guardian), None)
    if known is None:
        if new.guardian:
            raise InvalidInputError("Kies wie dit is in het dossier.", field="guardian")
        if any(same_name(each.name, new.giver_name) for each in everyone):
            raise InvalidInputError("Deze naam staat in het dossier. Kies deze persoon in de lijst.", field="guardian")
        # An order on someone of whom nobody knows who it is may be about just this person.
        limited = any(each.account_id is None for each in orders.in_force(session, dossier.id, new.given_on))
        return replace(new, has_authority=new.has_authority and not limited, giver_account_id=None)
    limited = is_limited(session, dossier.id, known, new.given_on)
    return replace(
        new,
        giver_name=known.name,
        has_authority=known.has_authority and not limited,
        giver_account_id=known.account_id,
    )


def givers(services: Services, context: Context, dossier_id: str) -> list[tuple[str, str]]:
    """The guardians of a dossier of the SWV's staff, as (what a form calls them, name)."""
    with services.db.reading() as session:
        return [(each.key, each.name) for each in named(services, session, swv_dossier(session, context, dossier_id))]


def of_dossier(services: Services, context: Context, dossier_id: str) -> DossierConsents:
    """The consents and requests of a dossier within the actor's reach."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        pupil = pupil_of(session, services.vault, dossier)
        return DossierConsents(
            consents=_consent_lines(services, session, context, dossier, pupil.born),
            requests=[
                _request_line(services, session, context, row) for row in requests.of_dossier(session, dossier.id)
            ],
            sixteen_on=sixteenth_birthday(pupil.born),
        )


def one_of_dossier(services: Services, context: Context, dossier_id: str, consent_id: str) -> ConsentLine:
    """One consent of a dossier of the SWV's staff, with what rests on it."""
    with services.db.reading() as session:
        dossier = swv_dossier(session, context, dossier_id)
        born = pupil_of(session, services.vault, dossier).born
        lines = _consent_lines(services, session, context, dossier, born)
        return _one(lines, consent_id)


def evidence_forms(services: Services, context: Context, dossier_id: str) -> list[tuple[str, str]]:
    """The signed forms in a dossier of the SWV's staff, as (document id, file name)."""
    with services.db.reading() as session:
        return documents_of_kind(services, session, swv_dossier(session, context, dossier_id), FORM_KIND)


def ask(services: Services, context: Context, dossier_id: str, new: NewRequest) -> int:
    """Ask those who are entitled for consent, each with a notice; returns how many can answer in the portal."""
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        made_by = context.person.account_id
        requests.ask(session, services.vault, context, dossier.id, dossier.tenant_id, new, made_by=made_by)
        accounts = entitled_accounts(services, session, dossier, context.today)
        for account_id in accounts:
            tell(services, session, context, dossier, account_id, "consent_asked", "/toestemmingen")
        return len(accounts)


def close(services: Services, context: Context, dossier_id: str, request_id: str) -> None:
    """The SWV needs no answer any more."""
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        requests.close(session, context, dossier.id, request_id)


def answer(services: Services, context: Context, request_id: str, *, gives: bool) -> None:
    """The signed-in guardian or pupil gives consent or refuses; the asker is told.

    Raises:
        NotFoundError: not entitled on this day, or no such request.
    """
    with services.db.writing() as session:
        request = session.get(ConsentRequest, request_id)
        dossier = session.get(Dossier, request.dossier_id) if request is not None else None
        if request is None or dossier is None or not _is_entitled(services, session, context, dossier):
            raise NotFoundError
        account_id = context.person.account_id
        name = people.names_of(session, services.vault, [account_id])[account_id].name
        given_by = "data_subject" if context.person.role is Role.PUPIL else "guardian"
        requests.answer(session, services.vault, context, request, gives=gives, given_by=given_by, name=name)
        link = f"/dossiers/{dossier.id}/toestemmingen"
        tell(services, session, context, dossier, request.made_by, "consent_answered", link)


def withdraw_own(services: Services, context: Context, consent_id: str) -> None:
    """Who gave a consent withdraws it, effective at once, also when a court order limits them by now.

    Raises:
        NotFoundError: another gave it, or the link with the dossier ended.
    """
    with services.db.writing() as session:
        consent = session.get(Consent, consent_id)
        if consent is None or not gave(services, session, context, consent):
            raise NotFoundError
        _withdraw(services, session, context, consent, "")


def withdraw_on_request(
    services: Services, context: Context, dossier_id: str, consent_id: str, reason: str = ""
) -> None:
    """Staff of the SWV withdraw a consent because its giver asked so outside the portal."""
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        consent = session.get(Consent, consent_id)
        if consent is None or consent.dossier_id != dossier.id:
            raise NotFoundError
        _withdraw(services, session, context, consent, reason)


def _withdraw(services: Services, session: Session, context: Context, consent: Consent, reason: str) -> None:
    consents.withdraw(session, services.vault, context, consent.dossier_id, consent.id, reason)
    requests.forget_answer(session, consent.id)
    tell_stopped(services, session, context, consent, session.get_one(Dossier, consent.dossier_id).tenant_id)


def of_family(services: Services, context: Context) -> list[FamilyConsents]:
    """What the signed-in guardian or pupil can answer, and what they gave; that they looked is logged (PR11.1)."""
    account_id = context.person.account_id
    query = select(Dossier).join(DossierPerson, DossierPerson.dossier_id == Dossier.id)
    query = query.where(DossierPerson.account_id == account_id, Dossier.state != "draft").order_by(Dossier.id)
    found = []
    with services.db.writing() as session:
        for dossier in session.scalars(query).all():
            pupil = pupil_of(session, services.vault, dossier)
            entitled = _is_entitled(services, session, context, dossier)
            gone = context.today >= sixteenth_birthday(pupil.born) and context.person.role is not Role.PUPIL
            given = [] if gone else _consent_lines(services, session, context, dossier, pupil.born)
            given = [line for line in given if entitled or line.mine]
            if not entitled and not given:
                continue
            _note_look(services, session, context, dossier)
            asked = requests.of_dossier(session, dossier.id) if entitled else ()
            found.append(
                FamilyConsents(
                    dossier_id=dossier.id,
                    pupil_name=pupil.name,
                    requests=[_request_line(services, session, context, row) for row in asked if row.closed_at is None],
                    consents=given,
                    limited=not entitled,
                )
            )
    return found


def _note_look(services: Services, session: Session, context: Context, dossier: Dossier) -> None:
    record(
        session,
        services.vault,
        context,
        Action.CONSULT,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        object_type="consents",
        object_id=dossier.id,
        article="PR11.1",
    )


def _is_entitled(services: Services, session: Session, context: Context, dossier: Dossier) -> bool:
    if dossier.tenant_id != context.person.tenant_id or dossier.state == "draft":
        return False
    return context.person.account_id in entitled_accounts(services, session, dossier, context.today)


def gave(services: Services, session: Session, context: Context, consent: Consent) -> bool:
    """Whether the signed-in guardian or pupil gave this consent and may still act on it."""
    account_id = context.person.account_id
    if consent.giver_account_id != account_id or session.get(DossierPerson, (consent.dossier_id, account_id)) is None:
        return False
    born = pupil_of(session, services.vault, session.get_one(Dossier, consent.dossier_id)).born
    return context.person.role is Role.PUPIL or context.today < sixteenth_birthday(born)


def _consent_lines(
    services: Services, session: Session, context: Context, dossier: Dossier, born: date
) -> list[ConsentLine]:
    lines = []
    for consent in consents.of_dossier(session, dossier.id):
        opened = consents.details(session, services.vault, consent)
        lines.append(
            ConsentLine(
                consent=consent,
                name=opened["name"],
                evidence=opened["evidence"],
                state=_state(consent, born, context.today),
                running=resting_on(session, consent.id, context.today),
                mine=consent.giver_account_id == context.person.account_id,
            )
        )
    return lines


def _state(consent: Consent, born: date, on: date) -> str:
    if consent.withdrawn_on is not None:
        return "withdrawn"
    if consent.valid_until is not None and consent.valid_until < on:
        return "expired"
    if consent.given_by == "guardian" and on >= sixteenth_birthday(born):
        return "sixteen"
    if consent.given_by == "guardian" and not consent.has_authority:
        return "no_authority"
    return "valid"


def _one(lines: Sequence[ConsentLine], consent_id: str) -> ConsentLine:
    for line in lines:
        if line.consent.id == consent_id:
            return line
    raise NotFoundError


def _request_line(services: Services, session: Session, context: Context, row: ConsentRequest) -> RequestLine:
    answered = requests.answers(session, row.id)
    persons = people.names_of(session, services.vault, [item.account_id for item in answered])
    own = next((item.answer for item in answered if item.account_id == context.person.account_id), "")
    return RequestLine(
        request=row,
        explanation=requests.explanation(session, services.vault, row),
        answers=[
            AnswerLine(name=persons[item.account_id].name, answer=item.answer, at=item.answered_at)
            for item in answered
            if item.account_id in persons
        ],
        own=own,
    )
