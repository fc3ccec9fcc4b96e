"""Changing the access list, and accepting confidentiality. Source: PR8.2, PR10.3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.access.tables import AccessEntry, Confidentiality
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from datetime import date

    from gateway.context import Context
    from gateway.services import Services

CONFIDENTIALITY_VERSION = "2026-11"
CONFIDENTIALITY_TEXT = (
    "Ik gebruik gegevens over leerlingen alleen voor het werk waarvoor ik op de toegangslijst sta.",
    "Ik vertel ze aan niemand verder, ook niet als mijn werk hier stopt.",
    "Ik weet dat elke raadpleging wordt vastgelegd en dat ouders en de privacyfunctionaris die kunnen zien.",
)
LISTED_ROLES = (Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What an administrator fills in for one line of the list."""

    account_id: str
    valid_from: date
    valid_until: date | None
    categories: str
    scope: str
    school_ids: tuple[str, ...]
    motivation: str


def add_entry(services: Services, context: Context, entry: NewEntry) -> str:
    """Put someone on the access list; returns the entry's id.

    Raises:
        InvalidInputError: a window that ends before it starts, no category, no motivation.
    """
    _administrator(context)
    _check(entry)
    with services.db.writing() as session:
        account = session.get(Account, entry.account_id)
        if account is None or account.tenant_id != context.person.tenant_id or not account.active:
            raise NotFoundError
        if Role(account.role) not in LISTED_ROLES:
            raise InvalidInputError("Deze rol kan niet op de toegangslijst staan.", field="account_id")
        for school_id in entry.school_ids:
            school = session.get(Organisation, school_id)
            if school is None or school.tenant_id != account.tenant_id:
                raise NotFoundError
        row = AccessEntry(
            tenant_id=account.tenant_id,
            account_id=account.id,
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
            categories="".join(sorted(set(entry.categories))),
            scope=entry.scope,
            scope_ids=list(entry.school_ids),
            motivation=services.vault.seal_json(session, account.id, "motivation", entry.motivation),
            made_by=context.person.account_id,
            made_at=context.now,
        )
        session.add(row)
        session.flush()
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            object_type="access_entry",
            object_id=row.id,
            article="PR8.2",
            payload={"account": account.id, "categories": row.categories, "scope": row.scope},
        )
        return row.id


def end_entry(services: Services, context: Context, entry_id: str) -> None:
    """End an entry as of yesterday: from this moment it opens nothing."""
    _administrator(context)
    with services.db.writing() as session:
        row = session.get(AccessEntry, entry_id)
        if row is None or row.tenant_id != context.person.tenant_id:
            raise NotFoundError
        if row.valid_until is not None and row.valid_until < context.today:
            raise ConflictError("Deze regel is al beëindigd.")
        row.valid_until = context.today - timedelta(days=1)
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            object_type="access_entry",
            object_id=row.id,
            article="PR8.2",
            payload={"account": row.account_id, "ended": True},
        )


def accept_confidentiality(services: Services, context: Context) -> None:
    """The signed-in person accepts confidentiality; the version of the text is kept. Source: PR10.3."""
    account_id = context.person.account_id
    with services.db.writing() as session:
        row = session.get(Confidentiality, account_id)
        if row is None:
            session.add(
                Confidentiality(account_id=account_id, text_version=CONFIDENTIALITY_VERSION, accepted_on=context.today)
            )
        elif row.text_version != CONFIDENTIALITY_VERSION:
            row.text_version, row.accepted_on = CONFIDENTIALITY_VERSION, context.today
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            object_type="confidentiality",
            object_id=account_id,
            article="PR10.3",
            payload={"accepted": CONFIDENTIALITY_VERSION},
        )


def has_accepted(services: Services, account_id: str) -> bool:
    """Whether this person accepted the text in force."""
    with services.db.reading() as session:
        row = session.get(Confidentiality, account_id)
        return row is not None and row.text_version == CONFIDENTIALITY_VERSION


def _administrator(context: Context) -> None:
    if context.person.role is not Role.ADMINISTRATOR:
        raise RefusedError("Alleen een beheerder kan de toegangslijst wijzigen.", article="PR8.2")


def _check(entry: NewEntry) -> None:
    if entry.valid_until is not None and entry.valid_until < entry.valid_from:
        raise InvalidInputError("De einddatum ligt voor de begindatum.", field="valid_until")
    if not entry.categories or not set(entry.categories) <= set("abcdefghijklmnop"):
        raise InvalidInputError("Kies ten minste één soort gegevens.", field="categories")
    if not entry.motivation.strip():
        raise InvalidInputError("Schrijf waarom deze persoon toegang nodig heeft.", field="motivation")
    if entry.scope not in {"tenant", "schools"}:
        raise InvalidInputError("Kies voor welke dossiers dit geldt.", field="scope")
    if entry.scope == "schools" and not entry.school_ids:
        raise InvalidInputError("Kies ten minste één school.", field="school_ids")
