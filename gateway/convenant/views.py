"""What the pages of convenants show. Names and words are opened here, for whoever has a seat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.convenant import proxies, queries, reach, rules, sealing
from gateway.convenant.tables import (
    Convenant,
    ConvenantAgreement,
    ConvenantContact,
    ConvenantDocument,
    ConvenantEnding,
    ConvenantExchange,
    ConvenantParty,
    ConvenantProxy,
    ConvenantProxyFor,
    ConvenantSignature,
    ConvenantStep,
    ConvenantVersion,
)
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.accounts.rules import Person
    from gateway.context import Context
    from gateway.convenant.reach import Seat
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A convenant in the list: how it stands, and what waits for the reader in it."""

    row: Convenant
    state: str
    parties: tuple[str, ...]
    since: date | None
    last_day: date | None
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLine:
    """A signature with its signer's name; `mine`: the reader recorded it, so another decides."""

    row: ConvenantSignature
    party: str
    signer: Mapping[str, str]
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLine:
    """Who gives what to whom, by name."""

    id: str
    giver: str
    receiver: str
    categories: str
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version with its signatures; `counts_from` is the day on which the last founder signed."""

    row: ConvenantVersion
    text: str
    change: str
    document: str | None
    signatures: tuple[SignatureLine, ...]
    missing: tuple[ConvenantParty, ...]
    counts_from: date | None
    exchange: tuple[ExchangeLine, ...]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A whole convenant, as its reader sees it."""

    seat: Seat
    state: str
    since: date | None
    last_day: date | None
    parties: tuple[ConvenantParty, ...]
    names: Mapping[str, str]
    bound: Mapping[str, bool]
    versions: tuple[VersionLine, ...]
    current: int | None
    contacts: tuple[tuple[ConvenantContact, str], ...]
    speaks: Mapping[str, tuple[str, ...]]
    documents: tuple[tuple[ConvenantDocument, str], ...]
    agreements: tuple[tuple[ConvenantAgreement, Mapping[str, str]], ...]
    endings: tuple[tuple[ConvenantEnding, str], ...]
    proxies: tuple[tuple[ConvenantProxy, str, tuple[str, ...]], ...]
    steps: tuple[tuple[ConvenantStep, str, Mapping[str, Any]], ...]
    waits: tuple[str, ...]

    @property
    def signing(self) -> VersionLine | None:
        """The offered version that the newest signatures are asked for."""
        found = [line for line in self.versions if line.row.state == "offered"]
        return found[0] if found and (found[0].counts_from is None or found[0].missing) else None

    @property
    def draft(self) -> VersionLine | None:
        """The version that is being written."""
        return next((line for line in self.versions if line.row.state == "draft"), None)

    @property
    def signed_by_us(self) -> bool:
        """Whether the reader's party signed the version that is being signed."""
        return self.signing is not None and self.seat.party.id not in {party.id for party in self.signing.missing}


def register(services: Services, context: Context) -> list[Line]:
    """The convenants that the reader may see, with what waits for them."""
    if context.person.role not in reach.READERS:
        raise NotFoundError
    with services.db.reading() as session:
        return [_line(session, context, row) for row in reach.visible(session, context)]


def _line(session: Session, context: Context, row: Convenant) -> Line:
    found = queries.standing(session, row.id)
    parties = queries.parties_of(session, row.id)
    names = queries.names_of(session, parties)
    return Line(
        row=row,
        state=_state(session, row, found, context.today),
        parties=tuple(names[party.id] for party in parties),
        since=rules.complete_on(found.founders, found.first.signed) if found.first is not None else None,
        last_day=found.last_day,
        waits=_waits(session, context, row, parties),
    )


def _state(session: Session, row: Convenant, found: queries.Standing, on: date) -> str:
    offered = session.scalars(
        select(ConvenantVersion.id).where(ConvenantVersion.convenant_id == row.id, ConvenantVersion.state == "offered")
    ).first()
    signed_on = rules.complete_on(found.founders, found.first.signed) if found.first is not None else None
    return rules.state_of(signed_on=signed_on, last=found.last_day, offered=offered is not None, on=on)


