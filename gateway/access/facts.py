"""Gathering what the judge must know, as the JSON facts of the specification; the judge itself knows no tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access.history import entry_of
from gateway.access.rules import APPROVED, admits, day_of, reaches
from gateway.access.tables import AccessEntry, Confidentiality
from gateway.accounts.tables import Account, Tenant
from gateway.reglement import facts as strict
from gateway.reglement.rules import Decision, judge
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

RECIPIENT_OF_KIND = {"school": "school_board", "family": "guardian", "expert_body": "expert"}
"""Kinds of organisation whose name for the judge differs from our own."""
SEALED_NUMBER = "vastgelegd"
"""Stands for a number in a register: the judge asks only whether there is one, and it stays sealed."""


def ask(session: Session, tenant_id: str, facts: dict[str, Any], on: date) -> Decision:
    """Ask the judge under the tenant's reglement on this day.

    Raises:
        gateway.reglement.errors.FactsError: the gateway made facts that the specification does not know; a defect.
    """
    tenant = session.get_one(Tenant, tenant_id)
    profile = in_force(session, tenant_id, tenant.profile_id, on)
    return judge(strict.parse({**facts, "profile": tenant.profile_id, "on": on.isoformat()}), profile)


def access_of(
    session: Session, account_id: str, moment: date, *, dossier_id: str, school_id: str
) -> dict[str, Any] | None:
    """The access entry that lets this account reach this dossier now, as the judge reads it; None when there is none.

    `moment` is a day or an aware instant: break-glass counts for an instant only (`rules.admits`). Where several
    entries fit, their categories add up. Source: PR8.2.
    """
    rows = entries_in_scope(session, account_id, moment, dossier_id=dossier_id, school_id=school_id)
    if not rows:
        return None
    accepted = session.get(Confidentiality, account_id)
    first = rows[0]
    registration = None
    if first.register:
        registration = {
            "register": first.register,
            "number": SEALED_NUMBER if first.register_number is not None else None,
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


def kind_of_reader(session: Session, account_id: str) -> str:
    """What the judge calls this reader: an expert, or someone of the SWV."""
    return "expert" if session.get_one(Account, account_id).role == "expert" else "swv_staff"


def entries_in_scope(
    session: Session, account_id: str, moment: date, *, dossier_id: str, school_id: str
) -> list[AccessEntry]:
    """The entries of this account that admit at this moment and reach this dossier."""
    role = session.get_one(Account, account_id).role
    return [
        row
        for row in valid_entries(session, account_id, moment)
        if reaches(entry_of(row, role), dossier_id=dossier_id, school_id=school_id)
    ]


def valid_entries(session: Session, account_id: str, moment: date) -> list[AccessEntry]:
    """The entries of this account that admit at this moment: approved by a second person, and within their days."""
    account = session.get_one(Account, account_id)
    query = select(AccessEntry).where(
        AccessEntry.account_id == account_id,
        AccessEntry.state == APPROVED,
        AccessEntry.valid_from <= day_of(moment),
    )
    rows = session.scalars(query.order_by(AccessEntry.valid_from, AccessEntry.id))
    return [row for row in rows if account.active and admits(entry_of(row, account.role), moment)]
