"""The pages of a dossier: list, dossier, pupil, documents, reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, request

from audit.errors import EventError
from gateway.access import usecases as access
from gateway.access.usecases import CONFIDENTIALITY_TEXT
from gateway.context import Role
from gateway.dossiers import family, linking, moving, pages, queries, reading, seen, usecases
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import ConfirmForm, DescriptionForm, FamilyForm, PupilForm, WithdrawForm, guardian_choices
from gateway.dossiers.rules import MAY_SPEAK_OF_HEALTH, with_health
from gateway.dossiers.tables import UNDECIDED
from gateway.dossiers.usecases import Description
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import told
from gateway.web import allow, attachment, context, page, said, see_other, seen_version, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response as BaseResponse

T = TypeVar("T")
blueprint = Blueprint("dossiers", __name__)

SCHOOL = (Role.SCHOOL_STAFF,)
READERS = (Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON)


@blueprint.before_request
def _accept_first() -> BaseResponse | None:
    """Before any dossier the SWV's people accept confidentiality (PR10.3)."""
    return None if request.endpoint == "dossiers.confidentiality" else accept_first()


@blueprint.get("/dossiers")
@allow(*READERS)
def overview() -> BaseResponse:
    """Mijn leerlingen for a school, werkvoorraad for the SWV."""
    found = pages.search(
        services(),
        context(),
        pages.open_query(services(), context(), request.args.get("zoek", "")),
        request.args.get("staat", ""),
        request.args.get("pagina", 1, type=int),
    )
    coming = moving.coming(services(), context())
    return page("dossiers/list.html", found=found, is_school=_is_school(), coming=coming)


@blueprint.post("/dossiers")
@allow(*READERS)
def search() -> BaseResponse:
    """Search for a name or BSN: what was typed goes on sealed, so that no address shows it."""
    sealed = pages.seal_query(services(), context(), request.form.get("zoek", ""))
    chosen = {"zoek": sealed, "staat": request.form.get("staat", "")}
    return see_other(f"/dossiers?{urlencode(chosen)}")


@blueprint.route("/geheimhouding", methods=["GET", "POST"])
@allow(Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT, fresh=True)
def confidentiality() -> BaseResponse:
    """Accept confidentiality (PR10.3) before the first dossier."""
    form = ConfirmForm()
    if form.validate_on_submit():
        access.accept_confidentiality(services(), context())
        flash(said("Dank u. Uw geheimhouding is vastgelegd."), "success")
        return see_other("/")
    return page("dossiers/confidentiality.html", form=form, sentences=CONFIDENTIALITY_TEXT)


@blueprint.route("/dossiers/nieuw", methods=["GET", "POST"])
@allow(*SCHOOL)
def new() -> BaseResponse:
    """Start a dossier."""
    form = PupilForm()
    if form.validate_on_submit():
        try:
            dossier_id = usecases.open_dossier(services(), context(), form.pupil())
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("dossiers/pupil.html", problem.status, form=form, dossier=None)
        flash(said("Het dossier is gemaakt als concept. Voeg nu de stukken toe."), "success")
        return see_other(f"/dossiers/{dossier_id}/toevoegen")
    return page("dossiers/pupil.html", 400 if form.errors else 200, form=form, dossier=None)


@blueprint.get("/dossiers/<dossier_id>")
@allow(*READERS)
def show(dossier_id: str) -> BaseResponse:
    """The dossier: head, and what happened; logged as a consultation."""
    view = pages.consult(services(), context(), dossier_id)
    timeline = _of_log(lambda before: pages.timeline(services(), context(), view, before))
    ahead = None if view.by_glass else moving.planned(services(), context(), dossier_id)
    return page("dossiers/show.html", view=view, timeline=timeline, tab="overview", form=ConfirmForm(), ahead=ahead,
                parents_ask_here="school" in seen.asking_ways(services(), context()))  # fmt: skip


