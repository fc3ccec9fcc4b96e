"""Logboek: everything that was done, one event, the list as a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request, stream_with_context

from audit.errors import AuditError
from gateway import paper
from gateway.context import AMSTERDAM, Role
from gateway.dossiers import seen
from gateway.errors import InvalidInputError
from gateway.oversight import diffs, queries
from gateway.oversight.queries import Filter
from gateway.oversight.tables_of_text import as_csv
from gateway.web import allow, context, page, services
from gateway.witness.standing import standing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("oversight", __name__)


@blueprint.get("/logboek")
@allow(Role.PRIVACY_OFFICER)
def log() -> BaseResponse:
    """The log of the tenant, newest first, filtered by what stands in the address."""
    chosen = _filter()
    try:
        found = queries.consult_log(services(), context(), chosen, request.args.get("voor") or None)
    except AuditError as error:
        raise InvalidInputError("Dit adres klopt niet meer. Begin opnieuw bij het logboek.") from error
    return page(
        "oversight/log.html",
        found=found,
        chosen=chosen,
        args=request.args,
        witnessing=standing(services(), context()),
    )


@blueprint.get("/logboek/lijst.csv")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def log_csv() -> BaseResponse:
    """The filtered log as CSV."""
    rows = queries.export(services(), context(), _filter())
    first = next(rows)
    response = Response(stream_with_context(as_csv(chain([first], rows))), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="logboek.csv")
    return response


@blueprint.get("/logboek/<event_id>")
@allow(Role.PRIVACY_OFFICER)
def event(event_id: str) -> BaseResponse:
    """One event with its details."""
    line = queries.event(services(), context(), event_id)
    return page("oversight/event.html", line=line, changes=diffs.of_event(services(), context(), line))


@blueprint.get("/logboek/leerling/<dossier_id>")
@allow(Role.PRIVACY_OFFICER)
def seen_by(dossier_id: str) -> BaseResponse:
    """Who saw or received what of one pupil, as the family sees it."""
    apart, before = request.args.get("apart") == "1", request.args.get("voor") or None
    try:
        view = seen.for_officer(services(), context(), dossier_id, before=before, apart=apart)
    except AuditError as error:
        raise InvalidInputError("Dit adres klopt niet meer. Begin opnieuw bij de nieuwste gebeurtenis.") from error
    return page("dossiers/seen.html", view=view, apart=apart, officer=True)


@blueprint.post("/logboek/leerling/<dossier_id>/pdf")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def seen_on_paper(dossier_id: str) -> BaseResponse:
    """The same in full on paper, to hand over (PR11.3); that it was printed is logged."""
    view = seen.on_paper(services(), context(), dossier_id)
    content = paper.pdf(render_template("oversight/seen_paper.html", view=view), made_at=context().now)
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename="wie-zag-wat.pdf")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _filter() -> Filter:
    return Filter(
        action=request.args.get("wat", ""),
        dossier=request.args.get("dossier", ""),
        account=request.args.get("wie", ""),
        since=_instant(request.args.get("van", ""), end=False),
        until=_instant(request.args.get("tot", ""), end=True),
    )


def _instant(text: str, *, end: bool) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=int(end))
        return datetime.combine(day, time(0), AMSTERDAM).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError("Deze datum klopt niet. Kies een dag uit de kalender.") from error
