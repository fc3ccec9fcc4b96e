"""Confidentiality comes before the first dossier (PR10.3): asked by every page that shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.access import usecases as access
from gateway.dossiers import queries
from gateway.web import context, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


def accept_first() -> Response | None:
    """The way to /geheimhouding for someone of the SWV who did not accept yet, whatever they ask (PR10.3)."""
    actor = context().person
    if actor.role not in queries.SWV_READERS or access.has_accepted(services(), actor.account_id):
        return None
    with services().db.reading() as session:
        return see_other("/geheimhouding") if queries.is_of_swv(session, actor.organisation_id) else None
