"""The page of counts without persons, and the same as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from gateway.context import Role
from gateway.dossiers.accepting import accept_first
from gateway.monitor import queries, rules
from gateway.sheets import as_csv
from gateway.web import allow, context, page, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("monitor", __name__)
blueprint.before_request(accept_first)

READERS = (Role.SWV_STAFF, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER)


@blueprint.get("/monitor")
@allow(*READERS)
def show() -> BaseResponse:
    """How many TLVs, arrangements and second opinions there were in each school year: counts without persons."""
    found = queries.of_year(services(), context(), request.args.get("jaar", type=int))
    return page("monitor/show.html", found=found, words=rules)


@blueprint.get("/monitor.csv")
@allow(*READERS, fresh=True)
def as_list() -> BaseResponse:
    """The same as CSV: counts, without a name."""
    rows = queries.export(services(), context(), request.args.get("jaar", type=int))
    response = Response("".join(as_csv(rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="monitor.csv")
    return response
