"""The pages of verstrekkingen: choose, see what the rules say, confirm; and the recipient's side."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, flash, render_template, request

from gateway.context import Role
from gateway.disclosure import approving, consenting, fetching, paper, queries, standing, usecases
from gateway.disclosure.consent_words import valid_consents
from gateway.disclosure.forms import CHOSEN_FIRST, ChoiceForm, RejectForm, VerstrekkingForm
from gateway.disclosure.judging import OPEN_DAYS, Request
from gateway.disclosure.package import package
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import ConfirmForm
from gateway.dossiers.held import held
from gateway.errors import ConflictError, InvalidInputError
from gateway.ids import is_id, new_id
from gateway.text import word
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from werkzeug.wrappers import Response

    from gateway.dossiers.pages import DossierView

blueprint = Blueprint("disclosure", __name__)

SENDERS = (Role.SWV_STAFF, Role.CONTACT_PERSON)
RECIPIENTS = (Role.CONTACT_PERSON, Role.EXPERT)
RECIPIENT_SIDE = {"disclosure.received", "disclosure.show_received", "disclosure.confirm", "disclosure.fetch"}


@blueprint.before_request
def _accept_first() -> Response | None:
    """The sender's side is dossier work: confidentiality first (PR10.3). A recipient is bound by its own reglement."""
    return None if request.endpoint in RECIPIENT_SIDE else accept_first()


@blueprint.get("/verstrekkingen")
@allow(*SENDERS)
def sent() -> Response:
    """What went out of the dossiers that I work on."""
    return page("disclosure/list.html", found=queries.list_sent(services(), context(), _page_number()), received=False)


@blueprint.get("/ontvangen")
@allow(*RECIPIENTS)
def received() -> Response:
    """What was disclosed to my organisation, or to me by name."""
    return page(
        "disclosure/list.html", found=queries.list_received(services(), context(), _page_number()), received=True
    )


@blueprint.get("/dossiers/<dossier_id>/verstrekkingen")
@allow(Role.SCHOOL_STAFF, *SENDERS)
def of_dossier(dossier_id: str) -> Response:
    """The verstrekkingen of a dossier."""
    view = pages.consult(services(), context(), dossier_id, about="verstrekkingen")
    lines = queries.of_dossier(services(), context(), dossier_id)
    return page("disclosure/of_dossier.html", view=view, lines=lines, tab="disclosures")


@blueprint.route("/dossiers/<dossier_id>/verstrekken", methods=["GET", "POST"])
@allow(*SENDERS, fresh=True)
def new(dossier_id: str) -> Response:
    """Choose what goes out, say what the choice needs, and see what the reglement says before anything does."""
    view = pages.dossier(services(), context(), dossier_id, sending=True)
    if not request.form:
        return page("disclosure/new.html", view=view, form=_fill(ChoiceForm(), view))
    if request.form.get("stage") == "choose":
        chosen = _fill(ChoiceForm(), view)
        if not chosen.validate():
            return page("disclosure/new.html", 400, view=view, form=chosen)
        return _details(view, _form(view, first_time=True))
    form = _form(view)
    if request.form.get("back") == "choose":
        return page("disclosure/new.html", view=view, form=form)
    if not form.validate():
        return _problem(view, form)
    return _confirm(view, form)


def _confirm(view: DossierView, form: VerstrekkingForm) -> Response:
    """Judge; then show what the sender confirms, or do what was confirmed."""
    wanted = _request(view.dossier.id, form)
    try:
        judged = usecases.prepare(services(), context(), wanted)
    except (InvalidInputError, ConflictError) as problem:
        show_problem(form, problem)
        return _problem(view, form, problem.status)
    if request.form.get("confirmed") == "1":
        verstrekking_id = usecases.disclose(services(), context(), wanted)
        if judged.second_person:
            flash(said("Gevraagd. Er gaat niets weg voordat een tweede persoon het goedkeurt."), "success")
        else:
            flash(said("De stukken staan klaar voor %(name)s.", name=judged.recipient.name), "success")
        return see_other(f"/verstrekkingen/{verstrekking_id}")
    if request.form.get("back") == "1":
        return _details(view, form)
    named = dict(form.expert_id.choices).get(wanted.expert_id or "-", "")
    return page("disclosure/confirm.html", view=view, form=form, judged=judged, expert_name=named, once=new_id())


