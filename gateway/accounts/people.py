"""Accounts and their sealed persons: making them, opening their names, finding one by e-mail address."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crypto.errors import CryptoError
from gateway.accounts.rules import Person, normalise_email
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Actor, Role
from gateway.errors import ConflictError
from gateway.ids import new_id
from gateway.sentences import sentence
from gateway.vault.keys import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gateway.vault.keys import Vault


NAMELESS = Person(name=sentence("naam niet meer leesbaar"), email="", function="")
"""Whom a page shows when an account's key is gone."""


def email_token(vault: Vault, email: str) -> bytes:
    """The keyed token by which an account is found; the address itself is sealed."""
    return vault.keyring.installation_token("account-email", normalise_email(email).encode())


def create(
    session: Session,
    vault: Vault,
    *,
    organisation: Organisation,
    role: Role,
    person: Person,
    now: datetime,
    password_hash: str | None = None,
    findable: bool = True,
) -> Account:
    """Make an account with its own key; without a password hash it waits for its invitation to be used.

    One that is not `findable` is found by no address: the address is another account's.
    """
    account_id = new_id()
    vault.create_subject(
        session, kind=ACCOUNT, subject_id=account_id, organisation_id=organisation.tenant_id, opened_on=now.date()
    )
    account = Account(
        id=account_id,
        tenant_id=organisation.tenant_id,
        organisation_id=organisation.id,
        role=role.value,
        person=vault.seal_json(session, account_id, "person", asdict(person)),
        email_token=email_token(vault, person.email if findable else f"\0{account_id}"),
        password_hash=password_hash,
        created_at=now,
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:  # someone else made it between the look and this line
        raise ConflictError("Er is al een account met dit e-mailadres.") from error
    return account


def person_of(session: Session, vault: Vault, account: Account) -> Person:
    """Open the sealed person of an account."""
    return Person(**vault.open_json(session, account.id, "person", account.person))


def person_or_nameless(session: Session, vault: Vault, account: Account) -> Person:
    """Open the sealed person, or give one without a name when the account's key is gone: the page must still come."""
    try:
        return person_of(session, vault, account)
    except (LookupError, CryptoError):
        return NAMELESS


def names_of(session: Session, vault: Vault, account_ids: Iterable[str | None]) -> dict[str, Person]:
    """Open the persons of several accounts at once, for a page; an account whose key is gone is left out."""
    wanted = sorted({account_id for account_id in account_ids if account_id})
    found: dict[str, Person] = {}
    vault.preload(session, wanted)
    for account in session.scalars(select(Account).where(Account.id.in_(wanted))):
        try:
            found[account.id] = person_of(session, vault, account)
        except (LookupError, CryptoError):
            continue
    return found


def by_email(session: Session, vault: Vault, email: str) -> Account | None:
    """Find an account by its e-mail address."""
    return session.scalar(select(Account).where(Account.email_token == email_token(vault, email)))


def by_token_start(session: Session, first: bytes) -> Account | None:
    """Find an account by the first half of its address's token, as a job carries it."""
    rest = 32 - len(first)
    found = select(Account).where(
        Account.email_token >= first + bytes(rest), Account.email_token <= first + b"\xff" * rest
    )
    return session.scalar(found)


def actor_of(account: Account) -> Actor:
    """The actor that this account is."""
    return Actor(
        account_id=account.id,
        tenant_id=account.tenant_id,
        organisation_id=account.organisation_id,
        role=Role(account.role),
    )


def acting_for(session: Session, account_id: str) -> str:
    """Who gets what is meant for this account: itself, or when it ended whoever took over, and so on."""
    seen: set[str] = set()
    while account_id not in seen:
        seen.add(account_id)
        account = session.get(Account, account_id)
        if account is None or account.active or account.successor_id is None:
            return account_id
        account_id = account.successor_id
    return account_id


def of_organisation(session: Session, organisation_id: str | None, *roles: Role) -> list[str]:
    """The accounts of an organisation that are active in one of these roles, the oldest first; of none: nobody."""
    return _active(session, Account.organisation_id == organisation_id, roles) if organisation_id else []


def of_tenant(session: Session, tenant_id: str, *roles: Role) -> list[str]:
    """The accounts of a tenant that are active in one of these roles, the oldest first."""
    return _active(session, Account.tenant_id == tenant_id, roles)


def _active(session: Session, place: ColumnElement[bool], roles: Sequence[Role]) -> list[str]:
    query = select(Account.id).where(place, Account.active, Account.role.in_([role.value for role in roles]))
    return list(session.scalars(query.order_by(Account.created_at, Account.id)))


def organisations(session: Session, tenant_id: str, *kinds: str) -> list[Organisation]:
    """The active organisations of a tenant, by name; of these kinds only, when kinds are given."""
    query = (
        select(Organisation).where(Organisation.tenant_id == tenant_id, Organisation.active).order_by(Organisation.name)
    )
    if kinds:
        query = query.where(Organisation.kind.in_(kinds))
    return list(session.scalars(query))


def tenant_of(session: Session, tenant_id: str) -> Tenant:
    """The tenant with this id, which exists."""
    return session.get_one(Tenant, tenant_id)
