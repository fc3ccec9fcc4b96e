"""Signing in, signing out, invitations and new passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request, session
from flask_login import current_user, logout_user

from gateway.accounts import passkeys, usecases
from gateway.accounts.devices import device_of
from gateway.accounts.entered_web import entered
from gateway.accounts.forgotten import ask as ask_new_password
from gateway.accounts.forms import ForgottenForm, NewPasswordForm, SignInForm
from gateway.accounts.sign_on import connections, leaving
from gateway.context import Role
from gateway.errors import GatewayError, InvalidInputError, ThrottledError
from gateway.text import told
from gateway.web import context, page, public, safe_next, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.accounts.rules import Person

blueprint = Blueprint("accounts", __name__)

FIRST_PAGE = {
    Role.SCHOOL_STAFF: "/dossiers",
    Role.SWV_STAFF: "/dossiers",
    Role.CONTACT_PERSON: "/ontvangen",
    Role.EXPERT: "/mijn-zaken",
    Role.GUARDIAN: "/wat-is-bekend",
    Role.PUPIL: "/wat-is-bekend",
    Role.PRIVACY_OFFICER: "/aandacht",
    Role.ADMINISTRATOR: "/inrichting",
}
KINDS = {"uitnodiging": "invitation", "nieuw-wachtwoord": "password"}


@blueprint.get("/")
@public
def start() -> Response:
    """Everyone's own first page; a stranger is asked to sign in."""
    if not current_user.is_authenticated:
        return see_other("/aanmelden")
    return see_other(FIRST_PAGE[current_user.actor.role])


@blueprint.route("/aanmelden", methods=["GET", "POST"])
@public
def sign_in() -> Response:
    """Sign in with e-mail address and password; the second step comes after it."""
    form = SignInForm()
    form.next.data = form.next.data or request.args.get("next", "")
    if request.method == "GET" and current_user.is_authenticated:
        return see_other("/")
    if form.validate_on_submit():
        try:
            token = usecases.sign_in(
                services(),
                context(),
                email=form.email.data,
                password=form.password.data,
                device=device_of(request.user_agent.string),
            )
        except (InvalidInputError, ThrottledError) as problem:
            form.form_errors = [told(problem.message)]
            return _again_later(page("accounts/sign_in.html", problem.status, form=form), problem)
        return entered(token, form.next.data)
    return page("accounts/sign_in.html", 400 if form.errors else 200, form=form)


@blueprint.post("/aanmelden/passkey")
@public
def sign_in_by_passkey() -> Response:
    """Sign in with a passkey and nothing else."""
    challenge = str(session.pop("passkey", ""))
    try:
        token = passkeys.sign_in(
            services(),
            context(),
            answer=request.form.get("passkey", ""),
            challenge=challenge,
            device=device_of(request.user_agent.string),
        )
    except InvalidInputError as problem:
        form = SignInForm(formdata=None)
        form.next.data = request.form.get("next", "")
        form.form_errors = [told(problem.message)]
        return page("accounts/sign_in.html", problem.status, form=form)
    return entered(token, request.form.get("next"))


def _again_later(response: Response, problem: GatewayError) -> Response:
    """Say to programs, too, when it makes sense to try again."""
    if isinstance(problem, ThrottledError):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


@blueprint.post("/afmelden")
@public
def sign_out() -> Response:
    """Sign out: the session ends on the server and the browser forgets what it kept."""
    elsewhere = None
    if hasattr(current_user, "token"):
        link_id = current_user.running.link_id
        usecases.sign_out(services(), context(), current_user.token)
        elsewhere = leaving.sign_out_address(services(), context(), link_id)
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language
    if elsewhere:
        response: Response = page("accounts/signed_out.html", elsewhere=elsewhere)
    else:
        flash(said("U bent afgemeld."), "success")
        response = see_other("/aanmelden")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.post("/taal")
@public
def language() -> Response:
    """Switch between Dutch and English."""
    chosen = "en" if request.form.get("lang") == "en" else "nl"
    session["language"] = chosen
    if current_user.is_authenticated:
        usecases.choose_language(services(), context(), chosen)
    return see_other(safe_next(request.form.get("next")))


@blueprint.route("/wachtwoord-vergeten", methods=["GET", "POST"])
@public
def forgotten() -> Response:
    """Ask a new-password link: the same answer for a known and an unknown address."""
    form = ForgottenForm()
    if form.validate_on_submit():
        try:
            ask_new_password(services(), context(), email=form.email.data)
        except ThrottledError as problem:
            form.form_errors = [told(problem.message)]
            return _again_later(page("accounts/forgotten.html", problem.status, form=form), problem)
        return page("accounts/forgotten_sent.html")
    return page("accounts/forgotten.html", 400 if form.errors else 200, form=form)


@blueprint.route("/<any('uitnodiging','nieuw-wachtwoord'):what>/<token>", methods=["GET", "POST"])
@public
def use_link(what: str, token: str) -> Response:
    """Choose a password by a single-use link."""
    person = usecases.link_holder(services(), context(), kind=KINDS[what], token=token)
    form = NewPasswordForm()
    elsewhere = _organisation_of(token) if what == "uitnodiging" else None
    if form.validate_on_submit():
        try:
            usecases.set_password(services(), context(), kind=KINDS[what], token=token, password=form.password.data)
        except InvalidInputError as problem:
            show_problem(form, problem)
            return _password_page(problem.status, form, person, what, token, elsewhere)
        flash(said("Uw wachtwoord is ingesteld. Meld u nu aan."), "success")
        return see_other("/aanmelden")
    return _password_page(400 if form.errors else 200, form, person, what, token, elsewhere)


def _password_page(
    status: int, form: NewPasswordForm, person: Person, what: str, token: str, elsewhere: str | None
) -> Response:
    values = {"form": form, "person": person, "what": what, "token": token, "elsewhere": elsewhere}
    return page("accounts/password.html", status, **values)


def _organisation_of(token: str) -> str | None:
    """Where the holder of an invitation can sign in instead of choosing a password: the organisation's name."""
    with services().db.reading() as db:
        connection = connections.active_for(db, usecases.linked_account(db, "invitation", token, context().now))
        return connections.name_of(db, connection.organisation_id) if connection is not None else None
