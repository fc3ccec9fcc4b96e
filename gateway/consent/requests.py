"""The SWV asks for consent; who is entitled reads what it is for, and gives or refuses. Both are kept. Source: GR1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from gateway.consent import usecases as consents
from gateway.consent.tables import ConsentAnswer, ConsentRequest, SixteenthBirthday
from gateway.consent.usecases import COVERABLE, IN_PORTAL, NewConsent
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.vault.keys import Vault

EXPLANATION_MAX = 2000
GIVEN, REFUSED = "given", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What is asked: for which purposes, recipients and categories, until when, and why in plain words."""

    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    categories: tuple[str, ...]
    valid_until: date | None
    explanation: str


def ask(
    session: Session, vault: Vault, context: Context, dossier_id: str, tenant_id: str, new: NewRequest, *, made_by: str
) -> ConsentRequest:
    """Put a request in the caller's transaction.

    Raises:
        InvalidInputError: something is missing; the field is named.
    """
    _check(new, context)
    request = ConsentRequest(
        dossier_id=dossier_id,
        purposes=" ".join(new.purposes),
        recipients=" ".join(new.recipients),
        categories=" ".join(sorted(new.categories)),
        valid_until=new.valid_until,
        explanation=vault.seal_json(session, dossier_id, "consent-request", new.explanation.strip()),
        made_by=made_by,
        made_at=context.now,
    )
    session.add(request)
    session.flush()
    record(
        session,
        vault,
        context,
        Action.REQUEST,
        tenant_id=tenant_id,
        dossier_id=dossier_id,
        object_type="consent_request",
        object_id=request.id,
        article="GR1",
        payload={"purposes": list(new.purposes), "recipients": list(new.recipients)},
    )
    return request


def answer(
    session: Session,
    vault: Vault,
    context: Context,
    request: ConsentRequest,
    *,
    gives: bool,
    given_by: str,
    name: str,
) -> str | None:
    """The signed-in, entitled person gives or refuses; returns the consent's id. One may change from no to yes.

    Raises:
        ConflictError: already given, closed, or past its last day.
    """
    session.refresh(request, with_for_update=True)  # pressed twice at once is given once
    if request.closed_at is not None or (request.valid_until is not None and request.valid_until < context.today):
        raise ConflictError("Deze vraag is niet meer open.")
    account_id = context.person.account_id
    earlier = session.get(ConsentAnswer, (request.id, account_id))
    if earlier is not None and earlier.answer == GIVEN:
        raise ConflictError("U hebt deze toestemming al gegeven. U kunt haar wel intrekken.")
    consent_id = None
    if gives:
        new = NewConsent(
            given_by=given_by,
            giver_name=name,
            has_authority=True,
            given_on=context.today,
            purposes=tuple(request.purposes.split()),
            recipients=tuple(request.recipients.split()),
            categories=tuple(request.categories.split()),
            valid_until=request.valid_until,
            evidence=IN_PORTAL,
            giver_account_id=account_id,
            request_id=request.id,
        )
        consent_id = consents.add(session, vault, context, request.dossier_id, new)
    else:
        record(
            session,
            vault,
            context,
            Action.CONSENT,
            outcome=Outcome.REFUSED,
            dossier_id=request.dossier_id,
            object_type="consent_request",
            object_id=request.id,
            article="GR1",
            payload={"by": given_by, "refused": True},
        )
    session.merge(
        ConsentAnswer(
            request_id=request.id,
            account_id=account_id,
            answer=GIVEN if gives else REFUSED,
            consent_id=consent_id,
            answered_at=context.now,
        )
    )
    return consent_id


def forget_answer(session: Session, consent_id: str) -> None:
    """A consent given on a request was withdrawn: its answer is open again, so that it can be given anew."""
    session.execute(delete(ConsentAnswer).where(ConsentAnswer.consent_id == consent_id))


def first_time(session: Session, dossier_id: str, now: datetime) -> bool:
    """Note that the sixteenth birthday of this dossier's pupil is dealt with; False when it was before."""
    if session.get(SixteenthBirthday, dossier_id) is not None:
        return False
    session.add(SixteenthBirthday(dossier_id=dossier_id, told_at=now))
    return True


def close(session: Session, context: Context, dossier_id: str, request_id: str) -> None:
    """Nobody needs to answer any more."""
    request = of_dossier_one(session, dossier_id, request_id)
    if request.closed_at is None:
        request.closed_at = context.now


def of_dossier_one(session: Session, dossier_id: str, request_id: str) -> ConsentRequest:
    """One request of this dossier."""
    request = session.get(ConsentRequest, request_id)
    if request is None or request.dossier_id != dossier_id:
        raise NotFoundError
    return request


def of_dossier(session: Session, dossier_id: str) -> Sequence[ConsentRequest]:
    """All requests of a dossier, newest first."""
    query = select(ConsentRequest).where(ConsentRequest.dossier_id == dossier_id)
    return session.scalars(query.order_by(ConsentRequest.made_at.desc(), ConsentRequest.id)).all()


def answers(session: Session, request_id: str) -> Sequence[ConsentAnswer]:
    """What was answered, oldest first."""
    query = select(ConsentAnswer).where(ConsentAnswer.request_id == request_id)
    return session.scalars(query.order_by(ConsentAnswer.answered_at, ConsentAnswer.account_id)).all()


def explanation(session: Session, vault: Vault, request: ConsentRequest) -> str:
    """Why it is asked, in plain words."""
    return str(vault.open_json(session, request.dossier_id, "consent-request", request.explanation))


def _check(new: NewRequest, context: Context) -> None:
    if not new.purposes:
        raise InvalidInputError("Kies ten minste één doel.", field="purposes")
    if not new.recipients:
        raise InvalidInputError("Kies ten minste één soort ontvanger.", field="recipients")
    if not new.categories or not set(new.categories) <= set(COVERABLE):
        raise InvalidInputError("Kies ten minste één soort gegevens.", field="categories")
    if new.valid_until is not None and new.valid_until < context.today:
        raise InvalidInputError("Deze einddatum is al voorbij.", field="valid_until")
    if not new.explanation.strip():
        raise InvalidInputError("Schrijf voor ouders waarom u dit vraagt.", field="explanation")
    if len(new.explanation) > EXPLANATION_MAX:
        raise InvalidInputError("Deze uitleg is te lang. Houd het kort.", field="explanation")
