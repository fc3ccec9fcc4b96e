"""The advice goes to the parents, with the names in it, unless a recorded reason says otherwise. WPO 18a(14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import NotFoundError
from gateway.second_opinion import advising, reach
from gateway.second_opinion.doing import step
from gateway.second_opinion.state import REQUESTER

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.services import Services


def tell(services: Services, context: Context, case_id: str) -> None:
    """The requester's contact person gives the parents the advice as they themselves read it.

    Raises:
        NotFoundError: the actor does not speak for the requester, or there is no advice.
    """
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, REQUESTER)
        draft = advising.draft_of(services, session, row)
        if draft is None:
            raise NotFoundError
        parts, was_mapped = advising.with_names(services, session, context, row, dict(draft.parts))
        step(services, session, context, row, "tell_parents", REQUESTER, {"parts": parts, "mapped": was_mapped})
