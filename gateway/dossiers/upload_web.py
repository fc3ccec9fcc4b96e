"""The upload routes. They check their own CSRF token before the first file part is read.

They never touch `request.form` or `request.files`: werkzeug would spool the files to a plaintext temporary file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, jsonify, request
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.multipart_stream import FilePart, TextField, read_parts
from gateway.dossiers.upload import Received, receive
from gateway.errors import InvalidInputError
from gateway.sentences import sentence
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, services, wants_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("upload", __name__)

FORM_OVERHEAD = 1_000_000
STALE = sentence(
    "De pagina stond te lang open. Laad de pagina opnieuw en stuur de bestanden nog eens. Er is niets opgeslagen."
)


@blueprint.get("/dossiers/<dossier_id>/toevoegen")
@allow(Role.SCHOOL_STAFF)
def choose(dossier_id: str) -> Response:
    """Choose or drop files."""
    view = pages.dossier(services(), context(), dossier_id)
    return page("dossiers/upload.html", view=view, line=None, settings=services().settings)


@blueprint.post("/dossiers/<dossier_id>/toevoegen")
@allow(Role.SCHOOL_STAFF)
def upload(dossier_id: str) -> Response:
    """Take files in: one with progress from the page's script, or several from the plain form."""
    pages.dossier(services(), context(), dossier_id)  # not yours: 404 before a byte is read
    return _answer(dossier_id, _receive(dossier_id, None))


@blueprint.get("/dossiers/<dossier_id>/stukken/<document_id>/nieuwe-versie")
@allow(Role.SCHOOL_STAFF)
def choose_version(dossier_id: str, document_id: str) -> Response:
    """Choose the file that replaces a document."""
    view = pages.dossier(services(), context(), dossier_id)
    line = pages.line_of(view, document_id)
    return page("dossiers/upload.html", view=view, line=line, settings=services().settings)


@blueprint.post("/dossiers/<dossier_id>/stukken/<document_id>/nieuwe-versie")
@allow(Role.SCHOOL_STAFF)
def upload_version(dossier_id: str, document_id: str) -> Response:
    """Take in a new version of a document."""
    view = pages.dossier(services(), context(), dossier_id)
    pages.line_of(view, document_id)
    return _answer(dossier_id, _receive(dossier_id, document_id))


def _receive(dossier_id: str, replaces: str | None) -> list[Received]:
    settings = services().settings
    request.max_content_length = settings.max_upload_bytes + FORM_OVERHEAD
    proven = _header_token_is_good()
    received: list[Received] = []
    parts = read_parts(
        request.stream,
        content_type=request.content_type,
        content_length=request.content_length,
        max_bytes=settings.max_upload_bytes + FORM_OVERHEAD,
        max_parts=settings.max_files + 10,
    )
    for part in parts:
        if isinstance(part, TextField):
            proven = proven or (part.name == "csrf_token" and _is_good(part.value))
        elif not proven:
            raise InvalidInputError(STALE)
        else:
            received.append(_one(dossier_id, part, received, replaces))
    if not proven:
        raise InvalidInputError(STALE)
    return received


def _one(dossier_id: str, part: FilePart, received: list[Received], replaces: str | None) -> Received:
    settings = services().settings
    if not part.file_name:
        return Received(file_name="", problem=said("Kies eerst een of meer bestanden."))
    if len(received) >= (1 if replaces else settings.max_files):
        return Received(file_name=part.file_name, problem=said("Dit is te veel in één keer. Stuur dit bestand apart."))
    return receive(services(), context(), dossier_id, part, replaces=replaces)


def _header_token_is_good() -> bool:
    token = request.headers.get("X-CSRFToken")
    if token is None:
        return False
    if not _is_good(token):
        raise InvalidInputError(STALE)
    return True


def _is_good(token: str) -> bool:
    try:
        validate_csrf(token)
    except ValidationError:
        return False
    return True


def _answer(dossier_id: str, received: list[Received]) -> Response:
    if wants_json():
        if not received:
            return jsonify(ok=False, message=said("Er kwam geen bestand aan. Kies het opnieuw."))
        last = received[-1]
        if last.problem:
            return jsonify(ok=False, message=told(last.problem))
        return jsonify(
            ok=True, document_id=last.document_id, message=said("Ontvangen. Wij controleren het bestand nu.")
        )
    good = sum(item.problem is None for item in received)
    for item in received:
        if item.problem:
            flash(f"{item.file_name}: {told(item.problem)}" if item.file_name else told(item.problem), "error")
    if good:
        flash(said("%(count)s ontvangen. Wij controleren de bestanden nu.", count=good), "success")
        return see_other(f"/dossiers/{dossier_id}/beschrijven")
    return see_other(f"/dossiers/{dossier_id}/toevoegen")
