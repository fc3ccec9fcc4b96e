"""Signing in, signing out, invitations and new passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, flash, request, session
from flask_login import current_user, login_user, logout_user

from gateway.accounts import sessions, usecases
from gateway.accounts.devices import device_of
from gateway.accounts.forgotten import ask as ask_new_password
from gateway.accounts.forms import ForgottenForm, NewPasswordForm, SignInForm
from gateway.accounts.signed_in import SignedInUser
from gateway.context import Role
from gateway.errors import GatewayError, InvalidInputError, ThrottledError
from gateway.text import told
from gateway.web import allow, context, page, public, safe_next, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

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
        if hasattr(current_user, "token"):
            usecases.sign_out(services(), context(), current_user.token)  # whoever sat here before is signed out
        language = session.get("language")
        session.clear()  # a session that stood open before the sign-in must not become a signed-in one
        if language:
            session["language"] = language
        running = sessions.resume(services(), token, services().clock())
        if running is None:  # it ended between these two lines
            return see_other("/aanmelden")
        login_user(SignedInUser(token, running), force=True)
        place = safe_next(form.next.data)
        if running.complete:
            return see_other(place)
        step = "/aanmelden/tweede-stap" if running.has_factor else "/mijn-account/app"
        return see_other(f"{step}?{urlencode({'next': place})}")
    return page("accounts/sign_in.html", 400 if form.errors else 200, form=form)


def _again_later(response: Response, problem: GatewayError) -> Response:
    """Say to programs, too, when it makes sense to try again."""
    if isinstance(problem, ThrottledError):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


@blueprint.post("/afmelden")
@public
def sign_out() -> Response:
    """Sign out: the session ends on the server and the browser forgets what it kept."""
    if hasattr(current_user, "token"):
        usecases.sign_out(services(), context(), current_user.token)
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language
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
    if form.validate_on_submit():
        try:
            usecases.set_password(services(), context(), kind=KINDS[what], token=token, password=form.password.data)
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("accounts/password.html", problem.status, form=form, person=person, what=what)
        flash(said("Uw wachtwoord is ingesteld. Meld u nu aan."), "success")
        return see_other("/aanmelden")
    return page("accounts/password.html", 400 if form.errors else 200, form=form, person=person, what=what)


@blueprint.get("/mijn-zaken")
@allow(Role.EXPERT)
def cases() -> Response:
    """The expert's first page; cases come with the second opinion."""
    return page("accounts/cases.html")
