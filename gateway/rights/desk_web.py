"""The officer's pages of requests: the work list, one request, its steps, and how often terms were met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, request, stream_with_context

from gateway.context import Role
from gateway.dossiers import pages
from gateway.errors import ConflictError, InvalidInputError
from gateway.rights import statistics, treating, views, worklist
from gateway.rights.forms import (
    AskProofForm,
    CarryOutForm,
    ExtendForm,
    ProofInForm,
    SearchForm,
    StepForm,
    WithdrawnForm,
    decide_form,
)
from gateway.rights.rules import KINDS, Decision
from gateway.rights.treating import ItemAnswer
from gateway.sheets import as_csv
from gateway.web import allow, context, page, said, see_other, seen_version, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.rights.views import ForOfficer

blueprint = Blueprint("rights_desk", __name__)

FORMS: dict[str, type[StepForm]] = {
    "behandelen": StepForm,
    "bewijs-vragen": AskProofForm,
    "bewijs-binnen": ProofInForm,
    "verlengen": ExtendForm,
    "uitvoeren": CarryOutForm,
    "afronden": StepForm,
    "intrekken": WithdrawnForm,
}
STEP_OF = {
    "behandelen": "treat",
    "bewijs-vragen": "ask_proof",
    "bewijs-binnen": "proof_in",
    "verlengen": "extend",
    "uitvoeren": "carry_out",
    "afronden": "close",
    "intrekken": "withdraw",
}
STEP = f"<any({','.join(repr(name) for name in FORMS)}):what>"


@blueprint.get("/verzoeken")
@allow(Role.PRIVACY_OFFICER)
def overview() -> BaseResponse:
    """All requests, what is late on top; the filters stand in the address."""
    wanted = worklist.chosen(
        request.args.get("stand", ""), request.args.get("soort", ""), request.args.get("blad", 1, type=int)
    )
    return page("rights/worklist.html", found=worklist.listed(services(), context(), wanted), kinds=KINDS)


@blueprint.get("/verzoeken/termijnen")
@allow(Role.PRIVACY_OFFICER)
def terms() -> BaseResponse:
    """How often the term was met, by kind, in one year."""
    year = request.args.get("jaar", context().today.year, type=int)
    return page("rights/terms.html", found=statistics.of_year(services(), context(), year))


@blueprint.get("/verzoeken/termijnen.csv")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def terms_csv() -> BaseResponse:
    """The same as CSV: counts, without a name."""
    year = request.args.get("jaar", context().today.year, type=int)
    lines = as_csv(statistics.export(services(), context(), year))
    response = Response(stream_with_context(lines), mimetype="text/csv", direct_passthrough=True)
    response.headers.set("Content-Disposition", "attachment", filename="termijnen-verzoeken.csv")
    return response


@blueprint.route("/verzoeken/nieuw", methods=["GET", "POST"])
@allow(Role.PRIVACY_OFFICER)
def search() -> BaseResponse:
    """Find the dossier of a request that came on paper; what was typed goes on sealed."""
    form = SearchForm()
    if form.validate_on_submit():
        sealed = pages.seal_query(services(), context(), form.zoek.data)
        return see_other(f"/verzoeken/nieuw?{urlencode({'zoek': sealed})}")
    sought = pages.open_query(services(), context(), request.args.get("zoek", ""))
    if sought and not form.is_submitted():
        form.zoek.data = sought
    found = worklist.search(services(), context(), sought) if sought else []
    return page("rights/search.html", 400 if form.errors else 200, form=form, found=found, sought=bool(sought))


@blueprint.get("/verzoeken/<request_id>")
@allow(Role.PRIVACY_OFFICER)
def show(request_id: str) -> BaseResponse:
    """One request with everything that is needed to treat it."""
    view = views.for_officer(services(), context(), request_id)
    return page("rights/show.html", view=view, line=view.line, for_officer=True, step_of=STEP_OF)


@blueprint.route(f"/verzoeken/<request_id>/stap/{STEP}", methods=["GET", "POST"])
@allow(Role.PRIVACY_OFFICER)
def step(request_id: str, what: str) -> BaseResponse:
    """One step of a request: what it does, what it needs, and the step itself."""
    view = views.for_officer(services(), context(), request_id)
    form = FORMS[what]()
    if isinstance(form, ExtendForm):
        form.offer(view.most_weeks)
    if isinstance(form, ProofInForm) and not form.is_submitted():
        form.on.data = context().today
    return _step(view, form, "rights/step.html", lambda: _do(request_id, what, form), what=what, step=STEP_OF[what])


@blueprint.route("/verzoeken/<request_id>/beslissen", methods=["GET", "POST"])
@allow(Role.PRIVACY_OFFICER, fresh=True)
def decide(request_id: str) -> BaseResponse:
    """Decide, with reasons; the letter is made at once."""
    view = views.for_officer(services(), context(), request_id)
    form = decide_form(view.line)

    def act() -> None:
        made = Decision(
            outcome=form.outcome.data,
            reasons=form.reasons.data,
            article=form.article.data or "",
            excessive=form.excessive.data,
        )
        answers = {
            item.row.id: ItemAnswer(
                outcome=form[f"item-{item.row.id}"].data, reasons=form[f"because-{item.row.id}"].data or ""
            )
            for item in view.line.items
        }
        treating.decide(services(), context(), request_id, made, seen=seen_version(form.seen.data), answers=answers)
        flash(said("Beslist. De brief is gemaakt."), "success")

    return _step(view, form, "rights/decide.html", act, what="beslissen", step="decide")


def _step(view: ForOfficer, form: FlaskForm, template: str, act: Callable[[], None], **values: Any) -> BaseResponse:
    status = 200
    if form.validate_on_submit():
        try:
            act()
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            status = problem.status
        else:
            return see_other(f"/verzoeken/{view.line.row.id}")
    elif form.errors:
        status = 400
    if not form.is_submitted():
        form.seen.data = str(view.line.row.version)
    return page(template, status, view=view, line=view.line, form=form, **values)


def _do(request_id: str, what: str, form: Any) -> None:
    """The step, as the form says it."""
    seen = {"seen": seen_version(form.seen.data)}
    match what:
        case "behandelen":
            treating.treat(services(), context(), request_id, **seen)
        case "bewijs-vragen":
            treating.ask_proof(services(), context(), request_id, form.proof.data, **seen)
        case "bewijs-binnen":
            treating.proof_in(services(), context(), request_id, form.on.data, form.how.data, **seen)
        case "verlengen":
            treating.extend(services(), context(), request_id, form.weeks.data, form.why.data, **seen)
        case "uitvoeren":
            treating.carry_out(services(), context(), request_id, form.how.data, **seen)
        case "afronden":
            treating.close(services(), context(), request_id, **seen)
        case _:
            treating.withdraw(services(), context(), request_id, form.why.data, **seen)
    flash(said("Vastgelegd."), "success")
