"""Parents who ask for a second opinion: themselves in the portal, or through the school. Source: SO2, issue 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.context import Context, Role
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.queries import school_dossier, swv_dossier
from gateway.dossiers.seen import asking_ways_within, family_dossiers
from gateway.dossiers.telling import tell_swv
from gateway.errors import InvalidInputError, NotFoundError, RefusedError
from gateway.ids import new_id
from gateway.recording import Action, Outcome, record
from gateway.second_opinion.tables import SecondOpinionWish
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.services import Services

TEXT_MAX = 2000
_BY_SCHOOL = sentence("Volgens het privacyreglement vraagt u een second opinion via de school.")
_BY_PARENTS = sentence("Volgens het privacyreglement vragen ouders zelf om een second opinion, in hun eigen portaal.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    """A wish as staff see it."""

    id: str
    way: str
    who: str
    question: str
    made_at: datetime
    case_id: str | None


def ask(services: Services, context: Context, dossier_id: str, question: str) -> str:
    """A parent, a pupil who decides, or the school for the parents, asks for a second opinion; staff take it up.

    Raises:
        NotFoundError: not their child or pupil, or not entitled.
        RefusedError: the reglement has parents ask the other way; the refusal is in the log.
        InvalidInputError: nothing was asked.
    Source: SO2, TL12.
    """
    question = question.strip()
    if not question or len(question) > TEXT_MAX:
        raise InvalidInputError("Schrijf kort wat u wilt laten bekijken.", field="question")
    refusal: RefusedError | None = None
    wish_id = new_id()
    with services.db.writing() as session:
        dossier = _dossier(services, session, context, dossier_id)
        refusal = _refusal(session, context)
        if refusal is None:
            _keep(services, session, context, dossier, wish_id, question)
        else:
            _note(services, session, context, dossier, wish_id, Action.REFUSE, refused=True)
    if refusal is not None:
        raise refusal
    return wish_id


def _keep(
    services: Services, session: Session, context: Context, dossier: Dossier, wish_id: str, question: str
) -> None:
    session.add(
        SecondOpinionWish(
            id=wish_id,
            dossier_id=dossier.id,
            way=_way(context),
            body=services.vault.seal_json(session, dossier.id, f"wish:{wish_id}", {"question": question}),
            made_by=context.person.account_id,
            made_at=context.now,
        )
    )
    _note(services, session, context, dossier, wish_id, Action.REQUEST)
    tell_swv(services, session, context, dossier, "second_opinion_wish")


def _note(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    wish_id: str,
    action: Action,
    *,
    refused: bool = False,
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        outcome=Outcome.REFUSED if refused else Outcome.SUCCESS,
        dossier_id=dossier.id,
        object_type="second_opinion_wish",
        object_id=wish_id,
        purpose="second_opinion",
        article="SO2",
    )


def _way(context: Context) -> str:
    return "school" if context.person.role is Role.SCHOOL_STAFF else "direct"


def _refusal(session: Session, context: Context) -> RefusedError | None:
    if _way(context) in asking_ways_within(session, context):
        return None
    told = _BY_PARENTS if _way(context) == "school" else _BY_SCHOOL
    return RefusedError(told, article="SO2")


def may_ask(services: Services, context: Context, dossier_id: str) -> None:
    """Whether this person may ask for a second opinion on this dossier.

    Raises:
        NotFoundError: not their child or pupil, or not entitled.
        RefusedError: the reglement has parents ask the other way.
    """
    with services.db.reading() as session:
        _dossier(services, session, context, dossier_id)
        refusal = _refusal(session, context)
    if refusal is not None:
        raise refusal


def of_dossier(services: Services, session: Session, dossier_id: str) -> Sequence[WishLine]:
    """What parents asked about this dossier, oldest first."""
    query = select(SecondOpinionWish).where(SecondOpinionWish.dossier_id == dossier_id)
    rows = session.scalars(query.order_by(SecondOpinionWish.made_at, SecondOpinionWish.id)).all()
    persons = people.names_of(session, services.vault, [row.made_by for row in rows])
    return [
        WishLine(
            id=row.id,
            way=row.way,
            who=persons[row.made_by].name if row.made_by in persons else people.NAMELESS.name,
            question=services.vault.open_json(session, dossier_id, f"wish:{row.id}", row.body)["question"],
            made_at=row.made_at,
            case_id=row.case_id,
        )
        for row in rows
    ]


def take(session: Session, context: Context, dossier_id: str, wish_id: str, case_id: str) -> None:
    """A request was written for this wish."""
    row = session.get(SecondOpinionWish, wish_id, with_for_update=True, populate_existing=True)
    if row is None or row.dossier_id != dossier_id:
        raise NotFoundError
    swv_dossier(session, context, dossier_id)
    row.case_id, row.answered_at = case_id, context.now


def _dossier(services: Services, session: Session, context: Context, dossier_id: str) -> Dossier:
    if context.person.role is Role.SCHOOL_STAFF:
        dossier = school_dossier(session, context, dossier_id)
        if dossier.state == "draft":
            raise NotFoundError
        return dossier
    found = next((each for each, _ in family_dossiers(services, session, context) if each.id == dossier_id), None)
    if found is None or context.person.account_id not in entitled_accounts(services, session, found, context.today):
        raise NotFoundError
    return found
