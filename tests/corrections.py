"""Corrections for the tests: a dossier of a parent with a document that someone received, and a request about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.disclosure import fetching, usecases
from gateway.dossiers import pages, queries
from gateway.dossiers.rules import Guardian
from gateway.dossiers.tables import Dossier
from gateway.rights import asking, treating
from gateway.rights.asking import NewRequest
from gateway.rights.rules import Decision, NewItem
from gateway.rights.tables import RightItem, RightRequest
from gateway.rights.treating import ItemAnswer
from tests import builders
from tests.builders import context
from tests.personas import GUARDIAN, MUNICIPALITY, OFFICER, SWV
from tests.web.matrix_people import consent, version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.services import Services

NAME = "Maryam Voorbeeld"


def dossier(services: Services, **changes: Any) -> tuple[str, str]:
    """A submitted dossier with one document, of which the demo's parent is the guardian; gives both ids."""
    dossier_id, document_id = builders.submitted(services, **{"guardians": (Guardian(name=NAME),), **changes})
    account_id = builders.account(services, GUARDIAN).id
    with services.db.writing() as session:
        row = session.get_one(Dossier, dossier_id)
        (guardian,) = queries.pupil_of(session, services.vault, row).guardians
        pages.link_family(
            session,
            dossier_id=dossier_id,
            account_id=account_id,
            capacity="guardian",
            has_authority=True,
            guardian_id=guardian.id,
        )
    return dossier_id, document_id


def given(services: Services, dossier_id: str, document_id: str, *, fetched: bool = True, **changes: Any) -> str:
    """The document for the municipality, and fetched by it; gives the verstrekking's id."""
    values = {"consent_id": consent(services, dossier_id), **changes}
    wanted = builders.verstrekking(services, dossier_id, document_id, **values)
    made = usecases.disclose(services, context(services, SWV), wanted)
    if fetched:
        receiver = context(services, MUNICIPALITY)
        list(fetching.fetch(services, receiver, made, version_of(services, document_id)).chunks)
    return made


def ask(services: Services, dossier_id: str, *items: NewItem, kind: str = "correctie", text: str = "") -> str:
    """The parent asks; the officer takes it up. Gives the request's id."""
    new = NewRequest(kind=kind, text=text or "Wij schrikken hiervan (verzonnen).", items=items)
    request_id = asking.ask(services, context(services, GUARDIAN), dossier_id, new)
    step(services, treating.treat, request_id)
    return request_id


def item(document_id: str | None, change: str, **more: Any) -> NewItem:
    """One thing that is wrong."""
    values = {"wrong": "Dit klopt niet (verzonnen).", "should_be": "Zo is het wel (verzonnen)."}
    return NewItem(**{"change": change, "document_id": document_id, **values, **more})


def decide(services: Services, request_id: str, *outcomes: str, whole: str = "") -> None:
    """The officer decides, item by item."""
    found = items(services, request_id)
    answers = {one: ItemAnswer(outcome=each, reasons="Daarom.") for one, each in zip(found, outcomes, strict=True)}
    kinds = set(outcomes)
    outcome = whole or (kinds.pop() if len(kinds) == 1 else "partly")
    made = Decision(outcome=outcome, reasons="Zo is het (verzonnen).", article="")
    step(services, treating.decide, request_id, made, answers=answers)


def items(services: Services, request_id: str) -> list[str]:
    """The ids of its items, in order."""
    query = select(RightItem.id).where(RightItem.request_id == request_id).order_by(RightItem.position, RightItem.id)
    with services.db.reading() as session:
        return list(session.scalars(query))


def step(services: Services, act: Callable[..., Any], request_id: str, *more: Any, **named: Any) -> None:
    """The officer takes a step, having seen how the request stands."""
    with services.db.reading() as session:
        seen = session.get_one(RightRequest, request_id).version
    act(services, context(services, OFFICER), request_id, *more, seen=seen, **named)