@blueprint.get("/dossiers/<dossier_id>/stukken")
@allow(*READERS)
def documents(dossier_id: str) -> BaseResponse:
    """The documents of the dossier."""
    view = pages.consult(services(), context(), dossier_id, about="documents")
    return page("dossiers/documents.html", view=view, tab="documents", form=ConfirmForm())


@blueprint.route("/dossiers/<dossier_id>/wijzigen", methods=["GET", "POST"])
@allow(*SCHOOL)
def change(dossier_id: str) -> BaseResponse:
    """Change the pupil's data."""
    form = PupilForm()
    view = (pages.dossier if form.is_submitted() else pages.consult)(services(), context(), dossier_id)
    if not form.is_submitted():
        form.show(view.pupil)
        form.version.data = str(view.dossier.version)
    if form.validate_on_submit():
        try:
            seen_at = seen_version(form.version.data)
            usecases.change_pupil(services(), context(), dossier_id, form.pupil(), seen_version=seen_at)
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("dossiers/pupil.html", problem.status, form=form, dossier=view.dossier)
        except ConflictError as problem:
            form.form_errors = [told(problem.message)]
            form.version.data = str(view.dossier.version)
            return page("dossiers/pupil.html", problem.status, form=form, dossier=view.dossier, now=view.pupil)
        flash(said("De gegevens van de leerling zijn gewijzigd."), "success")
        return see_other(f"/dossiers/{dossier_id}")
    return page("dossiers/pupil.html", 400 if form.errors else 200, form=form, dossier=view.dossier)


@blueprint.route("/dossiers/<dossier_id>/beschrijven", methods=["GET"])
@allow(*SCHOOL)
def describe_next(dossier_id: str) -> BaseResponse:
    """Go to the first document that still lacks its description, or back to the documents."""
    view = pages.dossier(services(), context(), dossier_id)
    for line in view.documents:
        if not line.described and line.document.withdrawn_at is None and line.version.state in {"in_check", "ready"}:
            return see_other(f"/dossiers/{dossier_id}/stukken/{line.document.id}/beschrijven")
    return see_other(f"/dossiers/{dossier_id}/stukken")


@blueprint.route("/dossiers/<dossier_id>/stukken/<document_id>/beschrijven", methods=["GET", "POST"])
@allow(*SCHOOL)
def describe(dossier_id: str, document_id: str) -> BaseResponse:
    """Say what a document is."""
    view = pages.dossier(services(), context(), dossier_id)
    line = pages.line_of(view, document_id)
    form = DescriptionForm()
    if not form.is_submitted():
        _show_description(form, line)
    if form.validate_on_submit() and _health_answered(form):
        try:
            usecases.describe(services(), context(), dossier_id, document_id, _description(form))
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("dossiers/describe.html", problem.status, form=form, view=view, line=line)
        flash(said("De beschrijving is opgeslagen."), "success")
        return see_other(f"/dossiers/{dossier_id}/beschrijven")
    return page("dossiers/describe.html", 400 if form.errors else 200, form=form, view=view, line=line)


def _show_description(form: DescriptionForm, line: queries.DocumentLine) -> None:
    if line.described:
        form.kind.data, form.origin.data, form.purpose.data = (
            line.version.kind,
            line.version.origin,
            line.version.purpose,
        )
        form.categories.data = line.version.category_list
        form.necessity.data = line.necessity
        if MAY_SPEAK_OF_HEALTH & set(line.version.category_list):
            form.health.data = "yes" if "e" in line.version.category_list else "no"
    else:
        form.origin.data = "school"


def _health_answered(form: DescriptionForm) -> bool:
    """For j–o the question about health must be answered; the answer is never guessed."""
    if MAY_SPEAK_OF_HEALTH & set(form.categories.data or ()) and form.health.data not in {"yes", "no"}:
        sentence = said("Beantwoord deze vraag: bij deze soorten gegevens moet dat duidelijk zijn.")
        form.health.errors = [sentence]
        return False
    return True


