"""Who may exchange what with whom under a regional convenant, as data of the version that was signed. Source: GR5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.convenant import queries, reach, rules
from gateway.convenant.tables import Convenant, ConvenantExchange, ConvenantVersion
from gateway.errors import ConflictError, InvalidInputError
from gateway.sentences import Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

LETTERS = frozenset("abcdefghijklmnop")
PURPOSES = ("case_consultation", "absence", "support_advice", "support_allocation")
REASONS: dict[str, Sentence] = {
    "no_convenant": sentence("Er geldt nu geen regionaal convenant waarin deze organisaties partij zijn."),
    "giver": sentence("Uw samenwerkingsverband heeft dit convenant niet getekend."),
    "receiver": sentence(
        "Deze organisatie is geen partij bij het convenant: zij tekende niet zelf en gaf geen volmacht."
    ),
    "pair": sentence("In het convenant staat niet dat deze twee partijen gegevens uitwisselen."),
    "purpose": sentence("In het convenant staat niet dat deze partijen hiervoor gegevens uitwisselen."),
    "categories": sentence("In het convenant staat niet dat deze partijen deze soorten gegevens uitwisselen."),
}
"""Why an exchange lies outside the convenant, each ended by article GR5."""
ARTICLE = "GR5"
CITED = sentence("wie het regionale convenant tekende, en voor welke organisaties, bepaalt wie gegevens mag krijgen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line to add: who gives which categories to whom and for what."""

    giver: str
    receiver: str
    categories: tuple[str, ...]
    purposes: tuple[str, ...]


def add_line(services: Services, context: Context, convenant_id: str, line: Line) -> None:
    """Add a line to the version that is being written.

    Raises:
        ConflictError: there is no draft; what was offered does not change.
        InvalidInputError: no other party, no categories or no purpose.
    """
    with services.db.writing() as session:
        at = reach.making(session, context, convenant_id)
        draft = _draft(session, at.convenant)
        parties = {row.id for row in queries.parties_of(session, convenant_id)}
        if not {line.giver, line.receiver} <= parties or line.giver == line.receiver:
            raise InvalidInputError("Kies twee verschillende partijen.", field="receiver")
        if not line.categories or not set(line.categories) <= LETTERS:
            raise InvalidInputError("Kies welke soorten gegevens.", field="categories")
        if not line.purposes or not set(line.purposes) <= set(PURPOSES):
            raise InvalidInputError("Kies waarvoor.", field="purposes")
        session.add(
            ConvenantExchange(
                version_id=draft.id,
                giver_id=line.giver,
                receiver_id=line.receiver,
                categories="".join(sorted(set(line.categories))),
                purposes=" ".join(sorted(set(line.purposes))),
            )
        )


def remove_line(services: Services, context: Context, convenant_id: str, line_id: str) -> None:
    """Take a line out of the version that is being written."""
    with services.db.writing() as session:
        at = reach.making(session, context, convenant_id)
        draft = _draft(session, at.convenant)
        row = session.get(ConvenantExchange, line_id)
        if row is not None and row.version_id == draft.id:
            session.delete(row)


def carry_over(session: Session, convenant_id: str, draft: ConvenantVersion) -> None:
    """Begin a new version with the lines of the newest one before it."""
    before = session.scalars(
        select(ConvenantVersion)
        .where(ConvenantVersion.convenant_id == convenant_id, ConvenantVersion.number < draft.number)
        .order_by(ConvenantVersion.number.desc())
        .limit(1)
    ).first()
    for row in _rows(session, before.id) if before is not None else ():
        session.add(
            ConvenantExchange(
                version_id=draft.id,
                giver_id=row.giver_id,
                receiver_id=row.receiver_id,
                categories=row.categories,
                purposes=row.purposes,
            )
        )


def lines_of(session: Session, version_id: str) -> list[rules.Exchange]:
    """The lines of a version as the rules read them, in a steady order."""
    return [
        rules.Exchange(
            giver=row.giver_id,
            receiver=row.receiver_id,
            categories=frozenset(row.categories),
            purposes=frozenset(row.purposes.split()),
        )
        for row in _rows(session, version_id)
    ]


def problem(
    session: Session,
    convenant_id: str,
    *,
    giver_id: str,
    receiver_id: str,
    purpose: str,
    categories: Iterable[str] | None,
    on: date,
) -> str | None:
    """Why one organisation may not give this to another under this convenant: a key of `REASONS`; None when it may.

    Giver and receiver are organisations. `categories` None: only whether they are parties that exchange for this.
    The version that binds both decides. Source: GR5.
    """
    if queries.is_over(session, convenant_id, on):
        return "no_convenant"
    parties = {row.organisation_id: row for row in queries.parties_of(session, convenant_id)}
    for organisation_id, what in ((giver_id, "giver"), (receiver_id, "receiver")):
        party = parties.get(organisation_id)
        if party is None or not queries.is_bound(session, party, on):
            return what
    found = queries.standing(session, convenant_id)
    giver, receiver = parties[giver_id].id, parties[receiver_id].id
    version = rules.binding(found.founders, found.versions, on, giver, receiver)
    if version is None:
        return "no_convenant"
    lines = lines_of(session, _id_of(session, convenant_id, version.number))
    if categories is None:
        return rules.exchange_problem(
            lines, giver=giver, receiver=receiver, purpose=purpose, categories=_any_of(lines, giver, receiver, purpose)
        )
    return rules.exchange_problem(lines, giver=giver, receiver=receiver, purpose=purpose, categories=categories)


def _any_of(lines: Iterable[rules.Exchange], giver: str, receiver: str, purpose: str) -> frozenset[str]:
    """What the lines allow these two for this: so that only pair and purpose are looked at."""
    fitting = [line for line in lines if (line.giver, line.receiver) == (giver, receiver) and purpose in line.purposes]
    return frozenset[str]().union(*(line.categories for line in fitting))


def regional(session: Session, tenant_id: str, on: date) -> list[Convenant]:
    """The regional convenants of a tenant that are in force on this day."""
    rows = session.scalars(
        select(Convenant)
        .where(Convenant.tenant_id == tenant_id, Convenant.kind == "regional")
        .order_by(Convenant.made_at.desc(), Convenant.id)
    )
    return [row for row in rows if queries.in_force(session, row.id, on=on)]


def _draft(session: Session, convenant: Convenant) -> ConvenantVersion:
    if convenant.kind != "regional":
        raise ConflictError("In dit soort convenant staat niet apart wie wat uitwisselt.")
    row = session.scalars(
        select(ConvenantVersion).where(ConvenantVersion.convenant_id == convenant.id, ConvenantVersion.state == "draft")
    ).first()
    if row is None:
        raise ConflictError("Schrijf eerst aan een nieuwe tekst. Wat is aangeboden, verandert niet meer.")
    return row


def _rows(session: Session, version_id: str) -> list[ConvenantExchange]:
    query = select(ConvenantExchange).where(ConvenantExchange.version_id == version_id)
    return list(
        session.scalars(query.order_by(ConvenantExchange.giver_id, ConvenantExchange.receiver_id, ConvenantExchange.id))
    )


def _id_of(session: Session, convenant_id: str, number: int) -> str:
    query = select(ConvenantVersion.id).where(
        ConvenantVersion.convenant_id == convenant_id, ConvenantVersion.number == number
    )
    return session.scalars(query).one()
