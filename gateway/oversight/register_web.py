"""The pages of the register of verstrekkingen: filter, list, files, evidence and proof (PR9.3)."""

from __future__ import annotations

from datetime import date
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, request, stream_with_context

from gateway.context import Role
from gateway.disclosure import queries as verstrekkingen
from gateway.dossiers import pages
from gateway.dossiers.rules import CATEGORIES, PURPOSES
from gateway.errors import InvalidInputError
from gateway.oversight import evidence, queries, register
from gateway.oversight.register import Chosen
from gateway.oversight.tables_of_text import as_csv, as_json
from gateway.text import BASES, FORMS, word
from gateway.web import allow, context, page, said, see_other, services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response as BaseResponse

    from gateway.disclosure.queries import Line

blueprint = Blueprint("register", __name__)

KEPT = ("school", "ontvanger", "grondslag", "doel", "soort", "vorm", "van", "tot")
"""What of the filter may stand in an address: codes, opaque ids and days. A name goes in only sealed (`zoek`)."""
HEADINGS = (
    "tijdstip",
    "leerling",
    "school",
    "ontvanger",
    "doel",
    "grondslag",
    "artikel",
    "gegevens",
    "vorm",
    "stand",
    "kenmerk",
)
STATES = {"open": "staat klaar", "confirmed": "ontvangen", "closed": "gesloten", "expired": "verlopen"}


@blueprint.get("/register")
@allow(Role.PRIVACY_OFFICER)
def overview() -> BaseResponse:
    """The register of verstrekkingen, newest first, filtered by what stands in the address."""
    chosen = _chosen()
    found = register.consult(
        services(), context(), chosen, before=request.args.get("voor") or None, after=request.args.get("na") or None
    )
    return page(
        "oversight/register.html",
        found=found,
        chosen=chosen,
        args=request.args,
        schools=register.schools(services(), context()),
        recipients=register.recipients(services(), context()),
        words={"basis": BASES, "purpose": PURPOSES, "form": FORMS, "category": CATEGORIES},
        narrowed=any(request.args.get(name) for name in (*KEPT, "zoek")),
    )


@blueprint.post("/register")
@allow(Role.PRIVACY_OFFICER)
def search() -> BaseResponse:
    """Filter, perhaps on a pupil: what was typed goes on sealed, so that no address shows a name."""
    fields = {name: request.form.get(name, "") for name in KEPT}
    fields["zoek"] = pages.seal_query(services(), context(), request.form.get("zoek", ""))
    return see_other("/register?" + urlencode({name: value for name, value in fields.items() if value}))


@blueprint.get("/register/lijst.csv")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def register_csv() -> BaseResponse:
    """The filtered register as CSV."""
    chosen = _chosen()
    lines = register.export(services(), context(), chosen, in_words(chosen))
    rows = as_csv(chain([HEADINGS], (tuple(_row(line).values()) for line in lines)))
    return _file(rows, "text/csv", "register-verstrekkingen.csv")


@blueprint.get("/register/lijst.json")
@allow(Role.PRIVACY_OFFICER, fresh=True)
def register_json() -> BaseResponse:
    """The filtered register as JSON."""
    chosen = _chosen()
    lines = register.export(services(), context(), chosen, in_words(chosen))
    return _file(as_json(_row(line) for line in lines), "application/json", "register-verstrekkingen.json")


@blueprint.get("/register/<verstrekking_id>")
@allow(Role.PRIVACY_OFFICER)
def verstrekking(verstrekking_id: str) -> BaseResponse:
    """One verstrekking with its evidence; documents cannot be opened here."""
    view = verstrekkingen.show_registered(services(), context(), verstrekking_id)
    found = evidence.of_verstrekking(services(), context(), verstrekking_id)
    queries.note_reading(services(), context(), "verstrekking", view.row.id)
    return page("oversight/verstrekking.html", view=view, side="officer", form=None, evidence=found)


def in_words(chosen: Chosen) -> str:
    """The filter in words for the log: what was chosen, but no name of a pupil."""
    parts = [
        "één leerling" if chosen.pupil else "",
        f"school {chosen.school}" if chosen.school else "",
        f"ontvanger {chosen.recipient}" if chosen.recipient else "",
        f"grondslag {BASES.get(chosen.basis, chosen.basis)}" if chosen.basis else "",
        f"doel {PURPOSES.get(chosen.purpose, chosen.purpose)}" if chosen.purpose else "",
        f"soort gegevens {chosen.category}" if chosen.category else "",
        f"vorm {FORMS.get(chosen.form, chosen.form)}" if chosen.form else "",
        f"vanaf {chosen.since.isoformat()}" if chosen.since else "",
        f"tot en met {chosen.until.isoformat()}" if chosen.until else "",
    ]
    return "; ".join(part for part in parts if part) or "alles"


def day(text: str) -> date | None:
    """A day of a filter.

    Raises:
        InvalidInputError: no day, or the last one that a calendar knows.
    """
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("Deze datum klopt niet. Kies een dag uit de kalender.") from error
    if not date(1900, 1, 1) <= found <= date(9000, 1, 1):
        raise InvalidInputError("Deze datum klopt niet. Kies een dag uit de kalender.")
    return found


def _chosen() -> Chosen:
    given = request.args
    return Chosen(
        pupil=pages.open_query(services(), context(), given.get("zoek", "")),
        school=given.get("school", ""),
        recipient=given.get("ontvanger", ""),
        basis=given.get("grondslag", ""),
        purpose=given.get("doel", ""),
        category=given.get("soort", ""),
        form=given.get("vorm", ""),
        since=day(given.get("van", "")),
        until=day(given.get("tot", "")),
    )


def _row(line: Line) -> dict[str, str]:
    return dict(
        zip(
            HEADINGS,
            (
                line.made_at.isoformat(timespec="seconds"),
                line.pupil_name,
                line.school_name,
                line.recipient_name,
                word(line.purpose, "purpose"),
                word(line.basis, "basis"),
                line.article,
                " ".join(line.categories),
                word(line.form, "form"),
                said(STATES[line.state]),
                line.id,
            ),
            strict=True,
        )
    )


def _file(chunks: Iterator[str], media_type: str, name: str) -> BaseResponse:
    response = Response(stream_with_context(chunks), mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
