"""At which provider people of an organisation sign in: proposed and stopped here, decided by the privacy officer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.accounts.sign_on import connections, links, queries, rules, trying
from gateway.administration.forms import SignOnForm, StopSignOnForm
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, ThrottledError
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from gateway.accounts.sign_on.trying import Finding

blueprint = Blueprint("sign_on_setup", __name__)

PLACE = "/inrichting/organisatie/<organisation_id>/aanmelden"
_LISTS = ("domains", "strong", "member_values", "affiliation_values")


@blueprint.get(PLACE)
@allow(Role.ADMINISTRATOR)
def overview(organisation_id: str) -> Response:
    """How the people of an organisation sign in, what waits for the privacy officer, and who is joined."""
    return _shown(organisation_id)


@blueprint.route(f"{PLACE}/voorstel", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def propose(organisation_id: str) -> Response:
    """Propose a provider, or a change of it."""
    view = queries.view(services(), context(), organisation_id)
    form = SignOnForm()
    if not form.is_submitted() and view.active:
        for name, value in view.active.items():
            form[name].data = " ".join(value) if name in _LISTS else value
    if form.validate_on_submit():
        try:
            connections.propose(services(), context(), organisation_id, _terms(form))
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, InvalidInputError(problem.message, field=getattr(problem, "field", None)))
            return page("administration/sign_on_form.html", problem.status, form=form, view=view)
        flash(said("Het voorstel staat klaar. Het geldt als de privacyfunctionaris het goedkeurt."), "success")
        return see_other(_place(organisation_id))
    return page("administration/sign_on_form.html", 400 if form.errors else 200, form=form, view=view)


@blueprint.post(f"{PLACE}/intrekken")
@allow(Role.ADMINISTRATOR, fresh=True)
def withdraw(organisation_id: str) -> Response:
    """Take a proposal back."""
    try:
        connections.withdraw(services(), context(), organisation_id)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    else:
        flash(said("Het voorstel is ingetrokken."), "success")
    return see_other(_place(organisation_id))


@blueprint.post(f"{PLACE}/proberen")
@allow(Role.ADMINISTRATOR, fresh=True)
def try_it(organisation_id: str) -> Response:
    """Ask the provider whether it is set up well; nobody is signed in by it."""
    try:
        found = trying.try_it(services(), context(), organisation_id)
    except (ConflictError, ThrottledError) as problem:
        flash(told(problem.message), "warning")
        return see_other(_place(organisation_id))
    return _shown(organisation_id, found)


@blueprint.route(f"{PLACE}/uitzetten", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def stop(organisation_id: str) -> Response:
    """Stop at once, after a plain question."""
    view = queries.view(services(), context(), organisation_id)
    form = StopSignOnForm()
    if form.validate_on_submit():
        try:
            connections.end(services(), context(), organisation_id, links=bool(form.links.data))
        except ConflictError as problem:
            flash(told(problem.message), "warning")
        else:
            flash(said("Aanmelden met de eigen organisatie staat uit. Mensen gebruiken hun wachtwoord."), "success")
        return see_other(_place(organisation_id))
    return page("administration/sign_on_stop.html", view=view, form=form)


@blueprint.post(f"{PLACE}/koppeling/<account_id>/verwijderen")
@allow(Role.ADMINISTRATOR, fresh=True)
def end_link(organisation_id: str, account_id: str) -> Response:
    """End the link of someone who cannot sign in that way any more."""
    links.end_of(services(), context(), organisation_id, account_id)
    flash(said("De koppeling is verwijderd. Deze persoon meldt zich weer aan met een wachtwoord."), "success")
    return see_other(_place(organisation_id))


def _shown(organisation_id: str, found: Sequence[Finding] = ()) -> Response:
    return page("administration/sign_on.html", view=queries.view(services(), context(), organisation_id), found=found)


def _terms(form: SignOnForm) -> rules.Terms:
    return rules.Terms(
        issuer=form.issuer.data,
        client=form.client.data,
        secret=form.secret.data or "",
        **{name: rules.parts(form[name].data) for name in _LISTS},
        member_claim=form.member_claim.data or "",
        affiliation_claim=form.affiliation_claim.data or "",
        required=bool(form.required.data),
    )


def _place(organisation_id: str) -> str:
    return PLACE.replace("<organisation_id>", organisation_id)
