"""Noodtoegang on the screen: open one dossier for 24 hours, and close it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.access import glass
from gateway.access import usecases as access
from gateway.dossiers import break_glass
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import BreakGlassForm, ConfirmForm
from gateway.errors import InvalidInputError, ThrottledError
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("break_glass", __name__)


@blueprint.before_request
def _accept_first() -> Response | None:
    return accept_first() if context().actor is not None else None


@blueprint.route("/noodtoegang", methods=["GET", "POST"])
@allow(*glass.MAKERS, fresh=True)
def ask() -> Response:
    """Break-glass: one dossier outside the actor's scope, for 24 hours, with a reason that others see."""
    with services().db.reading() as session:
        glass.may_make(session, context())
        allowed = glass.allowed_by(session, context().person.tenant_id, context().today)
    form = BreakGlassForm()
    if form.validate_on_submit():
        try:
            dossier_id = break_glass.break_glass(services(), context(), form.told.data, form.reason.data)
        except ThrottledError as problem:
            form.form_errors = [told(problem.message)]
            response = page("dossiers/break_glass.html", problem.status, form=form, allowed=allowed)
            response.headers["Retry-After"] = str(problem.retry_after)
            return response
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("dossiers/break_glass.html", problem.status, form=form, allowed=allowed)
        flash(said("U kunt dit dossier nu lezen. De privacyfunctionaris en de school zien dat."), "warning")
        return see_other(f"/dossiers/{dossier_id}")
    return page("dossiers/break_glass.html", 400 if form.errors else 200, form=form, allowed=allowed)


@blueprint.post("/noodtoegang/<entry_id>/sluiten")
@allow(*glass.MAKERS)
def close(entry_id: str) -> Response:
    """Close one's own break-glass before its time."""
    form = ConfirmForm()
    if form.validate_on_submit():
        access.end_entry(services(), context(), entry_id)
        flash(said("De noodtoegang is gesloten."), "success")
    return see_other("/dossiers")
