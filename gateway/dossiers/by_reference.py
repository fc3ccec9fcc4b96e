"""Finding a submitted dossier by what someone was told on the telephone: its reference, or the pupil's BSN.

Whoever asks cannot tell a wrong one from one that is not there, and tries are counted. Source: PR10.2.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import throttle
from gateway.accounts.throttle import Limit
from gateway.dossiers.tables import Dossier
from gateway.references import id_ending

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

BY_PERSON = Limit(purpose="dossier-by-reference", tries=5, window=timedelta(hours=1))
BY_TENANT = Limit(purpose="dossier-by-reference-tenant", tries=30, window=timedelta(hours=1))
_BSN_DIGITS = 9


def count_try(services: Services, context: Context) -> None:
    """Count one try of this person and of all people of the tenant together, in a transaction of its own.

    Raises:
        ThrottledError: too many within the hour.
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, BY_PERSON, context.person.account_id, context.now)
        throttle.count_try(session, services.vault, BY_TENANT, context.person.tenant_id, context.now)


def submitted_dossier(services: Services, session: Session, tenant_id: str, told: str) -> Dossier | None:
    """The one submitted dossier of the tenant that was meant, or None; two that fit are none."""
    query = select(Dossier).where(Dossier.tenant_id == tenant_id, Dossier.state == "submitted")
    digits = "".join(c for c in told if c.isdigit())
    if len(digits) == _BSN_DIGITS and not any(c.isalpha() for c in told):
        query = query.where(Dossier.id.in_(services.vault.find(session, tenant_id, "bsn", digits)))
    else:
        ending = id_ending(told)
        if ending is None:
            return None
        query = query.where(Dossier.id.endswith(ending))
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None
