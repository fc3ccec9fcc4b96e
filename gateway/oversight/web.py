"""Logboek and the register of verstrekkingen."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, stream_with_context

from audit.errors import AuditError
from gateway.access import queries as access
from gateway.context import AMSTERDAM, Role
from gateway.disclosure import queries as verstrekkingen
from gateway.errors import InvalidInputError
from gateway.oversight import queries
from gateway.oversight.queries import Filter
from gateway.sheets import as_csv
from gateway.web import allow, context, page, services

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
        attention=access.attention(services(), context()),
    )


@blueprint.get("/logboek/lijst.csv")
@allow(Role.PRIVACY_OFFICER)
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
    return page("oversight/event.html", line=queries.event(services(), context(), event_id))


@blueprint.get("/register")
@allow(Role.PRIVACY_OFFICER)
def register() -> BaseResponse:
    """The register of verstrekkingen (PR9.3)."""
    lines = verstrekkingen.register(services(), context(), request.args.get("pagina", 1, type=int))
    queries.note_reading(services(), context(), "register")
    return page("oversight/register.html", found=lines)


@blueprint.get("/register/<verstrekking_id>")
@allow(Role.PRIVACY_OFFICER)
def verstrekking(verstrekking_id: str) -> BaseResponse:
    """One verstrekking with its evidence; documents cannot be opened here."""
    view = verstrekkingen.show_registered(services(), context(), verstrekking_id)
    queries.note_reading(services(), context(), "verstrekking", view.row.id)
    return page("disclosure/show.html", view=view, side="officer", form=None)


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
