"""The pages of a convenant's life: contact persons, agreements, developments, consultation, notice, ending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.context import Role
from gateway.convenant import agreeing, contacts, ending, reach, rules, views
from gateway.convenant.agreeing import Proposal
from gateway.convenant.contacts import Appointment
from gateway.convenant.forms import AgreementForm, ConsultForm, ContactForm, EndForm, NoticeForm, WordsForm
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import told
from gateway.web import allow, context, long_date, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response

blueprint = Blueprint("convenant_life", __name__)
SIGNERS = (Role.CONTACT_PERSON,)


def _filled(form: FlaskForm, act: Callable[[], str | None], convenant_id: str, template: str) -> Response:
    """Show the form, or do the act and go back to the convenant; `act` gives the sentence to show after it."""
    view = views.show(services(), context(), convenant_id)
    if form.validate_on_submit():
        try:
            done = act()
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(done or "", "success")
            return see_other(f"/convenanten/{convenant_id}")
    notice_ends = rules.notice_ends(context().today)
    status = 400 if form.errors or form.form_errors else 200
    return page(f"convenant/{template}.html", status, view=view, form=form, notice_ends=notice_ends)


@blueprint.route("/convenanten/<convenant_id>/contactpersonen", methods=["GET", "POST"])
@allow(*reach.MAKERS, fresh=True)
def appoint(convenant_id: str) -> Response:
    """Appoint a contact person or a deputy of one's own organisation."""
    form = ContactForm()
    form.account_id.choices = views.can_be_contact(services(), context())
    if not form.is_submitted():
        form.valid_from.data = context().today

    def act() -> str:
        new = Appointment(
            account_id=form.account_id.data,
            kind=form.kind.data,
            valid_from=form.valid_from.data,
            valid_until=form.valid_until.data,
        )
        contacts.appoint(services(), context(), convenant_id, new)
        return said("De aanwijzing is vastgelegd. De andere partij heeft bericht.")

    return _filled(form, act, convenant_id, "contacts")


@blueprint.post("/convenanten/contactpersonen/<contact_id>/beeindigen")
@allow(*reach.MAKERS, fresh=True)
def end_contact(contact_id: str) -> Response:
    """End an appointment of one's own organisation."""
    convenant_id = contacts.end(services(), context(), contact_id)
    flash(said("De aanwijzing is beëindigd."), "success")
    return see_other(f"/convenanten/{convenant_id}/contactpersonen")


@blueprint.route("/convenanten/<convenant_id>/afspraken", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def agreements(convenant_id: str) -> Response:
    """The agreements on deliveries, and proposing new ones."""
    form = AgreementForm()

    def act() -> str:
        proposal = Proposal(
            manner=form.manner.data,
            term=form.term.data,
            definitions=form.definitions.data or "",
            quality=form.quality.data or "",
        )
        agreeing.propose(services(), context(), convenant_id, proposal)
        return said("Het voorstel is gedaan. De andere partij heeft bericht.")

    return _filled(form, act, convenant_id, "agreements")


@blueprint.post("/convenanten/afspraken/<agreement_id>/<any('akkoord','afwijzen'):what>")
@allow(*reach.MAKERS, fresh=True)
def decide_agreement(agreement_id: str, what: str) -> Response:
    """The other side accepts agreements or not."""
    convenant_id = agreeing.decide(services(), context(), agreement_id, accept=what == "akkoord")
    flash(said("De afspraken gelden nu.") if what == "akkoord" else said("De afspraken zijn afgewezen."), "success")
    return see_other(f"/convenanten/{convenant_id}")


@blueprint.route("/convenanten/<convenant_id>/ontwikkeling", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def develop(convenant_id: str) -> Response:
    """Tell the other parties of a development that affects the convenant."""
    form = WordsForm()

    def act() -> str:
        ending.develop(services(), context(), convenant_id, form.text.data or "")
        return said("De andere partij heeft bericht.")

    return _filled(form, act, convenant_id, "development")


@blueprint.route("/convenanten/<convenant_id>/overleg", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def consult(convenant_id: str) -> Response:
    """Record the consultation that comes before a notice."""
    form = ConsultForm()

    def act() -> str:
        ending.consult(services(), context(), convenant_id, held_on=form.held_on.data, text=form.text.data or "")
        return said("Het overleg is vastgelegd.")

    return _filled(form, act, convenant_id, "consultation")


@blueprint.route("/convenanten/<convenant_id>/opzeggen", methods=["GET", "POST"])
@allow(*SIGNERS, fresh=True)
def notice(convenant_id: str) -> Response:
    """Give written notice of two months."""
    form = NoticeForm()

    def act() -> str:
        if (form.typed.data or "").strip().lower() != "opzeggen":
            raise InvalidInputError("Typ het woord opzeggen.", field="typed")
        last = ending.give_notice(services(), context(), convenant_id, reason=form.text.data or "")
        return said("Het convenant is opgezegd. De laatste dag is %(day)s.", day=long_date(last))

    return _filled(form, act, convenant_id, "notice")


@blueprint.route("/convenanten/<convenant_id>/einde", methods=["GET", "POST"])
@allow(*SIGNERS, fresh=True)
def propose_end(convenant_id: str) -> Response:
    """Propose to end it together on a day."""
    form = EndForm()

    def act() -> str:
        ending.propose_end(
            services(), context(), convenant_id, last_day=form.last_day.data, reason=form.text.data or ""
        )
        return said("Het voorstel is gedaan. De andere partij heeft bericht.")

    return _filled(form, act, convenant_id, "ending")


@blueprint.post("/convenanten/einde/<ending_id>/<any('akkoord','afwijzen'):what>")
@allow(*SIGNERS, fresh=True)
def answer_end(ending_id: str, what: str) -> Response:
    """The other side agrees to the end or not."""
    try:
        convenant_id = ending.answer_end(services(), context(), ending_id, agree=what == "akkoord")
    except InvalidInputError as problem:
        flash(told(problem.message), "error")
        return see_other("/convenanten")
    flash(said("Uw antwoord is vastgelegd. De andere partij heeft bericht."), "success")
    return see_other(f"/convenanten/{convenant_id}")
