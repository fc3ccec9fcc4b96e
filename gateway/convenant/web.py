"""The pages of convenants: the list, one convenant, its text, signing in the portal and on paper, its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, render_template, request

from gateway.context import Role
from gateway.convenant import making, paper, reach, rules, signing, views
from gateway.convenant.forms import CHOOSE, NewForm, PaperForm, SignForm, TextForm
from gateway.convenant.making import Draft
from gateway.convenant.signing import OnPaper, Signing
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.text import told, word
from gateway.web import allow, attachment, context, factor, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.convenant.views import Line, VersionLine, View

blueprint = Blueprint("convenant", __name__)


@blueprint.app_context_processor
def _waiting() -> dict[str, object]:
    """For start pages: the convenants in which something waits for the reader."""

    def waiting() -> list[Line]:
        if context().person.role not in reach.READERS:  # an expert has the same start page, and no convenants
            return []
        return [line for line in views.register(services(), context()) if line.waits]

    return {"convenants_waiting": waiting}


@blueprint.get("/convenanten")
@allow(*reach.READERS)
def overview() -> Response:
    """The register of convenants; a guest sees those of its own organisation."""
    found = views.register(services(), context())
    with services().db.reading() as session:
        own = reach.works_here(session, context())
    return page("convenant/list.html", found=found, may_make=own and context().person.role in reach.MAKERS, own=own)


@blueprint.route("/convenanten/nieuw", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def new() -> Response:
    """Begin a convenant."""
    kind = request.values.get("soort") or request.form.get("kind") or "second_opinion"
    if kind not in rules.KINDS:
        raise NotFoundError
    form = NewForm()
    form.kind.data = kind
    found = views.can_be_party(services(), context(), kind)
    form.partner_ids.choices = [(row.id, f"{row.name} ({word(row.kind, 'organisation')})") for row in found]
    if form.validate_on_submit():
        try:
            made = making.make(
                services(),
                context(),
                kind=kind,
                name=form.name.data or "",
                partner_ids=tuple(form.partner_ids.data or ()),
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("Het convenant is begonnen. Schrijf nu de tekst."), "success")
            return see_other(f"/convenanten/{made}")
    return page("convenant/new.html", 400 if form.errors else 200, form=form, kind=kind)


@blueprint.get("/convenanten/<convenant_id>")
@allow(*reach.READERS)
def show(convenant_id: str) -> Response:
    """One convenant: how it stands, what to do now, and its history."""
    return page("convenant/show.html", view=views.show(services(), context(), convenant_id))


@blueprint.get("/convenanten/<convenant_id>/versies/<version_id>")
@allow(*reach.READERS)
def version(convenant_id: str, version_id: str) -> Response:
    """One text, with its hash and signatures."""
    view, line = _version(convenant_id, version_id)
    return page("convenant/version.html", view=view, line=line)


@blueprint.post("/convenanten/<convenant_id>/versies/<version_id>/pdf")
@allow(*reach.READERS, fresh=True)
def printed(convenant_id: str, version_id: str) -> Response:
    """A text with its signatures and hashes as a PDF that stays readable."""
    view, line = _version(convenant_id, version_id)
    html = render_template("convenant/paper.html", view=view, line=line)
    made = paper.printed(services(), context(), view, line, html)
    return attachment(iter((made,)), file_name="convenant.pdf", media_type="application/pdf", size=len(made))


@blueprint.route("/convenanten/<convenant_id>/tekst", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def write(convenant_id: str) -> Response:
    """Write the next text: type it, or choose a document that was added."""
    view = _ours(convenant_id)
    form = TextForm()
    texts = [(row.id, name) for row, name in view.documents if row.kind == "text" and row.state != "rejected"]
    form.document_id.choices = [("", said("nee, ik typ de tekst")), *texts]
    if form.validate_on_submit():
        draft = Draft(
            text=form.text.data or "", document_id=form.document_id.data or None, change=form.change.data or ""
        )
        try:
            making.write(services(), context(), convenant_id, draft)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De tekst is bewaard. Lees hem na en bied hem dan aan."), "success")
            return see_other(f"/convenanten/{convenant_id}")
    elif not form.is_submitted():
        _fill(form, view)
    return page("convenant/write.html", 400 if form.errors else 200, view=view, form=form)


def _fill(form: TextForm, view: View) -> None:
    """What stands there: the draft, or for a change the text that counts."""
    chosen = request.args.get("stuk", "")
    now = next((line for line in view.versions if line.row.number == view.current), None)
    start = view.draft or now
    if start is not None:
        form.text.data, form.document_id.data = start.text, start.row.document_id or ""
        form.change.data = view.draft.change if view.draft is not None else ""
    if chosen in {row.id for row, _ in view.documents}:
        form.text.data, form.document_id.data = "", chosen


@blueprint.post("/convenanten/<convenant_id>/aanbieden")
@allow(*reach.MAKERS, fresh=True)
def offer(convenant_id: str) -> Response:
    """Freeze the text and offer it to be signed."""
    _ours(convenant_id)
    try:
        making.offer(services(), context(), convenant_id)
    except ConflictError as problem:
        flash(told(problem.message), "error")
    else:
        flash(said("De tekst staat vast en is aangeboden. Alle partijen hebben bericht."), "success")
    return see_other(f"/convenanten/{convenant_id}")


@blueprint.post("/convenanten/<convenant_id>/versies/<version_id>/intrekken")
@allow(*reach.MAKERS, fresh=True)
def withdraw(convenant_id: str, version_id: str) -> Response:
    """Take an offered text back."""
    _ours(convenant_id)
    try:
        making.withdraw(services(), context(), convenant_id, version_id)
    except ConflictError as problem:
        flash(told(problem.message), "error")
    else:
        flash(said("De tekst is ingetrokken. Wat al gold, blijft gelden."), "success")
    return see_other(f"/convenanten/{convenant_id}")


@blueprint.route("/convenanten/<convenant_id>/versies/<version_id>/ondertekenen", methods=["GET", "POST"])
@allow(Role.CONTACT_PERSON, fresh=True)
def sign(convenant_id: str, version_id: str) -> Response:
    """Read the text and sign it, with the second step of just now."""
    view, line = _version(convenant_id, version_id)
    if line.row.content_hash is None:
        raise NotFoundError
    form = SignForm()
    form.also_for.choices = views.signs_for(services(), context(), convenant_id)
    if form.validate_on_submit():
        asked = Signing(
            version_id=version_id,
            seen=form.seen.data or "",
            authority=form.authority.data,
            ground=form.ground.data or "",
            also_for=tuple(form.also_for.data or ()),
        )
        try:
            signing.sign(services(), context(), convenant_id, asked, factor=factor())
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("U hebt ondertekend. De andere partijen hebben bericht."), "success")
            return see_other(f"/convenanten/{convenant_id}")
    form.seen.data = line.row.content_hash.hex()
    return page("convenant/sign.html", 400 if form.errors or form.form_errors else 200, view=view, line=line, form=form)


@blueprint.route("/convenanten/<convenant_id>/versies/<version_id>/op-papier", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def on_paper(convenant_id: str, version_id: str) -> Response:
    """Record a signature on paper with its scan; a second person confirms."""
    view, line = _version(convenant_id, version_id)
    form = PaperForm()
    missing = [party for party in line.missing if view.seat.own or party.id == view.seat.party.id]
    form.party_id.choices = [("", CHOOSE), *((party.id, view.names[party.id]) for party in missing)]
    scans = views.scans(services(), context(), convenant_id)
    form.document_id.choices = [("", CHOOSE), *scans]
    if form.validate_on_submit():
        values = OnPaper(
            version_id=version_id,
            party_id=form.party_id.data,
            name=form.name.data or "",
            function=form.function.data or "",
            authority=form.authority.data,
            ground=form.ground.data or "",
            signed_on=form.signed_on.data,
            document_id=form.document_id.data,
        )
        try:
            signing.record_paper(services(), context(), convenant_id, values)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De handtekening is vastgelegd. Een tweede persoon moet haar bevestigen."), "success")
            return see_other(f"/convenanten/{convenant_id}")
    elif not form.is_submitted() and len(scans) == 1:
        form.document_id.data = scans[0][0]
    return page("convenant/on_paper.html", 400 if form.errors else 200, view=view, line=line, form=form, scans=scans)


@blueprint.post("/convenanten/handtekeningen/<signature_id>/<any('bevestigen','afwijzen'):what>")
@allow(*reach.MAKERS, fresh=True)
def decide_paper(signature_id: str, what: str) -> Response:
    """The second person confirms or rejects a signature on paper."""
    confirm = what == "bevestigen"
    convenant_id = signing.decide_paper(services(), context(), signature_id, confirm=confirm)
    flash(said("De handtekening telt.") if confirm else said("De handtekening is afgewezen."), "success")
    return see_other(f"/convenanten/{convenant_id}")


def _ours(convenant_id: str) -> View:
    """The convenant, for what only our own side does."""
    view = views.show(services(), context(), convenant_id)
    if not view.seat.own:
        raise NotFoundError
    return view


def _version(convenant_id: str, version_id: str) -> tuple[View, VersionLine]:
    view = views.show(services(), context(), convenant_id)
    line = next((line for line in view.versions if line.row.id == version_id), None)
    if line is None:
        raise NotFoundError
    return view, line
