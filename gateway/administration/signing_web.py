"""What the administrator arranges about signing in: a second step that was lost, and after how long people are out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.accounts import reset, session_limits
from gateway.administration import queries
from gateway.administration.forms import ResetForm, SigningOutForm
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("signing", __name__)


@blueprint.route("/inrichting/account/<account_id>/herstel", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def ask_reset(account_id: str) -> Response:
    """Ask the privacy officer to take someone's second step away."""
    line = next((line for line in queries.accounts(services(), context()) if line.id == account_id), None)
    if line is None:
        raise NotFoundError
    form = ResetForm()
    if form.validate_on_submit():
        try:
            reset.ask(services(), context(), account_id, form.reason.data or "")
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, InvalidInputError(problem.message, field=getattr(problem, "field", None)))
            return page("administration/reset.html", problem.status, form=form, line=line)
        flash(said("De privacyfunctionaris heeft een bericht en beslist."), "success")
        return see_other("/inrichting")
    return page("administration/reset.html", 400 if form.errors else 200, form=form, line=line)


@blueprint.route("/inrichting/aanmeldtijd", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def signing_out() -> Response:
    """After how many idle minutes and how many hours people are signed out."""
    form = SigningOutForm()
    if form.validate_on_submit():
        try:
            session_limits.choose(services(), context(), idle=form.idle.data, hours=form.hours.data)
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("administration/signing_out.html", problem.status, form=form)
        flash(said("Het is opgeslagen en geldt meteen."), "success")
        return see_other("/inrichting")
    if not form.is_submitted():
        form.idle.data, form.hours.data = session_limits.chosen(services(), context())
    return page("administration/signing_out.html", 400 if form.errors else 200, form=form)
