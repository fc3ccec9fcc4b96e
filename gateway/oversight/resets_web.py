"""The privacy officer's half of a reset: whose second step may be taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.accounts import reset
from gateway.context import Role
from gateway.errors import ConflictError
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("resets", __name__)


@blueprint.get("/aandacht/herstel")
@allow(Role.PRIVACY_OFFICER)
def overview() -> Response:
    """Who asked to have their second step taken away, and why the administrator believes it is them."""
    return page("oversight/resets.html", rows=reset.waiting(services(), context()))


@blueprint.post("/aandacht/herstel/<reset_id>/<any('goedkeuren','afwijzen'):what>")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def decide(reset_id: str, what: str) -> Response:
    """Take the second step away together with the administrator who asked, or do not."""
    try:
        reset.decide(services(), context(), reset_id, approve=what == "goedkeuren")
    except ConflictError as problem:
        flash(told(problem.message), "warning")
    else:
        done = said("De tweede stap is weggehaald.") if what == "goedkeuren" else said("De vraag is afgewezen.")
        flash(done, "success")
    return see_other("/aandacht/herstel")
