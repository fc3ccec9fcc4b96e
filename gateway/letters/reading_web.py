"""Letters on the screen of who reads them: staff of a dossier, the privacy officer, the parent or pupil it is to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError
from gateway.letters import paper, reading
from gateway.letters.forms import HandForm
from gateway.recording import Action
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.letters.queries import Opened

blueprint = Blueprint("letters_reading", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)
DESK = (*STAFF, Role.PRIVACY_OFFICER)
FAMILY = (Role.GUARDIAN, Role.PUPIL)


@blueprint.get("/dossiers/<dossier_id>/brieven")
@allow(*STAFF)
def of_dossier(dossier_id: str) -> Response:
    """The letters of a dossier: to whom, about what, when they went out."""
    letters = reading.of_dossier(services(), context(), dossier_id)
    view = pages.consult(services(), context(), dossier_id, about="letters")
    return page("letters/of_dossier.html", view=view, letters=letters, tab="letters")


@blueprint.get("/dossiers/<dossier_id>/brieven/<letter_id>")
@allow(*DESK)
def read(dossier_id: str, letter_id: str) -> Response:
    """One letter, for staff, and how it goes out."""
    form = HandForm()
    form.on.data = context().today
    return _read(dossier_id, letter_id, form, 200)


@blueprint.post("/dossiers/<dossier_id>/brieven/<letter_id>/pdf")
@allow(*DESK, fresh=True)
def printed(dossier_id: str, letter_id: str) -> Response:
    """One letter as PDF, to print or send."""
    letter, _certified = reading.read(services(), context(), dossier_id, letter_id, action=Action.PRINT)
    return _pdf(letter)


@blueprint.post("/dossiers/<dossier_id>/brieven/<letter_id>/verstuurd")
@allow(*DESK)
def hand(dossier_id: str, letter_id: str) -> Response:
    """Say how and when a letter went out."""
    form = HandForm()
    if form.validate_on_submit():
        try:
            reading.hand(services(), context(), dossier_id, letter_id, way=form.way.data, on=form.on.data)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return _read(dossier_id, letter_id, form, problem.status)
        flash(said("Vastgelegd. Wie een account heeft, krijgt bericht en leest de brief in het portaal."), "success")
        return see_other(f"/dossiers/{dossier_id}/brieven/{letter_id}")
    return _read(dossier_id, letter_id, form, 400)


@blueprint.get("/rechten/brieven")
@allow(*FAMILY)
def mine() -> Response:
    """The letters that I got."""
    return page("letters/mine.html", children=reading.of_family(services(), context()))


@blueprint.get("/rechten/brieven/<letter_id>")
@allow(*FAMILY)
def own(letter_id: str) -> Response:
    """One letter to me."""
    letter, certified = reading.own(services(), context(), letter_id, action=Action.CONSULT)
    return page("letters/own.html", letter=letter, parts=paper.spoken(letter), certified=certified)


@blueprint.post("/rechten/brieven/<letter_id>/pdf")
@allow(*FAMILY, fresh="when-set")
def own_printed(letter_id: str) -> Response:
    """One letter to me as PDF."""
    letter, _certified = reading.own(services(), context(), letter_id, action=Action.PRINT)
    return _pdf(letter)


def _read(dossier_id: str, letter_id: str, form: HandForm, status: int) -> Response:
    letter, certified = reading.read(services(), context(), dossier_id, letter_id, action=Action.CONSULT)
    if letter.to.account_id is None:
        form.way.choices = [each for each in form.way.choices if each[0] != "portal"]
    parts = paper.spoken(letter)
    return page(
        "letters/read.html",
        status,
        letter=letter,
        parts=parts,
        certified=certified,
        form=form,
        dossier_id=dossier_id,
        desk=context().person.role is Role.PRIVACY_OFFICER,
    )


def _pdf(letter: Opened) -> Response:
    content = paper.pdf(services(), letter)
    return attachment(iter([content]), file_name="brief.pdf", media_type="application/pdf", size=len(content))
