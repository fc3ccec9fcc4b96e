"""The pages of verstrekkingen: choose, see what the rules say, confirm; and the recipient's side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.consent.usecases import NewConsent
from gateway.context import Role
from gateway.disclosure import fetching, queries, usecases
from gateway.disclosure.forms import ConsentForm, VerstrekkingForm
from gateway.disclosure.judging import Request
from gateway.disclosure.package import package
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import ConfirmForm
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import word
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

    from gateway.dossiers.pages import DossierView

blueprint = Blueprint("disclosure", __name__)

SENDERS = (Role.SWV_STAFF, Role.CONTACT_PERSON)
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
@allow(Role.CONTACT_PERSON)
def received() -> Response:
    """What was disclosed to my organisation."""
    return page(
        "disclosure/list.html", found=queries.list_received(services(), context(), _page_number()), received=True
    )


@blueprint.get("/dossiers/<dossier_id>/verstrekkingen")
@allow(Role.SCHOOL_STAFF, *SENDERS)
def of_dossier(dossier_id: str) -> Response:
    """The verstrekkingen and consents of a dossier."""
    view = pages.dossier(services(), context(), dossier_id)
    consents = (
        [] if context().person.role is Role.SCHOOL_STAFF else queries.consents_of(services(), context(), dossier_id)
    )
    lines = queries.of_dossier(services(), context(), dossier_id)
    return page("disclosure/of_dossier.html", view=view, lines=lines, consents=consents, tab="disclosures")


@blueprint.route("/dossiers/<dossier_id>/verstrekken", methods=["GET", "POST"])
@allow(*SENDERS)
def new(dossier_id: str) -> Response:
    """Choose what goes out, and see what the reglement says before it does."""
    view = pages.dossier(services(), context(), dossier_id)
    form = _form(view)
    if form.validate_on_submit():
        wanted = _request(dossier_id, form)
        try:
            judged = usecases.prepare(services(), context(), wanted)
        except (InvalidInputError, ConflictError) as problem:
            _show(form, problem)
            return page("disclosure/new.html", problem.status, view=view, form=form)
        if request.form.get("confirmed") == "1":
            verstrekking_id = usecases.disclose(services(), context(), wanted)
            flash(said("De stukken staan klaar voor %(name)s.", name=judged.recipient.name), "success")
            return see_other(f"/verstrekkingen/{verstrekking_id}")
        if request.form.get("back") != "1":
            return page("disclosure/confirm.html", view=view, form=form, judged=judged)
    return page("disclosure/new.html", 400 if form.errors else 200, view=view, form=form)


@blueprint.get("/verstrekkingen/<verstrekking_id>")
@allow(*SENDERS)
def show(verstrekking_id: str) -> Response:
    """One verstrekking, for its sender."""
    return page(
        "disclosure/show.html",
        view=queries.show_sent(services(), context(), verstrekking_id),
        side="sender",
        form=ConfirmForm(),
    )


@blueprint.post("/verstrekkingen/<verstrekking_id>/sluiten")
@allow(*SENDERS)
def close(verstrekking_id: str) -> Response:
    """Close it: nothing can be fetched any more."""
    usecases.close(services(), context(), verstrekking_id)
    flash(said("De verstrekking is gesloten. De ontvanger kan niets meer openen."), "success")
    return see_other(f"/verstrekkingen/{verstrekking_id}")


@blueprint.post("/verstrekkingen/<verstrekking_id>/pakket")
@allow(*SENDERS)
def packaged(verstrekking_id: str) -> Response:
    """Download the verstrekking as one OpenPGP package, for a recipient without an account."""
    made = _package(verstrekking_id)
    size = int.from_bytes(next(made))
    return attachment(made, file_name="verstrekking.gpg", media_type="application/pgp-encrypted", size=size)


@blueprint.get("/ontvangen/<verstrekking_id>")
@allow(Role.CONTACT_PERSON)
def show_received(verstrekking_id: str) -> Response:
    """One verstrekking, for its recipient."""
    view = queries.show_received(services(), context(), verstrekking_id)
    return page("disclosure/show.html", view=view, side="recipient", form=ConfirmForm())


@blueprint.post("/ontvangen/<verstrekking_id>/bevestigen")
@allow(Role.CONTACT_PERSON)
def confirm(verstrekking_id: str) -> Response:
    """Confirm receipt."""
    usecases.confirm(services(), context(), verstrekking_id)
    flash(said("De ontvangst is bevestigd. De afzender krijgt bericht."), "success")
    return see_other(f"/ontvangen/{verstrekking_id}")


@blueprint.post("/ontvangen/<verstrekking_id>/<version_id>/downloaden")
@allow(Role.CONTACT_PERSON)
def fetch(verstrekking_id: str, version_id: str) -> Response:
    """Download one document of it."""
    found = fetching.fetch(services(), context(), verstrekking_id, version_id)
    return attachment(found.chunks, file_name=found.file_name, media_type=found.kind.media_type, size=found.size)


@blueprint.route("/dossiers/<dossier_id>/toestemming", methods=["GET", "POST"])
@allow(*SENDERS)
def add_consent(dossier_id: str) -> Response:
    """Record a consent (GR1)."""
    view = pages.dossier(services(), context(), dossier_id)
    form = ConsentForm()
    if form.validate_on_submit():
        try:
            usecases.add_consent(services(), context(), dossier_id, _consent(form))
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("disclosure/consent.html", problem.status, view=view, form=form)
        flash(said("De toestemming is vastgelegd."), "success")
        return see_other(f"/dossiers/{dossier_id}/verstrekkingen")
    return page("disclosure/consent.html", 400 if form.errors else 200, view=view, form=form)


@blueprint.post("/dossiers/<dossier_id>/toestemming/<consent_id>/intrekken")
@allow(*SENDERS)
def withdraw_consent(dossier_id: str, consent_id: str) -> Response:
    """Withdraw a consent, effective at once."""
    usecases.withdraw_consent(services(), context(), dossier_id, consent_id)
    flash(
        said("De toestemming is ingetrokken. Niemand kan nog ophalen wat op grond van deze toestemming klaarstond."),
        "success",
    )
    return see_other(f"/dossiers/{dossier_id}/verstrekkingen")


def _page_number() -> int:
    return request.args.get("pagina", 1, type=int)


def _package(verstrekking_id: str) -> Iterator[bytes]:
    """First the size of the package, then its bytes; it is removed when the answer ends, also when it is cut off."""
    with package(services(), context(), verstrekking_id) as path, path.open("rb") as sealed:
        yield path.stat().st_size.to_bytes(8)
        yield from iter(lambda: sealed.read(1 << 20), b"")


def _form(view: DossierView) -> VerstrekkingForm:
    form = VerstrekkingForm()
    form.document_ids.choices = [
        (line.document.id, line.file_name) for line in view.documents if line.readable and line.described
    ]
    found = queries.recipients(services(), context())
    form.recipient_id.choices = [
        ("", said("Kies …")),
        *((row.id, f"{row.name} ({word(row.kind, 'organisation')})") for row in found),
    ]
    consents = queries.consents_of(services(), context(), view.dossier.id)
    form.consent_id.choices = [
        ("", said("geen")),
        *(
            (line.consent.id, f"{line.name}, {line.consent.given_on:%d-%m-%Y}")
            for line in consents
            if not line.consent.withdrawn_on
        ),
    ]
    return form


def _request(dossier_id: str, form: VerstrekkingForm) -> Request:
    basis = form.basis.data
    return Request(
        dossier_id=dossier_id,
        document_ids=tuple(form.document_ids.data),
        recipient_id=form.recipient_id.data,
        purpose=form.purpose.data,
        basis=basis,
        law=(form.law.data or None) if basis == "law" else None,
        consent_id=(form.consent_id.data or None) if basis == "consent" else None,
        statement=form.statement.data,
    )


def _consent(form: ConsentForm) -> NewConsent:
    return NewConsent(
        given_by=form.given_by.data,
        giver_name=form.giver_name.data,
        has_authority=bool(form.has_authority.data),
        given_on=form.given_on.data,
        purposes=tuple(form.purposes.data),
        recipients=tuple(form.recipients.data),
        evidence=form.evidence.data,
    )


def _show(form: VerstrekkingForm, problem: InvalidInputError | ConflictError) -> None:
    show_problem(form, problem if isinstance(problem, InvalidInputError) else InvalidInputError(problem.message))
