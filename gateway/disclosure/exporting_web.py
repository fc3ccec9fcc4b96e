"""Dossiers as coded fields for research and policy: choose, see exactly what leaves, make it, download it (PR4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.context import Role
from gateway.disclosure import coding, exporting, queries
from gateway.disclosure.forms import CodedForm
from gateway.dossiers.accepting import accept_first
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import word
from gateway.web import allow, attachment, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("coded_exports", __name__)
blueprint.before_request(accept_first)
SENDERS = (Role.SWV_STAFF, Role.CONTACT_PERSON)


@blueprint.route("/onderzoek", methods=["GET", "POST"])
@allow(*SENDERS, fresh=True)
def choose() -> Response:
    """The exports so far, and a new one: first what would leave, then doing it."""
    form = CodedForm()
    found = queries.recipients(services(), context())
    form.recipient_id.choices = [
        ("", said("Kies …")),
        *((row.id, f"{row.name} ({word(row.kind, 'organisation')})") for row in found),
    ]
    form.periods.choices = [(each, each) for each in exporting.periods(services(), context())]
    if not form.validate_on_submit():
        return _page(form, None, 400 if form.errors else 200)
    wish = exporting.Wish(
        recipient_id=form.recipient_id.data,
        purpose=form.purpose.data,
        periods=tuple(form.periods.data or ()),
        recipient_person=form.recipient_person.data or "",
        evidence=form.evidence.data or "",
    )
    try:
        if request.form.get("confirmed") != "1":
            return _page(form, exporting.preview(services(), context(), wish))
        made = exporting.make(services(), context(), wish)
    except (InvalidInputError, ConflictError) as problem:
        show_problem(form, problem)
        return _page(form, None, problem.status)
    flash(said("De uitvoer is gemaakt en staat in het register. Download haar hieronder."), "success")
    return see_other(f"/onderzoek#{made}")


@blueprint.post("/onderzoek/<export_id>/<any('csv','json'):what>")
@allow(*SENDERS, fresh=True)
def download(export_id: str, what: str) -> Response:
    """Download an export, to give it to its recipient."""
    content = exporting.download(services(), context(), export_id, what)
    return attachment(
        iter((content,)), file_name=f"dossiers-in-codes.{what}", media_type=exporting.FORMATS[what], size=len(content)
    )


def _page(form: CodedForm, found: exporting.Preview | None, status: int = 200) -> Response:
    names = {row.id: row.name for row in queries.recipients(services(), context())}
    made = exporting.exports(services(), context())
    return page("disclosure/coded.html", status, form=form, found=found, made=made, names=names, fields=coding.FIELDS)
