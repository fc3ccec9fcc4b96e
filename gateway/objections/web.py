"""Objection and appeal on the screen: staff register and decide, a parent or pupil objects in the portal (OB1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash
from flask_babel import get_locale

from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.matters.rules import BESLUIT_KINDS
from gateway.objections import usecases
from gateway.objections.forms import AdviceForm, DecisionForm, ObjectForm, ReasonForm, RegisterForm
from gateway.web import allow, context, long_date, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response

    from gateway.objections.queries import ObjectionLine
    from gateway.objections.usecases import OfBesluit

blueprint = Blueprint("objections", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)
FAMILY = (Role.GUARDIAN, Role.PUPIL)
PLACE = "/dossiers/{}/besluiten/{}/bezwaar"


@blueprint.get("/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar")
@allow(*STAFF)
def of_besluit(dossier_id: str, besluit_id: str) -> Response:
    """What came in against a besluit, by when to decide, and what was decided."""
    found = usecases.of_besluit(services(), context(), dossier_id, besluit_id)
    view = pages.consult(services(), context(), dossier_id, about="matters")
    return page("objections/of_besluit.html", view=view, found=found, today=context().today)


@blueprint.route("/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar/nieuw", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def register(dossier_id: str, besluit_id: str) -> Response:
    """Register an objection or appeal that came in on paper."""
    found = usecases.of_besluit(services(), context(), dossier_id, besluit_id)
    form = RegisterForm()
    if not form.is_submitted():
        form.received_on.data = context().today
    return _form(
        dossier_id,
        found,
        form,
        "objections/register.html",
        lambda: usecases.register(services(), context(), dossier_id, besluit_id, form.received()),
        said("Vastgelegd. Zolang dit loopt, wordt niets uit het dossier vernietigd."),
    )


@blueprint.route(
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar/<objection_id>/<any('advies','verlengen','beslissen','intrekken'):what>",
    methods=["GET", "POST"],
)
@allow(*STAFF, fresh=True)
def act(dossier_id: str, besluit_id: str, objection_id: str, what: str) -> Response:
    """The committee's advice, more time, the decision or judgment, or that it was taken back."""
    found = usecases.of_besluit(services(), context(), dossier_id, besluit_id)
    line = next((each for each in found.lines if each.row.id == objection_id), None)
    if line is None:
        raise NotFoundError
    form, do, done = _act(found, line, dossier_id, what)
    return _form(dossier_id, found, form, "objections/act.html", do, done, line=line, what=what)


@blueprint.route("/wat-is-bekend/<dossier_id>/besluiten/<besluit_id>/bezwaar", methods=["GET", "POST"])
@allow(*FAMILY, fresh="when-set")
def object_here(dossier_id: str, besluit_id: str) -> Response:
    """A parent or pupil objects to a besluit, or reads how that stands."""
    form = ObjectForm()
    status = 200
    if form.validate_on_submit():
        try:
            new = form.received(context().today, "en" if str(get_locale()) == "en" else "nl")
            usecases.object_in_portal(services(), context(), dossier_id, besluit_id, new)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            status = problem.status
        else:
            flash(
                said("Uw bezwaar is verstuurd. U krijgt een brief met de datum waarop er uiterlijk wordt beslist."),
                "success",
            )
            return see_other(f"/wat-is-bekend/{dossier_id}/besluiten/{besluit_id}/bezwaar")
    found = usecases.for_family(services(), context(), dossier_id, besluit_id)
    until = found.besluit.objection_until
    return page(
        "objections/family.html",
        400 if form.errors and status == 200 else status,  # noqa: PLR2004 - the page as it is
        found=found,
        form=form,
        dossier_id=dossier_id,
        late=until is not None and context().today > until,
        states={line.row.state for line in found.lines},
    )


def _act(
    found: OfBesluit, line: ObjectionLine, dossier_id: str, what: str
) -> tuple[FlaskForm, Callable[[], object], str]:
    """The form of this act, what it does, and what is said then."""
    at = (services(), context(), dossier_id, line.row.id)
    if what == "advies":
        advice = AdviceForm()
        return (
            advice,
            lambda: usecases.advise(*at, on=advice.advised_on.data, advice=advice.advice.data, text=advice.text.data),
            said("Het advies is vastgelegd."),
        )
    if what == "beslissen":
        decision = DecisionForm()
        decision.prepare(line.row.kind, [(each.row.id, _named(each.row.kind, each)) for each in found.others])
        return (
            decision,
            lambda: usecases.decide(*at, decision.decision()),
            said("De beslissing is vastgelegd. De bewaartermijn begint opnieuw vanaf deze beslissing."),
        )
    reason = ReasonForm()
    if what == "verlengen":
        return reason, lambda: usecases.extend(*at, reason=reason.reason.data), said("De termijn is verlengd.")
    return reason, lambda: usecases.withdraw(*at, reason=reason.reason.data), said("Vastgelegd dat dit is ingetrokken.")


def _named(kind: str, line: object) -> str:
    number = getattr(line, "number", "")
    day = long_date(line.row.decided_on)  # type: ignore[attr-defined] # a line of a besluit
    return " ".join(part for part in (said(BESLUIT_KINDS[kind]), number, day) if part)


def _form(
    dossier_id: str,
    found: OfBesluit,
    form: FlaskForm,
    template: str,
    do: Callable[[], object],
    done: str,
    **values: object,
) -> Response:
    """One form about a besluit: shown, refused with its sentence, or done."""
    view = pages.dossier(services(), context(), dossier_id, sending=True)
    status = 400 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            do()
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            status = problem.status
        else:
            flash(done, "success")
            return see_other(PLACE.format(dossier_id, found.besluit.row.id))
    return page(template, status, view=view, found=found, form=form, today=context().today, **values)
