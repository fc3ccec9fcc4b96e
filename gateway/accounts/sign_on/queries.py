"""What people see of single sign-on: the owner of an account, the administrator, and the privacy officer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.passwords import NO_PASSWORD
from gateway.accounts.sign_on import attempts, connections, links
from gateway.accounts.sign_on.tables import PROPOSED, SignOnConnection, SignOnLink
from gateway.accounts.tables import Account
from gateway.context import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.accounts.rules import Person
    from gateway.context import Context
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """How one's own account stands: `organisation` vouches for it, or would."""

    organisation: str
    since: datetime | None
    used_at: datetime | None
    must: bool
    no_password: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A proposal, as the privacy officer sees it."""

    id: str
    organisation: str
    issuer: str
    proposed_by: Person
    proposed_at: datetime
    changes: dict[str, list[Any]]
    new: bool
    links_go: bool
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Someone who is joined, as the administrator sees them."""

    account_id: str
    name: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How an organisation stands, as the administrator sees it."""

    id: str
    name: str
    brin: str | None
    active: dict[str, Any] | None
    proposed: dict[str, Any] | None
    proposed_at: datetime | None
    changes: dict[str, list[Any]]
    joined: Sequence[Joined]
    callback: str
    signed_out: str


def mine(services: Services, context: Context) -> Mine | None:
    """How my account stands; None when no provider vouches for it and none did."""
    with services.db.reading() as session:
        account = session.get_one(Account, context.person.account_id)
        connection, link = connections.active_for(session, account), links.of_account(session, account.id)
        place = connection.organisation_id if connection is not None else link.organisation_id if link else None
        if place is None:
            return None
        return Mine(
            organisation=connections.name_of(session, place),
            since=link.made_at if link else None,
            used_at=link.used_at if link else None,
            must=links.must_sign_on(session, account),
            no_password=account.password_hash == NO_PASSWORD,
        )


def view(services: Services, context: Context, organisation_id: str) -> View:
    """How an organisation of one's own tenant stands.

    Raises:
        NotFoundError: it is not there, or another's.
    """
    with services.db.reading() as session:
        organisation = connections.organisation_for(session, context, organisation_id, Role.ADMINISTRATOR)
        now, waiting = connections.active(session, organisation_id), _waiting_of(session, organisation_id)
        back = attempts.callback(services, organisation_id)
        return View(
            id=organisation.id,
            name=organisation.name,
            brin=organisation.brin,
            active=connections.terms_of(now) if now is not None else None,
            proposed=connections.terms_of(waiting) if waiting is not None else None,
            proposed_at=waiting.proposed_at if waiting is not None else None,
            changes=connections.changes(now, waiting) if waiting is not None else {},
            joined=_joined(session, services, organisation_id),
            callback=back,
            signed_out=back.removesuffix("terug") + "afgemeld",
        )


def waiting(services: Services, context: Context) -> list[Waiting]:
    """What waits for the privacy officer, oldest first."""
    actor = context.officer
    query = select(SignOnConnection).where(
        SignOnConnection.tenant_id == actor.tenant_id, SignOnConnection.state == PROPOSED
    )
    with services.db.reading() as session:
        rows = list(session.scalars(query.order_by(SignOnConnection.proposed_at, SignOnConnection.id)))
        names = people.names_of(session, services.vault, [row.proposed_by for row in rows])
        found = []
        for row in rows:
            now = connections.active(session, row.organisation_id)
            found.append(
                Waiting(
                    id=row.id,
                    organisation=connections.name_of(session, row.organisation_id),
                    issuer=row.issuer,
                    proposed_by=names.get(row.proposed_by, people.NAMELESS),
                    proposed_at=row.proposed_at,
                    changes=connections.changes(now, row),
                    new=now is None,
                    links_go=now is not None and (now.issuer, now.client) != (row.issuer, row.client),
                    own=row.proposed_by == actor.account_id,
                )
            )
    return found


def providers(services: Services, context: Context) -> set[str]:
    """The organisations of one's tenant whose people can sign in elsewhere now."""
    query = select(SignOnConnection.organisation_id).where(
        SignOnConnection.tenant_id == context.person.tenant_id, SignOnConnection.state == "active"
    )
    with services.db.reading() as session:
        return set(session.scalars(query))


def _waiting_of(session: Session, organisation_id: str) -> SignOnConnection | None:
    query = select(SignOnConnection).where(
        SignOnConnection.organisation_id == organisation_id, SignOnConnection.state == PROPOSED
    )
    return session.scalar(query.limit(1))


def _joined(session: Session, services: Services, organisation_id: str) -> list[Joined]:
    rows = list(session.scalars(select(SignOnLink).where(SignOnLink.organisation_id == organisation_id)))
    names = people.names_of(session, services.vault, [row.account_id for row in rows])
    lines = [
        Joined(
            account_id=row.account_id,
            name=names.get(row.account_id, people.NAMELESS).name,
            made_at=row.made_at,
            used_at=row.used_at,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: line.name)
