"""Where the pupil goes to school: the history, and recording a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.context import Role
from gateway.dossiers import moving, pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import MoveForm
from gateway.errors import ConflictError, InvalidInputError
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("enrolment", __name__)
blueprint.before_request(accept_first)

READERS = (Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON)


@blueprint.route("/dossiers/<dossier_id>/school", methods=["GET", "POST"])
@allow(*READERS, fresh=True)
def school(dossier_id: str) -> Response:
    """The enrolment history, and the change of school: who records it may lose the dossier with it."""
    lines = moving.stretches(services(), context(), dossier_id)  # first: break-glass reads a dossier and not this
    form = MoveForm()
    view = (pages.dossier if form.is_submitted() else pages.consult)(services(), context(), dossier_id)
    form.school_id.choices = [
        ("", said("Kies …")),
        *((row.id, row.name) for row in moving.schools(services(), context(), dossier_id)),
        (moving.ELSEWHERE, said("een school buiten dit samenwerkingsverband, of nog niet bekend")),
    ]
    if form.validate_on_submit():
        try:
            _move(dossier_id, form, view.pupil.name)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page(
                "dossiers/school.html", problem.status, view=view, form=form, lines=lines, today=context().today
            )
        ahead = form.from_day.data > context().today
        flash(
            said("De verandering staat klaar en telt vanzelf vanaf die dag. Tot dan kunt u die ongedaan maken.")
            if ahead
            else said("De verandering van school is vastgelegd. Die telt vanaf nu."),
            "success",
        )
        leaves = context().person.role is Role.SCHOOL_STAFF and not ahead
        return see_other("/dossiers" if leaves else f"/dossiers/{dossier_id}/school")
    return page(
        "dossiers/school.html", 400 if form.errors else 200, view=view, form=form, lines=lines, today=context().today
    )


@blueprint.post("/dossiers/<dossier_id>/school/ongedaan")
@allow(*READERS)
def undo(dossier_id: str) -> Response:
    """Undo a change of school whose day has not come."""
    try:
        moving.undo(services(), context(), dossier_id)
    except ConflictError as problem:
        flash(said(problem.message), "warning")
    else:
        flash(said("De verandering van school is ongedaan gemaakt. Er verandert niets."), "success")
    return see_other(f"/dossiers/{dossier_id}/school")


def _move(dossier_id: str, form: MoveForm, name: str) -> None:
    if (form.confirm_name.data or "").strip().casefold() != name.casefold():
        raise InvalidInputError("Dit is niet de naam van de leerling.", field="confirm_name")
    wanted = moving.Move(from_day=form.from_day.data, school_id=form.school_id.data, name=form.name.data or "")
    moving.move(services(), context(), dossier_id, wanted)
