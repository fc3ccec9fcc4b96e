"""A document that the requester's portal sent to ours, for the contact person of the case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from gateway.context import Role
from gateway.second_opinion import mirror
from gateway.web import allow, attachment, context, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("second_opinion_mirror", __name__)


@blueprint.get("/second-opinions/<case_id>/ontvangen/<attachment_id>")
@allow(Role.CONTACT_PERSON, fresh=True)
def came(case_id: str, attachment_id: str) -> Response:
    """Download a document of the delivery; written in the log before its first byte leaves."""
    found = mirror.open_document(services(), context(), case_id, attachment_id)
    return attachment(found.chunks, file_name=found.name, media_type="application/octet-stream", size=found.size)
