"""Notices about a dossier for the people of the SWV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access.facts import entries_in_scope
from gateway.accounts.tables import Account, Tenant
from gateway.context import Context, Role
from gateway.notices import outbox

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.services import Services


def tell_swv(services: Services, session: Session, context: Context, dossier: Dossier, kind: str) -> None:
    """Put a notice for the people of the SWV that may reach this dossier."""
    tenant = session.get_one(Tenant, dossier.tenant_id)
    query = select(Account).where(
        Account.organisation_id == tenant.swv_id,
        Account.active,
        Account.role.in_((Role.SWV_STAFF.value, Role.CONTACT_PERSON.value)),
    )
    for account in session.scalars(query).all():
        if entries_in_scope(session, account.id, context.today, dossier_id=dossier.id, school_id=dossier.school_id):
            outbox.queue(
                session,
                services.vault,
                context,
                account_id=account.id,
                kind=kind,
                link=f"/dossiers/{dossier.id}",
                tenant_id=dossier.tenant_id,
                dossier_id=dossier.id,
            )
