"""Rapporten and the register of processing: to read, to print, with a table beside each picture."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, request

from gateway.context import Role
from gateway.oversight import processing, reports
from gateway.oversight.charts import stacked
from gateway.text import date_text, word
from gateway.web import allow, context, page, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gateway.oversight.charts import Chart
    from gateway.oversight.reports import Reports

blueprint = Blueprint("reports", __name__)


@blueprint.get("/rapporten")
@allow(Role.PRIVACY_OFFICER)
def overview() -> Response:
    """The reports of a year."""
    found = reports.of_year(services(), context(), request.args.get("jaar", context().today.year, type=int))
    return page(
        "oversight/reports.html", found=found, disclosed=_disclosed(found), access=_access(found), column=_column
    )


@blueprint.get("/verwerkingen")
@allow(Role.PRIVACY_OFFICER)
def activities() -> Response:
    """The register of processing activities (AVG 30)."""
    return page("oversight/processing.html", found=processing.register(services(), context()))


def _column(name: str) -> str:
    basis, _, form = name.partition("/")
    return f"{word(basis, 'basis')}, {word(form, 'form')}"


def _disclosed(found: Reports) -> Chart:
    table = found.disclosed
    series = [(_column(name), [table.cells[row, name].number for row in table.rows]) for name in table.columns]
    return stacked([_month(row) for row in table.rows], series)


def _access(found: Reports) -> Chart:
    series = [(word(role, "role"), [counts.get(role, 0) for _, counts in found.access]) for role in found.roles]
    return stacked([_month(name) for name, _ in found.access], series)


def _month(name: str) -> str:
    return date_text(date.fromisoformat(f"{name}-01"), "MMM").rstrip(".")
