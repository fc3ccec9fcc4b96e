"""The prepared answer of an inzage: everything that is kept about one pupil, gathered from where it lies.

Nothing is decided here but what is left out by itself: what a court order or another person's privacy forbids to this
requester. The officer can decide otherwise, item by item (`overview_pieces`). Source: PR11.3, AVG 15, PR9.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.consent import orders
from gateway.consent import usecases as consents
from gateway.dossiers import enrolled, keeping, queries
from gateway.matters import queries as matters
from gateway.references import reference_of
from gateway.reglement import versions
from gateway.rights import overview_asked, overview_documents, overview_log, overview_received, overview_words
from gateway.rights.overview_asked import Requester
from gateway.rights.overview_pieces import Pieces
from gateway.rights.overview_values import (
    BesluitPart,
    CategoryPart,
    Coded,
    ConsentPart,
    GuardianPart,
    HoldPart,
    KeptPart,
    MatterPart,
    OrderPart,
    Overview,
    PupilPart,
    SchoolPart,
)
from gateway.rights.overview_words import coded, coded_all
from gateway.sentences import sentence

__all__ = ["Choices", "Requester", "overview", "register_opinions"]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.rules import Pupil
    from gateway.dossiers.tables import Dossier
    from gateway.rights.overview_documents import Chosen
    from gateway.rights.overview_pieces import Override
    from gateway.services import Services

_MAY_NAME = sentence("Dit kan gegevens van een ander bevatten (AVG artikel 15, lid 4).")
_opinions: list[Callable[[Services, Session, str], Sequence[Mapping[str, Any]]]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the officer decided: by document, and by item that is shown or left out."""

    documents: Mapping[str, Chosen] = field(default_factory=dict)
    pieces: Mapping[str, Override] = field(default_factory=dict)


def register_opinions(tell: Callable[[Services, Session, str], Sequence[Mapping[str, Any]]]) -> None:
    """Say who tells of second opinions: that slice stands beside this one, neither knows the other."""
    if tell not in _opinions:
        _opinions.append(tell)


def overview(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    requester: Requester,
    choices: Choices | None = None,
) -> tuple[Overview, Pieces]:
    """Everything that is kept about the pupil of this dossier, and the items of which the officer can decide.

    The caller judged who asks and writes the event. Source: PR11.3, AVG 15(1).
    """
    choices = choices or Choices()
    pieces = Pieces(choices.pieces)
    tenant = people.tenant_of(session, dossier.tenant_id)
    profile = versions.in_force(session, tenant.id, tenant.profile_id, context.today)
    pupil = queries.pupil_of(session, services.vault, dossier)
    documents = overview_documents.parts(services, session, dossier, choices.documents, profile, pieces)
    kept = keeping.kept_of(session, dossier, context.today)
    limited = bool(orders.in_force(session, dossier.id, context.today))
    asked, sent = overview_asked.parts(services, session, dossier, requester)
    made = Overview(
        reference=reference_of(dossier.id),
        at=context.now,
        on=context.today,
        controller=tenant.name,
        reglement=sentence("%(title)s, versie %(number)d", title=profile.title, number=profile.version),
        requester=coded(requester.capacity, overview_words.CAPACITIES),
        pupil=_pupil(session, services, dossier, pupil, requester, pieces, limited=limited),
        categories=_categories(pupil, [each.categories for each in documents]),
        documents=documents,
        matters=tuple(_matters(services, session, dossier, pieces)),
        kept=tuple(
            KeptPart(
                categories=coded_all(line.categories, overview_words.CATEGORIES),
                until=line.until,
                why=line.why,
                article=line.article,
            )
            for line in (kept.lines if kept else ())
        ),
        kept_until=kept.until if kept else None,
        holds=tuple(_holds(services, session, dossier, pieces)),
        consents=tuple(_consents(services, session, dossier, requester, pieces)),
        orders=tuple(_orders(services, session, dossier, requester, pieces)),
        recipients=tuple(overview_received.recipients(services, session, dossier, profile, documents_by_id(documents))),
        opinions=tuple(
            overview_received.opinion(each) for tell in _opinions for each in tell(services, session, dossier.id)
        ),
        requests=asked,
        letters=sent,
        log=tuple(overview_log.parts(services, session, context, dossier)),
        automated=overview_words.NO_MACHINE_DECIDES,
        rights=overview_words.RIGHTS,
        addresses=overview_words.addresses(tenant.name),
        left_out=(),
    )
    return pieces.applied(made), pieces


