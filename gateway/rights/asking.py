"""Someone asks: a guardian or pupil in the portal, or on paper entered by staff; gives proof; takes it back.

Who does not speak for the pupil today finds nothing here (PRage). Source: PR11.1, PR11.4, PR11.8, PR13.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.context import Role
from gateway.dossiers import seen
from gateway.dossiers.guardians import ORDER_KIND, entitled_accounts, is_limited, named
from gateway.dossiers.queries import decides_alone, kept_versions, pupil_of
from gateway.dossiers.rules import RIGHT_REQUEST
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.rights import effects, queries, reach, rules, storing, writing
from gateway.rights.tables import RightItem, RightRequest
from gateway.rights_words import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.rules import Pupil
    from gateway.dossiers.tables import Dossier
    from gateway.rights.rules import NewItem
    from gateway.services import Services

TWICE = timedelta(minutes=10)
"""The same words again within so long is a button that was pressed twice, not a second request."""
LANGUAGES = ("nl", "en")
OF_ANOTHER_PARENT = frozenset({ORDER_KIND, RIGHT_REQUEST})
"""Kinds of documents that can be about one parent, or from one, and then are not for the other to know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What someone asks. `assisted`: who helps them, in their own words."""

    kind: str
    text: str = ""
    assisted: str = ""
    language: str = "nl"
    items: Sequence[NewItem] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPaper:
    """What staff enter of a request that came on paper.

    `asker` is a key of `askers`; `who` the name of someone who stands not among them. `identified`: what was seen to
    know who it is; no copy of it is kept.
    """

    asker: str
    who: str
    received_on: date
    identified: str
    scan_id: str | None
    street: str = ""
    postcode: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Someone who can have asked on paper."""

    key: str
    name: str
    capacity: str
    account_id: str | None = None


def ask(services: Services, context: Context, dossier_id: str, new: NewRequest) -> str:
    """A guardian or pupil asks in the portal; returns the id of the request. It runs from now on.

    Raises:
        NotFoundError: not their child or their own, or they do not speak for the pupil today (PRage).
        InvalidInputError: what this kind needs is missing.
    Source: PR11.1, PR11.4, PR11.8, PR13.
    """
    with services.db.writing() as session:
        dossier, _pupil = family(services, session, context, dossier_id)
        new = checked(session, dossier, new, context.person.role)
        twice = _twice(services, session, context, dossier, new)
        if twice is not None:
            return twice
        row = RightRequest(
            kind=new.kind,
            asked_by=context.person.account_id,
            capacity="data_subject" if context.person.role is Role.PUPIL else "guardian",
            way="portal",
            received_on=context.today,
        )
        _begin(services, session, context, dossier, row, new, {"text": new.text})
        storing.tell_officers(services, session, context, row, "right_asked")
        return row.id


def enter(services: Services, context: Context, dossier_id: str, new: NewRequest, paper: OnPaper) -> str:
    """Staff enter a request that came on paper; returns its id. Its term runs from the day it was received.

    Raises:
        NotFoundError: the dossier is not within reach.
        InvalidInputError: it does not say who asked, how that was established, or where the paper is.
    Source: issue 9 ("on paper, entered by staff with the scanned request").
    """
    with services.db.writing() as session:
        dossier = reach.dossier(session, context, dossier_id)
        new = checked(session, dossier, new)
        asker = _asker(services, session, context, dossier, paper)
        _check_paper(services, session, context, dossier, paper)
        row = RightRequest(
            kind=new.kind,
            asked_by=asker.account_id,
            capacity=asker.capacity,
            way="paper",
            received_on=paper.received_on,
            scan_id=paper.scan_id,
        )
        details = {
            "text": new.text,
            "who": asker.name,
            "identified": paper.identified.strip(),
            "street": paper.street.strip(),
            "postcode": paper.postcode.strip(),
            "town": paper.town.strip(),
        }
        _begin(services, session, context, dossier, row, new, details)
        storing.tell_officers(services, session, context, row, "right_asked")
        storing.tell_requester(services, session, context, row)
        return row.id


def withdraw(services: Services, context: Context, request_id: str) -> None:
    """Who asked takes it back, as long as nothing was decided; both sides see that it was so."""
    with services.db.writing() as session:
        row = mine(services, session, context, request_id, lock=True)
        take_back(services, session, context, row)
        storing.tell_officers(services, session, context, row, "right_withdrawn")


def take_back(services: Services, session: Session, context: Context, row: RightRequest, why: str = "") -> None:
    """The step itself: a pause that ran ends, the hold ends, what its kind put in place ends."""
    now = storing.standing(session, row)
    rules.check_actor(now, "withdraw", context.person.role, context.person.account_id)
    state = rules.next_state(now, "withdraw")
    if row.state == rules.PROOF_ASKED:
        storing.open_pause(session, row.id).until_on = context.today
    row.state, row.closed_on = state, context.today
    storing.note(services, session, context, row, "withdraw", note=why)
    storing.finish(services, session, context, row)


