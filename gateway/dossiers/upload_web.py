"""The upload routes. They check their own CSRF token before the first file part is read.

They never touch `request.form` or `request.files`: werkzeug would spool the files to a plaintext temporary file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from flask import Blueprint, current_app, flash, jsonify, request
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.describing import Description
from gateway.dossiers.held import Held, held
from gateway.dossiers.multipart_stream import FilePart, TextField, read_parts
from gateway.dossiers.quota import Places
from gateway.dossiers.raw_body import drain, pieces, source_of
from gateway.dossiers.rules import RIGHT_REQUEST, clean_file_name
from gateway.dossiers.upload import Received, may_add, pupil_to_add_for, receive
from gateway.errors import GatewayError, InvalidInputError
from gateway.sentences import sentence
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, services, wants_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from werkzeug.wrappers import Response

    from gateway.dossiers.multipart_stream import Readable

blueprint = Blueprint("upload", __name__)

FORM_OVERHEAD = 1_000_000
EVIDENCE_BY = (Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON)
EVIDENCE = {
    "toestemming": Description(
        kind="consent_form", categories=("a", "d"), origin="guardian", purpose="support_allocation"
    ),
    "uitspraak": Description(
        kind="court_order", categories=("a", "d", "p"), origin="guardian", purpose="support_allocation"
    ),
}
"""What is known of a signed form or a court order before it is read."""
REQUEST_BY = (*EVIDENCE_BY, Role.PRIVACY_OFFICER)
ON_PAPER = Description(kind=RIGHT_REQUEST, categories=("a", "d"), origin="guardian", purpose="support_allocation")
"""What is known of the scan of a request that came on paper (PR11.1)."""
RAW = "application/octet-stream"
NAME_HEADER = "X-File-Name"
"""The name of a file that is the whole body, percent-encoded UTF-8. Not in the address: names stay out of logs."""
FLASH_ROOM = 1500
"""Most bytes of messages in the session cookie: a browser drops a cookie above 4 kB, and the session with it."""
STALE = sentence(
    "De pagina stond te lang open. Laad de pagina opnieuw en stuur de bestanden nog eens. Er is niets opgeslagen."
)


@blueprint.get("/dossiers/<dossier_id>/toevoegen")
@allow(Role.SCHOOL_STAFF)
def choose(dossier_id: str) -> Response:
    """Choose or drop files."""
    view = pages.dossier(services(), context(), dossier_id)
    return page("dossiers/upload.html", view=view, line=None, held=_held(dossier_id), settings=services().settings)


@blueprint.post("/dossiers/<dossier_id>/toevoegen")
@allow(Role.SCHOOL_STAFF)
def upload(dossier_id: str) -> Response:
    """Take files in: one with progress from the page's script, or several from the plain form."""
    return _answer(dossier_id, _receive(dossier_id, None))


@blueprint.get("/dossiers/<dossier_id>/stukken/<document_id>/nieuwe-versie")
@allow(Role.SCHOOL_STAFF)
def choose_version(dossier_id: str, document_id: str) -> Response:
    """Choose the file that replaces a document."""
    view = pages.dossier(services(), context(), dossier_id)
    line = pages.line_of(view, document_id)
    return page("dossiers/upload.html", view=view, line=line, held=_held(dossier_id), settings=services().settings)


@blueprint.post("/dossiers/<dossier_id>/stukken/<document_id>/nieuwe-versie")
@allow(Role.SCHOOL_STAFF)
def upload_version(dossier_id: str, document_id: str) -> Response:
    """Take in a new version of a document."""
    return _answer(dossier_id, _receive(dossier_id, document_id))


def _held(dossier_id: str) -> list[Held]:
    """What is there already, before more is added (CV3.3)."""
    return held(services(), context(), dossier_id)


def _receive(dossier_id: str, replaces: str | None) -> list[Received]:
    with places():
        return _take_in(dossier_id, replaces)


