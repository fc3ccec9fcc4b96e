"""Notices about the access list: a proposal waits for its second person; entries and registrations that end soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access import history, rules
from gateway.access.tables import AccessEntry
from gateway.accounts import people
from gateway.accounts.tables import Account, Tenant
from gateway.context import Context, Role
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services


def warn(services: Services, now: datetime) -> int:
    """Tell the administrators which entries end soon, each entry once; returns how many that were. Source: PR8.2."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        if not any(_ending(session, tenant, context) for tenant in session.scalars(select(Tenant))):
            return 0
    with services.db.writing() as session:
        count = 0
        for tenant in session.scalars(select(Tenant)).all():
            rows = _ending(session, tenant, context)
            for row in rows:
                row.warned_at = now
            if rows:
                _tell(services, session, context, tenant)
            count += len(rows)
    return count


def tell_approvers(services: Services, session: Session, context: Context, row: AccessEntry) -> None:
    """Tell who can decide on a proposal that it waits: not its writer, and not whom it is about."""
    tenant = session.get_one(Tenant, row.tenant_id)
    query = select(Account).where(
        Account.organisation_id == tenant.swv_id,
        Account.active,
        Account.role.in_((Role.ADMINISTRATOR.value, Role.CONTACT_PERSON.value)),
        Account.id.not_in((row.made_by, row.account_id)),
    )
    for account in session.scalars(query).all():
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account.id,
            kind="access_waiting",
            link=f"/toegangslijst/{row.id}",
            tenant_id=row.tenant_id,
        )


def _ending(session: Session, tenant: Tenant, context: Context) -> list[AccessEntry]:
    """The entries of a tenant that end soon and of which nobody was told."""
    query = (
        select(AccessEntry, Account.role)
        .join(Account, Account.id == AccessEntry.account_id)
        .where(
            AccessEntry.tenant_id == tenant.id,
            AccessEntry.state == rules.APPROVED,
            AccessEntry.kind == rules.LISTED,
            AccessEntry.warned_at.is_(None),
            Account.active,
        )
    )
    found = session.execute(query).all()
    if not found:
        return []
    ahead = in_force(session, tenant.id, tenant.profile_id, context.today).access.warn_days
    return [row for row, role in found if rules.expires_soon(history.entry_of(row, role), context.today, ahead)]


def _tell(services: Services, session: Session, context: Context, tenant: Tenant) -> None:
    for account_id in people.of_tenant(session, tenant.id, Role.ADMINISTRATOR):
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind="access_expiring",
            link="/toegangslijst?staat=verloopt",
            tenant_id=tenant.id,
        )
