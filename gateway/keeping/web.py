"""The pages of matters, besluiten and holds, what waits in keeping, and the besluiten for parents and pupils."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, render_template

from gateway.accounts import people
from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.letters import pdf_of
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.keeping import handing, queries, tlv, usecases
from gateway.keeping.forms import (
    BesluitForm,
    CorrectBesluitForm,
    CorrectMatterForm,
    EndHoldForm,
    EndMatterForm,
    HoldForm,
    LookAgainForm,
    MatterForm,
)
from gateway.text import told
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response

    from gateway.keeping.handing import Paper
    from gateway.matters.queries import BesluitLine, HoldLine, MatterLine

blueprint = Blueprint("keeping", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)
READERS = (Role.SCHOOL_STAFF, *STAFF)
FAMILY = (Role.GUARDIAN, Role.PUPIL)
ZAKEN = "/dossiers/%s/zaken"


@blueprint.get("/dossiers/<dossier_id>/zaken")
@allow(*READERS)
def of_dossier(dossier_id: str) -> Response:
    """The matters of a dossier, their besluiten, how long it is kept, and what forbids destruction."""
    found = usecases.of_dossier(services(), context(), dossier_id)  # first: break-glass reads a dossier and not this
    view = pages.consult(services(), context(), dossier_id, about="matters")
    return page("keeping/matters.html", view=view, found=found, tab="matters", today=context().today)


@blueprint.route("/dossiers/<dossier_id>/zaken/nieuw", methods=["GET", "POST"])
@allow(*STAFF)
def new(dossier_id: str) -> Response:
    """Begin a matter."""
    form = MatterForm()
    return _form(
        dossier_id,
        form,
        "keeping/matter.html",
        lambda: usecases.open_matter(services(), context(), dossier_id, form.matter()),
        said("De zaak is begonnen."),
    )


@blueprint.route("/dossiers/<dossier_id>/zaken/<matter_id>/einde", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def end(dossier_id: str, matter_id: str) -> Response:
    """The last day of a matter."""
    form = EndMatterForm()
    return _form(
        dossier_id,
        form,
        "keeping/end.html",
        lambda: usecases.end_matter(services(), context(), dossier_id, matter_id, form.ended_on.data),
        said("De zaak is afgesloten. Vanaf die dag telt de bewaartermijn."),
        line=_matter(dossier_id, matter_id),
    )


@blueprint.route("/dossiers/<dossier_id>/zaken/<matter_id>/verbeteren", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def correct(dossier_id: str, matter_id: str) -> Response:
    """Put a matter right that was entered wrongly, or take it out."""
    line = _matter(dossier_id, matter_id)
    form = CorrectMatterForm()
    if not form.is_submitted():
        form.kind.data, form.started_on.data, form.ended_on.data = line.row.kind, line.row.started_on, line.row.ended_on

    def act() -> None:
        if form.withdraw.data:
            usecases.withdraw_matter(services(), context(), dossier_id, matter_id, form.reason.data)
        else:
            usecases.correct_matter(services(), context(), dossier_id, matter_id, form.matter(), form.reason.data)

    return _form(dossier_id, form, "keeping/correct.html", act, said("Verbeterd. Het oude blijft te lezen."), line=line)


@blueprint.route("/dossiers/<dossier_id>/zaken/<matter_id>/besluit", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def decide(dossier_id: str, matter_id: str) -> Response:
    """Register the besluit of a matter: school, board and family are told."""
    line = _matter(dossier_id, matter_id)
    form = BesluitForm()
    form.for_matter(line.row.kind)
    if not form.is_submitted():
        form.swv_number.data = usecases.of_dossier(services(), context(), dossier_id).swv_number
        form.decided_on.data = context().today
        form.signatory.data, form.function.data = _me()
    return _form(
        dossier_id,
        form,
        "keeping/besluit.html",
        lambda: usecases.decide(services(), context(), dossier_id, matter_id, form.besluit()),
        said("Het besluit is vastgelegd. De school en wie voor de leerling beslist, krijgen bericht."),
        line=line,
        matter=line.row.kind,
    )


@blueprint.route("/dossiers/<dossier_id>/besluiten/<besluit_id>/verbeteren", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def correct_besluit(dossier_id: str, besluit_id: str) -> Response:
    """Put a besluit right that was entered wrongly: the number stays, and everyone is told again."""
    line, besluit = _besluit(dossier_id, besluit_id)
    form = CorrectBesluitForm()
    form.for_matter(line.row.kind)
    if not form.is_submitted():
        _show(form, besluit)
    return _form(
        dossier_id,
        form,
        "keeping/besluit.html",
        lambda: usecases.correct_besluit(
            services(), context(), dossier_id, besluit_id, form.besluit(), form.reason.data
        ),
        said("Verbeterd. Het oude besluit blijft te lezen. Iedereen krijgt opnieuw bericht."),
        line=line,
        matter=line.row.kind,
        besluit=besluit,
    )


@blueprint.post("/dossiers/<dossier_id>/besluiten/<besluit_id>/<any('pdf','json','csv'):what>")
@allow(*READERS, fresh=True)
def hand(dossier_id: str, besluit_id: str, what: str) -> Response:
    """A besluit as PDF, or the fields of a TLV for BRON."""
    if what == "pdf":
        return _pdf(handing.paper(services(), context(), dossier_id, besluit_id))
    try:
        found = handing.for_bron(services(), context(), dossier_id, besluit_id)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other(ZAKEN % dossier_id)
    content = tlv.as_json(found) if what == "json" else tlv.as_csv(found)
    media_type = "application/json" if what == "json" else "text/csv"
    return attachment(iter([content]), file_name=f"tlv-bron.{what}", media_type=media_type, size=len(content))


@blueprint.route("/dossiers/<dossier_id>/uitstel", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def hold(dossier_id: str) -> Response:
    """Forbid destruction of a dossier from now on."""
    form = HoldForm()
    form.owner_id.choices = usecases.owners(services(), context(), dossier_id)
    if not form.is_submitted():
        form.started_on.data = context().today
    return _form(
        dossier_id,
        form,
        "keeping/hold.html",
        lambda: usecases.add_hold(services(), context(), dossier_id, form.hold()),
        said("Vastgelegd. Dit dossier wordt niet vernietigd zolang dit loopt."),
    )


@blueprint.route("/dossiers/<dossier_id>/uitstel/<hold_id>/einde", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def end_hold(dossier_id: str, hold_id: str) -> Response:
    """What forbade destruction is over."""
    line = _hold(dossier_id, hold_id)
    form = EndHoldForm()
    return _form(
        dossier_id,
        form,
        "keeping/end_hold.html",
        lambda: usecases.end_hold(
            services(),
            context(),
            dossier_id,
            hold_id,
            reason=form.reason.data,
            final_decision_on=form.final_decision_on.data,
        ),
        said("Het uitstel is beëindigd. De bewaartermijn telt weer."),
        line=line,
    )


@blueprint.route("/dossiers/<dossier_id>/uitstel/<hold_id>/opnieuw", methods=["GET", "POST"])
@allow(*STAFF, fresh=True)
def look_again(dossier_id: str, hold_id: str) -> Response:
    """A hold is still needed: who looks again, and when."""
    line = _hold(dossier_id, hold_id)
    form = LookAgainForm()
    form.owner_id.choices = usecases.owners(services(), context(), dossier_id)
    return _form(
        dossier_id,
        form,
        "keeping/look_again.html",
        lambda: usecases.look_again(
            services(), context(), dossier_id, hold_id, owner_id=form.owner_id.data, review_on=form.review_on.data
        ),
        said("Vastgelegd. Op die dag komt er weer een bericht."),
        line=line,
    )


@blueprint.get("/bewaren")
@allow(*STAFF)
def waiting() -> Response:
    """What waits in keeping: dossiers that lie still, holds, a TLV that ends, and what ends soon."""
    return page("keeping/waiting.html", found=queries.waiting(services(), context()), today=context().today)


@blueprint.get("/wat-is-bekend/<dossier_id>/besluiten")
@allow(*FAMILY)
def for_family(dossier_id: str) -> Response:
    """The besluiten about a child, what one can do against them, and how long the dossier is kept."""
    return page("keeping/family.html", found=handing.of_family(services(), context(), dossier_id))


@blueprint.post("/wat-is-bekend/<dossier_id>/besluiten/<besluit_id>/pdf")
@allow(*FAMILY, fresh="when-set")
def hand_family(dossier_id: str, besluit_id: str) -> Response:
    """The besluit as PDF, for who speaks for the pupil."""
    return _pdf(handing.paper_for_family(services(), context(), dossier_id, besluit_id))


def _form(
    dossier_id: str, form: FlaskForm, template: str, act: Callable[[], Any], done: str, **values: Any
) -> Response:
    """One form of a dossier that the SWV may act on: shown, refused with its sentence, or done."""
    view = pages.dossier(services(), context(), dossier_id, sending=True)
    if form.validate_on_submit():
        try:
            act()
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            return page(template, problem.status, view=view, form=form, **values)
        flash(done, "success")
        return see_other(ZAKEN % dossier_id)
    return page(template, 400 if form.errors else 200, view=view, form=form, **values)


def _matter(dossier_id: str, matter_id: str) -> MatterLine:
    for line in usecases.of_dossier(services(), context(), dossier_id).matters:
        if line.row.id == matter_id and line.row.replaced_at is None:
            return line
    raise NotFoundError


def _besluit(dossier_id: str, besluit_id: str) -> tuple[MatterLine, BesluitLine]:
    for line in usecases.of_dossier(services(), context(), dossier_id).matters:
        for besluit in line.besluiten:
            if besluit.row.id == besluit_id and besluit.row.replaced_at is None:
                return line, besluit
    raise NotFoundError


def _hold(dossier_id: str, hold_id: str) -> HoldLine:
    for line in usecases.of_dossier(services(), context(), dossier_id).holds:
        if line.row.id == hold_id and line.row.ended_at is None:
            return line
    raise NotFoundError


def _me() -> tuple[str, str]:
    """Name and function of who is signed in: most often who signs."""
    with services().db.reading() as session:
        account_id = context().person.account_id
        person = people.names_of(session, services().vault, [account_id])[account_id]
    return person.name, person.function


def _show(form: CorrectBesluitForm, line: BesluitLine) -> None:
    row = line.row
    for name in ("kind", "decided_on", "starts_on", "ends_on", "school_type", "funding"):
        form[name].data = getattr(row, name) or (None if name.endswith("_on") else "")
    for name in ("signatory", "function", "gender", "other_number"):
        form[name].data = getattr(line, name)
    form.swv_number.data = row.prefix or ""


def _pdf(paper: Paper) -> Response:
    title = said("Toelaatbaarheidsverklaring") if paper.line.row.kind == "tlv" else said("Besluit")
    content = pdf_of(render_template("keeping/paper.html", paper=paper, title=title), title=title)
    return attachment(iter([content]), file_name="besluit.pdf", media_type="application/pdf", size=len(content))
