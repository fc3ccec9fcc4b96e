"""Putting and ending restrictions, in the transaction of who decided; each with its event.

Source: PR11.4, PR11.8, AVG 18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.ids import new_id
from gateway.recording import Action, record
from gateway.restrictions.rules import ARTICLES, KINDS
from gateway.restrictions.tables import Restriction

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.vault.keys import Vault


def put(
    session: Session,
    vault: Vault,
    context: Context,
    *,
    tenant_id: str,
    dossier_id: str,
    request_id: str,
    kind: str,
    document_id: str | None = None,
    version_id: str | None = None,
    categories: Collection[str] | None = None,
) -> str:
    """Let a restriction stand from now on; gives its id. The same one again is the one that stands already.

    Raises:
        LookupError: no kind that the gateway knows; a wiring mistake.
    """
    if kind not in KINDS:
        raise LookupError("no such restriction")
    letters = " ".join(sorted({category[0] for category in categories})) if categories is not None else None
    for row in _standing(session, request_id):
        if (row.kind, row.document_id, row.version_id, row.categories) == (kind, document_id, version_id, letters):
            return row.id
    row = Restriction(
        id=new_id(),
        tenant_id=tenant_id,
        dossier_id=dossier_id,
        request_id=request_id,
        kind=kind,
        document_id=document_id,
        version_id=version_id,
        categories=letters,
        since=context.now,
    )
    session.add(row)
    session.flush()
    _note(session, vault, context, row, ended=False)
    return row.id


def end(session: Session, vault: Vault, context: Context, request_id: str, *, kinds: Collection[str] = KINDS) -> int:
    """End what stands by this request, of these kinds; gives how many did. None standing: nothing happens."""
    ended = [row for row in _standing(session, request_id) if row.kind in kinds]
    for row in ended:
        row.ended_at = context.now
        _note(session, vault, context, row, ended=True)
    return len(ended)


def end_one(
    session: Session, vault: Vault, context: Context, dossier_id: str, restriction_id: str, *, reason: str = ""
) -> bool:
    """End one restriction of this dossier; False where there is none that stands."""
    row = session.get(Restriction, restriction_id, with_for_update=True, populate_existing=True)
    if row is None or row.dossier_id != dossier_id or row.ended_at is not None:
        return False
    row.ended_at = context.now
    _note(session, vault, context, row, ended=True, reason=reason)
    return True


def _standing(session: Session, request_id: str) -> list[Restriction]:
    query = select(Restriction).where(Restriction.request_id == request_id, Restriction.ended_at.is_(None))
    return list(session.scalars(query.with_for_update()))


def _note(session: Session, vault: Vault, context: Context, row: Restriction, *, ended: bool, reason: str = "") -> None:
    record(
        session,
        vault,
        context,
        Action.SHIELD,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="restriction",
        object_id=row.id,
        article=ARTICLES[row.kind],
        payload={
            "restriction": row.kind,
            "document": row.document_id,
            "ended": ended,
            "request": row.request_id,
            "reason": reason,
        },
    )
