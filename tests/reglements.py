"""A reglement of the tenant's own, for the tests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.reglement import versions
from tests import builders, personas

if TYPE_CHECKING:
    from gateway.services import Services


def new_version(services: Services, clock: Any, rights: dict[str, Any] | None = None, **disclose: Any) -> None:
    """The tenant switches to a new version of its reglement, in force from tomorrow; the clock goes there."""
    administrator = builders.context(services, personas.ADMINISTRATOR)
    tenant = administrator.person.tenant_id
    with services.db.reading() as session:
        document = versions.as_json(dict(versions.in_force(session, tenant, "po-raad-2014", clock().date()).document))
    document["disclose"].update(disclose)
    document["rights"].update(rights or {})
    tomorrow = administrator.today + timedelta(days=1)
    made = versions.draft(services, administrator, "po-raad-2014", document, tomorrow)
    versions.decide(services, builders.context(services, personas.CONTACT_PERSON), made, approve=True)
    clock.forward(days=1)