def _waits(session: Session, context: Context, row: Convenant, parties: Iterable[ConvenantParty]) -> tuple[str, ...]:
    """What the reader can do now: keys of `WAITS`."""
    mine = next((p for p in parties if p.organisation_id == context.person.organisation_id), None)
    if mine is None or context.person.role not in reach.MAKERS:
        return ()
    found: list[str] = []
    offered = session.scalars(
        select(ConvenantVersion)
        .where(ConvenantVersion.convenant_id == row.id, ConvenantVersion.state == "offered")
        .order_by(ConvenantVersion.number.desc())
        .limit(1)
    ).first()
    over = queries.is_over(session, row.id, context.today)
    if offered is not None and not over and context.person.role is Role.CONTACT_PERSON:
        signed = select(ConvenantSignature.id).where(
            ConvenantSignature.version_id == offered.id,
            ConvenantSignature.party_id == mine.id,
            ConvenantSignature.state == "signed",
        )
        if session.scalars(signed).first() is None:
            found.append("sign")
    paper = (
        select(ConvenantSignature.id)
        .join(ConvenantVersion, ConvenantVersion.id == ConvenantSignature.version_id)
        .where(ConvenantVersion.convenant_id == row.id, ConvenantVersion.state == "offered")
        .where(ConvenantSignature.state == "waiting", ConvenantSignature.made_by != context.person.account_id)
    )
    if mine.side == rules.OWN and session.scalars(paper).first() is not None:
        found.append("paper")
    for table, what in ((ConvenantAgreement, "agreement"), (ConvenantEnding, "ending")):
        asked = select(table.id).where(
            table.convenant_id == row.id, table.state == "proposed", table.party_id != mine.id
        )
        if session.scalars(asked).first() is not None:
            found.append(what)
    return tuple(found)


def show(services: Services, context: Context, convenant_id: str) -> View:
    """One convenant.

    Raises:
        NotFoundError: it does not exist, or the reader has no seat at it.
    """
    with services.db.reading() as session:
        at = reach.seat(session, context, convenant_id)
        return _view(services, session, context, at)


def _view(services: Services, session: Session, context: Context, at: Seat) -> View:
    row = at.convenant
    found = queries.standing(session, row.id)
    parties = tuple(queries.parties_of(session, row.id))
    names = queries.names_of(session, parties)
    today = context.today
    current = rules.current(found.founders, found.versions, today)
    contacts = session.scalars(
        select(ConvenantContact).where(ConvenantContact.convenant_id == row.id).order_by(ConvenantContact.valid_from)
    ).all()
    speaks = {party.id: queries.contacts_of_party(session, party, today) for party in parties}
    steps = session.scalars(
        select(ConvenantStep).where(ConvenantStep.convenant_id == row.id).order_by(ConvenantStep.number.desc())
    ).all()
    known = people.names_of(
        session,
        services.vault,
        [*(c.account_id for c in contacts), *(a for ids in speaks.values() for a in ids), *(s.made_by for s in steps)],
    )
    return View(
        seat=at,
        state=_state(session, row, found, today),
        since=rules.complete_on(found.founders, found.first.signed) if found.first is not None else None,
        last_day=found.last_day,
        parties=parties,
        names=names,
        bound={party.id: queries.is_bound(session, party, today) for party in parties},
        versions=_versions(services, session, context, at, found, names),
        current=current.number if current is not None else None,
        contacts=tuple((each, _name(known, each.account_id)) for each in contacts),
        speaks={party: tuple(_name(known, each) for each in ids) for party, ids in speaks.items()},
        documents=_documents(services, session, row.id) if at.own else (),
        agreements=_agreements(services, session, row.id),
        endings=_endings(services, session, row.id),
        proxies=_proxies(services, session, row.id, names),
        steps=tuple(
            (each, _name(known, each.made_by), _opened(services, "step", each.id, each.details)) for each in steps
        ),
        waits=_waits(session, context, row, parties),
    )


def _versions(
    services: Services, session: Session, context: Context, at: Seat, found: queries.Standing, names: Mapping[str, str]
) -> tuple[VersionLine, ...]:
    rows = session.scalars(
        select(ConvenantVersion)
        .where(ConvenantVersion.convenant_id == at.convenant.id)
        .order_by(ConvenantVersion.number.desc())
    ).all()
    signed = {version.number: version.signed for version in found.versions}
    parties = queries.parties_of(session, at.convenant.id)
    lines = []
    for row in rows:
        if row.state == "draft" and not at.own:
            continue
        kept = _opened(services, "version", row.id, row.content)
        days = signed.get(row.number, {})
        lines.append(
            VersionLine(
                row=row,
                text=kept.get("text", ""),
                change=kept.get("change", ""),
                document=_file_name(services, session, row.document_id),
                signatures=_signatures(services, session, context, row, names),
                missing=tuple(party for party in parties if party.id not in days and party.left_on is None),
                counts_from=rules.complete_on(found.founders, days) if row.state == "offered" else None,
                exchange=_exchange(session, row.id, names),
                said=kept.get("said", {}),
            )
        )
    return tuple(lines)


def _signatures(
    services: Services, session: Session, context: Context, version: ConvenantVersion, names: Mapping[str, str]
) -> tuple[SignatureLine, ...]:
    rows = session.scalars(
        select(ConvenantSignature)
        .where(ConvenantSignature.version_id == version.id, ConvenantSignature.state != "rejected")
        .order_by(ConvenantSignature.made_at, ConvenantSignature.id)
    )
    return tuple(
        SignatureLine(
            row=row,
            party=names.get(row.party_id, ""),
            signer=_opened(services, "signer", row.id, row.signer),
            mine=row.made_by == context.person.account_id,
        )
        for row in rows
    )


