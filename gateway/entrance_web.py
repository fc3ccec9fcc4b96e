"""The entrance of the portal: who asks, may they enter, and did they prove lately that they are who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import current_app, jsonify, redirect, request, session
from flask_babel import gettext
from flask_login import LoginManager, current_user

from gateway.accounts import factors, passkeys, sessions
from gateway.accounts.signed_in import SignedInUser
from gateway.errors import InvalidInputError, NotFoundError, ThrottledError
from gateway.text import told
from gateway.web import STEP_UP_CODE, STEP_UP_PASSKEY, context, entry_of, goes_on, page, services, wants_json

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.web import Entry

SECOND_STEP, ENROL, CONFIRM = "/aanmelden/tweede-stap", "/mijn-account/app", "/bevestig-dat-u-het-bent"


def sign_in_manager(app: Flask) -> None:
    """Let flask-login find the person by the token in the cookie."""
    manager = LoginManager(app)
    manager.session_protection = None  # a session is a row of ours: a changed address on a train must not end it

    @manager.user_loader  # type: ignore[untyped-decorator] # flask-login ships no types
    def _load(token: str) -> SignedInUser | None:
        running = sessions.resume(services(), token, services().clock())
        return SignedInUser(token, running) if running is not None else None


def enter() -> BaseResponse | tuple[Response, int] | None:
    """Let the request in, or answer it: a stranger signs in, the wrong role finds nothing, a stale factor is asked."""
    if request.endpoint is None:
        return None
    entry = entry_of(current_app.view_functions[request.endpoint])
    if entry is None:
        raise NotFoundError
    if entry.public:
        return None
    user = current_user if isinstance(current_user._get_current_object(), SignedInUser) else None  # noqa: SLF001 - the way to look behind werkzeug's proxy
    if user is None or not (user.running.complete or entry.half):
        return _sign_in_first(user)
    if not user.running.complete and entry.half != ("second-step" if user.running.has_factor else "enrol"):
        return _sign_in_first(user)
    if user.actor.role not in entry.roles:
        raise NotFoundError
    return _prove_first(user, entry) if entry.fresh and not user.running.is_fresh(services().clock()) else None


def _sign_in_first(user: SignedInUser | None) -> BaseResponse | tuple[Response, int]:
    if wants_json():
        return jsonify(ok=False, message=gettext("U bent niet meer aangemeld. Meld u opnieuw aan.")), 401
    place = "/aanmelden" if user is None else SECOND_STEP if user.running.has_factor else ENROL
    return redirect(f"{place}?next={quote(request.path)}" if request.method == "GET" else place, code=303)


def _prove_first(user: SignedInUser, entry: Entry) -> BaseResponse | tuple[Response, int] | None:
    """Ask for the second factor; what was typed in a form goes along, and back to where it was on its way to."""
    if not user.running.has_factor:
        if entry.half == "enrol" or entry.fresh == "when-set":
            return None  # nothing to prove yet: this is where it is set up
        return redirect(f"{ENROL}?{urlencode({'next': _here(), 'waarom': 'nodig'})}", code=303)
    if wants_json():
        sentence = gettext("Bevestig eerst dat u het bent. Laad de pagina opnieuw en probeer het nog eens.")
        return jsonify(ok=False, message=sentence, confirm=CONFIRM), 403
    if request.method == "GET":
        return redirect(f"{CONFIRM}?{urlencode({'next': _here()})}", code=303)
    problem = None
    code, answer = request.form.get(STEP_UP_CODE), request.form.get(STEP_UP_PASSKEY)
    if code or answer:
        try:
            goes_on(_proved(user.token, code or "", answer))
        except (InvalidInputError, ThrottledError) as refused:
            problem = told(refused.message)
        else:
            return None
    own = {"csrf_token", STEP_UP_CODE, STEP_UP_PASSKEY}
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in own]
    values = {"sent": sent, "problem": problem, "name": STEP_UP_CODE, "passkey_name": STEP_UP_PASSKEY}
    return page("accounts/confirm_sent.html", 403, **values)


def _proved(token: str, code: str, answer: str | None) -> str:
    if not answer:
        return factors.prove(services(), context(), token, code, step="step-up")
    challenge = str(session.pop("passkey", ""))
    return passkeys.prove(services(), context(), token, answer=answer, challenge=challenge, step="step-up")


def _here() -> str:
    """The address that was asked for, with what stood behind the question mark: never anything of a person."""
    return request.full_path if request.query_string else request.path
