"""The pages of consent: staff record, ask and withdraw on paper request; parents and pupils give, refuse, withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.consent.requests import NewRequest
from gateway.consent.usecases import NewConsent
from gateway.context import Role
from gateway.disclosure import consenting, evidence
from gateway.disclosure.forms import AskForm, ConsentForm, WithdrawConsentForm
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.forms import ConfirmForm
from gateway.errors import InvalidInputError
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("consent", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)
FAMILY = (Role.GUARDIAN, Role.PUPIL)


@blueprint.get("/dossiers/<dossier_id>/toestemmingen")
@allow(Role.SCHOOL_STAFF, *STAFF)
def of_dossier(dossier_id: str) -> Response:
    """The consents of a dossier, what was asked, and what was answered."""
    view = pages.consult(services(), context(), dossier_id, about="consents")
    found = consenting.of_dossier(services(), context(), dossier_id)
    seen = {line.document.id: line.file_name for line in view.documents}
    return page("disclosure/consents.html", view=view, found=found, seen=seen, tab="consents", today=context().today)


@blueprint.route("/dossiers/<dossier_id>/toestemming", methods=["GET", "POST"])
@allow(*STAFF)
def record(dossier_id: str) -> Response:
    """Record a consent (GR1)."""
    view = pages.dossier(services(), context(), dossier_id)
    form = ConsentForm()
    forms = consenting.evidence_forms(services(), context(), dossier_id)
    form.evidence_document_id.choices = [("", said("geen")), *forms]
    known = consenting.givers(services(), context(), dossier_id)
    form.guardian.choices = [("", said("de leerling, of iemand die niet in het dossier staat")), *known]
    if not form.is_submitted():
        form.evidence_document_id.data = request.args.get("bewijs", "")
    if form.validate_on_submit():
        try:
            consenting.record_consent(services(), context(), dossier_id, _consent(form))
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("disclosure/consent.html", problem.status, view=view, form=form)
        flash(said("De toestemming is vastgelegd."), "success")
        return see_other(f"/dossiers/{dossier_id}/toestemmingen")
    return page("disclosure/consent.html", 400 if form.errors else 200, view=view, form=form)


@blueprint.route("/dossiers/<dossier_id>/toestemming-vragen", methods=["GET", "POST"])
@allow(*STAFF)
def ask(dossier_id: str) -> Response:
    """Ask the parents, or the pupil of sixteen, in the portal."""
    view = pages.dossier(services(), context(), dossier_id)
    form = AskForm()
    if form.validate_on_submit():
        new = NewRequest(
            purposes=tuple(form.purposes.data),
            recipients=tuple(form.recipients.data),
            categories=tuple(form.categories.data),
            valid_until=form.valid_until.data,
            explanation=form.explanation.data,
        )
        try:
            asked = consenting.ask(services(), context(), dossier_id, new)
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("disclosure/ask.html", problem.status, view=view, form=form)
        if asked:
            flash(said("De vraag staat klaar. Wie mag beslissen krijgt bericht."), "success")
        else:
            flash(
                said("De vraag staat klaar, maar nog niemand kan haar zien. Vraag de school om iemand uit te nodigen."),
                "warning",
            )
        return see_other(f"/dossiers/{dossier_id}/toestemmingen")
    return page("disclosure/ask.html", 400 if form.errors else 200, view=view, form=form)


@blueprint.post("/dossiers/<dossier_id>/toestemming-vragen/<request_id>/sluiten")
@allow(*STAFF)
def close(dossier_id: str, request_id: str) -> Response:
    """No answer is needed any more."""
    consenting.close(services(), context(), dossier_id, request_id)
    flash(said("De vraag is gesloten."), "success")
    return see_other(f"/dossiers/{dossier_id}/toestemmingen")


@blueprint.route("/dossiers/<dossier_id>/toestemming/<consent_id>/intrekken", methods=["GET", "POST"])
@allow(*STAFF)
def withdraw(dossier_id: str, consent_id: str) -> Response:
    """What stops, and the withdrawal on request of its giver."""
    view = pages.dossier(services(), context(), dossier_id)
    line = consenting.one_of_dossier(services(), context(), dossier_id, consent_id)
    form = WithdrawConsentForm()
    if form.validate_on_submit():
        consenting.withdraw_on_request(services(), context(), dossier_id, consent_id, form.reason.data or "")
        flash(
            said(
                "De toestemming is ingetrokken. Niemand kan nog ophalen wat op grond van deze toestemming klaarstond."
            ),
            "success",
        )
        return see_other(f"/dossiers/{dossier_id}/toestemmingen")
    return page("disclosure/withdraw_consent.html", 400 if form.errors else 200, view=view, form=form, line=line)


@blueprint.get("/toestemmingen")
@allow(*FAMILY)
def mine() -> Response:
    """What I am asked, and what I gave."""
    found = consenting.of_family(services(), context())
    return page("disclosure/family.html", found=found, form=ConfirmForm(), today=context().today)


@blueprint.post("/toestemmingen/vraag/<request_id>/<any('geven','weigeren'):what>")
@allow(*FAMILY, fresh="when-set")
def answer(request_id: str, what: str) -> Response:
    """Give the consent that is asked, or refuse it."""
    consenting.answer(services(), context(), request_id, gives=what == "geven")
    if what == "geven":
        flash(said("Dank u. Uw toestemming is vastgelegd. U kunt haar elke dag intrekken."), "success")
    else:
        flash(said("U gaf geen toestemming. Dat is vastgelegd en heeft voor u geen gevolgen."), "success")
    return see_other("/toestemmingen")


@blueprint.post("/toestemmingen/<consent_id>/intrekken")
@allow(*FAMILY)
def withdraw_own(consent_id: str) -> Response:
    """Withdraw what I gave: one click, effective at once."""
    consenting.withdraw_own(services(), context(), consent_id)
    flash(said("Uw toestemming is ingetrokken. Vanaf nu mag niemand er nog iets mee doen."), "success")
    return see_other("/toestemmingen")


@blueprint.get("/toestemmingen/<consent_id>/formulier")
@allow(*FAMILY, fresh=True)
def signed_form(consent_id: str) -> Response:
    """The signed form of a consent that I gave."""
    found = evidence.form_of(services(), context(), consent_id)
    return attachment(found.chunks, file_name=found.file_name, media_type=found.kind.media_type, size=found.size)


def _consent(form: ConsentForm) -> NewConsent:
    return NewConsent(
        given_by=form.given_by.data,
        giver_name=form.giver_name.data or "",
        guardian=form.guardian.data or "",
        has_authority=bool(form.has_authority.data),
        given_on=form.given_on.data,
        purposes=tuple(form.purposes.data),
        recipients=tuple(form.recipients.data),
        categories=tuple(form.categories.data),
        valid_until=form.valid_until.data,
        evidence=form.evidence.data or "",
        evidence_document_id=form.evidence_document_id.data or None,
    )
