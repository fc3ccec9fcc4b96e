"""Information duty: what is recorded is told to who is entitled, with the purposes, unless they know already (PR6.2).

In the portal at the moment of recording, with one e-mail for all that comes in within half a day; by letter to who
has no account, which stays open until someone says when it was sent, or how the person was informed already.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.consent import orders
from gateway.consent.rules import sixteenth_birthday
from gateway.dossiers.guardians import entitled_accounts, is_limited, named
from gateway.dossiers.queries import pupil_of, visible_dossier
from gateway.dossiers.rules import TEXT_MAX
from gateway.dossiers.tables import Dossier, DossierPerson, Informed, Informing
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import DocumentVersion
    from gateway.services import Services

TOGETHER = timedelta(hours=12)
PUPIL = "pupil"
PORTAL, LETTER, ALREADY = "portal", "letter", "already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that was recorded, as it is told: no file name, no content.

    `told` are whole Dutch sentences for a letter, of what must be told in full: a besluit with its objection clause.
    """

    kind: str
    categories: Sequence[str]
    purpose: str
    origin: str
    on: date
    told: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """Who is told, how, and when; a letter without a day is still to be sent."""

    id: str
    name: str
    way: str
    told_on: date | None
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InformingLine:
    """What was recorded together, and who is told of it."""

    id: str
    opened_at: datetime
    items: Sequence[Item]
    persons: Sequence[PersonLine]

    @property
    def purposes(self) -> list[str]:
        """The purposes of everything in it."""
        return sorted({item.purpose for item in self.items})


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a letter says."""

    to: str
    street: str
    postcode: str
    town: str
    pupil_name: str
    school_name: str
    swv_name: str
    on: date
    line: InformingLine


def recorded(
    services: Services, session: Session, context: Context, dossier: Dossier, versions: Sequence[DocumentVersion]
) -> None:
    """Tell of these versions, in the transaction that records them. On a draft nothing is recorded yet (PR3)."""
    if dossier.state == "draft" or not versions:
        return
    new: list[dict[str, object]] = [
        {
            "kind": version.kind,
            "categories": version.category_list,
            "purpose": version.purpose,
            "origin": version.origin,
            "on": context.today.isoformat(),
        }
        for version in versions
    ]
    query = select(Informing).where(Informing.dossier_id == dossier.id, Informing.opened_at > context.now - TOGETHER)
    running = session.scalars(query.order_by(Informing.opened_at.desc())).first()
    if running is not None and not _settled(session, running):
        before = services.vault.open_json(session, dossier.id, f"informing:{running.id}", running.items)
        running.items = services.vault.seal_json(session, dossier.id, f"informing:{running.id}", [*before, *new])
        return
    _begin(services, session, context, dossier, new)


def besluit(services: Services, session: Session, context: Context, dossier: Dossier, item: Item) -> None:
    """Tell of a besluit, in the transaction that registers it: in the portal, or by a letter of its own (OB1)."""
    told = {**asdict(item), "categories": list(item.categories), "told": list(item.told), "on": item.on.isoformat()}
    _begin(services, session, context, dossier, [told], notice="besluit", link=f"/wat-is-bekend/{dossier.id}/besluiten")


def destruction(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    categories: Sequence[str],
    told: Sequence[str],
    *,
    notice: str = "destroy_family",
) -> None:
    """Tell the family that the dossier will be destroyed, or not after all: in the portal or by a letter (PR12.1)."""
    item: dict[str, object] = {
        "kind": "destruction",
        "categories": list(categories),
        "purpose": "support_allocation",
        "origin": "swv",
        "told": list(told),
        "on": context.today.isoformat(),
    }
    link = f"/wat-is-bekend/{dossier.id}/besluiten"
    _begin(services, session, context, dossier, [item], notice=notice, link=link)


def _settled(session: Session, row: Informing) -> bool:
    """A letter of it went out: what comes now is not in that letter."""
    query = select(Informed.id).where(
        Informed.informing_id == row.id, Informed.way != PORTAL, Informed.told_on.is_not(None)
    )
    return session.scalar(query.limit(1)) is not None


def _begin(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    items: list[dict[str, object]],
    *,
    notice: str = "recorded",
    link: str = "/wat-is-bekend",
) -> None:
    row = Informing(dossier_id=dossier.id, opened_at=context.now, items=b"")
    session.add(row)
    session.flush()
    row.items = services.vault.seal_json(session, dossier.id, f"informing:{row.id}", items)
    accounts = entitled_accounts(services, session, dossier, context.today)
    persons = people.names_of(session, services.vault, accounts)
    letters = _on_paper(services, session, dossier, context.today)
    for account_id in accounts:
        name = persons[account_id].name if account_id in persons else ""
        _person(services, session, row, account_id=account_id, name=name, told_on=context.today)
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind=notice,
            link=link,
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
        )
    for name, guardian_id in letters:
        _person(services, session, row, account_id=None, name=name, told_on=None, guardian_id=guardian_id)
    _note(services, session, context, dossier, row, {"in_portal": len(accounts), "letters": len(letters)})


def _person(
    services: Services,
    session: Session,
    row: Informing,
    *,
    account_id: str | None,
    name: str,
    told_on: date | None,
    guardian_id: str = "",
) -> None:
    details = {"name": name, "how": "", "guardian": guardian_id}
    person = Informed(
        informing_id=row.id,
        account_id=account_id,
        way=PORTAL if account_id else LETTER,
        details=services.vault.seal_json(session, row.dossier_id, f"informed:{row.id}", details),
        told_on=told_on,
    )
    session.add(person)


def _is_limited(
    services: Services, session: Session, dossier: Dossier, row: Informing, person: Informed, on: date
) -> bool:
    """Whether a court order limits who this letter is for; of a letter to nobody known, any order does."""
    opened = services.vault.open_json(session, dossier.id, f"informed:{row.id}", person.details)
    guardian_id = opened.get("guardian")
    if guardian_id == PUPIL:
        return False
    each = next((each for each in named(services, session, dossier) if each.guardian_id == guardian_id), None)
    if guardian_id is None or each is None:
        return bool(orders.in_force(session, dossier.id, on))
    return is_limited(session, dossier.id, each, on)


def _on_paper(services: Services, session: Session, dossier: Dossier, on: date) -> list[tuple[str, str]]:
    """Who is entitled and has no account, with the id of who that is: a letter is for them."""
    pupil = pupil_of(session, services.vault, dossier)
    if on >= sixteenth_birthday(pupil.born):
        links = select(DossierPerson.account_id).where(
            DossierPerson.dossier_id == dossier.id, DossierPerson.capacity == "data_subject"
        )
        return [] if session.scalar(links.limit(1)) else [(pupil.name, PUPIL)]
    return [
        (each.name, each.guardian_id or "")
        for each in named(services, session, dossier)
        if each.has_authority and each.account_id is None and not is_limited(session, dossier.id, each, on)
    ]


def of_dossier(services: Services, context: Context, dossier_id: str) -> list[InformingLine]:
    """What was told about a dossier within the actor's reach, newest first."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        return [_line(services, session, row) for row in _rows(session, dossier.id)]