def documents_by_id(documents: Sequence[overview_documents.DocumentPart]) -> dict[str, str]:
    """What each document is called in this answer."""
    return {each.id: each.title for each in documents}


def _pupil(
    session: Session,
    services: Services,
    dossier: Dossier,
    pupil: Pupil,
    requester: Requester,
    pieces: Pieces,
    *,
    limited: bool,
) -> PupilPart:
    guardians = []
    for each in pupil.guardians:
        other = not (requester.is_guardian and requester.guardian_id == each.id)
        contact = pieces.value(
            f"contact:{each.id}",
            sentence("Hoe %(name)s te bereiken is", name=each.name),
            each.contact,
            hidden=other and requester.is_guardian,
            why=sentence("Dit zijn gegevens van een ander. Die beschermen wij (AVG artikel 15, lid 4)."),
        )
        guardians.append(
            GuardianPart(name=each.name, relation=each.relation, has_authority=each.has_authority, contact=contact)
        )
    address = [
        pieces.value(
            "address",
            sentence("Het adres van de leerling"),
            each,
            hidden=limited and requester.is_guardian,
            why=sentence(
                "In dit dossier staat een uitspraak van de rechter over het gezag. Daarom geven wij het adres niet mee."
            ),
        )
        for each in (pupil.street, pupil.postcode, pupil.town)
    ]
    return PupilPart(
        name=pupil.name,
        born=pupil.born,
        bsn=pupil.bsn,
        street=address[0],
        postcode=address[1],
        town=address[2],
        enrolled_from=pupil.enrolled_from,
        reason=pieces.value(
            "reason", sentence("Waarom de leerling is aangemeld"), pupil.reason, hidden=False, why=_MAY_NAME
        ),
        guardians=tuple(guardians),
        schools=tuple(_schools(session, services, dossier)),
    )


def _schools(session: Session, services: Services, dossier: Dossier) -> list[SchoolPart]:
    found = []
    for row in enrolled.rows_of(session, dossier.id):
        if row.school_id is not None:
            name = session.get_one(Organisation, row.school_id).name
        elif row.elsewhere is not None:
            name = str(services.vault.open_json(session, dossier.id, "elsewhere", row.elsewhere))
        else:
            name = sentence("een school buiten dit samenwerkingsverband")
        found.append(SchoolPart(name=name, first=row.from_day, last=row.until_day))
    return found


def _categories(pupil: Pupil, of_documents: Sequence[Sequence[Coded]]) -> tuple[CategoryPart, ...]:
    """Every category that is kept: what the dossier itself holds of it, and how many documents."""
    fields = overview_words.fields_of(pupil)
    counts: dict[str, int] = {}
    for each in of_documents:
        for letter in {category.code[0] for category in each}:
            counts[letter] = counts.get(letter, 0) + 1
    return tuple(
        CategoryPart(
            category=coded(letter, overview_words.CATEGORIES),
            fields=fields.get(letter, ()),
            documents=counts.get(letter, 0),
        )
        for letter in sorted({*fields, *counts})
    )


def _matters(services: Services, session: Session, dossier: Dossier, pieces: Pieces) -> list[MatterPart]:
    return [
        MatterPart(
            kind=coded(line.row.kind, overview_words.MATTERS),
            started_on=line.row.started_on,
            ended_on=line.row.ended_on,
            replaced=_replaced(pieces, line.row.id, coded(line.row.kind, overview_words.MATTERS), line.replaced),
            besluiten=tuple(_besluit(each, pieces) for each in line.besluiten),
        )
        for line in matters.matters_of(session, services.vault, dossier.id)
    ]


