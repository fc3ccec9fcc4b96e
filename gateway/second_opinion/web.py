"""The pages of second opinions: the list, one case, the request and its check, consultation and agreements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.dossiers.held import held
from gateway.dossiers.seen import asking_ways
from gateway.errors import ConflictError, InvalidInputError
from gateway.ids import is_id, new_id
from gateway.second_opinion import acting, ground, reach, requesting, views, wishes
from gateway.second_opinion.case_web import act, problem_at, shown
from gateway.second_opinion.forms import AgreementsForm, CheckForm, RequestForm, TextForm, WishForm
from gateway.second_opinion.requesting import Written
from gateway.second_opinion.state import CHECKS
from gateway.second_opinion_words import CHECKS as CHECK_WORDS
from gateway.web import allow, context, page, said, see_other, seen_version, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.second_opinion.views import CaseView

blueprint = Blueprint("second_opinion", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)
FAMILY = (Role.GUARDIAN, Role.PUPIL)


@blueprint.get("/second-opinions")
@allow(*STAFF, Role.PRIVACY_OFFICER, *FAMILY)
def overview() -> Response:
    """The second opinions of this person: mine to act on first."""
    found = views.listed(services(), context())
    if context().person.role in FAMILY:
        return page("second_opinion/family.html", lines=found, children=views.children(services(), context()),
                    direct="direct" in asking_ways(services(), context()))  # fmt: skip
    return page("second_opinion/list.html", lines=found)


@blueprint.get("/mijn-zaken")
@allow(Role.EXPERT)
def mine() -> Response:
    """The expert's first page: the cases that they review."""
    return page("second_opinion/list.html", lines=views.listed(services(), context()))


@blueprint.get("/second-opinions/<case_id>")
@allow(*STAFF, Role.EXPERT, Role.PRIVACY_OFFICER, *FAMILY)
def show(case_id: str) -> Response:
    """One case, as this reader may see it."""
    return shown(case_id)


@blueprint.route("/dossiers/<dossier_id>/second-opinion", methods=["GET", "POST"])
@allow(*STAFF)
def new(dossier_id: str) -> Response:
    """Ask for a second opinion on this dossier."""
    view = pages.dossier(services(), context(), dossier_id, sending=True)
    form = _request_form()
    with services().db.reading() as session:
        wanted = [each for each in wishes.of_dossier(services(), session, dossier_id) if each.case_id is None]
    if not form.is_submitted():
        form.once.data = new_id()
        if wanted:
            form.wish.data, form.parents.data = wanted[0].id, "asked"
            form.question.data = wanted[0].question
        if len(form.partner_id.choices) == 2:  # noqa: PLR2004 - "Kies …" and the only partner
            form.partner_id.data = form.partner_id.choices[1][0]
    elif form.validate():
        try:
            once = form.once.data if is_id(form.once.data or "") else ""
            made = requesting.start(
                services(),
                context(),
                dossier_id,
                form.partner_id.data,
                _written(form),
                once=once,
                wish_id=form.wish.data or "",
            )
        except InvalidInputError as problem:
            problem_at(form, problem)
        else:
            flash(said("Het verzoek is bewaard. De andere partij ziet het nog niet."), "success")
            return see_other(f"/second-opinions/{made}")
    return page(
        "second_opinion/request.html",
        400 if form.errors else 200,
        view=view,
        form=form,
        held=held(services(), context(), dossier_id),
        running=views.running(services(), context(), dossier_id),
        wishes=wanted,
        case=None,
    )


@blueprint.route("/second-opinions/<case_id>/verzoek", methods=["GET", "POST"])
@allow(*STAFF)
def rewrite(case_id: str) -> Response:
    """Change a request that was not sent."""
    with services().db.reading() as session:
        row = requesting.own(services(), session, context(), case_id)
    view = pages.dossier(services(), context(), row.dossier_id or "", sending=True)
    form = _request_form()
    form.partner_id.validators = ()
    if not form.is_submitted():
        _fill(form, views.show(services(), context(), case_id))
    elif form.validate():
        try:
            requesting.rewrite(services(), context(), case_id, _written(form), seen=seen_version(form.seen.data))
        except (InvalidInputError, ConflictError) as problem:
            problem_at(form, problem)
        else:
            flash(said("Het verzoek is gewijzigd. Controleer het opnieuw."), "success")
            return see_other(f"/second-opinions/{case_id}")
    found = held(services(), context(), view.dossier.id)
    return page(
        "second_opinion/request.html", 400 if form.errors else 200, view=view, form=form, held=found, running=(),
        wishes=(), case=row,
    )  # fmt: skip


@blueprint.post("/second-opinions/<case_id>/aanbieden")
@allow(*STAFF)
def offer(case_id: str) -> Response:
    """Staff are done: the contact person checks and sends."""
    return act(
        case_id, lambda: requesting.offer(services(), context(), case_id), said("De contactpersoon krijgt bericht.")
    )


