"""The pages of casusoverleg: set one up, who takes part, its checklist, and what is given to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.context import Role
from gateway.convenant import casus, rules
from gateway.convenant.casus import Wanted
from gateway.convenant.casus_forms import EvidenceForm, GiveForm, MeetingForm, ParticipantForm
from gateway.convenant.forms import CHOOSE
from gateway.disclosure import consenting
from gateway.disclosure.consent_words import valid_consents
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import is_id, new_id
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.convenant.casus import MeetingView

blueprint = Blueprint("casus", __name__)
STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)


@blueprint.before_request
def _accept_first() -> Response | None:
    """It is dossier work: confidentiality first (PR10.3)."""
    return accept_first()


@blueprint.route("/dossiers/<dossier_id>/casusoverleg", methods=["GET", "POST"])
@allow(*STAFF)
def of_dossier(dossier_id: str) -> Response:
    """The casusoverleggen on a dossier, and setting up a new one."""
    meetings = casus.of_dossier(services(), context(), dossier_id)
    view = pages.dossier(services(), context(), dossier_id)
    form = MeetingForm()
    form.convenant_id.choices = casus.conventions(services(), context(), dossier_id)
    if form.validate_on_submit():
        try:
            made = casus.begin(
                services(),
                context(),
                dossier_id,
                convenant_id=form.convenant_id.data,
                held_on=form.held_on.data,
                goal=form.goal.data or "",
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            return see_other(f"/casusoverleg/{made}")
    elif not form.is_submitted():
        form.held_on.data = context().today
    return page("convenant/casus_list.html", 400 if form.errors else 200, view=view, meetings=meetings, form=form)


@blueprint.get("/casusoverleg/<meeting_id>")
@allow(*STAFF)
def show(meeting_id: str) -> Response:
    """One casusoverleg."""
    return _shown(meeting_id)


@blueprint.post("/casusoverleg/<meeting_id>/deelnemers")
@allow(*STAFF)
def participant(meeting_id: str) -> Response:
    """Someone takes part; an organisation that is no party is refused with its article."""
    form = _participants(casus.show(services(), context(), meeting_id))
    if form.validate_on_submit():
        try:
            casus.add_participant(
                services(),
                context(),
                meeting_id,
                organisation_id=form.organisation_id.data,
                name=form.name.data or "",
                function=form.function.data or "",
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De deelnemer is toegevoegd."), "success")
            return see_other(f"/casusoverleg/{meeting_id}")
    return _shown(meeting_id, participants=form)


@blueprint.post("/casusoverleg/<meeting_id>/lijst/<item>")
@allow(*STAFF)
def confirm(meeting_id: str, item: str) -> Response:
    """Confirm an item of the checklist with its evidence."""
    if item not in rules.CHECKLIST:
        raise NotFoundError
    form = EvidenceForm()
    if form.validate_on_submit():
        try:
            casus.confirm(services(), context(), meeting_id, item, form.evidence.data or "")
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("Het punt is bevestigd."), "success")
            return see_other(f"/casusoverleg/{meeting_id}")
    return _shown(meeting_id, evidence=form)


@blueprint.post("/casusoverleg/<meeting_id>/geven")
@allow(*STAFF, fresh=True)
def give(meeting_id: str) -> Response:
    """Give documents to a participant's organisation: a verstrekking, through the one door."""
    view = casus.show(services(), context(), meeting_id)
    form = _giving(view)
    if form.validate_on_submit():
        once = request.form.get("once", "")
        wanted = Wanted(
            party_id=form.party_id.data,
            document_ids=tuple(form.document_ids.data),
            consent_id=form.consent_id.data,
            recipient_person=form.recipient_person.data or "",
            statement=form.statement.data or "",
            why_identifiable=form.why_identifiable.data or "",
            once=once if is_id(once) else "",
        )
        try:
            made = casus.give(services(), context(), meeting_id, wanted)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De stukken staan klaar voor deze deelnemer."), "success")
            return see_other(f"/verstrekkingen/{made}")
    return _shown(meeting_id, giving=form)


@blueprint.post("/casusoverleg/<meeting_id>/sluiten")
@allow(*STAFF)
def close(meeting_id: str) -> Response:
    """The meeting is over; nothing changes in it any more."""
    casus.close(services(), context(), meeting_id)
    flash(said("Het overleg is afgesloten."), "success")
    return see_other(f"/casusoverleg/{meeting_id}")


def _shown(
    meeting_id: str,
    *,
    participants: ParticipantForm | None = None,
    evidence: EvidenceForm | None = None,
    giving: GiveForm | None = None,
) -> Response:
    found = casus.show(services(), context(), meeting_id)
    view = pages.dossier(services(), context(), found.row.dossier_id)
    wrong = any(form is not None and (form.errors or form.form_errors) for form in (participants, evidence, giving))
    return page(
        "convenant/casus.html",
        400 if wrong else 200,
        view=view,
        found=found,
        checklist=rules.CHECKLIST,
        participants=participants or _participants(found),
        evidence=evidence or EvidenceForm(formdata=None),
        giving=giving or _giving(found, empty=True),
        once=new_id(),
    )


def _participants(found: MeetingView) -> ParticipantForm:
    form = ParticipantForm() if request.endpoint == "casus.participant" else ParticipantForm(formdata=None)
    form.organisation_id.choices = [("", CHOOSE), *((place, name) for _, place, name in found.parties)]
    return form


def _giving(found: MeetingView, *, empty: bool = False) -> GiveForm:
    form = GiveForm(formdata=None) if empty else GiveForm()
    view = pages.dossier(services(), context(), found.row.dossier_id)
    own = context().person.organisation_id
    names = {party: name for party, place, name in found.parties if place != own}
    attending = dict.fromkeys(party for party, *_ in found.participants if party in names)
    form.party_id.choices = [("", CHOOSE), *((party, names[party]) for party in attending)]
    form.document_ids.choices = [
        (line.document.id, line.file_name) for line in view.documents if line.readable and line.described
    ]
    given = consenting.of_dossier(services(), context(), found.row.dossier_id)
    form.consent_id.choices = [
        ("", CHOOSE),
        *valid_consents(given.consents),
    ]
    return form
