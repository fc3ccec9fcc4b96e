"""The second step, what someone set up for it, and where they are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request, session
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from gateway.accounts import factors, passkeys, sessions
from gateway.accounts.forms import CodeForm
from gateway.accounts.sign_on import queries
from gateway.errors import ConflictError, InvalidInputError, ThrottledError
from gateway.qr import qr_svg
from gateway.text import told
from gateway.web import allow, context, goes_on, page, safe_next, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.errors import GatewayError

blueprint = Blueprint("factors", __name__)


@blueprint.route("/aanmelden/tweede-stap", methods=["GET", "POST"])
@allow(half="second-step")
def second_step() -> Response:
    """The second step of signing in: a code of the app, or a recovery code."""
    if current_user.running.complete:
        return see_other(safe_next(request.args.get("next")))
    return _prove("accounts/second_step.html", "sign-in")


@blueprint.route("/bevestig-dat-u-het-bent", methods=["GET", "POST"])
@allow()
def confirm() -> Response:
    """Prove once more who one is, before an act that matters; then go on to where one was on the way."""
    if not current_user.running.has_factor:
        return see_other("/mijn-account/app")
    return _prove("accounts/confirm.html", "step-up")


def _prove(template: str, step: str) -> Response:
    form, status = _code_form(), 200
    answer = request.form.get("passkey")
    if answer:
        try:
            goes_on(
                passkeys.prove(
                    services(),
                    context(),
                    current_user.token,
                    answer=answer,
                    challenge=str(session.pop("passkey", "")),
                    step=step,
                )
            )
        except InvalidInputError as problem:
            status = _shown(form, problem)
        else:
            return see_other(safe_next(form.next.data))
    elif form.validate_on_submit():
        try:
            goes_on(factors.prove(services(), context(), current_user.token, form.code.data, step=step))
        except (InvalidInputError, ThrottledError) as problem:
            status = _shown(form, problem)
        else:
            return see_other(safe_next(form.next.data))
    elif form.errors:
        status = 400
    return page(template, status, form=form, demo=services().settings.demo)


@blueprint.route("/mijn-account/app", methods=["GET", "POST"])
@allow(half="enrol", fresh=True)
def app() -> Response:
    """Set up the app that gives codes; it counts after its first right code, and the recovery codes are shown once."""
    form, status = _code_form(), 200
    if form.validate_on_submit():
        try:
            token, codes = factors.confirm_app(services(), context(), current_user.token, form.code.data)
        except (InvalidInputError, ThrottledError) as problem:
            status = _shown(form, problem)
        else:
            goes_on(token)
            return page("accounts/recovery_codes.html", codes=codes, first=True, next=safe_next(form.next.data))
    elif form.errors:
        status = 400
    seed = factors.begin_app(services(), context())
    picture = Markup(qr_svg(seed.address, title=gettext("Code om met uw app te lezen")))  # noqa: S704 - made by segno
    return page(
        "accounts/app.html",
        status,
        form=form,
        seed=seed,
        picture=picture,
        why=request.args.get("waarom") == "nodig",
        must=not current_user.running.complete,
    )


@blueprint.get("/mijn-account")
@allow()
def mine() -> Response:
    """My account: the second step, the recovery codes, and where I am signed in."""
    keys = passkeys.listed(services(), context())
    return page(
        "accounts/mine.html",
        state=factors.state(services(), context()),
        keys=keys,
        sign_on=queries.mine(services(), context()),
    )


@blueprint.post("/mijn-account/herstelcodes")
@allow(fresh=True)
def renew_codes() -> Response:
    """Ten fresh recovery codes, shown once; the old ones stop working."""
    try:
        codes = factors.renew_codes(services(), context())
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other("/mijn-account")
    return page("accounts/recovery_codes.html", codes=codes, first=False, next="/mijn-account")


@blueprint.post("/mijn-account/app/verwijderen")
@allow(fresh=True)
def remove_app() -> Response:
    """Take the app away, when another second step is left or none is needed."""
    try:
        factors.remove_app(services(), context())
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    else:
        flash(said("De app telt niet meer mee."), "success")
    return see_other("/mijn-account")


@blueprint.get("/aangemeld")
@allow()
def places() -> Response:
    """Where I am signed in: each session with its device and network in words."""
    return page("accounts/places.html", rows=sessions.places(services(), context(), current_user.running.id))


@blueprint.post("/aangemeld/<session_id>/beeindigen")
@allow()
def revoke(session_id: str) -> Response:
    """Sign out in one other place."""
    sessions.revoke(services(), context(), session_id)
    flash(said("Dat apparaat is afgemeld."), "success")
    return see_other("/aangemeld")


@blueprint.post("/aangemeld/overal-beeindigen")
@allow()
def revoke_others() -> Response:
    """Sign out everywhere but here."""
    sessions.revoke_others(services(), context(), current_user.running.id)
    flash(said("U bent overal afgemeld, behalve hier."), "success")
    return see_other("/aangemeld")


def _code_form() -> CodeForm:
    form = CodeForm()
    form.next.data = form.next.data or request.args.get("next", "")
    return form


def _shown(form: CodeForm, problem: GatewayError) -> int:
    """Put the problem in the form; gives the status of the page. What was typed is not printed back."""
    if isinstance(problem, InvalidInputError):
        show_problem(form, problem)
    else:
        form.form_errors = [told(problem.message)]
    form.code.data = ""
    return problem.status
