"""Court orders that limit a guardian: recorded, ended, and asked by whoever must know. Source: PRage, issue 4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from gateway.consent.rules import Limit
from gateway.consent.tables import CourtOrder
from gateway.errors import InvalidInputError, NotFoundError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """A court order as staff record it; the order itself lies in the dossier as a document of its own kind."""

    guardian_name: str
    account_id: str | None
    from_day: date
    until_day: date | None
    document_id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A court order as a page shows it."""

    order: CourtOrder
    name: str
    note: str


def add(session: Session, vault: Vault, context: Context, dossier_id: str, new: NewOrder) -> str:
    """Record an order in the caller's transaction; it counts at once. Returns its id."""
    if not new.guardian_name.strip():
        raise InvalidInputError("Kies over wie de uitspraak gaat.", field="guardian")
    if new.until_day is not None and new.until_day < new.from_day:
        raise InvalidInputError("De einddatum ligt voor de begindatum.", field="until_day")
    if not new.document_id:
        raise InvalidInputError("Kies het stuk met de uitspraak. Voeg het eerst toe.", field="document_id")
    order = CourtOrder(
        dossier_id=dossier_id,
        account_id=new.account_id,
        details=vault.seal_json(
            session, dossier_id, "court-order", {"name": new.guardian_name.strip(), "note": new.note.strip()}
        ),
        from_day=new.from_day,
        until_day=new.until_day,
        document_id=new.document_id,
        made_by=context.person.account_id,
        made_at=context.now,
    )
    session.add(order)
    session.flush()
    _note(session, vault, context, order, {"from": new.from_day.isoformat()})
    return order.id


def link_account(session: Session, vault: Vault, dossier_id: str, name: str, account_id: str) -> None:
    """A guardian got an account: orders on that name hold for it too."""
    for line in lines(session, vault, dossier_id):
        if same_name(line.name) == same_name(name):
            line.order.account_id = account_id


def end(session: Session, vault: Vault, context: Context, dossier_id: str, order_id: str, last: date) -> None:
    """Say which day is the last on which an order holds."""
    order = session.get(CourtOrder, order_id)
    if order is None or order.dossier_id != dossier_id:
        raise NotFoundError
    order.until_day = last
    _note(session, vault, context, order, {"ended": last.isoformat()})


def of_dossier(session: Session, dossier_id: str) -> Sequence[CourtOrder]:
    """The court orders of a dossier, newest first."""
    query = select(CourtOrder).where(CourtOrder.dossier_id == dossier_id)
    return session.scalars(query.order_by(CourtOrder.from_day.desc(), CourtOrder.id)).all()


def lines(session: Session, vault: Vault, dossier_id: str) -> list[OrderLine]:
    """The court orders of a dossier with their names opened."""
    found = []
    for order in of_dossier(session, dossier_id):
        opened = vault.open_json(session, dossier_id, "court-order", order.details)
        found.append(OrderLine(order=order, name=opened["name"], note=opened["note"]))
    return found


def limits(session: Session, dossier_id: str) -> list[Limit]:
    """The court orders of a dossier as the rules read them."""
    return [
        Limit(account_id=order.account_id, first=order.from_day, last=order.until_day)
        for order in of_dossier(session, dossier_id)
    ]


def limited_dossiers(session: Session, account_id: str, on: date) -> set[str]:
    """The dossiers in which a court order limits this account on this day."""
    query = select(CourtOrder.dossier_id).where(
        CourtOrder.account_id == account_id,
        CourtOrder.from_day <= on,
        or_(CourtOrder.until_day.is_(None), CourtOrder.until_day >= on),
    )
    return set(session.scalars(query))


def is_limited(session: Session, vault: Vault, dossier_id: str, name: str, on: date) -> bool:
    """Whether a court order limits the guardian of this name in this dossier on this day."""
    wanted = same_name(name)
    return any(
        Limit(account_id=None, first=line.order.from_day, last=line.order.until_day).covers(on)
        and same_name(line.name) == wanted
        for line in lines(session, vault, dossier_id)
    )


def same_name(name: str) -> str:
    """A name as it is compared: spaces and capitals do not count."""
    return " ".join(name.split()).casefold()


def _note(session: Session, vault: Vault, context: Context, order: CourtOrder, payload: dict[str, str]) -> None:
    record(
        session,
        vault,
        context,
        Action.PERMISSION,
        dossier_id=order.dossier_id,
        object_type="court_order",
        object_id=order.id,
        article="PRage",
        payload={"document": order.document_id, **payload},
    )
