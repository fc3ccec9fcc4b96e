"""Who speaks for the pupil: the family with and without authority, court orders, and who was informed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.context import Role
from gateway.dossiers import guardians, pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import CourtOrderForm, EndOrderForm
from gateway.errors import InvalidInputError
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("family", __name__)
blueprint.before_request(accept_first)

READERS = (Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON)


@blueprint.route("/dossiers/<dossier_id>/gezag", methods=["GET", "POST"])
@allow(*READERS)
def authority(dossier_id: str) -> Response:
    """Who has authority, who is limited by a court order, and recording such an order."""
    view = pages.dossier(services(), context(), dossier_id)
    form = CourtOrderForm()
    named, documents = guardians.choices(services(), context(), dossier_id)
    form.guardian.choices = [("", said("Kies …")), *((each.key, each.name) for each in named)]
    form.document_id.choices = [("", said("Kies …")), *documents]
    if not form.is_submitted():
        form.document_id.data = request.args.get("bewijs", "")
    status = 400 if form.errors else 200
    if form.validate_on_submit():
        try:
            guardians.add_order(services(), context(), dossier_id, _order(form))
        except InvalidInputError as problem:
            show_problem(form, problem)
            status = problem.status
        else:
            flash(said("De uitspraak is vastgelegd. Die telt vanaf de dag die u invulde."), "success")
            return see_other(f"/dossiers/{dossier_id}/gezag")
    elif form.errors:
        status = 400
    orders = guardians.court_orders(services(), context(), dossier_id)
    seen = {line.document.id: line.file_name for line in view.documents}
    return page(
        "dossiers/authority.html",
        status,
        view=view,
        form=form,
        named=named,
        orders=orders,
        seen=seen,
        today=context().today,
        end_form=EndOrderForm(),
    )


@blueprint.post("/dossiers/<dossier_id>/gezag/<order_id>/beeindigen")
@allow(*READERS)
def end_order(dossier_id: str, order_id: str) -> Response:
    """The court order holds until and including today, or the day that was filled in."""
    form = EndOrderForm()
    last = form.last_day.data if form.validate_on_submit() and form.last_day.data else context().today
    guardians.end_order(services(), context(), dossier_id, order_id, last)
    flash(said("De laatste dag van deze uitspraak is vastgelegd."), "success")
    return see_other(f"/dossiers/{dossier_id}/gezag")


def _order(form: CourtOrderForm) -> guardians.OrderForm:
    return guardians.OrderForm(
        guardian=form.guardian.data,
        from_day=form.from_day.data,
        until_day=form.until_day.data,
        document_id=form.document_id.data,
        note=form.note.data or "",
    )