def places() -> AbstractContextManager[None]:
    """A place among the uploads of this process."""
    found = current_app.extensions.setdefault("dossierpoort.places", Places(services().settings.uploads_at_once))
    return cast("Places", found).one()


def _take_in(dossier_id: str, replaces: str | None) -> list[Received]:
    request.max_content_length = services().settings.max_upload_bytes + FORM_OVERHEAD
    if request.mimetype == RAW:
        return [_receive_raw(dossier_id, replaces)]
    may_add(services(), context(), dossier_id, replaces=replaces)  # not yours: 404 before a byte is read
    return _receive_form(dossier_id, replaces)


def _receive_raw(dossier_id: str, replaces: str | None) -> Received:
    """One file that is the whole body, as the page's script sends it: its token and its name stand in the head.

    `receive` asks whose dossier it is before it asks for the first piece.
    """
    most = services().settings.max_upload_bytes
    source = source_of(request.environ, request.stream)
    chunks = pieces(source, content_length=request.content_length, max_bytes=most)
    part = FilePart(name="file", file_name=unquote(request.headers.get(NAME_HEADER, "")), chunks=chunks)
    proven = _is_good(request.headers.get("X-CSRFToken", ""))
    received = _one(dossier_id, part, replaces, None, too_many=False) if proven else None
    if received is None or received.problem:
        drain(source, max_bytes=most)  # a line that is closed upon its sender never tells why
    if received is None:
        raise InvalidInputError(STALE)
    return received


def _receive_form(dossier_id: str, replaces: str | None, described: Description | None = None) -> list[Received]:
    settings = services().settings
    received: list[Received] = []
    parts = read_parts(
        _body(),
        content_type=request.content_type,
        content_length=request.content_length,
        max_bytes=settings.max_upload_bytes + FORM_OVERHEAD,
        max_parts=settings.max_files + 10,
    )
    try:
        for received_one in _each(dossier_id, parts, replaces, described):
            received.append(received_one)  # noqa: PERF402 - what came before a failure counts
    except GatewayError:
        stored = sum(item.document_id is not None for item in received)
        if not stored:
            raise
        rest = said(
            "Na %(count)s bestanden ging het mis. Wat daarna kwam, is niet opgeslagen. Stuur dat opnieuw.",
            count=stored,
        )
        received.append(Received(file_name="", problem=rest))
    return received


def _body() -> Readable:
    """The body as the server gives it; werkzeug's wrapper copies each byte twice more, and its limit is our own.

    A server that does not end the body itself (no `wsgi.input_terminated`) is read through that wrapper.
    """
    limited = request.stream  # which refuses at once what is too large by its length
    if request.environ.get("wsgi.input_terminated"):
        return cast("Readable", request.environ["wsgi.input"])
    return cast("Readable", limited)


def _each(
    dossier_id: str, parts: Iterator[TextField | FilePart], replaces: str | None, described: Description | None
) -> Iterator[Received]:
    proven = _header_token_is_good()
    most = 1 if replaces or described else services().settings.max_files
    count = 0
    for part in parts:
        if isinstance(part, TextField):
            proven = proven or (part.name == "csrf_token" and _is_good(part.value))
        elif not proven:
            raise InvalidInputError(STALE)
        else:
            count += 1
            yield _one(dossier_id, part, replaces, described, too_many=count > most)
    if not proven:
        raise InvalidInputError(STALE)


