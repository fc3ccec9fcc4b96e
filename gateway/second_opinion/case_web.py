"""What the views of a case share: its page, doing one step and going back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash

from gateway.errors import ConflictError, InvalidInputError
from gateway.second_opinion import storing, views
from gateway.second_opinion.forms import AnswerForm, TextForm
from gateway.second_opinion_words import CHECKS as CHECK_WORDS
from gateway.text import told
from gateway.web import context, page, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response


def shown(case_id: str, status: int = 200, **forms: FlaskForm) -> Response:
    """The page of a case; a form that came back with a problem stands in its place."""
    view = views.show(services(), context(), case_id)
    values: dict[str, Any] = {
        "say_form": TextForm(prefix="overleg", formdata=None),
        "answer_form": AnswerForm(prefix="antwoord", formdata=None),
        **forms,
    }
    return page("second_opinion/show.html", status, view=view, checks=CHECK_WORDS, **values)


def act(
    case_id: str,
    do: Callable[[], object],
    done: str,
    *,
    form: FlaskForm | None = None,
    again: Callable[[int], Response] | None = None,
) -> Response:
    """Do one step and go back to the case. Why it was not done is said there, or at the form, which keeps its text."""
    try:
        do()
    except (ConflictError, InvalidInputError) as problem:
        if form is None or again is None:
            return refused_step(case_id, problem)
        problem_at(form, problem)
        return again(problem.status)
    flash(done, "success")
    return see_other(f"/second-opinions/{case_id}")


def refused_step(case_id: str, problem: ConflictError | InvalidInputError) -> Response:
    """Back to the case, with the reason why the step was not done."""
    _note(problem)
    flash(told(problem.message), "error")
    return see_other(f"/second-opinions/{case_id}")


def problem_at(form: FlaskForm, problem: InvalidInputError | ConflictError) -> None:
    """Put why it was refused at its field, or on top of the form."""
    _note(problem)
    show_problem(form, problem)


def _note(problem: InvalidInputError | ConflictError) -> None:
    """What the rules of a case refuse stands in the log; a field that was filled in wrongly does not."""
    if isinstance(problem, storing.StepRefusedError):
        storing.note_refused(services(), context(), problem)
