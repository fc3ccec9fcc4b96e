"""Files of a convenant by the screen: its text, signed copies, volmachten. They stream past, sealed as they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Blueprint, current_app, flash, request
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from gateway.convenant import files, reach, views
from gateway.dossiers.multipart_stream import FilePart, TextField, read_parts
from gateway.dossiers.quota import Places
from gateway.errors import GatewayError, InvalidInputError, NotFoundError
from gateway.sentences import sentence
from gateway.text import told
from gateway.web import allow, attachment, context, page, said, see_other, services

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from werkzeug.wrappers import Response

    from gateway.convenant.views import View
    from gateway.dossiers.multipart_stream import Readable

blueprint = Blueprint("convenant_files", __name__)


class StaleError(InvalidInputError):
    """The form carries no file, or no good token: nothing is read of it."""


FORM_OVERHEAD = 100_000
STALE = sentence(
    "De pagina stond te lang open. Laad de pagina opnieuw en stuur de bestanden nog eens. Er is niets opgeslagen."
)
FILES = {"tekst": "text", "getekend": "signed", "volmacht": "proxy"}
"""What a file is, as its address says it."""
AFTER = {
    "text": "/convenanten/{id}/tekst",
    "signed": "/convenanten/{id}",
    "proxy": "/convenanten/{id}/volmacht",
}


@blueprint.get("/convenanten/<convenant_id>/stukken/<any('tekst','getekend','volmacht'):what>")
@allow(*reach.MAKERS)
def choose_file(convenant_id: str, what: str) -> Response:
    """Choose a file to add."""
    view = _may_add(convenant_id, what)
    most = min(files.MAX_BYTES, services().settings.max_file_bytes)
    return page("convenant/upload.html", view=view, what=what, most=most)


@blueprint.post("/convenanten/<convenant_id>/stukken/<any('tekst','getekend','volmacht'):what>")
@allow(*reach.MAKERS)
def upload(convenant_id: str, what: str) -> Response:
    """Take a file in: it streams past, sealed, and is checked by the worker."""
    view = _may_add(convenant_id, what)
    try:
        with _places():
            document_id = _take_in(convenant_id, FILES[what])
    except (NotFoundError, StaleError):
        raise
    except GatewayError as problem:
        flash(told(problem.message), "error")
        return see_other(f"/convenanten/{convenant_id}/stukken/{what}")
    flash(said("Het stuk is toegevoegd. Wij controleren het nu."), "success")
    signing_now = view.signing
    if what == "getekend" and signing_now is not None:
        return see_other(f"/convenanten/{convenant_id}/versies/{signing_now.row.id}/op-papier")
    return see_other(
        AFTER[FILES[what]].format(id=convenant_id) + ("" if what == "getekend" else f"?stuk={document_id}")
    )


@blueprint.post("/convenanten/stukken/<document_id>/downloaden")
@allow(*reach.READERS, fresh=True)
def fetch(document_id: str) -> Response:
    """Download a file of a convenant."""
    found = files.fetch(services(), context(), document_id)
    return attachment(found.chunks, file_name=found.file_name, media_type=found.kind.media_type, size=found.size)


def _may_add(convenant_id: str, what: str) -> View:
    """The convenant, before a byte is read: a guest adds signed copies only."""
    view = views.show(services(), context(), convenant_id)
    if not view.seat.own and what != "getekend":
        raise NotFoundError
    return view


def _take_in(convenant_id: str, what: str) -> str:
    """The one file of the form; the token must come before it, so that nothing of a stranger's page is read."""
    if request.mimetype != "multipart/form-data":
        raise StaleError(sentence("Dit verzoek bevat geen bestanden."))
    request.max_content_length = files.MAX_BYTES + FORM_OVERHEAD
    stream = request.environ["wsgi.input"] if request.environ.get("wsgi.input_terminated") else request.stream
    parts = read_parts(
        cast("Readable", stream),
        content_type=request.content_type,
        content_length=request.content_length,
        max_bytes=files.MAX_BYTES + FORM_OVERHEAD,
        max_parts=5,
    )
    proven, made = False, ""
    for part in parts:
        if isinstance(part, TextField):
            proven = proven or (part.name == "csrf_token" and _is_good(part.value))
        elif isinstance(part, FilePart):
            if not proven:
                raise StaleError(STALE)
            if not part.file_name:
                raise InvalidInputError("Kies eerst een bestand.")
            if not made:
                made = files.receive(services(), context(), convenant_id, what, part)
    if not proven:
        raise StaleError(STALE)
    if not made:
        raise InvalidInputError("Kies eerst een bestand.")
    return made


def _is_good(token: str) -> bool:
    try:
        validate_csrf(token)
    except ValidationError:
        return False
    return True


def _places() -> AbstractContextManager[None]:
    """A place among the uploads of this process, shared with those of dossiers."""
    found = current_app.extensions.setdefault("dossierpoort.places", Places(services().settings.uploads_at_once))
    return cast("Places", found).one()
