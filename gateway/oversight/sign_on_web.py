"""The privacy officer's half: at which provider people of an organisation may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash

from gateway.accounts.sign_on import connections, queries
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.text import told
from gateway.web import allow, context, page, said, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("sign_on_desk", __name__)


@blueprint.get(connections.DESK)
@allow(Role.PRIVACY_OFFICER)
def overview() -> Response:
    """Which proposals wait: who would vouch for whom, and what changes."""
    return page("oversight/sign_on.html", rows=queries.waiting(services(), context()))


@blueprint.post(f"{connections.DESK}/<connection_id>/<any('goedkeuren','afwijzen'):what>")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def decide(connection_id: str, what: str) -> Response:
    """Let a proposal count, or do not."""
    try:
        connections.decide(services(), context(), connection_id, approve=what == "goedkeuren")
    except (ConflictError, InvalidInputError) as problem:
        flash(told(problem.message), "warning")
    else:
        done = (
            said("Het voorstel is goedgekeurd en geldt nu.")
            if what == "goedkeuren"
            else said("Het voorstel is afgewezen.")
        )
        flash(done, "success")
    return see_other(connections.DESK)