def for_family(services: Services, session: Session, dossier: Dossier) -> list[InformingLine]:
    """The same for who is entitled; the caller's floor asked whether they are."""
    return [_line(services, session, row) for row in _rows(session, dossier.id)]


def letter(services: Services, context: Context, dossier_id: str, informed_id: str) -> Letter:
    """What the letter to this person says; that it was printed is logged before it leaves.

    Raises:
        ConflictError: a court order limits this person by now.
    """
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        row, person = _one(session, dossier, informed_id)
        line = _line(services, session, row)
        name = next(each.name for each in line.persons if each.id == person.id)
        if _is_limited(services, session, dossier, row, person, context.today):
            raise ConflictError("Voor deze persoon geldt nu een uitspraak van de rechter. Maak geen brief.")
        pupil = pupil_of(session, services.vault, dossier)
        record(
            session,
            services.vault,
            context,
            Action.PRINT,
            dossier_id=dossier.id,
            object_type="informing",
            object_id=row.id,
            article="PR6.2",
        )
        return Letter(
            to=name,
            street=pupil.street,
            postcode=pupil.postcode,
            town=pupil.town,
            pupil_name=pupil.name,
            school_name=session.get_one(Organisation, dossier.school_on(context.today)).name,
            swv_name=session.get_one(Tenant, dossier.tenant_id).name,
            on=context.today,
            line=line,
        )


def settle(
    services: Services, context: Context, dossier_id: str, informed_id: str, *, on: date, way: str, how: str = ""
) -> None:
    """The letter was sent on this day, or the person was informed already, which day and how.

    Raises:
        InvalidInputError: the day lies ahead, or it is not said how.
        ConflictError: it was settled before.
    """
    if on > context.today:
        raise InvalidInputError("Deze dag ligt in de toekomst.", field="day")
    if way == ALREADY and not how.strip():
        raise InvalidInputError("Schrijf hoe deze persoon is ingelicht.", field="how")
    if len(how) > TEXT_MAX:
        raise InvalidInputError("Deze uitleg is te lang. Houd het kort.", field="how")
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        row, person = _one(session, dossier, informed_id)
        session.refresh(person, with_for_update=True)  # of two at once, one finds it done
        if person.told_on is not None:
            raise ConflictError("Dit is al vastgelegd.")
        opened = services.vault.open_json(session, dossier.id, f"informed:{row.id}", person.details)
        person.details = services.vault.seal_json(
            session, dossier.id, f"informed:{row.id}", {**opened, "how": how.strip()}
        )
        person.way, person.told_on = (ALREADY if way == ALREADY else LETTER), on
        _note(services, session, context, dossier, row, {"settled": person.way, "on": on.isoformat()})


def _one(session: Session, dossier: Dossier, informed_id: str) -> tuple[Informing, Informed]:
    person = session.get(Informed, informed_id)
    row = session.get(Informing, person.informing_id) if person is not None else None
    if person is None or row is None or row.dossier_id != dossier.id or person.account_id is not None:
        raise NotFoundError
    return row, person


def _rows(session: Session, dossier_id: str) -> Sequence[Informing]:
    query = select(Informing).where(Informing.dossier_id == dossier_id)
    return session.scalars(query.order_by(Informing.opened_at.desc(), Informing.id)).all()


def _line(services: Services, session: Session, row: Informing) -> InformingLine:
    items = services.vault.open_json(session, row.dossier_id, f"informing:{row.id}", row.items)
    persons = []
    for person in session.scalars(select(Informed).where(Informed.informing_id == row.id).order_by(Informed.id)):
        opened = services.vault.open_json(session, row.dossier_id, f"informed:{row.id}", person.details)
        persons.append(
            PersonLine(id=person.id, name=opened["name"], way=person.way, told_on=person.told_on, how=opened["how"])
        )
    return InformingLine(
        id=row.id,
        opened_at=row.opened_at,
        items=[Item(**{**item, "on": date.fromisoformat(item["on"])}) for item in items],
        persons=persons,
    )


def _note(
    services: Services, session: Session, context: Context, dossier: Dossier, row: Informing, payload: dict[str, object]
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.NOTIFY,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        object_type="informing",
        object_id=row.id,
        article="PR6.2",
        payload=payload,
    )
