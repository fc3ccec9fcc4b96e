"""What the administrator sees: organisations and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.invitation_tables import InvitationCheck
from gateway.accounts.tables import Account, Organisation

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """A person in the list."""

    id: str
    name: str
    email: str
    function: str
    role: str
    organisation: str
    state: str


def accounts(services: Services, context: Context) -> list[AccountLine]:
    """The people of the tenant, by organisation and name."""
    with services.db.reading() as session:
        names = _organisation_names(services, context)
        rows = session.scalars(select(Account).where(Account.tenant_id == context.person.tenant_id)).all()
        waits = set(session.scalars(select(InvitationCheck.account_id).where(InvitationCheck.state == "waiting")))
        persons = people.names_of(session, services.vault, [row.id for row in rows])
    lines = [
        AccountLine(
            id=row.id,
            name=persons.get(row.id, people.NAMELESS).name,
            email=persons.get(row.id, people.NAMELESS).email,
            function=persons.get(row.id, people.NAMELESS).function,
            role=row.role,
            organisation=names.get(row.organisation_id, ""),
            state=_state(row, waits),
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.organisation, line.name))


def _state(row: Account, waits: set[str]) -> str:
    if not row.active:
        return "ended"
    if row.password_hash is not None:
        return "active"
    return "waiting" if row.id in waits else "invited"


def _organisation_names(services: Services, context: Context) -> dict[str, str]:
    with services.db.reading() as session:
        query = select(Organisation).where(Organisation.tenant_id == context.person.tenant_id)
        return {row.id: row.name for row in session.scalars(query)}