def _description(form: DescriptionForm) -> Description:
    return Description(
        kind=form.kind.data,
        categories=tuple(with_health(form.categories.data, speaks_of_health=form.health.data == "yes")),
        origin=form.origin.data,
        purpose=form.purpose.data,
        necessity=form.necessity.data or "",
    )


@blueprint.post("/dossiers/<dossier_id>/indienen")
@allow(*SCHOOL, fresh=True)
def submit(dossier_id: str) -> BaseResponse:
    """Submit: the notification to the SWV (PR3)."""
    try:
        usecases.submit(services(), context(), dossier_id)
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other(f"/dossiers/{dossier_id}/stukken")
    flash(said("Het dossier is ingediend. Het samenwerkingsverband kan het nu zien."), "success")
    return see_other(f"/dossiers/{dossier_id}")


@blueprint.route("/dossiers/<dossier_id>/weggooien", methods=["GET", "POST"])
@allow(*SCHOOL)
def erase(dossier_id: str) -> BaseResponse:
    """Throw a draft away, after its name was typed."""
    view = pages.dossier(services(), context(), dossier_id)
    form = ConfirmForm()
    error = None
    if form.validate_on_submit():
        if (form.confirm_name.data or "").strip().casefold() == view.pupil.name.casefold():
            usecases.erase_draft(services(), context(), dossier_id)
            flash(said("Het concept is weggegooid, met alle stukken erin."), "success")
            return see_other("/dossiers")
        error = said("Dit is niet de naam van de leerling.")
    return page("dossiers/erase.html", 400 if error else 200, view=view, form=form, error=error)


@blueprint.route("/dossiers/<dossier_id>/stukken/<document_id>/intrekken", methods=["GET", "POST"])
@allow(*SCHOOL)
def withdraw(dossier_id: str, document_id: str) -> BaseResponse:
    """Take back a wrong upload."""
    view = pages.dossier(services(), context(), dossier_id)
    line = pages.line_of(view, document_id)
    form = WithdrawForm()
    if form.validate_on_submit():
        usecases.withdraw(services(), context(), dossier_id, document_id, form.reason.data)
        if view.dossier.state == "draft":
            flash(said("Het stuk is verwijderd."), "success")
            return see_other(f"/dossiers/{dossier_id}/stukken")
        # Who had opened it are names: on a page, never in the cookie that carries a flash.
        return see_other(f"/dossiers/{dossier_id}/stukken/{document_id}/ingetrokken")
    return page("dossiers/withdraw.html", 400 if form.errors else 200, view=view, line=line, form=form)


@blueprint.get("/dossiers/<dossier_id>/stukken/<document_id>/ingetrokken")
@allow(*SCHOOL)
def withdrawn(dossier_id: str, document_id: str) -> BaseResponse:
    """That a document was taken back, and who outside the school had opened it."""
    view = pages.dossier(services(), context(), dossier_id)
    line = pages.line_of(view, document_id)
    readers = pages.readers(services(), context(), dossier_id, document_id)
    return page("dossiers/withdrawn.html", view=view, line=line, readers=readers)


@blueprint.route("/dossiers/<dossier_id>/ouders", methods=["GET", "POST"])
@allow(*SCHOOL, fresh=True)
def relatives(dossier_id: str) -> BaseResponse:
    """Who of the family can see what is known, and letting someone in."""
    form = _family_form(dossier_id)
    if form.is_submitted():
        view = pages.dossier(services(), context(), dossier_id)
    else:
        view = pages.consult(services(), context(), dossier_id, about="relatives")
    if form.validate_on_submit():
        new = family.NewRelative(
            name=form.name.data,
            email=form.email.data,
            capacity=form.capacity.data,
            has_authority=bool(form.has_authority.data),
            identified_by=form.identified_by.data,
            guardian_id=form.guardian.data or UNDECIDED,
        )
        try:
            family.let_in(services(), context(), dossier_id, new)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
            lines = family.relatives(services(), context(), dossier_id)
            return page("dossiers/relatives.html", problem.status, view=view, form=form, lines=lines)
        flash(said("De toegang is gegeven. Deze persoon krijgt een bericht per e-mail."), "success")
        return see_other(f"/dossiers/{dossier_id}/ouders")
    lines = family.relatives(services(), context(), dossier_id)
    return page("dossiers/relatives.html", 400 if form.errors else 200, view=view, form=form, lines=lines)


