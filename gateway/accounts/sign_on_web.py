"""Signing in at one's own organisation, coming back from it, and joining it to one's account."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, jsonify, request, session
from flask_login import current_user

from gateway.accounts import sessions
from gateway.accounts.devices import device_of
from gateway.accounts.entered_web import entered
from gateway.accounts.forms import OrganisationForm
from gateway.accounts.sign_on import attempts, connections, entering, leaving, links
from gateway.accounts.sign_on.attempts import INVITATION, LINK, SIGN_IN, Purpose, SignOnError
from gateway.accounts.sign_on.rules import TROUBLE, domain_of
from gateway.accounts.tables import Account
from gateway.accounts.usecases import invited_account
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, ThrottledError
from gateway.text import told
from gateway.web import allow, context, page, public, safe_next, said, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.accounts.sign_on.tables import SignOnConnection

blueprint = Blueprint("sign_on", __name__)

PLACE = "/aanmelden/organisatie"
_BROWSER = "sso"


@blueprint.route(PLACE, methods=["GET", "POST"])
@public
def find() -> BaseResponse:
    """Sign in at one's own organisation, found by the domain of the e-mail address."""
    form = OrganisationForm()
    form.next.data = form.next.data or request.args.get("next", "")
    if form.validate_on_submit():
        with services().db.reading() as db:
            connection = connections.by_domain(db, domain_of(form.email.data))
        if connection is not None:
            return _go(connection, Purpose(kind=SIGN_IN, goes_on=safe_next(form.next.data)))
        form.form_errors = [
            said("Voor dit e-mailadres kan aanmelden met de organisatie niet. Meld u aan met uw wachtwoord.")
        ]
    status = 400 if form.errors or form.form_errors else 200
    return page("accounts/organisation.html", status, form=form, trouble=TROUBLE.get(request.args.get("melding", "")))


@blueprint.get(f"{PLACE}/<organisation_id>/terug")
@public
def back(organisation_id: str) -> BaseResponse:
    """Back from the provider, which proves who someone is; what it sent stands in no address after this."""
    with services().db.reading() as db:
        if connections.active(db, organisation_id) is None:
            raise NotFoundError
    answer = entering.Answer(
        state=request.args.get("state", ""),
        code=request.args.get("code", ""),
        issuer=request.args.get("iss"),
        error=request.args.get("error", ""),
        browser=str(session.get(_BROWSER, "")),
        device=device_of(request.user_agent.string),
        session_id=current_user.running.id if current_user.is_authenticated else None,
    )
    try:
        came = entering.come_back(services(), context(), organisation_id, answer)
    except SignOnError as refused:
        if current_user.is_authenticated:  # who wanted to join their account stays where they were
            flash(told(refused.message), "warning")
            return see_other("/mijn-account")
        return see_other(f"{PLACE}?melding={refused.code}")
    if came.kind == LINK:
        flash(said("Uw account is gekoppeld. U kunt zich nu met uw organisatie aanmelden."), "success")
        return see_other(came.goes_on)
    return entered(came.token, came.goes_on)


@blueprint.post(f"{PLACE}/<organisation_id>/afgemeld")
@public
def signed_out_there(organisation_id: str) -> Response:
    """The provider says that someone signed out there; it proves who it is by its signature."""
    try:
        leaving.signed_out_there(services(), context(), organisation_id, request.form.get("logout_token", ""))
    except InvalidInputError:
        answer = jsonify(error="invalid_request")
        answer.status_code = 400
        return answer
    return Response(status=200)


@blueprint.post("/mijn-account/organisatie")
@allow(fresh=True)
def join() -> BaseResponse:
    """Join my account to me at my organisation: on the way there."""
    with services().db.reading() as db:
        account = db.get_one(Account, context().person.account_id)
        connection = connections.active_for(db, account)
        known = links.of_account(db, account.id)
    if connection is None:
        flash(said("Uw organisatie heeft dit niet ingesteld."), "warning")
        return see_other("/mijn-account")
    if known is not None:
        flash(said("Uw account is al gekoppeld. Verwijder eerst de oude koppeling."), "warning")
        return see_other("/mijn-account")
    purpose = Purpose(kind=LINK, session_id=current_user.running.id, account_id=context().person.account_id)
    return _go(connection, purpose, instead="/mijn-account")


@blueprint.post("/mijn-account/organisatie/verwijderen")
@allow(fresh=True)
def part() -> BaseResponse:
    """My account is joined to my organisation no more."""
    here_by_it = current_user.running.link_id is not None
    try:
        links.end_own(services(), context())
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other("/mijn-account")
    flash(said("Uw account is niet meer gekoppeld aan uw organisatie."), "success")
    return see_other("/aanmelden" if here_by_it else "/mijn-account")


@blueprint.post("/uitnodiging/<token>/organisatie")
@public
def use_invitation(token: str) -> BaseResponse:
    """Use an invitation by signing in at one's own organisation, without a password here."""
    account = invited_account(services(), context(), token)
    with services().db.reading() as db:
        connection = connections.active_for(db, account)
    if connection is None:
        raise NotFoundError
    purpose = Purpose(kind=INVITATION, account_id=account.id, invitation_hash=sessions.hash_of(token))
    return _go(connection, purpose, instead=f"/uitnodiging/{token}")


def _go(connection: SignOnConnection, purpose: Purpose, instead: str = "/aanmelden") -> BaseResponse:
    """A page with the way to the provider: a form may lead nowhere but here, and people see where they go."""
    browser = session.setdefault(_BROWSER, secrets.token_urlsafe(24))
    try:
        way = attempts.begin(services(), context(), connection, purpose, browser)
    except (SignOnError, ThrottledError) as problem:
        form = OrganisationForm(formdata=None)
        form.form_errors = [told(problem.message)]
        return page("accounts/organisation.html", problem.status, form=form, trouble=None)
    return page("accounts/organisation_go.html", way=way, instead=instead)
