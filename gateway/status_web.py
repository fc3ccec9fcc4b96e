"""Health for machines, and the page that says what this is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from crypto.signing import publication
from gateway.errors import GatewayError, NotFoundError
from gateway.jobs import queue
from gateway.receipts.usecases import published_keys
from gateway.web import context, page, public, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("status", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process lives."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers and the worker beats; without names, so that it tells nothing."""
    built = services()
    try:
        with built.db.reading() as session:
            session.execute(text("SELECT 1"))
            late = queue.is_late(session, built.clock())
    except GatewayError:
        return jsonify(ok=False, database=False), 503
    return jsonify(ok=not late, database=True, worker=not late), 503 if late else 200


@blueprint.get("/over")
@public
def about() -> BaseResponse:
    """What Dossierpoort is, for someone who has never seen it."""
    return page("status/about.html")


@blueprint.get("/.well-known/security.txt")
@public
def security_txt() -> Response:
    """Where a flaw is reported (RFC 9116); not there without a contact, or when its day has passed."""
    settings = services().settings
    if not settings.security_contact or date.fromisoformat(settings.security_expires) < context().today:
        raise NotFoundError
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {settings.security_expires}T23:59:59Z",
        "Preferred-Languages: nl, en",
        f"Canonical: {settings.base_url.rstrip('/')}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/.well-known/dossierpoort-keys.json")
@public
def keys() -> Response:
    """The public signing keys of this installation."""
    return jsonify({**publication(services().vault.keyring.public_keys()), **published_keys(services())})
