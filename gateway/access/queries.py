"""The access list as people see it (PR8.2): appendix 1, one entry with its history, and what asks for attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from gateway.access import history, rules
from gateway.access.tables import AccessChange, AccessEntry, Confidentiality
from gateway.access.usecases import CONFIDENTIALITY_TEXTS, SEERS, waiting_for
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Role
from gateway.errors import NotFoundError
from gateway.recording import Action, record
from gateway.references import reference_of
from gateway.reglement.versions import in_force
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.accounts.rules import Person
    from gateway.context import Context
    from gateway.services import Services

PUBLIC_CHANGES = ("approved", "replaced", "shortened", "narrowed", "ended", "opened")
"""Changes after which appendix 1 reads differently; a proposal changes nothing yet."""
HISTORY_SHOWN = 100
ONLY_OFFICER = sentence("Noodtoegang. De reden gaat over een leerling en staat bij de privacyfunctionaris.")
"""Who made break-glass wrote about a pupil: an administrator reads no dossier, and appendix 1 goes to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """How the list was narrowed; each is a code or an opaque id, so that an address names nobody."""

    state: str = ""
    category: str = ""
    school: str = ""

    def chosen(self) -> dict[str, str]:
        """What was chosen, for the log."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """A line of the access list."""

    id: str
    account_id: str
    kind: str
    state: str
    version: int
    name: str
    function: str
    role: str
    organisation: str
    categories: str
    scope: str
    scope_ids: Sequence[str]
    scope_names: Sequence[str]
    motivation: str
    valid_from: date
    valid_until: date | None
    closes_at: datetime | None
    accepted_on: date | None
    accepted_version: str
    profession: str | None
    register: str | None
    register_from: date | None
    register_until: date | None
    last_day: date | None
    days_left: int | None
    soon: bool
    review_due: date | None
    review_overdue: bool
    waits_for: str | None
    made_by: str
    replaces_id: str | None

    @property
    def stands(self) -> bool:
        """Whether it is in force, now or later."""
        return self.state in {"active", "future", "unregistered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One thing that happened to an entry."""

    at: datetime
    who: str
    entry_id: str
    name: str
    what: str
    fields: Sequence[tuple[str, Any, Any]]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry with everything around it."""

    line: EntryLine
    register_number: str | None
    maker: str
    differences: Sequence[tuple[str, Any, Any]]
    waiting_id: str | None
    confidentiality: Sequence[str]
    changes: Sequence[ChangeLine]
    written: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What of the access list asks for someone: shown on the first page of the administrator and of the officer."""

    waiting: int
    soon: int
    unregistered: int
    overdue: int
    glass: Sequence[EntryLine]


def may_see(session: Session, context: Context) -> None:
    """Only people of the SWV itself see the list.

    Raises:
        NotFoundError: another role, or an organisation that only receives.
    """
    organisation = session.get(Organisation, context.person.organisation_id)
    if context.person.role not in SEERS or organisation is None or organisation.kind != "swv":
        raise NotFoundError


def entries(services: Services, context: Context, narrow: Narrow | None = None) -> list[EntryLine]:
    """The access list, by name; without a choice everything that stands or waits."""
    with services.db.reading() as session:
        may_see(session, context)
        query = select(AccessEntry).where(AccessEntry.tenant_id == context.person.tenant_id)
        lines = _lines(services, session, context, session.scalars(query).all())
    chosen = narrow or Narrow()
    return sorted(
        (line for line in lines if _matches(line, chosen)),
        key=lambda line: (line.name.casefold(), line.state != "active", line.valid_from, line.id),
    )


def _matches(line: EntryLine, chosen: Narrow) -> bool:
    fits = {
        "": line.stands or line.state == rules.PROPOSED,
        "alles": True,
        "geldig": line.state == "active",
        "wacht": line.state == rules.PROPOSED,
        "verloopt": line.soon or line.state == "unregistered",
        "controle": line.review_overdue,
        "nood": line.kind == rules.BREAK_GLASS,
        "voorbij": line.state in {"expired", "ended", "replaced", "declined"},
    }.get(chosen.state, False)
    if chosen.category and chosen.category not in line.categories:
        return False
    return fits and (not chosen.school or line.scope == "tenant" or chosen.school in line.scope_ids)


