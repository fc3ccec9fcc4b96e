"""Who speaks for the pupil: the family with and without authority, court orders, and who was informed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, render_template, request

from gateway.context import Role
from gateway.dossiers import guardians, informing, linking, pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import CourtOrderForm, EndOrderForm, InformedForm, LinkForm, guardian_choices
from gateway.dossiers.letters import pdf_of
from gateway.dossiers.tables import NOBODY
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("family", __name__)
blueprint.before_request(accept_first)

READERS = (Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON)


@blueprint.route("/dossiers/<dossier_id>/gezag", methods=["GET", "POST"])
@allow(*READERS, fresh=True)
def authority(dossier_id: str) -> Response:
    """Who has authority, who is limited by a court order, and recording such an order."""
    form = CourtOrderForm()
    view = _view(dossier_id)
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


@blueprint.route("/dossiers/<dossier_id>/gezag/<account_id>/koppelen", methods=["GET", "POST"])
@allow(*READERS, fresh=True)
def link(dossier_id: str, account_id: str) -> Response:
    """Say which guardian of the pupil's data an account is, after identification."""
    person, free = linking.asked(services(), context(), dossier_id, account_id)
    view = _view(dossier_id)
    form = LinkForm()
    form.guardian.choices = guardian_choices(free)
    if not form.is_submitted() and person.decided:
        form.guardian.data = person.guardian_id or NOBODY
    if form.validate_on_submit():
        try:
            linking.link(services(), context(), dossier_id, account_id, form.guardian.data, form.how.data)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page("dossiers/link.html", problem.status, view=view, form=form, person=person)
        flash(said("Vastgelegd."), "success")
        return see_other(f"/dossiers/{dossier_id}/gezag")
    return page("dossiers/link.html", 400 if form.errors else 200, view=view, form=form, person=person)


def _view(dossier_id: str) -> pages.DossierView:
    """The dossier; looking at who is who is a consultation of its own, a form that comes back is not."""
    if request.method == "POST":
        return pages.dossier(services(), context(), dossier_id)
    return pages.consult(services(), context(), dossier_id, about="relatives")


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


@blueprint.get("/dossiers/<dossier_id>/informatie")
@allow(*READERS)
def informed(dossier_id: str) -> Response:
    """Who was told of what was recorded (PR6.2), and which letters are still to be sent."""
    return _informed_page(dossier_id, _view(dossier_id), InformedForm(), None)


@blueprint.post("/dossiers/<dossier_id>/informatie/<informed_id>/brief")
@allow(*READERS)
def letter(dossier_id: str, informed_id: str) -> Response:
    """The letter for someone without an account, as a PDF to print."""
    made = informing.letter(services(), context(), dossier_id, informed_id)
    content = pdf_of(render_template("dossiers/letter.html", letter=made), title="Wat wij vastleggen")
    return attachment(iter([content]), file_name="brief.pdf", media_type="application/pdf", size=len(content))


@blueprint.post("/dossiers/<dossier_id>/informatie/<informed_id>/<any('verstuurd','al-ingelicht'):what>")
@allow(*READERS)
def settle(dossier_id: str, informed_id: str, what: str) -> Response:
    """The letter was sent, or the person knew already: which day, and how."""
    view = pages.dossier(services(), context(), dossier_id)
    form = InformedForm()
    if not form.validate_on_submit():
        return _informed_page(dossier_id, view, form, informed_id)
    way = informing.ALREADY if what == "al-ingelicht" else informing.LETTER
    try:
        informing.settle(
            services(), context(), dossier_id, informed_id, on=form.day.data, way=way, how=form.how.data or ""
        )
    except InvalidInputError as problem:
        show_problem(form, problem)
        return _informed_page(dossier_id, view, form, informed_id)
    flash(said("Vastgelegd."), "success")
    return see_other(f"/dossiers/{dossier_id}/informatie")


def _informed_page(dossier_id: str, view: pages.DossierView, form: InformedForm, wrong: str | None) -> Response:
    lines = informing.of_dossier(services(), context(), dossier_id)
    known = {person.id for line in lines for person in line.persons}
    if wrong is not None and wrong not in known:
        raise NotFoundError
    return page(
        "dossiers/informed.html",
        400 if form.errors else 200,
        view=view,
        lines=lines,
        form=form,
        wrong=wrong,
        today=context().today,
    )
