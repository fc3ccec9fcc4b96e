"""An advice about an anonymised verstrekking, read with the names: on the sender's side only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from gateway.context import Role
from gateway.disclosure import mapping, queries
from gateway.disclosure.forms import MapBackForm
from gateway.dossiers.accepting import accept_first
from gateway.errors import InvalidInputError
from gateway.web import allow, context, page, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("mapping", __name__)
blueprint.before_request(accept_first)


@blueprint.route("/verstrekkingen/<verstrekking_id>/namen", methods=["GET", "POST"])
@allow(Role.SWV_STAFF, Role.CONTACT_PERSON, fresh=True)
def names(verstrekking_id: str) -> Response:
    """Paste an advice, and read it with the names."""
    form = MapBackForm()
    view = queries.show_sent(services(), context(), verstrekking_id)
    if not form.validate_on_submit():
        return page("disclosure/names.html", 400 if form.errors else 200, view=view, form=form, found=None)
    try:
        with services().db.writing() as session:
            found = mapping.map_back(services(), session, context(), verstrekking_id, form.text.data or "")
    except InvalidInputError as problem:
        show_problem(form, problem)
        return page("disclosure/names.html", problem.status, view=view, form=form, found=None)
    return page("disclosure/names.html", view=view, form=form, found=found)
