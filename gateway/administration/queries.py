"""What the administrator sees: organisations, people and the access list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.errors import CryptoError
from gateway.access.tables import AccessEntry, Confidentiality
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

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


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """A line of the access list."""

    id: str
    name: str
    function: str
    categories: str
    scope: str
    motivation: str
    valid_from: date
    valid_until: date | None
    accepted_on: date | None
    ended: bool


def accounts(services: Services, context: Context) -> list[AccountLine]:
    """The people of the tenant, by organisation and name."""
    with services.db.reading() as session:
        names = _organisation_names(services, context)
        rows = session.scalars(select(Account).where(Account.tenant_id == context.person.tenant_id)).all()
        persons = people.names_of(session, services.vault, [row.id for row in rows])
    lines = [
        AccountLine(
            id=row.id,
            name=persons.get(row.id, people.NAMELESS).name,
            email=persons.get(row.id, people.NAMELESS).email,
            function=persons.get(row.id, people.NAMELESS).function,
            role=row.role,
            organisation=names.get(row.organisation_id, ""),
            state="ended" if not row.active else "invited" if row.password_hash is None else "active",
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.organisation, line.name))


def entries(services: Services, context: Context) -> list[EntryLine]:
    """The access list (appendix 1), newest first."""
    schools = _organisation_names(services, context)
    with services.db.reading() as session:
        query = select(AccessEntry).where(AccessEntry.tenant_id == context.person.tenant_id)
        rows = session.scalars(query.order_by(AccessEntry.made_at.desc(), AccessEntry.id)).all()
        persons = people.names_of(session, services.vault, [row.account_id for row in rows])
        accepted = {row.account_id: row.accepted_on for row in session.scalars(select(Confidentiality))}
        return [
            EntryLine(
                id=row.id,
                name=persons.get(row.account_id, people.NAMELESS).name,
                function=persons.get(row.account_id, people.NAMELESS).function,
                categories=row.categories,
                scope=", ".join(schools.get(item, "?") for item in row.scope_ids)
                if row.scope == "schools"
                else row.scope,
                motivation=_motivation(services, session, row),
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                accepted_on=accepted.get(row.account_id),
                ended=row.valid_until is not None and row.valid_until < context.today,
            )
            for row in rows
            if row.account_id in persons
        ]


def _organisation_names(services: Services, context: Context) -> dict[str, str]:
    with services.db.reading() as session:
        query = select(Organisation).where(Organisation.tenant_id == context.person.tenant_id)
        return {row.id: row.name for row in session.scalars(query)}


def _motivation(services: Services, session: Session, row: AccessEntry) -> str:
    try:
        return str(services.vault.open_json(session, row.account_id, "motivation", row.motivation))
    except (LookupError, CryptoError):  # the account's key is gone; the entry itself must stay in sight
        return ""
