"""The reader's notices, and the outbox of a demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from gateway.errors import NotFoundError
from gateway.notices import outbox
from gateway.web import allow, context, page, public, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("notices", __name__)


@blueprint.get("/berichten")
@allow()
def inbox() -> Response:
    """My notices, newest first; seeing the list marks them as read."""
    with services().db.reading() as session:
        shown = outbox.inbox(session, services().vault, context().person.account_id)
    if any(notice.unread for notice in shown):
        with services().db.writing() as session:
            outbox.mark_all_read(session, context().person.account_id, context().now)
    return page("notices/inbox.html", shown=shown)


@blueprint.get("/berichten/<notice_id>")
@allow()
def follow(notice_id: str) -> Response:
    """Go to what a notice is about."""
    with services().db.reading() as session:
        shown = outbox.open_notice(session, services().vault, context().person.account_id, notice_id)
    return see_other(shown.link)


@blueprint.get("/demo/postvak-uit")
@public
def demo_outbox() -> Response:
    """What a demo would have mailed. Does not exist outside a demo."""
    if not services().settings.demo:
        raise NotFoundError
    with services().db.reading() as session:
        rows = outbox.everything(session, services().vault)
    return page("notices/outbox.html", rows=rows)
