"""The page with patterns of refusals."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, request

from gateway.context import Role
from gateway.errors import InvalidInputError
from gateway.oversight import refusals
from gateway.reglement.forms import other_rules, rule_names
from gateway.web import allow, context, page, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("refusals", __name__)


@blueprint.get("/weigeringen")
@allow(Role.PRIVACY_OFFICER)
def overview() -> Response:
    """What was refused: by article, by organisation, by month, and what was granted later."""
    found = refusals.patterns(services(), context(), _day("van"), _day("tot"))
    return page("oversight/refusals.html", found=found, rules=other_rules() | rule_names())


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInputError("Deze datum klopt niet. Kies een dag uit de kalender.") from error
    if day is not None and not date(2000, 1, 1) <= day <= date(2200, 1, 1):
        raise InvalidInputError("Deze datum klopt niet. Kies een dag uit de kalender.")
    return day
