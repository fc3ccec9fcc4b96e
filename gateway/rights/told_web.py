"""The pages of who received data that were corrected: what changed in which verstrekking, and what they did with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.rights import told_views
from gateway.rights.told_forms import AnswerForm
from gateway.rights_told_words import ASKED, CHANGED, DONE
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("told", __name__)
READERS = (Role.CONTACT_PERSON, Role.EXPERT)


@blueprint.get("/correcties")
@allow(*READERS)
def overview() -> BaseResponse:
    """What was corrected of what one's organisation received."""
    return page("rights/told_list.html", lines=told_views.received(services(), context()), changed=CHANGED)


@blueprint.get("/correcties/<told_id>")
@allow(*READERS)
def show(told_id: str) -> BaseResponse:
    """One correction."""
    return _show(told_id, AnswerForm())


@blueprint.post("/correcties/<told_id>")
@allow(*READERS)
def answer(told_id: str) -> BaseResponse:
    """Say what was done with it."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _show(told_id, form, 400)
    try:
        told_views.answer(services(), context(), told_id, form.done.data or "", form.text.data or "")
    except (InvalidInputError, ConflictError) as problem:
        show_problem(form, problem)
        return _show(told_id, form, problem.status)
    flash(said("Bedankt. De afzender ziet uw antwoord."), "success")
    return see_other(f"/correcties/{told_id}")


def _show(told_id: str, form: AnswerForm, status: int = 200) -> BaseResponse:
    found = told_views.show_received(services(), context(), told_id)
    return page("rights/told.html", status, told=found, form=form, changed=CHANGED, asked=ASKED, done_words=DONE)
