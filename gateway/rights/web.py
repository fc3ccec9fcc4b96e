"""The pages of rights for parents and pupils: what they can do, asking, following a request, taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.context import Role
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError
from gateway.rights import asking, views
from gateway.rights.forms import KIND, AskForm, ProofForm, for_kind
from gateway.rights.rules import KINDS
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("rights", __name__)
blueprint.before_request(accept_first)

FAMILY = (Role.GUARDIAN, Role.PUPIL)


@blueprint.get("/rechten")
@allow(*FAMILY)
def overview() -> Response:
    """What one can do for each child, and what one asked before."""
    return page("rights/overview.html", children=views.children(services(), context()), kinds=KINDS)


@blueprint.route(f"/rechten/<dossier_id>/{KIND}", methods=["GET", "POST"])
@allow(*FAMILY)
def ask(dossier_id: str, what: str) -> Response:
    """Ask: with one button where nothing more is needed."""
    found = views.child(services(), context(), dossier_id, what)
    form = for_kind(AskForm, what, found.points, request.form)
    if not form.is_submitted() and form.places and request.args.get("stuk"):
        form["about-0"].data = f"document:{request.args['stuk']}"
    status = 200
    if "more" not in request.form and form.validate_on_submit():
        try:
            request_id = asking.ask(services(), context(), dossier_id, form.new(what))
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            status = problem.status
        else:
            flash(said("Wij hebben uw verzoek ontvangen. Hieronder ziet u wanneer u antwoord krijgt."), "success")
            return see_other(f"/rechten/verzoek/{request_id}")
    elif form.errors and "more" not in request.form:
        status = 400
    return page("rights/ask.html", status, found=found, kind=what, form=form, today=context().today)


@blueprint.get("/rechten/verzoek/<request_id>")
@allow(*FAMILY)
def follow(request_id: str) -> Response:
    """One's own request: where it stands, by when, and what happened."""
    return _follow(request_id, ProofForm())


@blueprint.post("/rechten/verzoek/<request_id>/bewijs")
@allow(*FAMILY)
def proof(request_id: str) -> Response:
    """Answer the question for proof."""
    form = ProofForm()
    if form.validate_on_submit():
        try:
            asking.answer_proof(services(), context(), request_id, form.answer.data)
        except InvalidInputError as problem:
            show_problem(form, problem)
        else:
            flash(said("Uw antwoord is verstuurd."), "success")
            return see_other(f"/rechten/verzoek/{request_id}")
    return _follow(request_id, form, 400)


@blueprint.route("/rechten/verzoek/<request_id>/intrekken", methods=["GET", "POST"])
@allow(*FAMILY)
def withdraw(request_id: str) -> Response:
    """Take a request back, after a page that says what that does."""
    if request.method == "POST":
        asking.withdraw(services(), context(), request_id)
        flash(said("Uw verzoek is ingetrokken. U kunt later opnieuw iets vragen."), "success")
        return see_other(f"/rechten/verzoek/{request_id}")
    return page("rights/withdraw.html", view=views.mine(services(), context(), request_id))


def _follow(request_id: str, form: ProofForm, status: int = 200) -> Response:
    view = views.mine(services(), context(), request_id)
    return page("rights/follow.html", status, view=view, line=view.line, form=form, for_officer=False)
