"""The pages of what only a regional convenant has: more parties, who exchanges what with whom, volmacht."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request

from gateway.convenant import exchange, making, proxies, reach, views
from gateway.convenant.exchange import Line
from gateway.convenant.forms import CHOOSE, ExchangeForm, PartyForm, ProxyForm
from gateway.convenant.proxies import NewProxy
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.text import word
from gateway.web import allow, context, page, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.convenant.views import View

blueprint = Blueprint("convenant_regional", __name__)


@blueprint.route("/convenanten/<convenant_id>/partijen", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def parties(convenant_id: str) -> Response:
    """Let a further organisation in; it is bound once it signed."""
    view = _regional(convenant_id)
    form = PartyForm()
    known = {party.organisation_id for party in view.parties}
    found = [row for row in views.can_be_party(services(), context(), "regional") if row.id not in known]
    form.organisation_id.choices = [
        ("", CHOOSE),
        *((row.id, f"{row.name} ({word(row.kind, 'organisation')})") for row in found),
    ]
    if form.validate_on_submit():
        try:
            making.add_party(services(), context(), convenant_id, form.organisation_id.data)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De organisatie kan nu tekenen. Partij is zij pas daarna."), "success")
            return see_other(f"/convenanten/{convenant_id}")
    return page("convenant/party.html", 400 if form.errors else 200, view=view, form=form)


@blueprint.route("/convenanten/<convenant_id>/uitwisseling", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def lines(convenant_id: str) -> Response:
    """Who may exchange what with whom: lines of the text that is being written."""
    view = _regional(convenant_id)
    form = ExchangeForm()
    options = [("", CHOOSE), *((party.id, view.names[party.id]) for party in view.parties)]
    form.giver.choices = form.receiver.choices = options
    if form.validate_on_submit():
        line = Line(
            giver=form.giver.data,
            receiver=form.receiver.data,
            categories=tuple(form.categories.data or ()),
            purposes=tuple(form.purposes.data or ()),
        )
        try:
            exchange.add_line(services(), context(), convenant_id, line)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De regel is toegevoegd."), "success")
            return see_other(f"/convenanten/{convenant_id}/uitwisseling")
    return page("convenant/exchange.html", 400 if form.errors or form.form_errors else 200, view=view, form=form)


@blueprint.post("/convenanten/<convenant_id>/uitwisseling/<line_id>/weg")
@allow(*reach.MAKERS)
def remove_line(convenant_id: str, line_id: str) -> Response:
    """Take a line out of the text that is being written."""
    exchange.remove_line(services(), context(), convenant_id, line_id)
    flash(said("De regel is weggehaald."), "success")
    return see_other(f"/convenanten/{convenant_id}/uitwisseling")


@blueprint.route("/convenanten/<convenant_id>/volmacht", methods=["GET", "POST"])
@allow(*reach.MAKERS)
def proxy(convenant_id: str) -> Response:
    """Record a volmacht with its document; a second person confirms."""
    view = _regional(convenant_id)
    form = ProxyForm()
    options = [(party.id, view.names[party.id]) for party in view.parties]
    documents = [(row.id, name) for row, name in view.documents if row.kind == "proxy" and row.state != "rejected"]
    form.holder.choices, form.parties.choices = [("", CHOOSE), *options], options
    form.document_id.choices = [("", CHOOSE), *documents]
    if form.validate_on_submit():
        new = NewProxy(
            holder=form.holder.data,
            name=form.name.data or "",
            parties=tuple(form.parties.data or ()),
            document_id=form.document_id.data,
            given_on=form.given_on.data,
            valid_until=form.valid_until.data,
        )
        try:
            proxies.record_proxy(services(), context(), convenant_id, new)
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De volmacht is vastgelegd. Een tweede persoon moet haar bevestigen."), "success")
            return see_other(f"/convenanten/{convenant_id}")
    elif not form.is_submitted() and request.args.get("stuk"):
        form.document_id.data = request.args["stuk"]
    return page("convenant/proxy.html", 400 if form.errors else 200, view=view, form=form, documents=documents)


@blueprint.post("/convenanten/volmacht/<proxy_id>/<any('bevestigen','afwijzen'):what>")
@allow(*reach.MAKERS, fresh=True)
def decide_proxy(proxy_id: str, what: str) -> Response:
    """The second person confirms or rejects a volmacht."""
    convenant_id = proxies.decide_proxy(services(), context(), proxy_id, confirm=what == "bevestigen")
    flash(said("De volmacht telt.") if what == "bevestigen" else said("De volmacht is afgewezen."), "success")
    return see_other(f"/convenanten/{convenant_id}")


def _regional(convenant_id: str) -> View:
    """A regional convenant, for our own side."""
    view = views.show(services(), context(), convenant_id)
    if not view.seat.own or view.seat.convenant.kind != "regional":
        raise NotFoundError
    return view
