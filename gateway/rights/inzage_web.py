"""The pages of the answer to an inzage: the officer prepares it and hands it over, who asked reads and fetches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, render_template, request, stream_with_context
from flask_babel import gettext

from gateway import paper
from gateway.access import usecases as access
from gateway.anonymisation import wording
from gateway.anonymisation.failures import sentence_for
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.rights import answering, delivering, overview_json, redaction
from gateway.rights.overview_documents import released
from gateway.text import told
from gateway.web import allow, attachment, context, page, said, see_other, services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response as BaseResponse

    from gateway.rights.delivering import Answer, PaperDocument

blueprint = Blueprint("inzage", __name__)
OFFICER = (Role.PRIVACY_OFFICER,)
FAMILY = (Role.GUARDIAN, Role.PUPIL)
PDF_NAME, JSON_NAME, ZIP_NAME = "overzicht.pdf", "gegevens.json", "inzage.zip"


@blueprint.get("/verzoeken/<request_id>/inzage")
@allow(*OFFICER)
def prepare(request_id: str) -> BaseResponse:
    """The prepared answer, and what must still be decided."""
    return _prepared(request_id)


def _prepared(request_id: str, status: int = 200, problem: InvalidInputError | None = None) -> BaseResponse:
    found = answering.prepared(services(), context(), request_id)
    return page(
        "rights/inzage_prepare.html",
        status,
        found=found,
        o=found.overview,
        states=redaction.STATES,
        problem=problem,
        typed=request.form,
        promise=() if access.has_accepted(services(), context().person.account_id) else access.CONFIDENTIALITY_TEXT,
    )


@blueprint.post("/verzoeken/<request_id>/inzage/begin")
@allow(*OFFICER, fresh=True)
def begin(request_id: str) -> BaseResponse:
    """The officer takes it up, and may read the documents of this dossier from now on; confidentiality comes first."""
    try:
        if request.form.get("beloofd"):
            access.accept_confidentiality(services(), context())
        redaction.begin(services(), context(), request_id)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    return see_other(f"/verzoeken/{request_id}/inzage")


@blueprint.post("/verzoeken/<request_id>/inzage/onderdeel")
@allow(*OFFICER)
def piece(request_id: str) -> BaseResponse:
    """Show or leave out one item of the overview."""
    try:
        answering.decide_piece(
            services(),
            context(),
            request_id,
            request.form.get("key", ""),
            shown=request.form.get("shown") == "ja",
            reason=request.form.get("reason", ""),
        )
    except InvalidInputError as problem:
        return _prepared(request_id, problem.status, problem)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    return see_other(f"/verzoeken/{request_id}/inzage#onderdelen")


@blueprint.get("/verzoeken/<request_id>/inzage/stukken/<document_id>")
@allow(*OFFICER)
def document(request_id: str, document_id: str) -> BaseResponse:
    """One document beside what is left of it without other people's data, to decide."""
    return _document(request_id, document_id)


def _document(
    request_id: str, document_id: str, status: int = 200, problem: InvalidInputError | None = None
) -> BaseResponse:
    view = redaction.look(services(), context(), request_id, document_id)
    return page(
        "rights/inzage_document.html",
        status,
        view=view,
        states=redaction.STATES,
        words=wording,
        why_failed=sentence_for(view.row.code) if view.row.state == "failed" else "",
        problem=problem,
        typed=request.form,
    )


@blueprint.post("/verzoeken/<request_id>/inzage/stukken/<document_id>/besluit")
@allow(*OFFICER)
def choose(request_id: str, document_id: str) -> BaseResponse:
    """The document goes whole, or not at all."""
    try:
        redaction.choose(
            services(),
            context(),
            request_id,
            document_id,
            request.form.get("choice", ""),
            request.form.get("why", ""),
        )
    except InvalidInputError as problem:
        return _document(request_id, document_id, problem.status, problem)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other(f"/verzoeken/{request_id}/inzage")
    flash(said("Vastgelegd."), "success")
    return see_other(f"/verzoeken/{request_id}/inzage#stukken")


