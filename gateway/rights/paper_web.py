"""The tab Rechten of a dossier: which requests run, and entering one that came on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, request

from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError
from gateway.rights import asking, views
from gateway.rights.forms import KIND, PaperForm, for_kind
from gateway.rights.rules import KINDS
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("rights_paper", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER)


@blueprint.get("/dossiers/<dossier_id>/rechten")
@allow(*STAFF)
def of_dossier(dossier_id: str) -> Response:
    """The requests about this pupil, as far as staff see them."""
    found = views.of_dossier(services(), context(), dossier_id)
    return page(
        "rights/of_dossier.html", found=found, kinds=KINDS, scan=request.args.get("scan", ""), **_frame(dossier_id)
    )


@blueprint.route(f"/dossiers/<dossier_id>/rechten/{KIND}", methods=["GET", "POST"])
@allow(*STAFF)
def enter(dossier_id: str, what: str) -> Response:
    """Enter a request that came on paper, with its scan and how it is known who wrote it."""
    found = views.of_dossier(services(), context(), dossier_id)
    form = for_kind(PaperForm, what, found.points, request.form)
    form.offer(found.askers, found.scans)
    if not form.is_submitted():
        form.scan_id.data, form.received_on.data = request.args.get("scan", ""), context().today
    status = 200
    if "more" not in request.form and form.validate_on_submit():
        try:
            request_id = asking.enter(services(), context(), dossier_id, form.new(what), form.paper())
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            status = problem.status
        else:
            flash(said("Het verzoek is vastgelegd. De termijn loopt vanaf de dag van ontvangst."), "success")
            back = f"/verzoeken/{request_id}" if found.own_pages else f"/dossiers/{dossier_id}/rechten"
            return see_other(back)
    elif form.errors and "more" not in request.form:
        status = 400
    return page("rights/paper.html", status, found=found, kind=what, form=form)


def _frame(dossier_id: str) -> dict[str, Any]:
    """The frame of the dossier for who works in it; the officer, who does not, has a page without it."""
    if context().person.role is Role.PRIVACY_OFFICER:
        return {"layout": "rights/_for_officer.html"}
    view = pages.dossier(services(), context(), dossier_id)
    return {"layout": "dossiers/_frame.html", "view": view, "tab": "rights"}
