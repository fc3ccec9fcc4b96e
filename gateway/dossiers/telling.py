"""Notices about a dossier: who of the school and the SWV hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.access.facts import entries_in_scope
from gateway.accounts import people
from gateway.accounts.tables import Tenant
from gateway.context import Context, Role
from gateway.notices import outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.services import Services


def tell(
    services: Services, session: Session, context: Context, dossier: Dossier, account_id: str, kind: str, link: str
) -> None:
    """Put a notice about this dossier for one account, in the transaction of the act."""
    outbox.queue(
        session,
        services.vault,
        context,
        account_id=account_id,
        kind=kind,
        link=link,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
    )


def school_staff(session: Session, school_id: str | None) -> Sequence[str]:
    """The accounts of a school's people."""
    return people.of_organisation(session, school_id, Role.SCHOOL_STAFF)


def tell_swv(services: Services, session: Session, context: Context, dossier: Dossier, kind: str) -> None:
    """Put a notice for the people of the SWV that may reach this dossier."""
    tenant = session.get_one(Tenant, dossier.tenant_id)
    place = {"dossier_id": dossier.id, "school_id": dossier.school_on(context.today)}
    for account_id in people.of_organisation(session, tenant.swv_id, Role.SWV_STAFF, Role.CONTACT_PERSON):
        if entries_in_scope(session, account_id, context.today, **place):
            tell(services, session, context, dossier, account_id, kind, f"/dossiers/{dossier.id}")