def entry(services: Services, context: Context, entry_id: str) -> EntryView:
    """One entry with its difference from what it changes, and its history.

    Raises:
        NotFoundError: another tenant's, or it does not exist.
    """
    with services.db.reading() as session:
        may_see(session, context)
        row = session.get(AccessEntry, entry_id)
        if row is None or row.tenant_id != context.person.tenant_id:
            raise NotFoundError
        written = history.content(session, services.vault, row)
        before = session.get(AccessEntry, row.replaces_id) if row.replaces_id else None
        old = history.content(session, services.vault, before) if before is not None else {}
        waiting = waiting_for(session, row.id)
        line = _lines(services, session, context, [row])[0]
        written["motivation"] = line.motivation
        names = _names(session, context)
        maker = people.names_of(session, services.vault, [row.made_by])
        return EntryView(
            line=line,
            register_number=written["register_number"],
            maker=maker[row.made_by].name if row.made_by in maker else _organisation(session, row.made_by),
            differences=[_told(names, change) for change in rules.differences(old, written)],
            waiting_id=waiting.id if waiting else None,
            confidentiality=CONFIDENTIALITY_TEXTS.get(line.accepted_version, ()),
            changes=_history(services, session, context, [row.id] + ([before.id] if before else [])),
            written=written,
        )


def changes(services: Services, context: Context) -> list[ChangeLine]:
    """What happened to the list, newest first."""
    with services.db.reading() as session:
        may_see(session, context)
        return _history(services, session, context, None)


def last_changed(services: Services, context: Context) -> datetime | None:
    """When appendix 1 last changed (PR8.2)."""
    tenant = context.person.tenant_id
    with services.db.reading() as session:
        query = select(func.max(AccessChange.made_at)).where(
            AccessChange.tenant_id == tenant, AccessChange.what.in_(PUBLIC_CHANGES)
        )
        first = select(func.max(AccessEntry.made_at)).where(
            AccessEntry.tenant_id == tenant, AccessEntry.state != rules.PROPOSED
        )
        return session.scalar(query) or session.scalar(first)


def attention(services: Services, context: Context) -> Attention:
    """What asks for someone now."""
    lines = entries(services, context, Narrow(state="alles"))
    return Attention(
        waiting=sum(line.state == rules.PROPOSED for line in lines),
        soon=sum(line.soon for line in lines),
        unregistered=sum(line.state == "unregistered" for line in lines),
        overdue=sum(line.review_overdue for line in lines),
        glass=[line for line in lines if line.kind == rules.BREAK_GLASS and line.state == "active"],
    )


def export(services: Services, context: Context, narrow: Narrow) -> Iterator[Sequence[str]]:
    """The narrowed list as rows for a spreadsheet; that it was saved is logged, with how it was narrowed."""
    lines = entries(services, context, narrow)
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.EXPORT,
            object_type="access_list",
            article="PR8.2",
            payload={"filter": narrow.chosen(), "lines": len(lines)},
        )
    yield ("naam", "functie", "organisatie", "waarom", "gegevens", "dossiers", "vanaf", "tot en met", "status",
           "geheimhouding", "beroep", "register", "registratie tot en met", "jaarlijkse controle voor")  # fmt: skip
    for line in lines:
        yield (
            line.name,
            line.function,
            line.organisation,
            line.motivation,
            " ".join(line.categories),
            "alle" if line.scope == "tenant" else ", ".join(line.scope_names),
            line.valid_from.isoformat(),
            line.closes_at.isoformat() if line.closes_at else _iso(line.valid_until),
            rules.STATES[line.state][0],
            _iso(line.accepted_on),
            rules.PROFESSIONS.get(line.profession or "", ""),
            line.register or "",
            _iso(line.register_until),
            _iso(line.review_due),
        )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _lines(services: Services, session: Session, context: Context, rows: Sequence[AccessEntry]) -> list[EntryLine]:
    tenant = session.get_one(Tenant, context.person.tenant_id)
    ahead = in_force(session, tenant.id, tenant.profile_id, context.today).access.warn_days
    names = _names(session, context)
    services.vault.preload(session, [row.account_id for row in rows])
    persons = people.names_of(session, services.vault, [row.account_id for row in rows])
    wanted = {row.account_id for row in rows}
    accounts = {row.id: row for row in session.scalars(select(Account).where(Account.id.in_(wanted)))}
    accepted = {
        row.account_id: row
        for row in session.scalars(select(Confidentiality).where(Confidentiality.account_id.in_(wanted)))
    }
    waiting = {row.replaces_id: row.id for row in rows if row.state == rules.PROPOSED and row.replaces_id}
    return [
        _line(
            services,
            session,
            context,
            row,
            accounts[row.account_id],
            persons.get(row.account_id, people.NAMELESS),
            names,
            accepted.get(row.account_id),
            waiting.get(row.id),
            ahead,
        )
        for row in rows
    ]