def _replaced(pieces: Pieces, row_id: str, kind: Coded, text: str) -> str:
    """Why a matter or besluit was put right, as someone typed it: the officer can leave it out."""
    about = sentence("Waarom %(kind)s is verbeterd of ingetrokken", kind=kind.words)
    return pieces.value(f"replaced:{row_id}", about, text, hidden=False, why=_MAY_NAME)


def _besluit(line: matters.BesluitLine, pieces: Pieces) -> BesluitPart:
    row = line.row
    return BesluitPart(
        kind=coded(row.kind, overview_words.BESLUITEN),
        number=line.number,
        decided_on=row.decided_on,
        announced_on=row.announced_on,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        school_type=overview_words.SCHOOL_TYPES.get(row.school_type or "", ""),
        funding=overview_words.FUNDING.get(row.funding or "", ""),
        signatory=line.signatory,
        function=line.function,
        objection_until=line.objection_until,
        replaced=_replaced(pieces, row.id, coded(row.kind, overview_words.BESLUITEN), line.replaced),
    )


def _holds(services: Services, session: Session, dossier: Dossier, pieces: Pieces) -> list[HoldPart]:
    return [
        HoldPart(
            kind=coded(line.row.kind, overview_words.HOLDS),
            since=line.row.started_on,
            ended_on=line.row.ended_on,
            reason=pieces.value(
                f"hold:{line.row.id}",
                sentence("De reden waarom het dossier niet vernietigd mag worden"),
                line.reason,
                hidden=False,
                why="",
            ),
        )
        for line in matters.holds_of(session, services.vault, dossier.id)
    ]


def _consents(
    services: Services, session: Session, dossier: Dossier, requester: Requester, pieces: Pieces
) -> list[ConsentPart]:
    found = []
    for row in consents.of_dossier(session, dossier.id):
        opened = consents.details(session, services.vault, row)
        other = requester.is_guardian and (
            row.given_by != "guardian" or row.giver_account_id is None or row.giver_account_id != requester.account_id
        )
        evidence = pieces.value(
            f"consent:{row.id}",
            sentence("Waaruit de toestemming van %(name)s blijkt", name=opened["name"]),
            opened["evidence"],
            hidden=other and bool(opened["evidence"]) and row.giver_account_id is None,
            why=_MAY_NAME,
        )
        found.append(
            ConsentPart(
                given_by=coded(row.given_by, overview_words.CAPACITIES),
                giver=opened["name"],
                given_on=row.given_on,
                valid_until=row.valid_until,
                withdrawn_on=row.withdrawn_on,
                purposes=coded_all(row.purposes.split(), overview_words.PURPOSES),
                recipients=coded_all(row.recipients.split(), overview_words.RECIPIENTS),
                categories=coded_all(row.categories.split(), overview_words.CATEGORIES),
                evidence=evidence,
            )
        )
    return found


def _orders(
    services: Services, session: Session, dossier: Dossier, requester: Requester, pieces: Pieces
) -> list[OrderPart]:
    found = []
    for line in orders.lines(session, services.vault, dossier.id):
        own = requester.is_guardian and bool(requester.guardian_id) and line.order.guardian_id == requester.guardian_id
        told = pieces.value(
            f"order:{line.order.id}",
            sentence("Over wie de uitspraak van de rechter gaat, en wat daarbij is opgeschreven"),
            f"{line.name}\n{line.note}",
            hidden=requester.is_guardian and not own,
            why=sentence("De uitspraak gaat over een ander. Die gegevens beschermen wij (AVG artikel 15, lid 4)."),
        )
        name, _, note = told.partition("\n")
        found.append(OrderPart(about=name, first=line.order.from_day, last=line.order.until_day, note=note))
    return found