def _details(view: DossierView, form: VerstrekkingForm, status: int = 200) -> Response:
    """The second step: only what the chosen basis and recipient need."""
    chosen = {line.document.id: line.file_name for line in view.documents}
    recipients = {row.id: row.name for row in queries.recipients(services(), context())}
    recipient = recipients.get(form.recipient_id.data or "", "")
    leaves = standing.how_it_leaves(services(), context(), _request(view.dossier.id, form))
    return page(
        "disclosure/details.html",
        status,
        view=view,
        form=form,
        chosen=[chosen[each] for each in form.document_ids.data or () if each in chosen],
        recipient_name=recipient,
        had=[each for each in held(services(), context(), view.dossier.id) if each.party == recipient],
        leaves=leaves,
    )


def _problem(view: DossierView, form: VerstrekkingForm, status: int = 400) -> Response:
    """Back to the step where it can be mended."""
    if any(getattr(form, name).errors for name in CHOSEN_FIRST):
        return page("disclosure/new.html", status, view=view, form=form)
    return _details(view, form, status)


@blueprint.get("/verstrekkingen/<verstrekking_id>")
@allow(*SENDERS)
def show(verstrekking_id: str) -> Response:
    """One verstrekking, for its sender."""
    return _show_sent(verstrekking_id, RejectForm())


def _show_sent(verstrekking_id: str, form: RejectForm, status: int = 200) -> Response:
    view = queries.show_sent(services(), context(), verstrekking_id)
    own = view.row.made_by == context().person.account_id
    return page("disclosure/show.html", status, view=view, side="sender", form=form, own=own)


@blueprint.post("/verstrekkingen/<verstrekking_id>/<any('goedkeuren','afwijzen'):what>")
@allow(*SENDERS, fresh=True)
def decide(verstrekking_id: str, what: str) -> Response:
    """The second person approves, or says no with a reason."""
    form = RejectForm()
    try:
        if what == "goedkeuren":
            approving.approve(services(), context(), verstrekking_id)
        else:
            approving.reject(services(), context(), verstrekking_id, form.reason.data or "")
    except (InvalidInputError, ConflictError) as problem:
        show_problem(form, problem)
        return _show_sent(verstrekking_id, form, problem.status)
    flash(
        said("De verstrekking is goedgekeurd.") if what == "goedkeuren" else said("De verstrekking is afgewezen."),
        "success",
    )
    return see_other(f"/verstrekkingen/{verstrekking_id}")


@blueprint.route("/verstrekkingen/<verstrekking_id>/sluiten", methods=["GET", "POST"])
@allow(*SENDERS)
def close(verstrekking_id: str) -> Response:
    """Close it, after seeing what was downloaded already: nothing can be fetched any more."""
    form = ConfirmForm()
    if form.validate_on_submit():
        usecases.close(services(), context(), verstrekking_id)
        flash(said("De verstrekking is gesloten. De ontvanger kan niets meer openen."), "success")
        return see_other(f"/verstrekkingen/{verstrekking_id}")
    view = queries.show_sent(services(), context(), verstrekking_id)
    return page("disclosure/close.html", view=view, form=form)


@blueprint.post("/verstrekkingen/<verstrekking_id>/pakket")
@allow(*SENDERS, fresh=True)
def packaged(verstrekking_id: str) -> Response:
    """Download the verstrekking as one OpenPGP package, for a recipient without an account."""
    made = _package(verstrekking_id)
    size = int.from_bytes(next(made))
    return attachment(made, file_name="verstrekking.gpg", media_type="application/pgp-encrypted", size=size)


@blueprint.post("/verstrekkingen/<verstrekking_id>/afdrukken")
@allow(*SENDERS, fresh=True)
def printed(verstrekking_id: str) -> Response:
    """The verstrekking on paper: a cover sheet and the pages of every document, as one PDF."""
    view = queries.cover(services(), context(), verstrekking_id)

    def cover(documents: Sequence[paper.PrintedDocument], count: int) -> str:
        return render_template("disclosure/cover.html", view=view, documents=documents, count=count)

    made = paper.printed(services(), context(), verstrekking_id, cover)
    return attachment(
        iter((made.content,)), file_name="verstrekking.pdf", media_type="application/pdf", size=len(made.content)
    )


