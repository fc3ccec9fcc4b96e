"""The letters of an SWV: the text of each kind, taken into use by a second person, the house style, a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.accounts import people
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.letters import house, paper, previewing, templates
from gateway.letters.forms import HouseForm, TextForm
from gateway.letters.kinds import KINDS
from gateway.text import told
from gateway.web import allow, attachment, context, page, said, see_other, seen_version, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from gateway.letters.language import Text
    from gateway.letters.queries import Opened
    from gateway.letters.tables import LetterTemplate

blueprint = Blueprint("letters", __name__)


@blueprint.get("/brieven")
@allow(*house.WRITERS)
def overview() -> Response:
    """The kinds of letters, which text of each counts, and what waits for a second person."""
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        style = house.of_tenant(session, services().vault, tenant.id)
        own = templates.of_tenant(session, tenant.id)
    in_use: dict[str, int] = {}
    for row in own:
        if row.state == "approved":
            in_use[row.kind] = max(row.version, in_use.get(row.kind, 0))
    rows = [{"kind": kind, "version": in_use.get(kind.code, 0)} for kind in KINDS.values()]
    waiting = [row for row in own if row.state == "draft"]
    return page("letters/overview.html", rows=rows, waiting=waiting, style=style)


@blueprint.get("/brieven/<kind>")
@allow(*house.WRITERS)
def show(kind: str) -> Response:
    """The text of one kind that counts now, as a letter with made-up values, and its history."""
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        template = templates.in_force(session, services().vault, tenant.id, kind)
        history = templates.of_tenant(session, tenant.id, kind)
        names = people.names_of(session, services().vault, [each for row in history for each in _who(row)])
    letter = _example(kind, template.texts)
    return page(
        "letters/show.html",
        kind=template.kind,
        now=template,
        history=history,
        names=names,
        letter=letter,
        parts=paper.spoken(letter),
    )


@blueprint.route("/brieven/<kind>/aanpassen", methods=["GET", "POST"])
@allow(*house.WRITERS, fresh=True)
def adapt(kind: str) -> Response:
    """Adapt the text of a kind: look at it first, then keep it for a second person to take into use."""
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        template = templates.in_force(session, services().vault, tenant.id, kind)
    form, letter = TextForm(), None
    if not form.is_submitted():
        form.show(dict(template.texts))
    if form.validate_on_submit():
        try:
            if "bekijken" in request.form:
                letter = _example(kind, templates.right(kind, form.texts()))
            else:
                made = templates.draft(services(), context(), kind, form.texts())
                flash(said("De tekst is bewaard. Een tweede persoon neemt de tekst in gebruik."), "success")
                return see_other(f"/brieven/teksten/{made}")
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page("letters/adapt.html", problem.status, form=form, kind=template.kind, letter=None)
    parts = paper.spoken(letter) if letter is not None else []
    status = 400 if form.errors else 200
    return page("letters/adapt.html", status, form=form, kind=template.kind, letter=letter, parts=parts)


@blueprint.post("/brieven/<kind>/voorbeeld")
@allow(*house.WRITERS)
def example(kind: str) -> Response:
    """The letter as PDF with made-up values, of the text that counts now."""
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        template = templates.in_force(session, services().vault, tenant.id, kind)
    return _pdf(_example(kind, template.texts))


@blueprint.get("/brieven/teksten/<template_id>")
@allow(*house.WRITERS)
def version(template_id: str) -> Response:
    """One version of a text: what it says, who made it, and whether it counts."""
    row, texts = _version(template_id)
    with services().db.reading() as session:
        names = people.names_of(session, services().vault, _who(row))
    letter = _example(row.kind, texts)
    return page(
        "letters/version.html",
        row=row,
        kind=KINDS[row.kind],
        names=names,
        letter=letter,
        parts=paper.spoken(letter),
        may_decide=row.state == "draft" and templates.may_decide(context(), row),
    )


@blueprint.post("/brieven/teksten/<template_id>/voorbeeld")
@allow(*house.WRITERS)
def example_of_version(template_id: str) -> Response:
    """This version as PDF with made-up values."""
    row, texts = _version(template_id)
    return _pdf(_example(row.kind, texts))


@blueprint.post("/brieven/teksten/<template_id>/<any('gebruiken','afwijzen'):what>")
@allow(*house.WRITERS, fresh=True)
def decide(template_id: str, what: str) -> Response:
    """A second person, or the privacy officer, takes a text into use or does not."""
    try:
        templates.decide(services(), context(), template_id, approve=what == "gebruiken")
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other(f"/brieven/teksten/{template_id}")
    flash(said("De tekst is in gebruik.") if what == "gebruiken" else said("De tekst is afgewezen."), "success")
    return see_other("/brieven")


@blueprint.route("/brieven/huisstijl", methods=["GET", "POST"])
@allow(*house.WRITERS, fresh=True)
def style() -> Response:
    """Who writes the letters, where one can go with a decision, who signs, and the logo."""
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        now = house.of_tenant(session, services().vault, tenant.id)
        history = house.history(session, services().vault, tenant.id)
        names = people.names_of(session, services().vault, [each.made_by for each in history])
    form = HouseForm()
    if not form.is_submitted():
        form.show(now.house, now.version)
    if form.validate_on_submit():
        try:
            house.change(
                services(),
                context(),
                form.house(),
                seen=seen_version(form.seen.data) if form.seen.data != "0" else 0,
                logo=form.picture(),
                drop_logo=form.drop_logo.data,
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page("letters/house.html", problem.status, form=form, now=now, history=history, names=names)
        flash(said("De huisstijl is bewaard. Nieuwe brieven krijgen die meteen."), "success")
        return see_other("/brieven")
    status = 400 if form.errors else 200
    return page("letters/house.html", status, form=form, now=now, history=history, names=names)


@blueprint.get("/brieven/huisstijl/logo.png")
@allow(*house.WRITERS)
def logo() -> Response:
    """The logo as it stands on letters."""
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        found = house.of_tenant(session, services().vault, tenant.id).logo
    if found is None:
        raise NotFoundError
    return attachment(iter([found]), file_name="logo.png", media_type="image/png", size=len(found))


def _version(template_id: str) -> tuple[LetterTemplate, Mapping[str, Text]]:
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        row = templates.get(session, tenant.id, template_id)
        return row, templates.opened(services().vault, row).texts


def _who(row: LetterTemplate) -> list[str]:
    return [each for each in (row.made_by, row.decided_by) if each]


def _example(kind: str, texts: Mapping[str, Text]) -> Opened:
    with services().db.reading() as session:
        tenant = house.own_tenant(session, context().person)
        now = house.of_tenant(session, services().vault, tenant.id)
    return previewing.example(templates.kind_of(kind), texts, now)


def _pdf(letter: Opened) -> Response:
    content = paper.example(letter, context().now, context().today)
    return attachment(iter([content]), file_name="voorbeeld.pdf", media_type="application/pdf", size=len(content))