@blueprint.route("/second-opinions/<case_id>/controle", methods=["GET", "POST"])
@allow(Role.CONTACT_PERSON, fresh=True)
def check(case_id: str) -> Response:
    """Check the request item by item; when all holds it is sent."""
    form = CheckForm()
    with services().db.reading() as session:
        row = requesting.own(services(), session, context(), case_id)
        reach.contact(services(), session, context(), case_id, "requester")
    if form.validate_on_submit():
        items = {name: bool(form[name].data) for name in CHECKS}
        try:
            sent = requesting.check_and_send(
                services(), context(), case_id, items, form.note.data or "", seen=seen_version(form.seen.data)
            )
        except (InvalidInputError, ConflictError) as problem:
            problem_at(form, problem)
        else:
            if sent:
                flash(said("Gecontroleerd en verstuurd. De andere partij krijgt bericht."), "success")
            else:
                flash(said("Het verzoek wacht. Overleg met de andere contactpersoon en verbeter het."), "warning")
            return see_other(f"/second-opinions/{case_id}")
    view = views.show(services(), context(), case_id)
    if not form.is_submitted():
        form.seen.data = str(row.acts)
    return page(
        "second_opinion/check.html",
        400 if form.errors or form.form_errors else 200,
        view=view,
        form=form,
        checks=CHECK_WORDS,
        held=held(services(), context(), row.dossier_id or ""),
    )


@blueprint.post("/second-opinions/<case_id>/overleg")
@allow(Role.CONTACT_PERSON)
def say(case_id: str) -> Response:
    """A message among the contact persons."""
    form = TextForm(prefix="overleg")
    if not form.validate_on_submit():
        return shown(case_id, 400, say_form=form)
    return act(
        case_id,
        lambda: acting.say(services(), context(), case_id, form.text.data),
        said("Uw bericht is verstuurd."),
        form=form,
        again=lambda status: shown(case_id, status, say_form=form),
    )


@blueprint.route("/second-opinions/<case_id>/afspraken", methods=["GET", "POST"])
@allow(Role.CONTACT_PERSON)
def agreements(case_id: str) -> Response:
    """Propose the agreements of the case."""
    form = AgreementsForm()
    with services().db.reading() as session:
        row, _ = reach.contact(services(), session, context(), case_id)
        usual = ground.deliver_by(session, row, context().today)
    if form.validate_on_submit():
        try:
            acting.propose(
                services(),
                context(),
                case_id,
                manner=form.manner.data,
                deliver_by=form.deliver_by.data,
                review=form.review.data,
                definitions=form.definitions.data or "",
                access_days=form.access_days.data,
            )
        except (InvalidInputError, ConflictError) as problem:
            problem_at(form, problem)
        else:
            flash(said("Voorgesteld. De andere partij krijgt bericht."), "success")
            return see_other(f"/second-opinions/{case_id}")
    view = views.show(services(), context(), case_id)
    if not form.is_submitted() and not form.manner.data:
        form.manner.data, form.deliver_by.data = said("Geanonimiseerd, in dit portaal."), usual
    return page("second_opinion/agreements.html", 400 if form.errors or form.form_errors else 200, view=view, form=form)


@blueprint.post("/second-opinions/<case_id>/instemmen")
@allow(Role.CONTACT_PERSON, fresh=True)
def agree(case_id: str) -> Response:
    """Agree with what the other side proposed."""
    return act(case_id, lambda: acting.agree(services(), context(), case_id), said("De afspraken liggen vast."))


@blueprint.route("/second-opinions/vragen/<dossier_id>", methods=["GET", "POST"])
@allow(*FAMILY, Role.SCHOOL_STAFF)
def wish(dossier_id: str) -> Response:
    """Parents, or the school for them, ask for a second opinion."""
    form = WishForm()
    wishes.may_ask(services(), context(), dossier_id)
    if form.validate_on_submit():
        wishes.ask(services(), context(), dossier_id, form.question.data)
        flash(said("Uw vraag is verstuurd naar het samenwerkingsverband. U krijgt bericht."), "success")
        family = context().person.role in FAMILY
        return see_other("/second-opinions" if family else f"/dossiers/{dossier_id}")
    return page("second_opinion/wish.html", 400 if form.errors else 200, form=form, dossier_id=dossier_id)


def _request_form() -> RequestForm:
    form = RequestForm()
    form.partner_id.choices = [("", said("Kies …")), *views.partners(services(), context())]
    return form


def _fill(form: RequestForm, view: CaseView) -> None:
    for name in ("about", "question", "task", "necessity", "proportionality", "parents", "parents_how", "expertise"):
        form[name].data = view.request.get(name, "")
    form.partner_id.data = view.row.partner_id
    form.seen.data = str(view.row.acts)


def _written(form: RequestForm) -> Written:
    return Written(
        about=form.about.data,
        question=form.question.data,
        task=form.task.data,
        necessity=form.necessity.data,
        proportionality=form.proportionality.data,
        parents=form.parents.data,
        parents_how=form.parents_how.data,
        expertise=form.expertise.data or "",
        wanted_by=form.wanted_by.data,
    )