@blueprint.get("/ontvangen/<verstrekking_id>")
@allow(*RECIPIENTS)
def show_received(verstrekking_id: str) -> Response:
    """One verstrekking, for its recipient."""
    view = queries.show_received(services(), context(), verstrekking_id)
    return page("disclosure/show.html", view=view, side="recipient", form=ConfirmForm())


@blueprint.post("/ontvangen/<verstrekking_id>/bevestigen")
@allow(*RECIPIENTS, fresh=True)
def confirm(verstrekking_id: str) -> Response:
    """Confirm receipt."""
    usecases.confirm(services(), context(), verstrekking_id)
    flash(said("De ontvangst is bevestigd. De afzender krijgt bericht."), "success")
    return see_other(f"/ontvangen/{verstrekking_id}")


@blueprint.post("/ontvangen/<verstrekking_id>/<version_id>/downloaden")
@allow(*RECIPIENTS, fresh=True)
def fetch(verstrekking_id: str, version_id: str) -> Response:
    """Download one document of it."""
    found = fetching.fetch(services(), context(), verstrekking_id, version_id)
    return attachment(found.chunks, file_name=found.file_name, media_type=found.kind.media_type, size=found.size)


def _page_number() -> int:
    return request.args.get("pagina", 1, type=int)


def _package(verstrekking_id: str) -> Iterator[bytes]:
    """First the size of the package, then its bytes; it is removed when the answer ends, also when it is cut off."""
    with package(services(), context(), verstrekking_id) as path, path.open("rb") as sealed:
        yield path.stat().st_size.to_bytes(8)
        yield from iter(lambda: sealed.read(1 << 20), b"")


def _fill(form: ChoiceForm, view: DossierView) -> ChoiceForm:
    """The choices of the first step."""
    form.document_ids.choices = [
        (line.document.id, line.file_name) for line in view.documents if line.readable and line.described
    ]
    found = queries.recipients(services(), context())
    form.recipient_id.choices = [
        ("", said("Kies …")),
        *((row.id, f"{row.name} ({word(row.kind, 'organisation')})") for row in found),
    ]
    return form


def _form(view: DossierView, *, first_time: bool = False) -> VerstrekkingForm:
    """The whole form with its choices; the first time with what the portal knows already."""
    form = VerstrekkingForm()
    _fill(form, view)
    given = consenting.of_dossier(services(), context(), view.dossier.id)
    form.consent_id.choices = [
        ("", said("Kies …")),
        *valid_consents(given.consents),
    ]
    form.law.choices = [("", said("Kies …")), *queries.laws(services(), context())]
    leaves = standing.how_it_leaves(services(), context(), _request(view.dossier.id, form))
    none = said("geen: voor de organisatie")
    experts = leaves.experts if leaves is not None else ()
    form.expert_id.choices = [("", said("Kies …") if leaves is not None and leaves.asks_expert else none), *experts]
    known = queries.contact_persons(services(), context(), form.recipient_id.data or "")
    if known:
        form.recipient_person.description = said("Contactpersoon met een account: %(names)s.", names=", ".join(known))
    if first_time:
        form.recipient_person.data = form.recipient_person.data or (known[0] if len(known) == 1 else "")
        form.open_until.data = form.open_until.data or context().today + timedelta(days=OPEN_DAYS)
    return form


def _request(dossier_id: str, form: VerstrekkingForm) -> Request:
    basis, once = form.basis.data, request.form.get("once", "")
    return Request(
        dossier_id=dossier_id,
        document_ids=tuple(form.document_ids.data or ()),
        recipient_id=form.recipient_id.data or "",
        purpose=form.purpose.data or "",
        basis=basis or "",
        law=(form.law.data or None) if basis == "law" else None,
        consent_id=(form.consent_id.data or None) if basis == "consent" else None,
        statement=form.statement.data or "",
        recipient_person=form.recipient_person.data or "",
        evidence=(form.evidence.data or "") if basis != "consent" else "",
        identifiable=form.identifiable.data == "1",
        why_identifiable=form.why_identifiable.data or "",
        expert_id=form.expert_id.data or None,
        open_until=form.open_until.data,
        once=once if is_id(once) else "",
    )