def _line(
    services: Services,
    session: Session,
    context: Context,
    row: AccessEntry,
    account: Account,
    person: Person,
    names: dict[str, str],
    accepted: Confidentiality | None,
    waiting: str | None,
    ahead: int,
) -> EntryLine:
    seen = history.entry_of(row, account.role)
    end = rules.last_day(seen)
    looked = row.reviewed_at or row.decided_at
    due = rules.review_due(rules.day_of(looked) if looked else None)
    state = rules.state_on(seen, context.now)
    stands = row.kind == rules.LISTED and state in {"active", "future", "unregistered"}
    return EntryLine(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,
        state=state,
        version=row.version,
        name=person.name,
        function=person.function,
        role=account.role,
        organisation=names.get(account.organisation_id, ""),
        categories=row.categories,
        scope=row.scope,
        scope_ids=row.scope_ids,
        scope_names=_scope_names(row.scope, row.scope_ids, names),
        motivation=ONLY_OFFICER
        if row.kind == rules.BREAK_GLASS and context.person.role is not Role.PRIVACY_OFFICER
        else history.opened(session, services.vault, row.account_id, "motivation", row.motivation) or "",
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        closes_at=row.closes_at,
        accepted_on=accepted.accepted_on if accepted else None,
        accepted_version=accepted.text_version if accepted else "",
        profession=row.profession,
        register=row.register,
        register_from=row.register_from,
        register_until=row.register_until,
        last_day=end,
        days_left=(end - context.today).days if end else None,
        soon=rules.expires_soon(seen, context.today, ahead),
        review_due=due if stands else None,
        review_overdue=stands and (due is None or due < context.today),
        waits_for=waiting,
        made_by=row.made_by,
        replaces_id=row.replaces_id,
    )


def _scope_names(scope: str, scope_ids: Sequence[str], names: dict[str, str]) -> list[str]:
    if scope == "dossier":
        return [reference_of(item) for item in scope_ids]
    return [names.get(item, "?") for item in scope_ids]


def _history(
    services: Services, session: Session, context: Context, entry_ids: Sequence[str] | None
) -> list[ChangeLine]:
    query = select(AccessChange).where(AccessChange.tenant_id == context.person.tenant_id)
    if entry_ids is not None:
        query = query.where(AccessChange.entry_id.in_(entry_ids))
    rows = session.scalars(query.order_by(AccessChange.made_at.desc(), AccessChange.id).limit(HISTORY_SHOWN)).all()
    services.vault.preload(session, [row.account_id for row in rows])
    persons = people.names_of(session, services.vault, [*(r.made_by for r in rows), *(r.account_id for r in rows)])
    names = _names(session, context)
    lines = []
    for row in rows:
        details = history.details_of(session, services.vault, row)
        lines.append(
            ChangeLine(
                at=row.made_at,
                who=persons[row.made_by].name if row.made_by in persons else "Dossierpoort",
                entry_id=row.entry_id,
                name=persons.get(row.account_id, people.NAMELESS).name,
                what=row.what,
                fields=[_told(names, (name, old, new)) for name, old, new in details["fields"]],
                reason=ONLY_OFFICER
                if row.what == "opened" and context.person.role is not Role.PRIVACY_OFFICER
                else details["reason"],
            )
        )
    return lines


def _told(names: dict[str, str], change: tuple[str, Any, Any]) -> tuple[str, Any, Any]:
    """A change with the names of schools, and references of dossiers, in the place of ids."""
    name, old, new = change
    if name != "scope_ids":
        return change
    return name, _reach(names, old), _reach(names, new)


def _reach(names: dict[str, str], ids: Sequence[str] | None) -> str:
    return ", ".join(names.get(item) or reference_of(item) for item in ids or ())


def _organisation(session: Session, organisation_id: str) -> str:
    """The partner that proposed over its line; empty when whoever it was cannot be named any more."""
    found = session.get(Organisation, organisation_id)
    return found.name if found is not None else ""


def _names(session: Session, context: Context) -> dict[str, str]:
    query = select(Organisation).where(Organisation.tenant_id == context.person.tenant_id)
    return {row.id: row.name for row in session.scalars(query)}