def _family_form(dossier_id: str) -> FamilyForm:
    form = FamilyForm()
    form.guardian.choices = guardian_choices(linking.choices(services(), context(), dossier_id))
    return form


@blueprint.post("/dossiers/<dossier_id>/ouders/<account_id>/beeindigen")
@allow(*SCHOOL)
def end_relative(dossier_id: str, account_id: str) -> BaseResponse:
    """End the access of a guardian or pupil at once."""
    family.end(services(), context(), dossier_id, account_id)
    flash(said("Deze persoon kan dit dossier niet meer zien."), "success")
    return see_other(f"/dossiers/{dossier_id}/ouders")


@blueprint.post("/dossiers/<dossier_id>/dubbel-afgehandeld")
@allow(Role.SWV_STAFF, Role.CONTACT_PERSON)
def settle_double(dossier_id: str) -> BaseResponse:
    """The SWV looked at a possible double dossier."""
    usecases.settle_double(services(), context(), dossier_id)
    flash(said("Genoteerd: u hebt naar het mogelijk dubbele dossier gekeken."), "success")
    return see_other(f"/dossiers/{dossier_id}")


@blueprint.get("/dossiers/<dossier_id>/stukken/<document_id>/lezen")
@allow(*READERS)
def read(dossier_id: str, document_id: str) -> BaseResponse:
    """Read a document as page images, with its text for screen readers; logged as one consultation."""
    view = pages.dossier(services(), context(), dossier_id)
    opened = reading.open_reading(services(), context(), dossier_id, document_id)
    return page("dossiers/read.html", opened=opened, view=view)


@blueprint.get("/lezing/<reading_id>/<int:number>")
@allow(*READERS)
def page_image(reading_id: str, number: int) -> BaseResponse:
    """One page image of a running reading."""
    media_type, chunks = reading.page_image(services(), context(), reading_id, number)
    return Response(b"".join(chunks), mimetype=media_type)


@blueprint.post("/dossiers/<dossier_id>/stukken/<document_id>/downloaden")
@allow(*READERS, fresh=True)
def download(dossier_id: str, document_id: str) -> BaseResponse:
    """Hand out the original; its own event."""
    found = reading.download(services(), context(), dossier_id, document_id)
    return attachment(found.chunks, file_name=found.file_name, media_type=found.kind.media_type, size=found.size)


@blueprint.get("/wat-is-bekend")
@allow(Role.GUARDIAN, Role.PUPIL)
def known() -> BaseResponse:
    """What is kept about the pupil, and who saw or received it."""
    return page("dossiers/known.html", views=pages.family(services(), context()))


@blueprint.get("/wat-is-bekend/<dossier_id>")
@allow(Role.GUARDIAN, Role.PUPIL)
def seen_by(dossier_id: str) -> BaseResponse:
    """Who saw or received what of one dossier, newest first, per day or each act apart."""
    apart = request.args.get("apart") == "1"
    view = _of_log(lambda before: seen.for_family(services(), context(), dossier_id, before=before, apart=apart))
    return page("dossiers/seen.html", view=view, apart=apart, officer=False)


def _of_log(read: Callable[[str | None], T]) -> T:
    """What a page of the log gives from the cursor in the address on."""
    try:
        return read(request.args.get("voor") or None)
    except EventError as error:
        raise InvalidInputError("Dit adres klopt niet meer. Begin opnieuw bij de nieuwste gebeurtenis.") from error


def _is_school() -> bool:
    return context().person.role is Role.SCHOOL_STAFF