@blueprint.post("/verzoeken/<request_id>/inzage/stukken/<document_id>/<any('maken','vondst','klaar'):what>")
@allow(*OFFICER)
def redact(request_id: str, document_id: str, what: str) -> BaseResponse:
    """Have other people's data taken out, decide on a find, or say that the result is right."""
    try:
        if what == "maken":
            redaction.ask(services(), context(), request_id, document_id)
        elif what == "vondst":
            redaction.change(
                services(),
                context(),
                request_id,
                document_id,
                request.form.get("what", ""),
                key=request.form.get("key", ""),
                text=request.form.get("text", ""),
            )
        else:
            redaction.finish(services(), context(), request_id, document_id)
            flash(said("Vastgelegd."), "success")
            return see_other(f"/verzoeken/{request_id}/inzage#stukken")
    except InvalidInputError as problem:
        return _document(request_id, document_id, problem.status, problem)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    return see_other(f"/verzoeken/{request_id}/inzage/stukken/{document_id}")


@blueprint.get("/verzoeken/<request_id>/inzage/stukken/<document_id>/<any('origineel','resultaat'):what>/<int:number>")
@allow(*OFFICER)
def picture(request_id: str, document_id: str, what: str, number: int) -> BaseResponse:
    """One page as a picture: of the document as it is, or without other people's data."""
    media_type, chunks = redaction.picture(
        services(), context(), request_id, document_id, number, redacted=what == "resultaat"
    )
    return Response(b"".join(chunks), mimetype=media_type)


@blueprint.post("/verzoeken/<request_id>/inzage/papier")
@allow(*OFFICER, fresh=True)
def on_paper(request_id: str) -> BaseResponse:
    """The whole answer as one PDF to print and hand over: overview and released documents; logged as printed."""
    answer, documents = delivering.on_paper(services(), context(), request_id)
    return _file(_pdf(answer, documents), PDF_NAME, "application/pdf")


@blueprint.get("/rechten/verzoek/<request_id>/antwoord")
@allow(*FAMILY)
def answer(request_id: str) -> BaseResponse:
    """The answer, for who asked."""
    found = delivering.show(services(), context(), request_id)
    return page("rights/inzage_answer.html", answer=found, o=found.overview, today=context().today)


@blueprint.post("/rechten/verzoek/<request_id>/antwoord/stukken/<document_id>")
@allow(*FAMILY, fresh="when-set")
def fetch(request_id: str, document_id: str) -> BaseResponse:
    """Fetch one document."""
    found = delivering.document(services(), context(), request_id, document_id)
    return attachment(found.chunks, file_name=found.file_name, media_type=found.kind.media_type, size=found.size)


@blueprint.post("/rechten/verzoek/<request_id>/antwoord/<any('pdf','json','pakket'):what>")
@allow(*FAMILY, fresh="when-set")
def take(request_id: str, what: str) -> BaseResponse:
    """Take the overview along as PDF or JSON, or everything as one package."""
    if what == "json":
        return _file(delivering.as_json(services(), context(), request_id), JSON_NAME, "application/json")
    if what == "pdf":
        found = delivering.as_paper(services(), context(), request_id)
        return _file(_pdf(found, ()), PDF_NAME, "application/pdf")
    chunks = delivering.package(services(), context(), request_id, _own_files)
    response = Response(stream_with_context(chunks), mimetype="application/zip", direct_passthrough=True)
    return _as_file(response, ZIP_NAME)


def _own_files(found: Answer) -> Sequence[tuple[str, bytes]]:
    return [(PDF_NAME, _pdf(found, ())), (JSON_NAME, overview_json.dumps(found.overview))]


def _pdf(found: Answer, documents: Sequence[PaperDocument]) -> bytes:
    """The overview as PDF/A with its JSON attached; with documents, their pages follow."""
    images = {
        f"page:{number}/{at}": content
        for number, each in enumerate(documents, start=1)
        for at, content in enumerate(each.pages, start=1)
    }
    html = render_template(
        "rights/inzage_paper.html", answer=found, o=found.overview, documents=documents, given=released
    )
    attached = paper.Attached(
        name=JSON_NAME,
        description=gettext("Deze gegevens voor een computer"),
        content=overview_json.dumps(found.overview),
        relation="Alternative",
    )
    return paper.pdf(html, made_at=found.overview.at, attached=attached, images=images)


def _file(content: bytes, name: str, media_type: str) -> Response:
    return _as_file(Response(content, mimetype=media_type), name)


def _as_file(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
