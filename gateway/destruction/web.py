"""The pages of destruction: what is announced, approving it, what was done, and what recipients answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, render_template
from flask_babel import gettext

from gateway import paper
from gateway.context import AMSTERDAM, Role
from gateway.destruction import approving, handing, holding, recipients
from gateway.destruction.forms import AnswerForm, ApproveForm, CopyHoldForm, ReleaseForm
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import category_text
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.destruction.handing import Made

blueprint = Blueprint("destruction", __name__)
blueprint.before_request(accept_first)

STAFF = (Role.SWV_STAFF, Role.CONTACT_PERSON)
READERS = (*STAFF, Role.PRIVACY_OFFICER)
CERTIFICATE = "vernietigingsverklaring.json"


@blueprint.get("/bewaren/vernietigen")
@allow(*STAFF)
def announced() -> BaseResponse:
    """What will be destroyed soon in the dossiers that this person works on."""
    return page("destruction/announced.html", found=approving.listed(services(), context()), today=context().today)


@blueprint.get("/bewaren/vernietigen/<destruction_id>")
@allow(*STAFF)
def one(destruction_id: str) -> BaseResponse:
    """What approving this one does: the page that asks first."""
    return _approving(destruction_id, ApproveForm())


@blueprint.post("/bewaren/vernietigen/<destruction_id>")
@allow(*STAFF, fresh=True)
def approve(destruction_id: str) -> BaseResponse:
    """Approve the destruction of one dossier."""
    try:
        approving.approve(services(), context(), destruction_id)
    except ConflictError as problem:
        form = ApproveForm()
        show_problem(form, problem)
        return _approving(destruction_id, form, problem.status)
    flash(said("Goedgekeurd. Op de dag zelf kijkt Dossierpoort nog een keer of het mag."), "success")
    return see_other("/bewaren/vernietigen")


@blueprint.get("/vernietigd")
@allow(*READERS)
def done() -> BaseResponse:
    """What was destroyed, with its certificates, and what the recipients answered."""
    found = approving.done(services(), context())
    given, partners = recipients.given(services(), context()), recipients.partners(services(), context())
    return page("destruction/done.html", gone=found, given=given, partners=partners)


@blueprint.post("/vernietigd/<destruction_id>/<any('json','pdf'):what>")
@allow(*READERS, fresh=True)
def certificate(destruction_id: str, what: str) -> BaseResponse:
    """The certificate as it stands now; that it was made is in the log."""
    made = handing.make(services(), context(), destruction_id, what)
    if what == "json":
        return _file(made.text.encode(), CERTIFICATE, "application/json")
    return _file(_on_paper(made), "vernietigingsverklaring.pdf", "application/pdf")


@blueprint.get("/ontvangen/vernietigen")
@allow(Role.CONTACT_PERSON)
def asked() -> BaseResponse:
    """What my organisation received of dossiers that were destroyed since."""
    found, copies = recipients.received(services(), context()), holding.listed(services(), context())
    return page("destruction/asked.html", found=found, copies=copies, form=AnswerForm(), release=ReleaseForm())


@blueprint.get("/ontvangen/vernietigen/kopie/<asked_id>")
@allow(Role.CONTACT_PERSON)
def copy(asked_id: str) -> BaseResponse:
    """What a partner asked us to destroy, and the form that says that it must be kept."""
    return page("destruction/copy.html", line=holding.one(services(), context(), asked_id), form=CopyHoldForm())


@blueprint.post("/ontvangen/vernietigen/kopie/<asked_id>")
@allow(Role.CONTACT_PERSON, fresh=True)
def keep_copy(asked_id: str) -> BaseResponse:
    """Keep what came from a partner until a day."""
    form, line = CopyHoldForm(), holding.one(services(), context(), asked_id)
    if form.validate_on_submit():
        said_ = {"kind": form.kind.data, "until": form.until.data, "reason": form.reason.data}
        try:
            holding.hold(services(), context(), asked_id, **said_)
        except (ConflictError, InvalidInputError) as problem:
            show_problem(form, problem)
        else:
            flash(said("Vastgelegd. De partner krijgt te lezen tot wanneer dit blijft."), "success")
            return see_other("/ontvangen/vernietigen")
    return page("destruction/copy.html", 400, line=line, form=form)


@blueprint.post("/ontvangen/vernietigen/kopie/<asked_id>/vrijgeven")
@allow(Role.CONTACT_PERSON, fresh=True)
def release_copy(asked_id: str) -> BaseResponse:
    """It need not be kept any more."""
    holding.release(services(), context(), asked_id)
    flash(said("Het uitstel is voorbij. Dossierpoort vernietigt dit vannacht."), "success")
    return see_other("/ontvangen/vernietigen")


@blueprint.post("/ontvangen/vernietigen/<verstrekking_id>")
@allow(Role.CONTACT_PERSON, fresh=True)
def answer(verstrekking_id: str) -> BaseResponse:
    """State what became of what was received."""
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            recipients.answer(services(), context(), verstrekking_id, form.answer.data)
        except (ConflictError, InvalidInputError) as problem:
            show_problem(form, problem)
        else:
            flash(said("Dank u. Uw antwoord staat in het logboek."), "success")
            return see_other("/ontvangen/vernietigen")
    found = recipients.received(services(), context(), only=verstrekking_id)
    return page("destruction/asked.html", 400, found=found, copies=[], form=form, release=ReleaseForm())


def _approving(destruction_id: str, form: ApproveForm, status: int = 200) -> BaseResponse:
    line = approving.one(services(), context(), destruction_id)
    return page("destruction/approve.html", status, line=line, form=form, today=context().today)


def _on_paper(made: Made) -> bytes:
    title = gettext("Vernietigingsverklaring")
    attached = paper.Attached(name=CERTIFICATE, description=title, content=made.text.encode())
    told = {
        "erased_at": made.body["erased_at"],
        "announced_at": made.body["announced_at"],
        "kept_until": made.body["rule"]["kept_until"],
        "last_backup": made.body["last_backup_expires_on"],
    }
    days: dict[str, Any] = {name: _day(value) for name, value in told.items()}
    days["kept"] = {each["request"]: _day(each["kept_until"]) for each in made.body["partners"] if each["kept_until"]}
    kinds = ", ".join(category_text(each) for each in (made.body.get("part") or {}).get("categories", ()))
    html = render_template("destruction/paper.html", made=made, body=made.body, days=days, title=title, kinds=kinds)
    return paper.pdf(html, made_at=context().now, attached=attached)


def _day(value: str) -> date:
    """The day of a date, or of an instant in Amsterdam."""
    at = datetime.fromisoformat(value)
    return at.date() if at.tzinfo is None else at.astimezone(AMSTERDAM).date()


def _file(content: bytes, name: str, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
