"""Inrichting: organisations and people. Nothing here opens a dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.access import queries as access
from gateway.accounts import invitations, people
from gateway.accounts import usecases as accounts
from gateway.accounts.rules import ROLES_OF_KIND, Person
from gateway.accounts.sign_on import connections
from gateway.accounts.sign_on import queries as sign_on
from gateway.administration import leaving, queries
from gateway.administration.forms import InviteForm, LeaveForm, OrganisationForm
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.text import told, word
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.accounts.tables import Organisation

blueprint = Blueprint("administration", __name__)


def _organisations() -> list[Organisation]:
    with services().db.reading() as session:
        return people.organisations(session, context().person.tenant_id)


@blueprint.get("/inrichting")
@allow(Role.ADMINISTRATOR)
def overview() -> Response:
    """Organisations and people."""
    return page(
        "administration/overview.html",
        organisations=_organisations(),
        accounts=queries.accounts(services(), context()),
        attention=access.attention(services(), context()),
        sign_on=sign_on.providers(services(), context()),
        without=connections.NOT_FOR,
        waiting=len(invitations.waiting(services(), context())),
    )


@blueprint.route("/inrichting/organisatie", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def add_organisation() -> Response:
    """Add an organisation."""
    form = OrganisationForm()
    boards = [row for row in _organisations() if row.kind == "school_board"]
    form.parent_id.choices = [("", said("geen")), *((row.id, row.name) for row in boards)]
    if form.validate_on_submit():
        try:
            accounts.add_organisation(
                services(),
                context(),
                kind=form.kind.data,
                name=form.name.data,
                brin=form.brin.data,
                parent_id=form.parent_id.data,
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page("administration/organisation.html", problem.status, form=form)
        flash(said("De organisatie is toegevoegd."), "success")
        return see_other("/inrichting")
    return page("administration/organisation.html", 400 if form.errors else 200, form=form)


@blueprint.route("/inrichting/uitnodigen", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def invite() -> Response:
    """Invite someone by mail; a second person looks first at an address that nobody vouched for."""
    form = InviteForm()
    organisations = [row for row in _organisations() if row.kind in ROLES_OF_KIND]
    form.organisation_id.choices = [(row.id, f"{row.name} ({word(row.kind, 'organisation')})") for row in organisations]
    form.role.choices = [(role.value, word(role.value, "role")) for role in Role]
    if form.validate_on_submit():
        person = Person(name=form.name.data, email=form.email.data, function=form.function.data or "")
        try:
            _mail_is_set()
            token = invitations.invite(
                services(),
                context(),
                organisation_id=form.organisation_id.data,
                role=Role(form.role.data),
                person=person,
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page("administration/invite.html", problem.status, form=form)
        flash(
            said("De uitnodiging is per e-mail verstuurd.")
            if token
            else said("De uitnodiging wacht op een tweede persoon. Die heeft een bericht."),
            "success",
        )
        return see_other("/inrichting")
    return page("administration/invite.html", 400 if form.errors else 200, form=form)


@blueprint.post("/inrichting/account/<account_id>/opnieuw")
@allow(Role.ADMINISTRATOR, fresh=True)
def invite_again(account_id: str) -> Response:
    """Mail a fresh invitation link."""
    try:
        _mail_is_set()
        invitations.invite_again(services(), context(), account_id)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    else:
        flash(said("Een nieuwe uitnodiging is per e-mail verstuurd. De oude link werkt niet meer."), "success")
    return see_other("/inrichting")


@blueprint.route("/inrichting/account/<account_id>/beeindigen", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def end_account(account_id: str) -> Response:
    """Someone leaves: account, sessions and access end in one act, and a colleague takes over the open work."""
    line = next((line for line in queries.accounts(services(), context()) if line.id == account_id), None)
    if line is None:
        raise NotFoundError
    work = leaving.open_work(services(), context(), account_id)
    form = LeaveForm()
    form.successor.choices = [("", said("Kies een collega")), *work.successors, (leaving.NOBODY, said("niemand"))]
    if form.validate_on_submit():
        try:
            leaving.leave(
                services(),
                context(),
                account_id,
                successor=form.successor.data or "",
                take_over_access=bool(form.take_over_access.data),
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page("administration/end_account.html", problem.status, line=line, form=form, work=work)
        flash(said("Het account is beëindigd. Deze persoon is overal afgemeld en heeft geen toegang meer."), "success")
        return see_other("/inrichting")
    return page("administration/end_account.html", 400 if form.errors else 200, line=line, form=form, work=work)


def _mail_is_set() -> None:
    """Nobody but its owner sees a link: without mail it would reach no one."""
    if not (services().settings.smtp_host or services().settings.demo):
        raise ConflictError("Er is nog geen mailserver ingesteld. Zonder e-mail komt een uitnodiging niet aan.")
