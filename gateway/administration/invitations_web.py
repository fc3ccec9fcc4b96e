"""Uitnodigingen: a second person looks at who is let in, and which mail domains belong to an organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.accounts import invitations
from gateway.errors import ConflictError
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("invitations", __name__)


@blueprint.get(invitations.DESK)
@allow(*invitations.CONFIRMERS)
def overview() -> Response:
    """Which invitations wait for a second person, and which mail domains were vouched for."""
    return page(
        "administration/invitations.html",
        rows=invitations.waiting(services(), context()),
        domains=invitations.domains(services(), context()),
    )


@blueprint.post(f"{invitations.DESK}/<account_id>/<any('bevestigen','afwijzen'):what>")
@allow(*invitations.CONFIRMERS, fresh=True)
def decide(account_id: str, what: str) -> Response:
    """Let an invitation go as its second person, or end it."""
    approve = what == "bevestigen"
    try:
        invitations.decide(services(), context(), account_id, approve=approve, trust="domein" in request.form)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    else:
        flash(
            said("De uitnodiging is per e-mail verstuurd.") if approve else said("De uitnodiging gaat niet door."),
            "success",
        )
    return see_other(invitations.DESK)


@blueprint.post(f"{invitations.DESK}/<organisation_id>/domein-weg")
@allow(*invitations.CONFIRMERS, fresh=True)
def distrust(organisation_id: str) -> Response:
    """Vouch for a mail domain no longer."""
    invitations.distrust(services(), context(), organisation_id, request.form.get("domein", "").strip().lower())
    flash(said("Uitnodigingen aan dit domein wachten voortaan weer op een tweede persoon."), "success")
    return see_other(invitations.DESK)