def answer_proof(services: Services, context: Context, request_id: str, answer: str) -> None:
    """Who asked answers the question for proof; the officer judges it, and the day of this answer counts."""
    answer = rules.checked_text(answer, field="answer", needed=True, missing="Schrijf uw antwoord.")
    with services.db.writing() as session:
        row = mine(services, session, context, request_id, lock=True)
        rules.next_state(storing.standing(session, row), "answer_proof")
        storing.note(services, session, context, row, "answer_proof", note=answer)
        storing.tell_officers(services, session, context, row, "right_proof")


def family(services: Services, session: Session, context: Context, dossier_id: str) -> tuple[Dossier, Pupil]:
    """The dossier of someone who speaks for its pupil today.

    Raises:
        NotFoundError: they do not: no authority, limited by a court order, sixteen already or not yet (PRage).
    """
    dossier, pupil = seen.family_dossier(services, session, context, dossier_id)
    if context.person.account_id not in entitled_accounts(services, session, dossier, context.today):
        raise NotFoundError
    return dossier, pupil


def mine(
    services: Services, session: Session, context: Context, request_id: str, *, lock: bool = False
) -> RightRequest:
    """A request of this person themselves, about a pupil for whom they speak today; never the other parent's."""
    row = session.get(RightRequest, request_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.asked_by != context.person.account_id:
        raise NotFoundError
    family(services, session, context, row.dossier_id)
    return row


def askers(services: Services, session: Session, dossier: Dossier, on: date) -> list[Asker]:
    """Who speaks for the pupil on this day, with their account where they have one: the choices on paper."""
    pupil = pupil_of(session, services.vault, dossier)
    accounts = set(entitled_accounts(services, session, dossier, on))
    if decides_alone(pupil, on):
        own = next(iter(sorted(accounts)), None)
        return [Asker(key="pupil", name=pupil.name, capacity="data_subject", account_id=own)]
    return [
        Asker(
            key=each.key,
            name=each.name,
            capacity="guardian",
            account_id=each.account_id if each.account_id in accounts else None,
        )
        for each in named(services, session, dossier)
        if each.has_authority and not is_limited(session, dossier.id, each, on)
    ]


def points(session: Session, dossier_id: str, asker: Role | None = None) -> list[tuple[str, str, date]]:
    """The documents that a correctie can point at: id, kind and day. Their names come with an inzage, not here.

    A guardian who is the `asker` hears not even of a court order or of what the other parent asked on paper.
    """
    unsaid = OF_ANOTHER_PARENT if asker is Role.GUARDIAN else frozenset()
    return [
        (version.document_id, version.kind, version.made_at.date())
        for version in kept_versions(session, dossier_id)
        if version.kind is not None and version.kind not in unsaid
    ]


def checked(session: Session, dossier: Dossier, new: NewRequest, asker: Role | None = None) -> NewRequest:
    """The same with its texts trimmed, or an `InvalidInputError` at the field; for `asker` see `points`."""
    kind = rules.KINDS.get(new.kind)
    if kind is None:
        raise NotFoundError
    missing = (
        "Schrijf wat uw eigen situatie is, en waarom die maakt dat u dit niet wilt."
        if new.kind == "verzet"
        else "Schrijf waarom u dit vraagt."
    )
    text = rules.checked_text(new.text, field="text", needed=kind.reasons, missing=missing)
    assisted = new.assisted.strip()
    if len(assisted) > rules.NAME_MAX:
        raise InvalidInputError("Schrijf ten hoogste 200 tekens.", field="assisted")
    if kind.items and not new.items:
        raise InvalidInputError("Schrijf wat er niet klopt.", field="wrong-0")
    if len(new.items) > rules.MOST_ITEMS:
        raise InvalidInputError("Dit is te veel in één keer. Doe de rest in een volgend verzoek.", field="text")
    known = {document_id for document_id, _kind, _day in points(session, dossier.id, asker)}
    items = []
    for place, item in enumerate(new.items if kind.items else ()):
        if item.document_id is not None and item.document_id not in known:
            raise InvalidInputError("Kies om welk stuk of gegeven het gaat.", field=f"about-{place}")
        if item.field is not None and item.field not in FIELDS:
            raise InvalidInputError("Kies om welk stuk of gegeven het gaat.", field=f"about-{place}")
        items.append(rules.checked_item(item, place))
    language = new.language if new.language in LANGUAGES else "nl"
    return NewRequest(kind=new.kind, text=text, assisted=assisted, language=language, items=tuple(items))


def running_same(session: Session, dossier_id: str, kind: str, account_id: str | None) -> RightRequest | None:
    """The request of the same kind by the same person that still runs, the oldest."""
    if account_id is None:
        return None
    query = select(RightRequest).where(
        RightRequest.dossier_id == dossier_id,
        RightRequest.kind == kind,
        RightRequest.asked_by == account_id,
        RightRequest.state.in_(rules.RUNNING),
    )
    return session.scalars(query.order_by(RightRequest.made_at, RightRequest.id).limit(1)).first()


def _twice(services: Services, session: Session, context: Context, dossier: Dossier, new: NewRequest) -> str | None:
    query = select(RightRequest).where(
        RightRequest.dossier_id == dossier.id,
        RightRequest.kind == new.kind,
        RightRequest.asked_by == context.person.account_id,
        RightRequest.state == rules.RECEIVED,
        RightRequest.made_at > context.now - TWICE,
    )
    for row in session.scalars(query):
        line = queries.line(session, services.vault, row)
        said = [(item.row.document_id, item.row.field, item.wrong, item.should_be) for item in line.items]
        if line.text == new.text and said == [
            (item.document_id, item.field, item.wrong, item.should_be) for item in new.items
        ]:
            return row.id
    return None


def _begin(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    row: RightRequest,
    new: NewRequest,
    details: dict[str, str],
) -> None:
    """Everything that a reception does, in one transaction: row, items, term, hold, event, effects, receipt."""
    row.id, row.tenant_id, row.dossier_id = new_id(), dossier.tenant_id, dossier.id
    row.state, row.language, row.version, row.reminded = rules.RECEIVED, new.language, 1, ""
    row.made_by, row.made_at, row.changed_at = context.person.account_id, context.now, context.now
    same = running_same(session, dossier.id, new.kind, row.asked_by)
    row.same_as = (same.same_as or same.id) if same is not None else None
    row.details = queries.seal(session, services.vault, row, "details", details)
    if new.assisted:
        row.assisted = queries.seal(session, services.vault, row, "assisted", {"by": new.assisted})
    deadline = rules.deadline(queries.standing_of(row, ()), queries.rights_of(session, row.tenant_id, row.received_on))
    row.due = deadline.last_day
    session.add(row)
    session.flush()
    for place, item in enumerate(new.items):
        _add_item(services, session, row, place, item)
    storing.note(
        services,
        session,
        context,
        row,
        "receive",
        payload={"way": row.way, "same_as": row.same_as, "assisted": bool(new.assisted)},
    )
    storing.hold(services, session, context, row)
    if (begun := effects.of(row.kind).begun) is not None:
        begun(services, session, context, row)
    itself = replace(context, actor=None)  # nobody wrote this letter: the gateway confirms that it came in
    writing.receipt(services, session, itself, row, deadline)


def _add_item(services: Services, session: Session, row: RightRequest, place: int, item: NewItem) -> None:
    item_id = new_id()
    told = {"wrong": item.wrong, "should_be": item.should_be}
    session.add(
        RightItem(
            id=item_id,
            request_id=row.id,
            position=place,
            document_id=item.document_id,
            field=item.field,
            change=item.change,
            details=services.vault.seal_json(session, row.dossier_id, f"right-item:{item_id}", told),
        )
    )


def _asker(services: Services, session: Session, context: Context, dossier: Dossier, paper: OnPaper) -> Asker:
    chosen = next((each for each in askers(services, session, dossier, context.today) if each.key == paper.asker), None)
    if chosen is not None:
        return chosen
    who = paper.who.strip()
    if paper.asker != rules.OTHER:
        raise InvalidInputError("Kies wie dit vraagt.", field="asker")
    if not who or len(who) > rules.NAME_MAX:
        raise InvalidInputError("Schrijf de naam van wie dit vraagt.", field="who")
    return Asker(key=rules.OTHER, name=who, capacity=rules.OTHER)


def _check_paper(services: Services, session: Session, context: Context, dossier: Dossier, paper: OnPaper) -> None:
    if paper.received_on > context.today:
        raise InvalidInputError("Deze dag ligt in de toekomst.", field="received_on")
    if not paper.identified.strip() or len(paper.identified) > rules.TEXT_MAX:
        raise InvalidInputError("Schrijf hoe u hebt vastgesteld wie dit is.", field="identified")
    known = {document_id for document_id, _name in reach.scans(services, session, dossier)}
    if paper.scan_id not in known:
        raise InvalidInputError("Kies de scan van het verzoek. Voeg die eerst toe.", field="scan_id")
    taken = select(RightRequest.id).where(RightRequest.scan_id == paper.scan_id)
    if session.scalar(taken.limit(1)) is not None:
        raise ConflictError("Deze scan hoort al bij een ander verzoek. Voeg een eigen scan toe.")
