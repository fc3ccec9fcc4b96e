"""Someone proved who they are: the browser gets its new session, whichever way it was."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import session
from flask_login import current_user, login_user

from gateway.accounts import sessions, usecases
from gateway.accounts.signed_in import SignedInUser
from gateway.web import context, safe_next, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


def entered(token: str, address: str | None) -> Response:
    """Give the browser its new session, and lead on: to the second step when that is still to be taken."""
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
    place = safe_next(address)
    if running.complete:
        return see_other(place)
    step = "/aanmelden/tweede-stap" if running.has_factor else "/mijn-account/app"
    return see_other(f"{step}?{urlencode({'next': place})}")
