"""Who of the family speaks for the pupil of a dossier today, and court orders that limit a guardian (PRage)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.consent import orders
from gateway.consent.orders import NewOrder, OrderLine, same_name
from gateway.consent.rules import Relative, entitled
from gateway.dossiers import labels
from gateway.dossiers.queries import pupil_of, visible_dossier
from gateway.dossiers.tables import Document, DocumentVersion, DossierPerson
from gateway.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.services import Services

ORDER_KIND = "court_order"


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
    """A guardian as the dossier knows them, with their account when they have one."""

    key: str
    name: str
    has_authority: bool
    account_id: str | None


def entitled_accounts(services: Services, session: Session, dossier: Dossier, on: date) -> list[str]:
    """The accounts that speak for the pupil on this day."""
    born = pupil_of(session, services.vault, dossier).born
    return entitled(_relatives(session, dossier.id), orders.limits(session, dossier.id), born, on)


def named(services: Services, session: Session, dossier: Dossier) -> list[Named]:
    """The guardians on paper and with an account; the same name is the same person."""
    links = [link for link in _relatives(session, dossier.id) if link.capacity == "guardian"]
    persons = people.names_of(session, services.vault, [link.account_id for link in links])
    found = {
        same_name(persons[link.account_id].name): Named(
            key=link.account_id,
            name=persons[link.account_id].name,
            has_authority=link.has_authority,
            account_id=link.account_id,
        )
        for link in links
        if link.account_id in persons
    }
    for number, guardian in enumerate(pupil_of(session, services.vault, dossier).guardians):
        known = found.get(same_name(guardian.name))
        found[same_name(guardian.name)] = Named(
            key=known.key if known else f"paper-{number}",
            name=guardian.name,
            # Where school's paper and account differ, the one that says no counts.
            has_authority=guardian.has_authority and (known is None or known.has_authority),
            account_id=known.account_id if known else None,
        )
    return list(found.values())


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


def _relatives(session: Session, dossier_id: str) -> Sequence[Relative]:
    links = session.scalars(
        select(DossierPerson).where(DossierPerson.dossier_id == dossier_id).order_by(DossierPerson.account_id)
    )
    return [
        Relative(account_id=link.account_id, capacity=link.capacity, has_authority=link.has_authority) for link in links
    ]
