"""The pages of anonymising a document: ask, wait, look and decide, finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, jsonify, request

from gateway.anonymisation import asking, renditions, review_pages, review_rules, reviewing, wording
from gateway.anonymisation.choices import Area
from gateway.anonymisation.failures import sentence_for
from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import told
from gateway.web import allow, attachment, context, page, said, see_other, seen_version, services, wants_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.anonymisation.sealed import Decisions, Group

blueprint = Blueprint("anonymisation", __name__)
REVIEWERS = (Role.SWV_STAFF, Role.CONTACT_PERSON)
BACK = {"lijst", "twijfel", "toegevoegd", "vakken", "klaar"}


@blueprint.before_request
def _accept_first() -> BaseResponse | None:
    return accept_first()


@blueprint.get("/dossiers/<dossier_id>/weergaven")
@allow(*REVIEWERS)
def overview(dossier_id: str) -> BaseResponse:
    """The documents of a dossier, and where the rendition of each stands."""
    found = reviewing.of_documents(services(), context(), dossier_id)
    view = pages.consult(services(), context(), dossier_id, about="documents")
    return page("anonymisation/list.html", view=view, found=found, states=renditions.STATES, tab="documents")


@blueprint.post("/dossiers/<dossier_id>/stukken/<document_id>/anonimiseren")
@allow(*REVIEWERS)
def ask(dossier_id: str, document_id: str) -> BaseResponse:
    """Ask a rendition of a document, or go to the one there is."""
    return see_other(f"/anonimiseren/{asking.ask(services(), context(), dossier_id, document_id)}")


@blueprint.get("/anonimiseren/<rendition_id>")
@allow(*REVIEWERS)
def show(rendition_id: str) -> BaseResponse:
    """Where it stands while it is made; then the original beside the result, to decide."""
    now = reviewing.standing(services(), context(), rendition_id)
    if now.row.state not in reviewing.SHOWN:
        return page(
            "anonymisation/waiting.html",
            now=now,
            states=renditions.STATES,
            doing=wording.DOING_WORDS,
            why=sentence_for(now.row.code) if now.row.state == "failed" else None,
        )
    return _review(rendition_id)


def _review(rendition_id: str, status: int = 200, problem: InvalidInputError | None = None) -> BaseResponse:
    view = reviewing.open_review(services(), context(), rendition_id)
    first = request.args.get("vanaf", 0, type=int)
    return page(
        "anonymisation/review.html",
        status,
        view=view,
        sides=review_pages.sides(view, first, renditions.PER_RUN),
        state_of=lambda group: review_pages.state_of(group, view),
        at_once=review_pages.AT_ONCE,
        first_lines=review_pages.FIRST_LINES,
        words=wording,
        locked=review_rules.LOCKED,
        other_pupil=review_rules.is_other_pupil(view.report),
        states=renditions.STATES,
        problem=problem,
        blocked=sentence_for(view.row.code) if view.row.state == "blocked" else None,
    )


@blueprint.post("/anonimiseren/<rendition_id>/besluit")
@allow(*REVIEWERS)
def decide(rendition_id: str) -> BaseResponse:
    """Take in one decision; the page's own script gets the new turn, everyone else the page."""
    turn = seen_version(request.form.get("turn"))
    try:
        turn = reviewing.decide(services(), context(), rendition_id, turn, _changed)
    except (InvalidInputError, ConflictError) as problem:
        if wants_json():
            return _json(problem.status, {"problem": told(problem.message)})
        if isinstance(problem, InvalidInputError):
            return _review(rendition_id, problem.status, problem)
        flash(told(problem.message), "warning")
        return see_other(f"/anonimiseren/{rendition_id}")
    if wants_json():
        return _json(200, {"turn": turn})
    place = request.form.get("terug", "")
    known = place in BACK or (place.startswith("bladzijde-") and place[10:].isdigit())
    first = request.form.get("vanaf", 0, type=int)
    return see_other(f"/anonimiseren/{rendition_id}?vanaf={first}{'#' + place if known else ''}")


def _json(status: int, value: dict[str, object]) -> Response:
    answer = jsonify(value)
    answer.status_code = status
    return answer


def _changed(decided: Decisions, groups: list[Group]) -> Decisions:
    """The decisions with what this form asks."""
    key = request.form.get("key", "")
    match request.form.get("what"):
        case "accept":
            return review_rules.accept(decided, groups, key)
        case "reject":
            return review_rules.reject(decided, groups, key)
        case "accept_doubtful":
            return review_rules.accept_doubtful(decided, groups)
        case "add":
            return review_rules.add(decided, request.form.get("text", ""), request.form.get("kind", ""))
        case "area":
            return review_rules.draw(decided, _area(), renditions.PER_RUN)
        case "drop_added":
            return review_rules.drop_added(decided, request.form.get("place", -1, type=int))
        case "drop_area":
            return review_rules.drop_area(decided, request.form.get("place", -1, type=int))
        case "undo":
            return review_rules.undone(decided)
    raise InvalidInputError("Kies wat u met deze vondst wilt doen.")


def _area() -> Area:
    sides = [request.form.get(name, -1.0, type=float) for name in ("left", "top", "right", "bottom")]
    number = request.form.get("page", 0, type=int)
    return Area(page=number, left=sides[0], top=sides[1], right=sides[2], bottom=sides[3])


@blueprint.post("/anonimiseren/<rendition_id>/opnieuw")
@allow(*REVIEWERS)
def remake(rendition_id: str) -> BaseResponse:
    """Make it again with the decisions."""
    reviewing.remake(services(), context(), rendition_id)
    return see_other(f"/anonimiseren/{rendition_id}")


@blueprint.post("/anonimiseren/<rendition_id>/klaar")
@allow(*REVIEWERS, fresh=True)
def finish(rendition_id: str) -> BaseResponse:
    """The reviewer says that it is right."""
    try:
        state = reviewing.finish(services(), context(), rendition_id, request.form.getlist("confirm"))
    except InvalidInputError as problem:
        return _review(rendition_id, problem.status, problem)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other(f"/anonimiseren/{rendition_id}#klaar")
    if state == "second":
        flash(said("Dank u. Een tweede persoon moet deze weergave nu nakijken."), "success")
    else:
        flash(said("Nagekeken. Deze weergave kan nu geanonimiseerd worden verstrekt."), "success")
    return see_other(f"/anonimiseren/{rendition_id}")


@blueprint.post("/anonimiseren/<rendition_id>/terug")
@allow(*REVIEWERS)
def send_back(rendition_id: str) -> BaseResponse:
    """Open the decisions anew."""
    reviewing.send_back(services(), context(), rendition_id)
    flash(said("Deze weergave telt niet meer als nagekeken. U kunt weer kiezen."), "info")
    return see_other(f"/anonimiseren/{rendition_id}")


@blueprint.get("/anonimiseren/<rendition_id>/bladzijde/<int:number>")
@allow(*REVIEWERS)
def picture(rendition_id: str, number: int) -> BaseResponse:
    """One page of the result as a picture."""
    media_type, chunks = reviewing.page_picture(services(), context(), rendition_id, number)
    return Response(b"".join(chunks), mimetype=media_type)


@blueprint.post("/anonimiseren/<rendition_id>/downloaden")
@allow(*REVIEWERS, fresh=True)
def download(rendition_id: str) -> BaseResponse:
    """The result as a file; its own event."""
    name, size, chunks = reviewing.download(services(), context(), rendition_id)
    return attachment(chunks, file_name=name, media_type="application/pdf", size=size)
