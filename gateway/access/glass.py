"""Break-glass entries: made by who needs them, for one dossier and 24 hours; who must hear of them, and when.

Source: PR8.2, PR10.2; issue 4, "Break-glass".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access import history, rules
from gateway.access.tables import AccessEntry
from gateway.access.usecases import accepted_now
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Role
from gateway.errors import NotFoundError
from gateway.recording import Action
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.reglement.profiles import AccessRules
    from gateway.services import Services

MAKERS = (Role.SWV_STAFF, Role.CONTACT_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassLine:
    """One use of break-glass, for the people of a dossier."""

    entry_id: str
    account_id: str
    who: str
    function: str
    opened_at: datetime
    closes_at: datetime
    reason: str


def may_make(session: Session, context: Context) -> None:
    """Only people of the SWV itself who accepted confidentiality.

    Raises:
        NotFoundError: for anyone else it does not exist.
    """
    actor = context.person
    organisation = session.get(Organisation, actor.organisation_id)
    if actor.role not in MAKERS or organisation is None or organisation.kind != "swv":
        raise NotFoundError
    if not accepted_now(session, actor.account_id):
        raise NotFoundError


def allowed_by(session: Session, tenant_id: str, on: date) -> AccessRules:
    """What the reglement in force says on break-glass."""
    tenant = session.get_one(Tenant, tenant_id)
    return in_force(session, tenant_id, tenant.profile_id, on).access


def open_glass(services: Services, session: Session, context: Context, *, dossier_id: str, reason: str) -> AccessEntry:
    """Make the entry and its event in the caller's transaction: one dossier, 24 hours, what the profile allows."""
    may_make(session, context)
    actor = context.person
    profile = allowed_by(session, actor.tenant_id, context.today)
    closes_at = context.now + rules.BREAK_GLASS_LASTS
    row = AccessEntry(
        tenant_id=actor.tenant_id,
        account_id=actor.account_id,
        kind=rules.BREAK_GLASS,
        state=rules.APPROVED,
        version=1,
        valid_from=context.today,
        valid_until=rules.day_of(closes_at),
        categories="".join(sorted(profile.break_glass_categories)),
        scope="dossier",
        scope_ids=[dossier_id],
        motivation=services.vault.seal_json(session, actor.account_id, "motivation", reason.strip()),
        made_by=actor.account_id,
        made_at=context.now,
        closes_at=closes_at,
        guardians_due=context.today + timedelta(days=profile.guardians_after_days),
    )
    session.add(row)
    session.flush()
    history.note(
        services, session, context, row, "opened", reason=reason, action=Action.BREAK_GLASS, dossier_id=dossier_id
    )
    return row


def running(services: Services, session: Session, tenant_id: str, dossier_id: str, now: datetime) -> list[GlassLine]:
    """The break-glass that is open on this dossier now."""
    query = select(AccessEntry).where(
        AccessEntry.tenant_id == tenant_id,
        AccessEntry.kind == rules.BREAK_GLASS,
        AccessEntry.state == rules.APPROVED,
        AccessEntry.closes_at > now,
    )
    rows = [row for row in session.scalars(query.order_by(AccessEntry.made_at)) if dossier_id in row.scope_ids]
    persons = people.names_of(session, services.vault, [row.account_id for row in rows])
    return [
        GlassLine(
            entry_id=row.id,
            account_id=row.account_id,
            who=persons.get(row.account_id, people.NAMELESS).name,
            function=persons.get(row.account_id, people.NAMELESS).function,
            opened_at=row.made_at,
            closes_at=row.closes_at or row.made_at,
            reason=history.opened(session, services.vault, row.account_id, "motivation", row.motivation) or "",
        )
        for row in rows
    ]


def officers(session: Session, tenant_id: str) -> list[Account]:
    """The privacy officers of the tenant."""
    query = select(Account).where(
        Account.tenant_id == tenant_id, Account.active, Account.role == Role.PRIVACY_OFFICER.value
    )
    return list(session.scalars(query))


def due_for_guardians(session: Session, today: date) -> list[AccessEntry]:
    """Break-glass of which the guardians must hear by now, and have not; held until this transaction ends."""
    query = select(AccessEntry).where(
        AccessEntry.kind == rules.BREAK_GLASS,
        AccessEntry.guardians_told_at.is_(None),
        AccessEntry.guardians_due <= today,
    )
    return list(session.scalars(query.order_by(AccessEntry.id).with_for_update(skip_locked=True)))


def told(row: AccessEntry, now: datetime) -> None:
    """The guardians heard of it."""
    row.guardians_told_at = now


def not_told_yet(session: Session, tenant_id: str, dossier_id: str) -> Sequence[tuple[str, datetime, datetime]]:
    """What guardians do not hear of yet: (account, from, until) of each use of break-glass on this dossier."""
    query = select(AccessEntry).where(
        AccessEntry.tenant_id == tenant_id,
        AccessEntry.kind == rules.BREAK_GLASS,
        AccessEntry.guardians_told_at.is_(None),
    )
    return [
        (row.account_id, row.made_at, row.closes_at or row.made_at)
        for row in session.scalars(query)
        if dossier_id in row.scope_ids
    ]
