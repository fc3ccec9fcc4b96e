"""De toegangslijst: appendix 1 on the screen, in print and as a list; written by one, approved by another (PR8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, request, stream_with_context

from gateway.access import queries, rules
from gateway.access import usecases as access
from gateway.access.queries import Narrow
from gateway.access.usecases import LISTED_ROLES, SEERS, NewEntry
from gateway.accounts import people
from gateway.administration import queries as administration
from gateway.administration.forms import AccessForm, DecideForm
from gateway.administration.one_dossier import dossier_of
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.references import reference_of
from gateway.sheets import as_csv
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, seen_version, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.access.queries import EntryView

blueprint = Blueprint("access_list", __name__)

LIST = "/toegangslijst"


@blueprint.get("/toegangslijst")
@allow(*SEERS)
def overview() -> BaseResponse:
    """The access list (PR8.2, appendix 1), filtered by what stands in the address."""
    narrow = _narrow()
    return page(
        "access/list.html",
        lines=queries.entries(services(), context(), narrow),
        chosen=narrow,
        schools=_schools(),
        changed=queries.last_changed(services(), context()),
        attention=queries.attention(services(), context()),
        form=DecideForm(),
    )


@blueprint.get("/toegangslijst/lijst.csv")
@allow(*SEERS, fresh=True)
def as_sheet() -> BaseResponse:
    """The filtered list as CSV; logged, with its filter."""
    rows = list(queries.export(services(), context(), _narrow()))
    response = Response(stream_with_context(as_csv(rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="toegangslijst.csv")
    return response


@blueprint.get("/toegangslijst/bijlage-1")
@allow(*SEERS)
def appendix() -> BaseResponse:
    """Appendix 1 of the reglement, to print, with the date on which it last changed."""
    lines = queries.entries(services(), context(), Narrow(state="alles"))
    with services().db.reading() as session:
        tenant = people.tenant_of(session, context().person.tenant_id)
    return page(
        "access/appendix.html",
        lines=[line for line in lines if line.stands],
        tenant=tenant,
        changed=queries.last_changed(services(), context()),
    )


@blueprint.get("/toegangslijst/geschiedenis")
@allow(*SEERS)
def history() -> BaseResponse:
    """What happened to the list: who, when, what."""
    return page("access/history.html", changes=queries.changes(services(), context()))


@blueprint.route("/toegangslijst/nieuw", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def new() -> BaseResponse:
    """Propose someone for the access list."""
    form = _form()
    if not form.is_submitted():
        form.valid_from.data = context().today
    if form.validate_on_submit():
        try:
            made = access.add_entry(services(), context(), _entry(form))
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("access/form.html", problem.status, form=form, view=None)
        flash(said("Het voorstel staat klaar. Het telt pas als een tweede persoon het goedkeurt."), "success")
        return see_other(f"{LIST}/{made}")
    return page("access/form.html", 400 if form.errors else 200, form=form, view=None)


@blueprint.get("/toegangslijst/<entry_id>")
@allow(*SEERS)
def show(entry_id: str) -> BaseResponse:
    """One entry: what stands in it, what a proposal changes, and everything that happened to it."""
    view = queries.entry(services(), context(), entry_id)
    return page("access/entry.html", view=view, form=DecideForm(), may_decide=_may_decide(view))


@blueprint.route("/toegangslijst/<entry_id>/wijzigen", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def change(entry_id: str) -> BaseResponse:
    """Change an entry; what is in force stays so until the change is approved."""
    view = queries.entry(services(), context(), entry_id)
    form = _form(view)
    if not form.is_submitted():
        _show(form, view)
    if form.validate_on_submit():
        try:
            entry = _entry(form, view)
            made = access.change_entry(services(), context(), entry_id, entry, seen=_seen(form))
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("access/form.html", problem.status, form=form, view=view)
        except ConflictError as problem:
            # What was typed stays, beside what someone else wrote meanwhile.
            view = queries.entry(services(), context(), entry_id)
            form.form_errors = [told(problem.message)]
            form.version.data = str(view.line.version)
            return page("access/form.html", problem.status, form=form, view=view, now=view)
        flash(said("De wijziging staat klaar. Ze telt pas als een tweede persoon haar goedkeurt."), "success")
        return see_other(f"{LIST}/{made}")
    return page("access/form.html", 400 if form.errors else 200, form=form, view=view)


@blueprint.post("/toegangslijst/<entry_id>/<any('goedkeuren','afwijzen'):what>")
@allow(*access.APPROVERS, fresh=True)
def decide(entry_id: str, what: str) -> BaseResponse:
    """Another person than its writer approves or rejects a proposal."""
    queries.entry(services(), context(), entry_id)
    form = DecideForm()
    approve = what == "goedkeuren"
    try:
        access.decide(services(), context(), entry_id, seen=_seen(form), approve=approve, reason=form.reason.data or "")
    except (ConflictError, InvalidInputError) as problem:
        flash(told(problem.message), "warning")
        return see_other(f"{LIST}/{entry_id}")
    flash(
        said("De regel is goedgekeurd en telt vanaf nu.") if approve else said("Het voorstel is afgewezen."), "success"
    )
    return see_other(LIST)


@blueprint.route("/toegangslijst/<entry_id>/beeindigen", methods=["GET", "POST"])
@allow(*access.ENDERS, fresh=True)
def end(entry_id: str) -> BaseResponse:
    """End an entry at once, after a plain question."""
    view = queries.entry(services(), context(), entry_id)
    form = DecideForm()
    if form.validate_on_submit():
        try:
            access.end_entry(services(), context(), entry_id, reason=form.reason.data or "")
        except ConflictError as problem:
            flash(told(problem.message), "warning")
            return see_other(f"{LIST}/{entry_id}")
        flash(said("De toegang is meteen beëindigd."), "success")
        return see_other(LIST)
    return page("access/end.html", 400 if form.errors else 200, view=view, form=form)


@blueprint.post("/toegangslijst/<entry_id>/bevestigen")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def confirm(entry_id: str) -> BaseResponse:
    """The yearly look: the privacy officer lets an entry stand."""
    try:
        access.confirm_entry(services(), context(), entry_id, seen=_seen(DecideForm()))
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other(f"{LIST}/{entry_id}")
    flash(said("Bevestigd. Over een jaar vragen wij het opnieuw."), "success")
    return see_other(f"{LIST}?staat=controle")


def _narrow() -> Narrow:
    return Narrow(
        state=request.args.get("staat", ""),
        category=request.args.get("soort", ""),
        school=request.args.get("school", ""),
    )


def _schools() -> list[tuple[str, str]]:
    with services().db.reading() as session:
        return [(row.id, row.name) for row in people.organisations(session, context().person.tenant_id, "school")]


def _form(view: EntryView | None = None) -> AccessForm:
    form = AccessForm()
    if view is None:
        listed = [
            line
            for line in administration.accounts(services(), context())
            if Role(line.role) in LISTED_ROLES and line.state != "ended"
        ]
        form.account_id.choices = [(line.id, f"{line.name}, {line.organisation}") for line in listed]
    else:
        form.account_id.choices = [(view.line.account_id, f"{view.line.name}, {view.line.organisation}")]
        if not form.is_submitted():  # another person's id is refused, not passed over
            form.account_id.data = view.line.account_id
    form.school_ids.choices = _schools()
    return form


def _show(form: AccessForm, view: EntryView) -> None:
    """Fill the form with what stands in an entry."""
    written = view.written
    for name in (
        "motivation", "scope", "valid_from", "valid_until", "profession", "register", "register_number",
        "register_from", "register_until",
    ):  # fmt: skip
        form[name].data = written[name] if written[name] is not None else form[name].data
    form.categories.data = list(written["categories"])
    form.version.data = str(view.line.version)
    if written["scope"] == "schools":
        form.school_ids.data = list(written["scope_ids"])
    if written["scope"] == "dossier":
        form.reference.data = reference_of(written["scope_ids"][0])


def _entry(form: AccessForm, view: EntryView | None = None) -> NewEntry:
    values: dict[str, Any] = {
        name: form[name].data or None
        for name in ("profession", "register", "register_number", "register_from", "register_until")
    }
    scope = form.scope.data
    return NewEntry(
        account_id=form.account_id.data,
        valid_from=form.valid_from.data,
        valid_until=form.valid_until.data,
        categories="".join(form.categories.data),
        scope=scope,
        school_ids=tuple(form.school_ids.data or ()) if scope == "schools" else (),
        dossier_id=dossier_of(services(), context(), form.reference.data or "", view) if scope == "dossier" else "",
        motivation=form.motivation.data,
        **values,
    )


def _seen(form: Any) -> int:
    return seen_version(form.version.data)


def _may_decide(view: EntryView) -> bool:
    actor = context().person
    return (
        view.line.state == rules.PROPOSED
        and actor.role in access.APPROVERS
        and actor.account_id not in {view.line.made_by, view.line.account_id}
    )


@blueprint.before_request
def _only_the_swv() -> None:
    """People of an organisation that only receives get what does not exist, whatever they ask."""
    if context().actor is None or context().person.role not in SEERS:
        return  # the guard of all routes answers
    with services().db.reading() as session:
        queries.may_see(session, context())
