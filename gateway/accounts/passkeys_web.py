"""Setting up passkeys, and what a browser needs to prove one. Signing in with one stands in `web`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, flash, jsonify, request, session
from flask_login import current_user

from gateway.accounts import passkeys
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import told
from gateway.web import allow, context, goes_on, page, public, safe_next, said, see_other, services

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("passkeys", __name__)


@blueprint.post("/aanmelden/passkey/begin")
@public
def begin_sign_in() -> Response:
    """What a browser needs to sign in with a passkey: the same for everyone."""
    return _asked(*passkeys.sign_in_options(services(), context()))


@blueprint.post("/aanmelden/tweede-stap/passkey")
@allow(half="second-step")
def begin_step() -> Response:
    """What a browser needs for the second step, or to prove it once more."""
    return _asked(*passkeys.step_up_options(services(), context()))


@blueprint.post("/mijn-account/passkeys/begin")
@allow(half="enrol", fresh=True)
def begin() -> Response:
    """What a browser needs to make a passkey."""
    return _asked(*passkeys.registration_options(services(), context()))


@blueprint.post("/mijn-account/passkeys")
@allow(half="enrol", fresh=True)
def register() -> BaseResponse:
    """Keep the passkey that the browser made; with the first second step come the recovery codes, shown once."""
    challenge = str(session.pop("passkey", ""))
    try:
        token, codes = passkeys.register(
            services(),
            context(),
            current_user.token,
            answer=request.form.get("passkey", ""),
            challenge=challenge,
            name=request.form.get("name", ""),
        )
    except InvalidInputError as problem:
        flash(told(problem.message), "warning")
        return see_other("/mijn-account" if current_user.running.complete else "/mijn-account/app")
    goes_on(token)
    if codes:
        return page("accounts/recovery_codes.html", codes=codes, first=True, next=safe_next(request.form.get("next")))
    flash(said("De passkey is ingesteld."), "success")
    return see_other("/mijn-account")


@blueprint.post("/mijn-account/passkeys/<key_id>/verwijderen")
@allow(fresh=True)
def remove(key_id: str) -> BaseResponse:
    """Take a passkey away, when another second step is left or none is needed."""
    try:
        passkeys.remove(services(), context(), key_id)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    else:
        flash(said("De passkey telt niet meer mee."), "success")
    return see_other("/mijn-account")


def _asked(options: str, challenge: str) -> Response:
    """Send the options; the challenge stays with this browser, so that another's answer does not fit."""
    session["passkey"] = challenge
    return jsonify(ok=True, options=json.loads(options))
