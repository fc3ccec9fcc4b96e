"""The short steps of a case: what contact persons and experts say, decide, agree and ask. One function, one commit.

Each checks the seat of who acts; whether the step can follow is for the machine. Source: CV3.6, CV4.2, CV8, SO2-SO4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.access import usecases as access
from gateway.errors import InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.second_opinion import experts, naming, reach, storing
from gateway.second_opinion.doing import step
from gateway.second_opinion.state import PARTNER, REQUESTER
from gateway.sentences import sentence
from retention.errors import TermError
from retention.terms import Length

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.context import Context
    from gateway.second_opinion.experts import NewExpert
    from gateway.second_opinion.naming import NamedExpert
    from gateway.services import Services

TEXT_MAX = 4000
BY_CONTACT: dict[str, str] = {
    "accept": PARTNER,
    "decline": PARTNER,
    "hand_over": PARTNER,
    "answer": REQUESTER,
    "extend": REQUESTER,
    "refuse_more": REQUESTER,
    "confirm": REQUESTER,
    "tell_parents": REQUESTER,
    "withhold": REQUESTER,
    "close": REQUESTER,
    "withdraw": REQUESTER,
}
"""Steps that a contact person of one side does, with a reason or a short text at most."""
BY_EXPERT = ("ask", "ask_more", "reopen")
LONGEST_REVIEW = 12
MOST_ACCESS_DAYS = 90


def contact_step(services: Services, context: Context, case_id: str, kind: str, data: Mapping[str, Any]) -> None:
    """A step of the contact person whose side it is (CV3.4).

    Raises:
        NotFoundError: the actor does not speak for that side.
        StepRefusedError: it cannot be done now.
    """
    _check_texts(data)
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, BY_CONTACT[kind])
        step(services, session, context, row, kind, BY_CONTACT[kind], data)


def say(services: Services, context: Context, case_id: str, text: str) -> None:
    """A message in the consultation of the contact persons, sealed like everything of the case (CV3.6)."""
    _check_texts({"text": text})
    with services.db.writing() as session:
        row, seat = reach.contact(services, session, context, case_id)
        step(services, session, context, row, "say", seat.side, {"text": text.strip()})


def propose(
    services: Services,
    context: Context,
    case_id: str,
    *,
    manner: str,
    deliver_by: date | None,
    review: str,
    definitions: str,
    access_days: int,
) -> None:
    """Propose the agreements of the case: manner, terms, definitions, and when access ends (CV4.2).

    `review` is an ISO length; the other side must agree before they count.
    """
    _check_texts({"manner": manner, "definitions": definitions})
    if deliver_by is None or deliver_by < context.today:
        raise InvalidInputError("Kies een dag die nog komt.", field="deliver_by")
    try:
        length = Length.parse(review)
    except TermError as error:
        raise InvalidInputError("Kies hoe lang de deskundige de tijd heeft.", field="review") from error
    if length.unit != "W" or length.number > LONGEST_REVIEW:
        raise InvalidInputError("Kies hoe lang de deskundige de tijd heeft.", field="review")
    if not 0 <= access_days <= MOST_ACCESS_DAYS:
        raise InvalidInputError(
            sentence("Kies 0 tot en met %(count)d dagen.", count=MOST_ACCESS_DAYS), field="access_days"
        )
    data = {
        "manner": manner.strip(),
        "deliver_by": deliver_by.isoformat(),
        "review": review,
        "definitions": definitions.strip(),
        "access_days": access_days,
    }
    with services.db.writing() as session:
        row, seat = reach.contact(services, session, context, case_id)
        step(services, session, context, row, "propose", seat.side, data)


def agree(services: Services, context: Context, case_id: str) -> None:
    """The other side agrees; from then on the agreements are recorded as this version (CV4.4)."""
    with services.db.writing() as session:
        row, seat = reach.contact(services, session, context, case_id)
        number = storing.state_of(storing.acts_of(services, session, row)).agreements + 1
        step(services, session, context, row, "agree", seat.side, {"version": number})


def assign(services: Services, context: Context, case_id: str, new: NewExpert) -> None:
    """The partner's contact person, a guest here, assigns an expert with a valid registration (CV2.3, CV2.4)."""
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, PARTNER)
        if row.own_side == PARTNER:
            raise NotFoundError
        experts.enter(services, session, context, row, new)
        step(services, session, context, row, "assign", PARTNER, new.data())


def assign_named(services: Services, context: Context, case_id: str, named: NamedExpert) -> None:
    """The partner's contact person assigns an expert by name, in their own portal; the requester's makes the account.

    Raises:
        NotFoundError: not the contact person, or the case lies in this portal.
        InvalidInputError: a field is missing, or the registration is not valid today.
    """
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, PARTNER)
        if row.own_side != PARTNER:
            raise NotFoundError
        checked = naming.checked(services, session, row, named, context.today)
        step(services, session, context, row, "assign", PARTNER, checked.data(new_id()))


def release(services: Services, context: Context, case_id: str, account_id: str, reason: str) -> None:
    """The partner takes an expert off the case, with a reason; their access ends now."""
    _check_texts({"reason": reason})
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, PARTNER)
        step(services, session, context, row, "release", PARTNER, {"expert": account_id, "reason": reason})
        experts.leave(services, session, context, row, account_id)


def admit(services: Services, context: Context, case_id: str, account_id: str) -> None:
    """The requester's contact person lets an expert of the partner in: for this case and its period only (PR8.2)."""
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, REQUESTER)
        step(services, session, context, row, "admit", REQUESTER, {"expert": account_id})
        experts.admit(services, session, context, row, account_id)


def declare(services: Services, context: Context, case_id: str, *, confidential: bool, involved: bool | None) -> None:
    """An expert promises confidentiality (PR10.3) and says whether they were involved before (SO2)."""
    with services.db.reading() as session:
        reach.expert(services, session, context, case_id)
    if confidential and involved is False and not access.has_accepted(services, context.person.account_id):
        access.accept_confidentiality(services, context)
    data = {"expert": context.person.account_id, "confidential": confidential, "involved": involved}
    with services.db.writing() as session:
        row = reach.expert(services, session, context, case_id)
        step(services, session, context, row, "declare", PARTNER, data)


def expert_step(services: Services, context: Context, case_id: str, kind: str, data: Mapping[str, Any]) -> None:
    """An expert asks a question, asks for research and time, or opens a half-signed text again."""
    if kind not in BY_EXPERT:
        raise NotFoundError
    _check_texts(data)
    with services.db.writing() as session:
        row = reach.expert(services, session, context, case_id)
        step(services, session, context, row, kind, PARTNER, {**data, "expert": context.person.account_id})


def _check_texts(data: Mapping[str, Any]) -> None:
    for name, value in data.items():
        if isinstance(value, str) and len(value) > TEXT_MAX:
            raise InvalidInputError(sentence("Schrijf ten hoogste %(count)d tekens.", count=TEXT_MAX), field=name)
