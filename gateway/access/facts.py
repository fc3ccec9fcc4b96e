"""Gathering what the judge must know, as the JSON facts of the specification; the judge itself knows no tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from gateway.access.tables import AccessEntry, Confidentiality
from gateway.accounts.tables import Tenant
from gateway.reglement import facts as strict
from gateway.reglement.rules import Decision, judge
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

RECIPIENT_OF_KIND = {"school": "school_board", "family": "guardian", "expert_body": "expert"}
"""Kinds of organisation whose name for the judge differs from our own."""


def ask(session: Session, tenant_id: str, facts: dict[str, Any], on: date) -> Decision:
    """Ask the judge under the tenant's reglement on this day.

    Raises:
        gateway.reglement.errors.FactsError: the gateway made facts that the specification does not know; a defect.
    """
    tenant = session.get_one(Tenant, tenant_id)
    profile = in_force(session, tenant_id, tenant.profile_id, on)
    return judge(strict.parse({**facts, "profile": tenant.profile_id, "on": on.isoformat()}), profile)


def access_of(session: Session, account_id: str, on: date, *, dossier_id: str, school_id: str) -> dict[str, Any] | None:
    """The access entry that lets this account reach this dossier today, as the judge reads it; None when there is none.

    Where several fit, their categories add up. Source: PR8.2.
    """
    rows = entries_in_scope(session, account_id, on, dossier_id=dossier_id, school_id=school_id)
    if not rows:
        return None
    accepted = session.get(Confidentiality, account_id)
    first = rows[0]
    registration = None
    if first.register:
        registration = {
            "register": first.register,
            "number": first.register_number,
            "from": first.register_from.isoformat() if first.register_from else None,
            "until": first.register_until.isoformat() if first.register_until else None,
        }
    return {
        "from": min(row.valid_from for row in rows).isoformat(),
        "until": first.valid_until.isoformat() if first.valid_until and len(rows) == 1 else None,
        "categories": sorted({letter for row in rows for letter in row.categories}),
        "scope": first.scope,
        "confidentiality_accepted": accepted.accepted_on.isoformat() if accepted else None,
        "profession": first.profession,
        "registration": registration,
    }


def entries_in_scope(
    session: Session, account_id: str, on: date, *, dossier_id: str, school_id: str
) -> list[AccessEntry]:
    """The entries of this account that are valid on this day and reach this dossier."""
    return [
        row
        for row in valid_entries(session, account_id, on)
        if row.scope == "tenant"
        or (row.scope == "schools" and school_id in row.scope_ids)
        or (row.scope == "dossier" and dossier_id in row.scope_ids)
    ]


def valid_entries(session: Session, account_id: str, on: date) -> Iterable[AccessEntry]:
    """The entries of this account that are valid on this day, both days included."""
    query = select(AccessEntry).where(
        AccessEntry.account_id == account_id,
        AccessEntry.valid_from <= on,
        or_(AccessEntry.valid_until.is_(None), AccessEntry.valid_until >= on),
    )
    return session.scalars(query.order_by(AccessEntry.valid_from, AccessEntry.id))
