"""Aandacht: the officer's first page, the review queue, and the thresholds of its signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.access import queries as access
from gateway.context import Role
from gateway.errors import InvalidInputError
from gateway.oversight import attention, queue, review
from gateway.oversight.forms import CloseForm, ThresholdForm
from gateway.oversight.review import LIMITS
from gateway.oversight.signals import KINDS
from gateway.oversight.wordings import SIGNALS
from gateway.rights import worklist
from gateway.web import allow, context, page, said, see_other, services, show_problem
from gateway.witness.standing import standing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("attention", __name__)


@blueprint.get("/aandacht")
@allow(Role.PRIVACY_OFFICER)
def start() -> Response:
    """What needs the officer first."""
    return page(
        "oversight/attention.html",
        view=attention.overview(services(), context()),
        access=access.attention(services(), context()),
        witnessing=standing(services(), context()),
        requests=worklist.waiting(services(), context()),
    )


@blueprint.get("/aandacht/signalen")
@allow(Role.PRIVACY_OFFICER)
def signals() -> Response:
    """The review queue: open signals, or those that were closed."""
    state = "closed" if request.args.get("stand") == "gesloten" else "open"
    kind = request.args.get("soort", "")
    found = queue.queue(services(), context(), state=state, kind=kind, after=request.args.get("na") or None)
    queue.note_look(services(), context(), found.lines)
    kinds = [(name, SIGNALS[name].title) for name in KINDS]
    return page("oversight/signals.html", found=found, state=state, kind=kind, kinds=kinds)


@blueprint.get("/aandacht/signalen/<signal_id>")
@allow(Role.PRIVACY_OFFICER)
def signal(signal_id: str) -> Response:
    """One signal: why it is shown, what it rests on, and closing it."""
    return page("oversight/signal.html", view=queue.view(services(), context(), signal_id), form=CloseForm())


@blueprint.post("/aandacht/signalen/<signal_id>/sluiten")
@allow(Role.PRIVACY_OFFICER)
def close(signal_id: str) -> Response:
    """Close a signal with its reason."""
    form = CloseForm()
    if not form.validate_on_submit():
        return page("oversight/signal.html", 400, view=queue.view(services(), context(), signal_id), form=form)
    review.close(services(), context(), signal_id, form.reason.data)
    flash(said("Het signaal is gesloten. Gebeurt het weer, dan komt het terug."), "success")
    return see_other("/aandacht/signalen")


@blueprint.route("/aandacht/grenzen", methods=["GET", "POST"])
@allow(Role.PRIVACY_OFFICER, fresh=True)
def limits() -> Response:
    """From where on the officer wants to be told."""
    with services().db.reading() as session:
        now = review.thresholds(session, context().person.tenant_id)
    form = ThresholdForm(data=now.as_json())
    if form.validate_on_submit():
        try:
            review.change_thresholds(services(), context(), {name: form[name].data for name in LIMITS})
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("oversight/limits.html", problem.status, form=form)
        flash(said("De grenzen zijn opgeslagen. Ze gelden voor wat vanaf nu wordt bekeken."), "success")
        return see_other("/aandacht")
    return page("oversight/limits.html", 400 if form.errors else 200, form=form)
