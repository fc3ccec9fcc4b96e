"""The officer's page: carry out what was granted, tell who must know; and the page of who asked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.rights import correcting, objecting, propagating, told_views
from gateway.rights.told_forms import AnswerForm, StatementForm, WhyForm
from gateway.rights_told_words import DONE, SHORT, STATES, WAYS
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("correcting", __name__)
FAMILY = (Role.GUARDIAN, Role.PUPIL)
WORDS = {"short": SHORT, "done_words": DONE, "states": STATES, "ways": WAYS}


@blueprint.get("/verzoeken/<request_id>/correctie")
@allow(Role.PRIVACY_OFFICER)
def show(request_id: str) -> BaseResponse:
    """What is to be carried out, and who must be told."""
    return _panel(request_id)


@blueprint.post("/verzoeken/<request_id>/correctie/kiezen")
@allow(Role.PRIVACY_OFFICER)
def choose(request_id: str) -> BaseResponse:
    """Which documents a wissing is about."""

    def act() -> None:
        objecting.choose(services(), context(), request_id, request.form.getlist("stuk"))

    return _done(request_id, act, said("Vastgelegd. Beslis nu op het verzoek."))


@blueprint.post("/verzoeken/<request_id>/correctie/onderdeel/<item_id>")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def carry_out(request_id: str, item_id: str) -> BaseResponse:
    """Carry out one item."""

    def act() -> None:
        typed = request.form.get("confirm_name", "")
        correcting.do_item(services(), context(), request_id, item_id, name=typed)

    return _done(request_id, act, said("Uitgevoerd. Wie dit had, is ingelicht of staat hieronder."))


@blueprint.post("/verzoeken/<request_id>/correctie/onderdeel/<item_id>/zienswijze")
@allow(Role.PRIVACY_OFFICER)
def statement_on_paper(request_id: str, item_id: str) -> BaseResponse:
    """A zienswijze that came on paper."""

    def act() -> None:
        correcting.say(services(), context(), request_id, item_id, request.form.get("text", ""))

    return _done(request_id, act, said("De zienswijze is vastgelegd."))


@blueprint.post("/verzoeken/<request_id>/correctie/ontvanger/<told_id>/verstuurd")
@allow(Role.PRIVACY_OFFICER)
def sent(request_id: str, told_id: str) -> BaseResponse:
    """When the letter to a recipient went out."""

    def act() -> None:
        try:
            on = date.fromisoformat(request.form.get("on", ""))
        except ValueError as error:
            raise InvalidInputError("Vul de dag in waarop de brief is verstuurd.", field="on") from error
        propagating.sent(services(), context(), request_id, told_id, on)

    return _done(request_id, act, said("Vastgelegd."))


@blueprint.post("/verzoeken/<request_id>/correctie/ontvanger/<told_id>/kan-niet")
@allow(Role.PRIVACY_OFFICER)
def impossible(request_id: str, told_id: str) -> BaseResponse:
    """Why telling them is impossible or disproportionate."""

    def act() -> None:
        propagating.impossible(services(), context(), request_id, told_id, request.form.get("why", ""))

    return _done(request_id, act, said("Vastgelegd, met uw reden."))


@blueprint.post("/verzoeken/<request_id>/correctie/ontvanger/<told_id>/antwoord")
@allow(Role.PRIVACY_OFFICER)
def answered(request_id: str, told_id: str) -> BaseResponse:
    """An answer that came by letter or telephone."""

    def act() -> None:
        done, text = request.form.get("done", ""), request.form.get("text", "")
        propagating.answered_on_paper(services(), context(), request_id, told_id, done, text)

    return _done(request_id, act, said("Het antwoord is vastgelegd."))


@blueprint.post("/verzoeken/<request_id>/correctie/opheffen/<restriction_id>")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def lift(request_id: str, restriction_id: str) -> BaseResponse:
    """Lift a shield or a restriction, with reasons; a restriction is announced first (AVG 18(3))."""
    lifted = []

    def act() -> None:
        lifted.append(objecting.lift(services(), context(), request_id, restriction_id, request.form.get("why", "")))

    answer = _done(request_id, act, "")
    if lifted:
        flash(said("Opgeheven.") if lifted[0] else said("Aangekondigd. Opheffen kan vanaf morgen."), "success")
    return answer


@blueprint.get("/rechten/verzoek/<request_id>/gevolg")
@allow(*FAMILY)
def mine(request_id: str) -> BaseResponse:
    """What was done, who was told, who answered; and where one's own words can be put."""
    return _mine(request_id, StatementForm(), "")


@blueprint.post("/rechten/verzoek/<request_id>/gevolg/<item_id>")
@allow(*FAMILY)
def say(request_id: str, item_id: str) -> BaseResponse:
    """Put one's own words beside what was not corrected."""
    form = StatementForm()
    if not form.validate_on_submit():
        return _mine(request_id, form, item_id, 400)
    try:
        goes_along = correcting.say(services(), context(), request_id, item_id, form.text.data or "")
    except (InvalidInputError, ConflictError) as problem:
        show_problem(form, problem)
        return _mine(request_id, form, item_id, problem.status)
    along = said("Uw zienswijze staat nu bij het stuk, en gaat mee als het naar anderen gaat.")
    flash(along if goes_along else said("Uw zienswijze staat nu bij de gegevens van de leerling."), "success")
    return see_other(f"/rechten/verzoek/{request_id}/gevolg")


def _done(request_id: str, act: Callable[[], None], told: str) -> BaseResponse:
    form = WhyForm()
    try:
        act()
    except (InvalidInputError, ConflictError) as problem:
        show_problem(form, problem)
        return _panel(request_id, form, problem.status)
    if told:
        flash(told, "success")
    return see_other(f"/verzoeken/{request_id}/correctie")


def _panel(request_id: str, form: FlaskForm | None = None, status: int = 200) -> BaseResponse:
    view = told_views.panel(services(), context(), request_id)
    return page(
        "rights/correctie.html",
        status,
        view=view,
        form=form or WhyForm(),
        answer=AnswerForm(),
        today=context().today,
        **WORDS,
    )


def _mine(request_id: str, form: FlaskForm, item_id: str, status: int = 200) -> BaseResponse:
    view = told_views.mine(services(), context(), request_id)
    return page("rights/correctie_gevolg.html", status, view=view, form=form, at=item_id, **WORDS)
