"""Witnesses: the page of those who administer and judge them, and the door at which logs ask for our signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, request

from audit.witness import MOST_BYTES
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, TooLargeError
from gateway.web import allow, context, page, public, said, see_other, services, show_problem
from gateway.witness import usecases
from gateway.witness.forms import ConfirmPartyForm, RegisterPartyForm
from gateway.witness.standing import standing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("witness", __name__)

PAGE = "/inrichting/getuigen"


@blueprint.post("/getuige/add-checkpoint")
@public
def add_checkpoint() -> Response:
    """Confirm the checkpoint of a log that we witness. Whoever asks proves who it is by the log's signature."""
    body = request.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLargeError(said("Dit is te groot."))
    answer = usecases.answer(services(), body)
    response = Response(answer.body, status=answer.status)
    response.headers["Content-Type"] = answer.media_type
    return response


@blueprint.get(PAGE)
@allow(*usecases.READERS)
def parties() -> BaseResponse:
    """How the log stands with its witnesses."""
    return _shown(RegisterPartyForm(formdata=None), ConfirmPartyForm(formdata=None), 200)


@blueprint.post(PAGE)
@allow(Role.ADMINISTRATOR, fresh=True)
def register() -> BaseResponse:
    """Register a partner."""
    form = RegisterPartyForm()
    if form.validate():
        try:
            usecases.register(
                services(),
                context(),
                tenant_id=context().person.tenant_id,
                side=form.side.data,
                name=form.name.data,
                url=form.url.data or "",
                key=form.key.data,
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De partner is geregistreerd. Een tweede persoon moet de sleutel bevestigen."), "success")
            return see_other(PAGE)
    return _shown(form, ConfirmPartyForm(formdata=None), 400)


@blueprint.post(f"{PAGE}/<party_id>/bevestigen")
@allow(*usecases.CONFIRMERS, fresh=True)
def confirm(party_id: str) -> BaseResponse:
    """Confirm a partner's key by its fingerprint."""
    usecases.party_of(services(), context(), party_id, usecases.CONFIRMERS)
    form = ConfirmPartyForm()
    if form.validate_on_submit():
        try:
            usecases.confirm(services(), context(), party_id, form.fingerprint.data)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return _shown(RegisterPartyForm(formdata=None), form, problem.status, party_id)
        flash(said("De sleutel is bevestigd en wordt nu gebruikt."), "success")
        return see_other(PAGE)
    return _shown(RegisterPartyForm(formdata=None), form, 400, party_id)


@blueprint.route(f"{PAGE}/<party_id>/stoppen", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def end(party_id: str) -> BaseResponse:
    """Stop with a partner, after a plain question."""
    party = usecases.party_of(services(), context(), party_id, (Role.ADMINISTRATOR,))
    if request.method == "POST":
        usecases.end(services(), context(), party_id)
        flash(said("Deze partner telt niet meer mee. Wat al is bevestigd, blijft staan."), "success")
        return see_other(PAGE)
    return page("witness/end.html", party=party)


def _shown(form: RegisterPartyForm, confirm_form: ConfirmPartyForm, status: int, asked: str = "") -> BaseResponse:
    found = standing(services(), context())
    me, role = context().person.account_id, context().person.role
    mine = [line.id for line in found.to_confirm(me)] if role in usecases.CONFIRMERS else []
    return page(
        "witness/parties.html",
        status,
        found=found,
        form=form,
        confirm_form=confirm_form,
        form_at=asked if asked in mine else next(iter(mine), ""),  # one form at a time: its fields have one id
        may_register=role is Role.ADMINISTRATOR,
        may_confirm=role in usecases.CONFIRMERS,
        me=me,
    )
