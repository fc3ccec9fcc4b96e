"""The steps of a case after the request: accept, experts, delivery, questions, advice, closing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, flash, render_template, request

from gateway.access.usecases import CONFIDENTIALITY_TEXT
from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import is_id, new_id
from gateway.paper import pdf
from gateway.second_opinion import acting, advising, delivering, parents, reach, storing, views
from gateway.second_opinion.case_web import act, problem_at, shown
from gateway.second_opinion.experts import NewExpert
from gateway.second_opinion.forms import (
    AdviceForm,
    AnswerForm,
    DeclareForm,
    ExpertForm,
    ExtendForm,
    NamedExpertForm,
    ReasonForm,
    TextForm,
    delivery_form,
)
from gateway.second_opinion.naming import NamedExpert
from gateway.second_opinion.state import PARTS
from gateway.second_opinion_words import ADVICE
from gateway.second_opinion_words import PARTS as PART_WORDS
from gateway.web import allow, attachment, context, page, said, see_other, seen_version, services

if TYPE_CHECKING:
    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response

    from gateway.dossiers.queries import DocumentLine

blueprint = Blueprint("second_opinion_steps", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)
READERS = (*STAFF, Role.EXPERT, Role.GUARDIAN, Role.PUPIL)
PLAIN = {
    "aannemen": "accept",
    "advies-leveren": "hand_over",
    "advies-ontvangen": "confirm",
    "aan-ouders": "tell_parents",
    "afronden": "close",
}
"""Steps of a contact person that need no words."""
REASONED = {
    "weigeren": "decline",
    "niet-verlengen": "refuse_more",
    "niet-aan-ouders": "withhold",
    "intrekken": "withdraw",
    "verlengen": "extend",
}
"""Steps of a contact person that need a reason, on a page of their own."""
ONCE_MOST = 2


@blueprint.post(
    "/second-opinions/<case_id>/doen/<any('aannemen','advies-leveren','advies-ontvangen','aan-ouders','afronden'):what>"
)
@allow(Role.CONTACT_PERSON, fresh=True)
def plain(case_id: str, what: str) -> Response:
    """A step of the contact person that needs no words."""
    if what == "aan-ouders":
        return act(
            case_id, lambda: parents.tell(services(), context(), case_id), said("De ouders kunnen het advies nu lezen.")
        )
    kind = PLAIN[what]
    return act(
        case_id,
        lambda: acting.contact_step(services(), context(), case_id, kind, {}),
        said("Gedaan. Wie dit moet weten, krijgt bericht."),
    )


@blueprint.route(
    "/second-opinions/<case_id>/waarom/<any('weigeren','niet-verlengen','niet-aan-ouders','intrekken','verlengen'):what>",
    methods=["GET", "POST"],
)
@allow(Role.CONTACT_PERSON)
def reasoned(case_id: str, what: str) -> Response:
    """A step of the contact person that needs a reason."""
    kind = REASONED[what]
    with services().db.reading() as session:
        reach.contact(services(), session, context(), case_id, acting.BY_CONTACT[kind])
    form = ExtendForm() if kind == "extend" else ReasonForm()
    if form.validate_on_submit():
        data = {"reason": form.reason.data.strip(), "payer": form.payer.data if kind == "extend" else ""}
        return act(
            case_id,
            lambda: acting.contact_step(services(), context(), case_id, kind, data),
            said("Gedaan. Wie dit moet weten, krijgt bericht."),
            form=form,
            again=lambda status: _reason(case_id, form, kind, status),
        )
    return _reason(case_id, form, kind, 400 if form.errors else 200)


@blueprint.route("/second-opinions/<case_id>/deskundige", methods=["GET", "POST"])
@allow(Role.CONTACT_PERSON, fresh=True)
def assign(case_id: str) -> Response:
    """The partner assigns an expert."""
    candidates = views.candidates(services(), context(), case_id)
    form = NamedExpertForm() if candidates is None else ExpertForm()
    if candidates is not None:
        form.account_id.choices = [("", said("Kies …")), *candidates]
    if form.validate_on_submit():
        values = {name: value for name, value in form.data.items() if name != "csrf_token"}
        try:
            if candidates is None:
                acting.assign_named(services(), context(), case_id, NamedExpert(**values))
                done = said("Verstuurd. De aanvrager maakt een account voor de deskundige en laat die toe.")
            else:
                acting.assign(services(), context(), case_id, NewExpert(**values))
                done = said("De deskundige is aangewezen. De andere partij laat die toe.")
        except (InvalidInputError, ConflictError) as problem:
            problem_at(form, problem)
        else:
            flash(done, "success")
            return see_other(f"/second-opinions/{case_id}")
    view = views.show(services(), context(), case_id)
    return page("second_opinion/expert.html", 400 if form.errors or form.form_errors else 200, view=view, form=form)


@blueprint.post("/second-opinions/<case_id>/deskundige/<account_id>/toelaten")
@allow(Role.CONTACT_PERSON, fresh=True)
def admit(case_id: str, account_id: str) -> Response:
    """Let an expert of the partner in, for this case only."""
    return act(
        case_id,
        lambda: acting.admit(services(), context(), case_id, account_id),
        said("De deskundige is toegelaten, alleen voor deze zaak."),
    )


@blueprint.route("/second-opinions/<case_id>/deskundige/<account_id>/afhalen", methods=["GET", "POST"])
@allow(Role.CONTACT_PERSON, fresh=True)
def release(case_id: str, account_id: str) -> Response:
    """Take an expert off the case."""
    with services().db.reading() as session:
        reach.contact(services(), session, context(), case_id, "partner")
    form = ReasonForm()
    if form.validate_on_submit():
        return act(
            case_id,
            lambda: acting.release(services(), context(), case_id, account_id, form.reason.data),
            said("De deskundige is van de zaak gehaald."),
            form=form,
            again=lambda status: _reason(case_id, form, "release", status),
        )
    view = views.show(services(), context(), case_id)
    if account_id not in {each.id for each in view.experts}:
        raise NotFoundError
    return page("second_opinion/reason.html", 400 if form.errors else 200, view=view, form=form, kind="release")


@blueprint.route("/second-opinions/<case_id>/levering", methods=["GET", "POST"])
@allow(Role.CONTACT_PERSON, fresh=True)
def deliver(case_id: str) -> Response:
    """The four parts as a checklist, a statement for each document, and the form in which they go."""
    with services().db.reading() as session:
        row, _ = reach.contact(services(), session, context(), case_id, "requester")
    view = pages.dossier(services(), context(), row.dossier_id or "", sending=True)
    lines = [line for line in view.documents if line.readable and line.described]
    form = delivery_form(lines)
    if not form.is_submitted():
        _proposal(form, lines)
    elif form.validate():
        try:
            delivering.deliver(services(), context(), case_id, _wanted(form, lines))
        except (InvalidInputError, ConflictError) as problem:
            problem_at(form, problem)
        else:
            flash(said("De stukken zijn geleverd. De andere partij krijgt bericht."), "success")
            return see_other(f"/second-opinions/{case_id}")
    case = views.show(services(), context(), case_id)
    status = 400 if form.errors or form.form_errors else 200
    return page(
        "second_opinion/deliver.html", status, view=case, form=form, lines=lines, parts=PART_WORDS, dossier=view
    )


@blueprint.post("/second-opinions/<case_id>/ontvangst")
@allow(Role.CONTACT_PERSON, fresh=True)
def receive(case_id: str) -> Response:
    """The partner confirms that the dossier came in: the term starts."""
    return act(
        case_id,
        lambda: delivering.receive(services(), context(), case_id),
        said("De ontvangst is bevestigd. De termijn loopt."),
    )


@blueprint.post("/second-opinions/<case_id>/antwoord")
@allow(Role.CONTACT_PERSON)
def answer(case_id: str) -> Response:
    """Answer a question of an expert."""
    with services().db.reading() as session:
        reach.contact(services(), session, context(), case_id, "requester")
    form = AnswerForm(prefix="antwoord")
    if not form.validate_on_submit():
        return shown(case_id, 400, answer_form=form)
    number = seen_version(form.question.data)
    data = {"question": number, "text": form.text.data.strip()}
    return act(
        case_id,
        lambda: acting.contact_step(services(), context(), case_id, "answer", data),
        said("Uw antwoord is verstuurd."),
        form=form,
        again=lambda status: shown(case_id, status, answer_form=form),
    )


@blueprint.route("/second-opinions/<case_id>/verklaring", methods=["GET", "POST"])
@allow(Role.EXPERT)
def declare(case_id: str) -> Response:
    """An expert promises confidentiality and says whether they were involved."""
    with services().db.reading() as session:
        reach.expert(services(), session, context(), case_id)
    form = DeclareForm()
    if form.validate_on_submit():
        involved = form.involved.data != "no"
        try:
            acting.declare(services(), context(), case_id, confidential=bool(form.confidential.data), involved=involved)
        except (InvalidInputError, ConflictError) as problem:
            problem_at(form, problem)
        else:
            flash(said("Dank u. Dit is vastgelegd."), "success")
            return see_other(f"/second-opinions/{case_id}")
    view = views.show(services(), context(), case_id)
    status = 400 if form.errors or form.form_errors else 200
    return page("second_opinion/declare.html", status, view=view, form=form, texts=CONFIDENTIALITY_TEXT)


@blueprint.route("/second-opinions/<case_id>/vraag/<any('stellen','meer-tijd'):what>", methods=["GET", "POST"])
@allow(Role.EXPERT)
def question(case_id: str, what: str) -> Response:
    """An expert asks a question, or asks for research and more time."""
    with services().db.reading() as session:
        reach.expert(services(), session, context(), case_id)
    kind = "ask" if what == "stellen" else "ask_more"
    form = TextForm() if kind == "ask" else ReasonForm()
    if form.validate_on_submit():
        data = {"text": form.text.data.strip()} if kind == "ask" else {"reason": form.reason.data.strip()}
        return act(
            case_id,
            lambda: acting.expert_step(services(), context(), case_id, kind, data),
            said("Verstuurd. De andere partij krijgt bericht."),
            form=form,
            again=lambda status: _reason(case_id, form, kind, status),
        )
    return _reason(case_id, form, kind, 400 if form.errors else 200)


@blueprint.route("/second-opinions/<case_id>/schrijven", methods=["GET", "POST"])
@allow(Role.EXPERT)
def write(case_id: str) -> Response:
    """Write the advice; it is a draft until somebody signs."""
    with services().db.reading() as session:
        row = reach.expert(services(), session, context(), case_id)
        draft = advising.draft_of(services(), session, row)
    form = AdviceForm()
    if form.validate_on_submit():
        parts = {name: form[name].data or "" for name in ADVICE}
        try:
            advising.save(services(), context(), case_id, parts, seen=seen_version(form.seen.data))
        except (InvalidInputError, ConflictError) as problem:
            problem_at(form, problem)
        else:
            flash(said("Het concept is bewaard."), "success")
            return see_other(f"/second-opinions/{case_id}")
    elif not form.is_submitted():
        form.seen.data = str(draft.version if draft else 0)
        for name in ADVICE:
            form[name].data = draft.parts.get(name, "") if draft else ""
    view = views.show(services(), context(), case_id)
    return page(
        "second_opinion/write.html", 400 if form.errors or form.form_errors else 200, view=view, form=form, parts=ADVICE
    )


@blueprint.post("/second-opinions/<case_id>/ondertekenen")
@allow(Role.EXPERT, fresh=True)
def sign(case_id: str) -> Response:
    """Sign the text as it was shown, with a second factor of just now."""
    seen = request.form.get("hash", "")
    shape = seen if re.fullmatch(r"[0-9a-f]{64}", seen) else ""
    return act(case_id, lambda: advising.sign(services(), context(), case_id, shape), said("U hebt ondertekend."))


@blueprint.post("/second-opinions/<case_id>/heropenen")
@allow(Role.EXPERT)
def reopen(case_id: str) -> Response:
    """Open a half-signed text again: the signatures lapse."""
    return act(
        case_id,
        lambda: acting.expert_step(services(), context(), case_id, "reopen", {}),
        said("U kunt de tekst weer wijzigen."),
    )


@blueprint.get("/second-opinions/<case_id>/advies")
@allow(*READERS)
def advice(case_id: str) -> Response:
    """Read the signed advice."""
    row, seat, _, found = advising.read(services(), context(), case_id)
    with services().db.reading() as session:
        view = views.view_of(services(), session, context(), row, seat)
    return page("second_opinion/advice.html", view=view, advice=found, parts=ADVICE)


@blueprint.post("/second-opinions/<case_id>/advies/pdf")
@allow(*READERS, fresh="when-set")
def paper(case_id: str) -> Response:
    """The signed advice as PDF/A, with its source and the hash that the experts signed."""
    row, seat, _, found = advising.read(services(), context(), case_id)
    with services().db.writing() as session:
        view = views.view_of(services(), session, context(), row, seat)
        storing.note_download(services(), session, context(), row)
    signed = next(each for each in view.timeline if each.article == storing.ARTICLES["sign"])
    html = render_template(
        "second_opinion/advice_paper.html", view=view, advice=found, parts=ADVICE, signed_at=signed.at
    )
    content = pdf(html, made_at=context().now)
    name = f"advies-second-opinion-{view.reference}.pdf"
    return attachment(iter((content,)), file_name=name, media_type="application/pdf", size=len(content))


def _reason(case_id: str, form: FlaskForm, kind: str, status: int) -> Response:
    """The page of a step that needs words."""
    view = views.show(services(), context(), case_id)
    return page("second_opinion/reason.html", status, view=view, form=form, kind=kind)


def _proposal(form: FlaskForm, lines: list[DocumentLine]) -> None:
    """What the portal fills in before anyone chose: parts by kind of document, and a first statement."""
    form.once.data = " ".join(new_id() for _ in range(ONCE_MOST))
    for part in PARTS:
        form[f"part_{part}"].data = [
            line.document.id for line in lines if delivering.PART_OF_KIND.get(line.version.kind or "") == part
        ]
    for line in lines:
        made = line.version.made_at
        form[f"said_{line.document.id}"].data = said(
            "Juist en volledig. Actueel op %(day)s.", day=f"{made.day}-{made.month}-{made.year}"
        )


def _wanted(form: FlaskForm, lines: list[DocumentLine]) -> delivering.Wanted:
    return delivering.Wanted(
        parts={part: tuple(form[f"part_{part}"].data or ()) for part in PARTS},
        missing={part: form[f"missing_{part}"].data or "" for part in PARTS},
        statements={line.document.id: form[f"said_{line.document.id}"].data or "" for line in lines},
        form=form.form.data,
        why_identifiable=form.why_identifiable.data or "",
        once=tuple(each for each in (form.once.data or "").split()[:ONCE_MOST] if is_id(each)),
    )