def _exchange(session: Session, version_id: str, names: Mapping[str, str]) -> tuple[ExchangeLine, ...]:
    rows = session.scalars(
        select(ConvenantExchange).where(ConvenantExchange.version_id == version_id).order_by(ConvenantExchange.id)
    )
    return tuple(
        ExchangeLine(
            id=row.id,
            giver=names[row.giver_id],
            receiver=names[row.receiver_id],
            categories=row.categories,
            purposes=tuple(row.purposes.split()),
        )
        for row in rows
    )


def _documents(services: Services, session: Session, convenant_id: str) -> tuple[tuple[ConvenantDocument, str], ...]:
    rows = session.scalars(
        select(ConvenantDocument)
        .where(ConvenantDocument.convenant_id == convenant_id)
        .order_by(ConvenantDocument.made_at.desc(), ConvenantDocument.id)
    )
    return tuple((row, str(sealing.opened(services.vault, "file", row.id, row.file_name))) for row in rows)


def _agreements(
    services: Services, session: Session, convenant_id: str
) -> tuple[tuple[ConvenantAgreement, Mapping[str, str]], ...]:
    rows = session.scalars(
        select(ConvenantAgreement)
        .where(ConvenantAgreement.convenant_id == convenant_id)
        .order_by(ConvenantAgreement.number.desc())
    )
    return tuple((row, queries.agreement_words(services.vault, row)) for row in rows)


def _endings(services: Services, session: Session, convenant_id: str) -> tuple[tuple[ConvenantEnding, str], ...]:
    rows = session.scalars(
        select(ConvenantEnding)
        .where(ConvenantEnding.convenant_id == convenant_id)
        .order_by(ConvenantEnding.made_at.desc(), ConvenantEnding.id)
    )
    return tuple((row, str(_opened(services, "ending", row.id, row.details).get("text", ""))) for row in rows)


def _proxies(
    services: Services, session: Session, convenant_id: str, names: Mapping[str, str]
) -> tuple[tuple[ConvenantProxy, str, tuple[str, ...]], ...]:
    rows = session.scalars(
        select(ConvenantProxy)
        .where(ConvenantProxy.convenant_id == convenant_id, ConvenantProxy.state != "rejected")
        .order_by(ConvenantProxy.made_at, ConvenantProxy.id)
    ).all()
    found = []
    for row in rows:
        given = session.scalars(select(ConvenantProxyFor.party_id).where(ConvenantProxyFor.proxy_id == row.id))
        holder = _opened(services, "proxy", row.id, row.details).get("name", "")
        found.append((row, str(holder), tuple(names[party_id] for party_id in given)))
    return tuple(found)


def signs_for(services: Services, context: Context, convenant_id: str) -> list[tuple[str, str]]:
    """The organisations for which the reader may also sign, by volmacht: (party, name)."""
    with services.db.reading() as session:
        at = reach.seat(session, context, convenant_id)
        found = proxies.of_holder(session, at.party.id, context.today)
        names = queries.names_of(session, [party for party, _ in found])
        return [(party.id, names[party.id]) for party, _ in found]


def scans(services: Services, context: Context, convenant_id: str) -> list[tuple[str, str]]:
    """The scans of signed copies that the reader can point at: ours see all, a guest those that it added itself."""
    with services.db.reading() as session:
        at = reach.seat(session, context, convenant_id)
        return [
            (row.id, name)
            for row, name in _documents(services, session, convenant_id)
            if row.kind == "signed" and row.state != "rejected" and (at.own or row.made_by == context.person.account_id)
        ]


def can_be_party(services: Services, context: Context, kind: str) -> list[Organisation]:
    """The organisations of this tenant that can be a party of such a convenant."""
    with services.db.reading() as session:
        if not reach.works_here(session, context):
            raise NotFoundError
        return people.organisations(session, context.person.tenant_id, *rules.PARTNER_KINDS[kind])


def can_be_contact(services: Services, context: Context) -> list[tuple[str, str]]:
    """The people of the reader's organisation who can be contact person: (account, name)."""
    with services.db.reading() as session:
        rows = session.scalars(
            select(Account)
            .where(
                Account.organisation_id == context.person.organisation_id,
                Account.active,
                Account.role == Role.CONTACT_PERSON.value,
            )
            .order_by(Account.created_at, Account.id)
        ).all()
        known = people.names_of(session, services.vault, [row.id for row in rows])
        return [(row.id, _name(known, row.id)) for row in rows]


def _file_name(services: Services, session: Session, document_id: str | None) -> str | None:
    row = session.get(ConvenantDocument, document_id) if document_id else None
    return str(sealing.opened(services.vault, "file", row.id, row.file_name)) if row is not None else None


def _opened(services: Services, place: str, row_id: str, sealed: bytes) -> dict[str, Any]:
    found: dict[str, Any] = sealing.opened(services.vault, place, row_id, sealed)
    return found


def _name(known: Mapping[str, Person], account_id: str | None) -> str:
    return known[account_id].name if account_id is not None and account_id in known else ""
