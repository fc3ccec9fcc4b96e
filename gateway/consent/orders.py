"""Court orders that limit a guardian: recorded, ended, and asked by whoever must know. Source: PRage, issue 4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from gateway.consent.tables import CourtOrder
from gateway.errors import InvalidInputError, NotFoundError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """A court order as staff record it; the order itself lies in the dossier as a document of its own kind."""

    guardian_name: str
    guardian_id: str | None
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
        guardian_id=new.guardian_id,
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


def link_account(session: Session, dossier_id: str, account_id: str, *, guardian_id: str, before: str) -> None:
    """Staff said whose account this is: orders on that guardian hold for it, those on who it was taken for do not."""
    for order in of_dossier(session, dossier_id):
        if order.guardian_id == guardian_id:
            order.account_id = account_id
        elif order.guardian_id == before and order.account_id == account_id:
            order.account_id = None


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


def in_force(session: Session, dossier_id: str, on: date) -> list[CourtOrder]:
    """The court orders of a dossier that hold on this day."""
    return [
        order
        for order in of_dossier(session, dossier_id)
        if order.from_day <= on and (order.until_day is None or on <= order.until_day)
    ]


def limited_dossiers(session: Session, account_id: str, on: date) -> set[str]:
    """The dossiers in which a court order limits this account on this day."""
    return set(session.scalars(_holding(on).where(CourtOrder.account_id == account_id)))


def dossiers_without_account(session: Session, dossier_ids: Collection[str], on: date) -> set[str]:
    """Those of these dossiers in which an order holds on someone of whom no account is known."""
    query = _holding(on).where(CourtOrder.account_id.is_(None), CourtOrder.dossier_id.in_(dossier_ids))
    return set(session.scalars(query))


def _holding(on: date) -> Select[str]:
    return select(CourtOrder.dossier_id).where(
        CourtOrder.from_day <= on, or_(CourtOrder.until_day.is_(None), CourtOrder.until_day >= on)
    )


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
