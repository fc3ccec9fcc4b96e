"""What stands in an entry, opened; and what happened to it, written down as a row of its history with an event."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from crypto.errors import CryptoError
from gateway.access.rules import Entry, Registration
from gateway.access.tables import AccessChange, AccessEntry
from gateway.context import Role
from gateway.ids import new_id
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services
    from gateway.vault.keys import Vault

FIELDS = (
    "motivation",
    "categories",
    "scope",
    "scope_ids",
    "valid_from",
    "valid_until",
    "profession",
    "register",
    "register_number",
    "register_from",
    "register_until",
)
"""The fields of an entry that people write, in the order of the form."""
_SEALED = {"motivation": "motivation", "register_number": "register"}


def entry_of(row: AccessEntry, role: str) -> Entry:
    """The entry as the rules look at it; `role` is that of its account."""
    registration = None
    if row.register is not None and row.register_number is not None and row.register_from is not None:
        registration = Registration(register=row.register, valid_from=row.register_from, valid_until=row.register_until)
    return Entry(
        kind=row.kind,
        state=row.state,
        categories=frozenset(row.categories),
        scope=row.scope,
        scope_ids=frozenset(row.scope_ids),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        opened_at=row.made_at,
        closes_at=row.closes_at,
        of_expert=role == Role.EXPERT.value,
        profession=row.profession,
        registration=registration,
    )


def content(session: Session, vault: Vault, row: AccessEntry) -> dict[str, Any]:
    """What people wrote in an entry, opened."""
    found: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(row, name)
        if name in _SEALED and value is not None:
            value = opened(session, vault, row.account_id, _SEALED[name], value) or ""
        found[name] = value
    return found


def opened(session: Session, vault: Vault, account_id: str, ref: str, sealed: bytes) -> Any:
    """A sealed part of an entry; None when the account's key is gone: the entry itself must stay in sight."""
    try:
        return vault.open_json(session, account_id, ref, sealed)
    except (LookupError, CryptoError):
        return None


def write(session: Session, vault: Vault, row: AccessEntry, written: dict[str, Any]) -> None:
    """Put what people wrote in an entry, sealed where it must be."""
    for name in FIELDS:
        value = written[name]
        if name in _SEALED and value is not None:
            value = vault.seal_json(session, row.account_id, _SEALED[name], value)
        setattr(row, name, value)


def note(
    services: Services,
    session: Session,
    context: Context,
    row: AccessEntry,
    what: str,
    *,
    fields: Sequence[tuple[str, Any, Any]] = (),
    reason: str = "",
    action: Action = Action.PERMISSION,
    dossier_id: str | None = None,
) -> None:
    """Write down one thing that happened to an entry, for the list and for the log. Source: PR8.2."""
    change_id = new_id()
    plain = [[name, _plain(old), _plain(new)] for name, old, new in fields]
    details = {"fields": plain, "reason": reason.strip()}
    session.add(
        AccessChange(
            id=change_id,
            tenant_id=row.tenant_id,
            entry_id=row.id,
            account_id=row.account_id,
            what=what,
            made_by=context.actor.account_id if context.actor else None,
            made_at=context.now,
            details=services.vault.seal_json(session, row.account_id, f"change:{change_id}", details),
        )
    )
    # What people wrote stays under the account's own seal alone; that it changed is said here too.
    shown = {name: ["…", "…"] if name in _SEALED else [old, new] for name, old, new in plain}
    payload: dict[str, Any] = {
        "entry": what,
        "account": row.account_id,
        "changed": shown or {"state": [None, row.state]},
    }
    payload |= {"categories": row.categories, "scope": row.scope}
    if details["reason"]:
        payload["reason"] = details["reason"]
    if row.closes_at is not None:
        payload["until"] = row.closes_at.isoformat()
    record(
        session,
        services.vault,
        context,
        action,
        tenant_id=row.tenant_id,
        dossier_id=dossier_id,
        object_type="access_entry",
        object_id=row.id,
        article="PR8.2",
        payload=payload,
    )


def details_of(session: Session, vault: Vault, change: AccessChange) -> dict[str, Any]:
    """The fields that changed, and the reason that was given."""
    return opened(session, vault, change.account_id, f"change:{change.id}", change.details) or {
        "fields": [],
        "reason": "",
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
