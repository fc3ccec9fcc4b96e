"""After how long the people of an SWV are signed out: chosen by its administrator, within bounds. Source: issue 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.accounts.rules import SESSION_HOURS, SESSION_IDLE_MINUTES
from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.errors import InvalidInputError, RefusedError
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.services import Services


def chosen(services: Services, context: Context) -> tuple[int, int]:
    """Idle minutes and hours that hold now."""
    with services.db.reading() as session:
        tenant = session.get_one(Tenant, context.person.tenant_id)
    settings = services.settings
    return tenant.session_idle_minutes or settings.session_idle_minutes, tenant.session_hours or settings.session_hours


def choose(services: Services, context: Context, *, idle: int, hours: int) -> None:
    """Choose both; counts at once, for sessions that run too. What it was and became stands in the log.

    Raises:
        InvalidInputError: outside the bounds, at its field.
    """
    actor = context.person
    if actor.role is not Role.ADMINISTRATOR:
        raise RefusedError("Alleen een beheerder kan dit doen.", article="PR10.2")
    for value, (least, most), field in ((idle, SESSION_IDLE_MINUTES, "idle"), (hours, SESSION_HOURS, "hours")):
        if not least <= value <= most:
            words = sentence("Kies een getal van %(least)d tot en met %(most)d.", least=least, most=most)
            raise InvalidInputError(words, field=field)
    was = chosen(services, context)
    with services.db.writing() as session:
        tenant = session.get_one(Tenant, actor.tenant_id, with_for_update=True)
        tenant.session_idle_minutes, tenant.session_hours = idle, hours
        record(
            session,
            services.vault,
            context,
            Action.CONFIGURE,
            object_type="tenant",
            object_id=tenant.id,
            payload={"changed": {"idle_minutes": [was[0], idle], "hours": [was[1], hours]}},
        )
