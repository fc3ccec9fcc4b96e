"""The pages of OpenPGP keys, and the tenant's own public key for everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash
from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.partner_keys import usecases
from gateway.partner_keys.forms import ConfirmKeyForm, RegisterKeyForm
from gateway.web import allow, context, page, public, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("partner_keys", __name__)


@blueprint.route("/inrichting/organisatie/<organisation_id>/sleutels", methods=["GET", "POST"])
@allow(*usecases.CONFIRMERS, fresh=True)
def keys(organisation_id: str) -> BaseResponse:
    """The keys of an organisation, and registering one."""
    form = RegisterKeyForm()
    status = 200
    if context().person.role is Role.ADMINISTRATOR and form.is_submitted():
        if form.validate():
            try:
                usecases.register(services(), context(), organisation_id, form.key.data.read(usecases.KEY_MAX + 1))
            except (InvalidInputError, ConflictError) as problem:
                show_problem(form, problem)
            else:
                flash(said("De sleutel is geregistreerd. Een tweede persoon moet hem bevestigen."), "success")
                return see_other(f"/inrichting/organisatie/{organisation_id}/sleutels")
        status = 400
    return _shown(organisation_id, form, ConfirmKeyForm(formdata=None), status)


@blueprint.post("/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/bevestigen")
@allow(*usecases.CONFIRMERS, fresh=True)
def confirm(organisation_id: str, key_id: str) -> BaseResponse:
    """Confirm a key by its fingerprint."""
    form = ConfirmKeyForm()
    if form.validate_on_submit():
        try:
            usecases.confirm(services(), context(), key_id, form.fingerprint.data)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return _shown(organisation_id, RegisterKeyForm(formdata=None), form, problem.status)
        flash(said("De sleutel is bevestigd en kan worden gebruikt."), "success")
        return see_other(f"/inrichting/organisatie/{organisation_id}/sleutels")
    return _shown(organisation_id, RegisterKeyForm(formdata=None), form, 400)


@blueprint.post("/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/stoppen")
@allow(Role.ADMINISTRATOR, fresh=True)
def end(organisation_id: str, key_id: str) -> BaseResponse:
    """Stop using a key."""
    usecases.end(services(), context(), key_id)
    flash(said("De sleutel wordt niet meer gebruikt."), "success")
    return see_other(f"/inrichting/organisatie/{organisation_id}/sleutels")


@blueprint.get("/openpgp/<slug>.asc")
@public
def own(slug: str) -> BaseResponse:
    """The public key with which a tenant signs its packages."""
    with services().db.reading() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).first()
        row = usecases.own_public(session, tenant.id, context().today) if tenant is not None else None
    if row is None:
        raise NotFoundError
    return Response(row.public, mimetype="application/pgp-keys")


def _shown(organisation_id: str, form: RegisterKeyForm, confirm_form: ConfirmKeyForm, status: int) -> BaseResponse:
    with services().db.reading() as session:
        organisation = usecases.organisation_of(session, context(), organisation_id)
        lines = usecases.keys_of(session, organisation.id, context().today)
    return page(
        "partner_keys/keys.html",
        status,
        organisation=organisation,
        lines=lines,
        form=form,
        confirm_form=confirm_form,
        may_register=context().person.role is Role.ADMINISTRATOR,
        me=context().person.account_id,
    )