def _one(
    dossier_id: str, part: FilePart, replaces: str | None, described: Description | None, *, too_many: bool
) -> Received:
    if not part.file_name:
        return Received(file_name="", problem=said("Kies eerst een of meer bestanden."))
    if too_many:
        shown = clean_file_name(part.file_name)
        return Received(file_name=shown, problem=said("Dit is te veel in één keer. Stuur dit bestand apart."))
    return receive(services(), context(), dossier_id, part, replaces=replaces, described=described)


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
    problems = [
        f"{item.file_name}: {told(item.problem)}" if item.file_name else told(item.problem)
        for item in received
        if item.problem
    ]
    for problem in problems:
        flash(problem, "error")
    if good:
        flash(said("%(count)s ontvangen. Wij controleren de bestanden nu.", count=good), "success")
    if len(json.dumps(problems)) > FLASH_ROOM:
        # Too much for the cookie: shown at once, so that each file still says why.
        view = pages.dossier(services(), context(), dossier_id)
        return page(
            "dossiers/upload.html", 400, view=view, line=None, held=_held(dossier_id), settings=services().settings
        )
    return see_other(f"/dossiers/{dossier_id}/{'beschrijven' if good else 'toevoegen'}")


@blueprint.get("/dossiers/<dossier_id>/bewijs/<any('toestemming','uitspraak'):what>")
@allow(*EVIDENCE_BY)
def choose_evidence(dossier_id: str, what: str) -> Response:
    """Choose the signed form, or the court order, to keep in the dossier."""
    first = accept_first()
    if first is not None:
        return first
    view = pages.dossier(services(), context(), dossier_id)
    return page("dossiers/evidence.html", view=view, what=what, settings=services().settings)


@blueprint.post("/dossiers/<dossier_id>/bewijs/<any('toestemming','uitspraak'):what>")
@allow(*EVIDENCE_BY)
def upload_evidence(dossier_id: str, what: str) -> Response:
    """Take in a signed form or a court order: sealed and checked like every document, described at once."""
    first = accept_first()
    if first is not None:
        return first
    pages.dossier(services(), context(), dossier_id)
    request.max_content_length = services().settings.max_upload_bytes + FORM_OVERHEAD
    with places():
        received = _receive_form(dossier_id, None, EVIDENCE[what])
    good = [item.document_id for item in received if item.document_id]
    for item in received:
        if item.problem:
            flash(told(item.problem), "error")
    if not good:
        return see_other(f"/dossiers/{dossier_id}/bewijs/{what}")
    flash(said("Het stuk is toegevoegd. Wij controleren het nu."), "success")
    if what == "uitspraak":
        return see_other(f"/dossiers/{dossier_id}/gezag?bewijs={good[0]}")
    if context().person.role is Role.SCHOOL_STAFF:
        return see_other(f"/dossiers/{dossier_id}/toestemmingen")
    return see_other(f"/dossiers/{dossier_id}/toestemming?bewijs={good[0]}")


@blueprint.get("/dossiers/<dossier_id>/verzoek-op-papier")
@allow(*REQUEST_BY)
def choose_request(dossier_id: str) -> Response:
    """Choose the scan of a request that came on paper: the officer may keep one in any dossier of the SWV."""
    first = accept_first()
    if first is not None:
        return first
    name = pupil_to_add_for(services(), context(), dossier_id, ON_PAPER)
    return page("dossiers/request_scan.html", dossier_id=dossier_id, pupil_name=name, settings=services().settings)


@blueprint.post("/dossiers/<dossier_id>/verzoek-op-papier")
@allow(*REQUEST_BY)
def upload_request(dossier_id: str) -> Response:
    """Take in the scan: sealed and checked like every document, described at once."""
    first = accept_first()
    if first is not None:
        return first
    pupil_to_add_for(services(), context(), dossier_id, ON_PAPER)
    request.max_content_length = services().settings.max_upload_bytes + FORM_OVERHEAD
    with places():
        received = _receive_form(dossier_id, None, ON_PAPER)
    for item in received:
        if item.problem:
            flash(told(item.problem), "error")
    good = [item.document_id for item in received if item.document_id]
    if not good:
        return see_other(f"/dossiers/{dossier_id}/verzoek-op-papier")
    flash(said("De scan is toegevoegd. Kies nu wat er is gevraagd."), "success")
    return see_other(f"/dossiers/{dossier_id}/rechten?scan={good[0]}")
