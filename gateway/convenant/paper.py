"""A signed convenant on paper: PDF/A with the text, every signature and the hash they stand under. Source: CV10."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway import paper
from gateway.convenant import reach
from gateway.errors import NotFoundError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.convenant.views import VersionLine, View
    from gateway.services import Services


def printed(services: Services, context: Context, view: View, line: VersionLine, html: str) -> bytes:
    """The PDF of a text that was offered; that it was made is written first.

    Raises:
        NotFoundError: a draft, or not theirs to see.
    """
    if line.row.content_hash is None:
        raise NotFoundError
    with services.db.writing() as session:
        at = reach.seat(session, context, view.seat.convenant.id)
        record(
            session,
            services.vault,
            context,
            Action.PRINT,
            object_type="convenant",
            object_id=at.convenant.id,
            article="CV10",
            payload={"step": "printed", "version": line.row.number, "hash": line.row.content_hash.hex()},
        )
    return paper.pdf(html, made_at=context.now)
