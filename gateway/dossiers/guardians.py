"""Who of the family speaks for the pupil of a dossier today, and court orders that limit a guardian (PRage)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.consent import orders
from gateway.consent.orders import NewOrder, OrderLine
from gateway.consent.rules import Limit, Relative, entitled
from gateway.dossiers import labels
from gateway.dossiers.queries import pupil_of, visible_dossier
from gateway.dossiers.tables import NOBODY, UNDECIDED, Document, DocumentVersion, DossierPerson
from gateway.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.consent.tables import CourtOrder
    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.services import Services

ORDER_KIND = "court_order"
_NOBODY_KNOWN = frozenset({None, UNDECIDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """What staff fill in; `guardian` is a place in `named`."""

    guardian: str
    from_day: date
    until_day: date | None
    document_id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A guardian as the dossier knows them, with their account when staff said which one that is.

    `guardian_id` None: an account that is none of the guardians in the pupil's data, or (`decided` False) of whom
    nobody said yet who it is.
    """

    name: str
    has_authority: bool
    guardian_id: str | None
    account_id: str | None
    decided: bool = True

    @property
    def key(self) -> str:
        """What a form calls them."""
        return self.guardian_id or self.account_id or ""


def entitled_accounts(services: Services, session: Session, dossier: Dossier, on: date) -> list[str]:
    """The accounts that speak for the pupil on this day, without those whom an order limits or may limit."""
    born = pupil_of(session, services.vault, dossier).born
    holding = orders.in_force(session, dossier.id, on)
    rows = _links(session, dossier.id)
    limited = {row.account_id for row in rows if _limits(holding, _known(row), row.account_id, decided=_decided(row))}
    relatives = [
        Relative(account_id=row.account_id, capacity=row.capacity, has_authority=row.has_authority) for row in rows
    ]
    return entitled(relatives, [Limit(account_id=each, first=on, last=on) for each in limited], born, on)


def named(services: Services, session: Session, dossier: Dossier) -> list[Named]:
    """The guardians of the pupil's data, each with the account that staff linked, and the accounts beside them."""
    links = [link for link in _links(session, dossier.id) if link.capacity == "guardian"]
    persons = people.names_of(session, services.vault, [link.account_id for link in links])
    of_guardian = {link.guardian_id: link for link in links if _known(link)}
    found = []
    for guardian in pupil_of(session, services.vault, dossier).guardians:
        link = of_guardian.get(guardian.id)
        found.append(
            Named(
                name=guardian.name,
                # Where the school's paper and the account differ, the one that says no counts.
                has_authority=guardian.has_authority and (link is None or link.has_authority),
                guardian_id=guardian.id,
                account_id=link.account_id if link else None,
            )
        )
    found += [
        Named(
            name=persons[link.account_id].name,
            has_authority=link.has_authority,
            guardian_id=None,
            account_id=link.account_id,
            decided=_decided(link),
        )
        for link in links
        if not _known(link) and link.account_id in persons
    ]
    return found


def is_limited(session: Session, dossier_id: str, person: Named, on: date) -> bool:
    """Whether a court order limits this guardian on this day, or may: of an order on someone unknown we do not know."""
    holding = orders.in_force(session, dossier_id, on)
    return _limits(holding, person.guardian_id, person.account_id, decided=person.decided)


def _limits(holding: Sequence[CourtOrder], guardian_id: str | None, account_id: str | None, *, decided: bool) -> bool:
    for order in holding:
        if guardian_id is not None and order.guardian_id == guardian_id:
            return True
        if account_id is not None and order.account_id == account_id:
            return True
        if order.account_id is None and (not decided or (account_id is None and order.guardian_id in _NOBODY_KNOWN)):
            return True
    return False


def _known(link: DossierPerson) -> str | None:
    return None if link.guardian_id in _NOBODY_KNOWN or link.guardian_id == NOBODY else link.guardian_id


def _decided(link: DossierPerson) -> bool:
    return link.capacity != "guardian" or link.guardian_id not in _NOBODY_KNOWN


def court_orders(services: Services, context: Context, dossier_id: str) -> list[OrderLine]:
    """The court orders of a dossier within the actor's reach."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        return orders.lines(session, services.vault, dossier.id)


def choices(services: Services, context: Context, dossier_id: str) -> tuple[list[Named], list[tuple[str, str]]]:
    """The guardians, and the documents of the kind court order as (id, file name)."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        return named(services, session, dossier), documents_of_kind(services, session, dossier, ORDER_KIND)


def documents_of_kind(services: Services, session: Session, dossier: Dossier, kind: str) -> list[tuple[str, str]]:
    """The kept documents of this kind in a dossier, newest first, as (id, file name)."""
    query = (
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            DocumentVersion.dossier_id == dossier.id,
            DocumentVersion.kind == kind,
            DocumentVersion.state.in_(("in_check", "ready")),
            Document.withdrawn_at.is_(None),
        )
        .order_by(DocumentVersion.made_at.desc())
    )
    return [
        (version.document_id, labels.file_name_of(services.vault, session, version))
        for version in session.scalars(query)
    ]


def add_order(services: Services, context: Context, dossier_id: str, form: OrderForm) -> str:
    """Record a court order on a guardian of this dossier; it counts at once."""
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        chosen = next((each for each in named(services, session, dossier) if each.key == form.guardian), None)
        if chosen is None:
            raise InvalidInputError("Kies over wie de uitspraak gaat.", field="guardian")
        known = {document_id for document_id, _ in documents_of_kind(services, session, dossier, ORDER_KIND)}
        if form.document_id not in known:
            raise InvalidInputError("Kies het stuk met de uitspraak. Voeg het eerst toe.", field="document_id")
        new = NewOrder(
            guardian_name=chosen.name,
            guardian_id=chosen.guardian_id,
            account_id=chosen.account_id,
            from_day=form.from_day,
            until_day=form.until_day,
            document_id=form.document_id,
            note=form.note,
        )
        return orders.add(session, services.vault, context, dossier.id, new)


def end_order(services: Services, context: Context, dossier_id: str, order_id: str, last: date) -> None:
    """The order holds until and including this day."""
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        orders.end(session, services.vault, context, dossier.id, order_id, last)


def _links(session: Session, dossier_id: str) -> Sequence[DossierPerson]:
    query = select(DossierPerson).where(DossierPerson.dossier_id == dossier_id)
    return session.scalars(query.order_by(DossierPerson.account_id)).all()
