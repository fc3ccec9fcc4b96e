"""The pages of data breaches: record, clock, who could have seen it, decisions, letters, closure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, render_template, request, stream_with_context

from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.letters import pdf_of
from gateway.errors import ConflictError, InvalidInputError
from gateway.oversight import breach_views, breaches
from gateway.oversight.breach_rules import AP, PERSONS, from_local
from gateway.oversight.breaches import Details, NewBreach
from gateway.oversight.forms import BreachForm, DecisionForm, DoneForm, TextForm
from gateway.oversight.tables_of_text import as_csv, as_json
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("breaches", __name__)

STEPS = {"ap": AP, "betrokkenen": PERSONS}


@blueprint.get("/datalekken")
@allow(Role.PRIVACY_OFFICER)
def overview() -> BaseResponse:
    """The breaches with their clocks."""
    return page("oversight/breaches.html", lines=breach_views.consult(services(), context()))


@blueprint.route("/datalekken/nieuw", methods=["GET", "POST"])
@allow(Role.PRIVACY_OFFICER)
def new() -> BaseResponse:
    """Record a breach."""
    form = BreachForm()
    if form.validate_on_submit():
        try:
            breach_id = breaches.record_breach(services(), context(), _new(form))
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("oversight/breach_new.html", problem.status, form=form)
        flash(said("Het datalek is vastgelegd. De klok loopt."), "success")
        return see_other(f"/datalekken/{breach_id}")
    return page("oversight/breach_new.html", 400 if form.errors else 200, form=form)


@blueprint.get("/datalekken/register.csv")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def register_csv() -> BaseResponse:
    """The register of breaches as CSV."""
    rows = list(breach_views.register(services(), context()))
    cells = chain([tuple(rows[0]) if rows else ("nummer",)], (tuple(row.values()) for row in rows))
    return _file(as_csv(cells), "text/csv", "register-datalekken.csv")


@blueprint.get("/datalekken/register.json")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def register_json() -> BaseResponse:
    """The register of breaches as JSON."""
    return _file(as_json(breach_views.register(services(), context())), "application/json", "register-datalekken.json")


@blueprint.get("/datalekken/<breach_id>")
@allow(Role.PRIVACY_OFFICER)
def show(breach_id: str) -> BaseResponse:
    """One breach."""
    return _show(breach_id)


@blueprint.post("/datalekken/<breach_id>/zoeken")
@allow(Role.PRIVACY_OFFICER)
def search(breach_id: str) -> BaseResponse:
    """Search a pupil whose documents are part of it: what was typed goes on sealed, so that no address shows a name."""
    with services().db.reading() as session:
        breaches.own(session, context(), breach_id)
    sealed = pages.seal_query(services(), context(), request.form.get("zoek", ""))
    return see_other(f"/datalekken/{breach_id}?{urlencode({'zoek': sealed})}#stukken")


@blueprint.post("/datalekken/<breach_id>/stukken")
@allow(Role.PRIVACY_OFFICER)
def add_documents(breach_id: str) -> BaseResponse:
    """Say which documents it is about."""
    added = breaches.add_documents(services(), context(), breach_id, request.form.getlist("stuk"))
    flash(said("%(count)d toegevoegd.", count=added), "success")
    return see_other(f"/datalekken/{breach_id}#stukken")


@blueprint.post("/datalekken/<breach_id>/stukken/<document_id>/weg")
@allow(Role.PRIVACY_OFFICER)
def remove_document(breach_id: str, document_id: str) -> BaseResponse:
    """A document turned out not to be part of it."""
    breaches.remove_document(services(), context(), breach_id, document_id)
    return see_other(f"/datalekken/{breach_id}#stukken")


@blueprint.post("/datalekken/<breach_id>/besluit/<any('ap','betrokkenen'):what>")
@allow(Role.PRIVACY_OFFICER)
def decide(breach_id: str, what: str) -> BaseResponse:
    """Decide to report or not, to tell the people concerned or not."""
    form = DecisionForm(prefix=what)

    def act() -> None:
        breaches.decide(services(), context(), breach_id, STEPS[what], form.verdict.data, form.reason.data)

    return _act(breach_id, form, f"{what}_form", act, said("Het besluit is vastgelegd."))


@blueprint.post("/datalekken/<breach_id>/gedaan/<any('ap','betrokkenen'):what>")
@allow(Role.PRIVACY_OFFICER)
def done(breach_id: str, what: str) -> BaseResponse:
    """Note when it was reported, or the people concerned were told."""
    form = DoneForm(prefix=f"{what}-gedaan")

    def act() -> None:
        breaches.done(services(), context(), breach_id, STEPS[what], from_local(form.at.data))

    return _act(breach_id, form, f"{what}_done", act, said("Vastgelegd."))


@blueprint.post("/datalekken/<breach_id>/maatregel")
@allow(Role.PRIVACY_OFFICER)
def measure(breach_id: str) -> BaseResponse:
    """Write down what was done about it."""
    form = TextForm(prefix="maatregel")

    def act() -> None:
        breaches.add_measure(services(), context(), breach_id, form.reason.data)

    return _act(breach_id, form, "measure_form", act, said("De maatregel is vastgelegd."))


@blueprint.post("/datalekken/<breach_id>/sluiten")
@allow(Role.PRIVACY_OFFICER)
def close(breach_id: str) -> BaseResponse:
    """Close it with a conclusion."""
    form = TextForm(prefix="slot")

    def act() -> None:
        breaches.close(services(), context(), breach_id, form.reason.data)

    return _act(breach_id, form, "close_form", act, said("Het datalek is afgesloten."))


@blueprint.get("/datalekken/<breach_id>/brieven")
@allow(Role.PRIVACY_OFFICER)
def letters(breach_id: str) -> BaseResponse:
    """The letters to the people concerned, to print: one page each."""
    view, sender, made = breach_views.letters(services(), context(), breach_id)
    return page("oversight/breach_letters.html", view=view, sender=sender, letters=made, today=context().today)


@blueprint.post("/datalekken/<breach_id>/brieven/pdf")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def letters_on_paper(breach_id: str) -> BaseResponse:
    """The same letters as a PDF that a screen reader can read (PDF/UA), to send or keep."""
    view, sender, made = breach_views.letters(services(), context(), breach_id)
    today = context().today
    if not made:
        return page("oversight/breach_letters.html", view=view, sender=sender, letters=made, today=today)
    html = render_template("oversight/breach_letters_paper.html", view=view, sender=sender, letters=made, today=today)
    content = pdf_of(html, title="Gegevens van uw kind")
    return attachment(iter([content]), file_name="brieven.pdf", media_type="application/pdf", size=len(content))


def _act(breach_id: str, form: FlaskForm, name: str, act: Callable[[], None], told: str) -> BaseResponse:
    with services().db.reading() as session:
        breaches.own(session, context(), breach_id)
    if form.validate_on_submit():
        try:
            act()
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return _show(breach_id, problem.status, **{name: form})
        flash(told, "success")
        return see_other(f"/datalekken/{breach_id}")
    return _show(breach_id, 400, **{name: form})


def _show(breach_id: str, status: int = 200, **forms: Any) -> BaseResponse:
    query = pages.open_query(services(), context(), request.args.get("zoek", ""))
    shown: dict[str, Any] = {
        "ap_form": DecisionForm(prefix="ap"),
        "betrokkenen_form": DecisionForm(prefix="betrokkenen"),
        "ap_done": DoneForm(prefix="ap-gedaan"),
        "betrokkenen_done": DoneForm(prefix="betrokkenen-gedaan"),
        "measure_form": TextForm(prefix="maatregel"),
        "close_form": TextForm(prefix="slot"),
        **forms,
    }
    view = breach_views.view(services(), context(), breach_id, query)
    return page("oversight/breach.html", status, view=view, query=query, **shown)


def _new(form: BreachForm) -> NewBreach:
    return NewBreach(
        details=Details(
            title=form.title.data.strip(),
            what=form.what.data.strip(),
            consequences=(form.consequences.data or "").strip(),
            measures=(form.measures.data or "").strip(),
        ),
        kinds=tuple(form.kinds.data),
        cause=form.cause.data,
        discovered_at=from_local(form.discovered_at.data),
        began_at=from_local(form.began_at.data) if form.began_at.data else None,
        ended_at=from_local(form.ended_at.data) if form.ended_at.data else None,
    )


def _file(chunks: Iterator[str], media_type: str, name: str) -> BaseResponse:
    response = Response(stream_with_context(chunks), mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
