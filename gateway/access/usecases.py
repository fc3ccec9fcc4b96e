"""Changing the access list: one writes, another approves. And accepting confidentiality. Source: PR8.2, PR10.3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access import history, rules, warning
from gateway.access.tables import AccessEntry, Confidentiality
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

CONFIDENTIALITY_VERSION = "2026-11"
CONFIDENTIALITY_TEXTS: dict[str, tuple[str, ...]] = {
    "2026-11": (
        "Ik gebruik gegevens over leerlingen alleen voor het werk waarvoor ik op de toegangslijst sta.",
        "Ik vertel ze aan niemand verder, ook niet als mijn werk hier stopt.",
        "Ik weet dat elke raadpleging wordt vastgelegd en dat ouders en de privacyfunctionaris die kunnen zien.",
    ),
}
"""Every text that was ever accepted, by version: a new text is a new version, and an old one stays to be shown."""
CONFIDENTIALITY_TEXT = CONFIDENTIALITY_TEXTS[CONFIDENTIALITY_VERSION]
LISTED_ROLES = (Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT)
WRITERS = (Role.ADMINISTRATOR,)
APPROVERS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON)
ENDERS = (Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
SEERS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER)

_MEANWHILE = sentence(
    "Iemand anders heeft deze regel intussen gewijzigd. Bekijk wat er nu staat en probeer het dan opnieuw."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What an administrator fills in for one line of the list; with scope `dossier` the one dossier's id."""

    account_id: str
    valid_from: date
    valid_until: date | None
    categories: str
    scope: str
    school_ids: tuple[str, ...]
    motivation: str
    dossier_id: str = ""
    profession: str | None = None
    register: str | None = None
    register_number: str | None = None
    register_from: date | None = None
    register_until: date | None = None

    def written(self) -> dict[str, Any]:
        """The fields as they are kept."""
        scope_ids = {"schools": sorted(set(self.school_ids)), "dossier": [self.dossier_id] if self.dossier_id else []}
        return {
            "motivation": self.motivation.strip(),
            "categories": "".join(sorted(set(self.categories))),
            "scope": self.scope,
            "scope_ids": scope_ids.get(self.scope, []),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "profession": self.profession or None,
            "register": self.register or None,
            "register_number": (self.register_number or "").strip() or None,
            "register_from": self.register_from,
            "register_until": self.register_until,
        }


def add_entry(services: Services, context: Context, entry: NewEntry) -> str:
    """Propose someone for the access list; returns the entry's id. It opens nothing until another person approves it.

    Raises:
        InvalidInputError: a window that ends before it starts, no category, no motivation, no valid registration.
    """
    _writer(context)
    with services.db.writing() as session:
        account = _account(session, context, entry.account_id)
        return propose(services, session, context, account, entry).id


def propose(
    services: Services, session: Session, context: Context, account: Account, entry: NewEntry, *, reason: str = ""
) -> AccessEntry:
    """Put a proposal in the caller's transaction; one that came over a line is the account's organisation's own."""
    written = _checked(session, context, account, entry)
    row = _row(account, context)
    history.write(session, services.vault, row, written)
    session.add(row)
    session.flush()
    fields = rules.differences({}, written)
    history.note(services, session, context, row, "proposed", fields=fields, reason=reason)
    warning.tell_approvers(services, session, context, row)
    return row


def change_entry(services: Services, context: Context, entry_id: str, entry: NewEntry, *, seen: int) -> str:
    """Change an entry; returns the id of the proposal. What is in force stays so until the change is approved.

    A proposal that nobody decided on is rewritten; anything else gets a new row that will take its place.

    Raises:
        ConflictError: someone changed it since `seen`, a change already waits, or it stands no longer.
    """
    _writer(context)
    with services.db.writing() as session:
        row = locked(session, context, entry_id)
        if row.version != seen:
            raise ConflictError(_MEANWHILE)
        if row.kind != rules.LISTED or row.state not in {rules.PROPOSED, rules.APPROVED}:
            raise ConflictError("Deze regel geldt niet meer en kan niet worden gewijzigd. Maak een nieuwe regel.")
        account = _account(session, context, row.account_id)
        written = _checked(session, context, account, entry)
        fields = rules.differences(history.content(session, services.vault, row), written)
        if not fields:
            raise InvalidInputError("U hebt niets gewijzigd.")
        row.version += 1
        if row.state == rules.PROPOSED:
            row.made_by, row.made_at = context.person.account_id, context.now
            history.write(session, services.vault, row, written)
            history.note(services, session, context, row, "edited", fields=fields)
            return row.id
        if waiting_for(session, row.id) is not None:
            raise ConflictError("Er wacht al een wijziging van deze regel op goedkeuring. Wijzig dat voorstel.")
        made = _row(account, context)
        made.replaces_id = row.id
        history.write(session, services.vault, made, written)
        session.add(made)
        session.flush()
        history.note(services, session, context, made, "proposed", fields=fields)
        warning.tell_approvers(services, session, context, made)
        return made.id


def decide(services: Services, context: Context, entry_id: str, *, seen: int, approve: bool, reason: str = "") -> None:
    """Another person than who wrote it approves or rejects a proposal; from then on it counts, within its days.

    Raises:
        ConflictError: it was decided before, changed since `seen`, its writer tries, or it is about the decider.
    """
    with services.db.writing() as session:
        decide_within(services, session, context, entry_id, seen=seen, approve=approve, reason=reason)


def decide_within(
    services: Services,
    session: Session,
    context: Context,
    entry_id: str,
    *,
    seen: int,
    approve: bool,
    reason: str = "",
) -> None:
    """The same as `decide`, in the caller's transaction."""
    _approver(session, context)
    row = locked(session, context, entry_id)
    _may_decide(context, row, seen)
    row.version += 1
    row.decided_by, row.decided_at = context.person.account_id, context.now
    if not approve:
        row.state = "declined"
        history.note(services, session, context, row, "declined", reason=reason)
        return
    account = _account(session, context, row.account_id)
    written = history.content(session, services.vault, row)
    rules.check(written, of_expert=account.role == Role.EXPERT.value, on=context.today)
    row.state = rules.APPROVED
    history.note(services, session, context, row, "approved", reason=reason)
    if row.replaces_id is not None:
        _take_place(services, session, context, session.get_one(AccessEntry, row.replaces_id), row)


def _may_decide(context: Context, row: AccessEntry, seen: int) -> None:
    if row.state != rules.PROPOSED:
        raise ConflictError("Over deze regel is al beslist.")
    if row.version != seen:
        raise ConflictError(_MEANWHILE)
    if row.made_by == context.person.account_id:
        raise ConflictError("Een tweede persoon moet deze regel goedkeuren. U hebt dit voorstel zelf geschreven.")
    if row.account_id == context.person.account_id:
        raise ConflictError("Deze regel gaat over u. Iemand anders moet erover beslissen.")


def _take_place(services: Services, session: Session, context: Context, old: AccessEntry, new: AccessEntry) -> None:
    """The old entry stops where the new one starts: now, or on the day before its first."""
    if old.state != rules.APPROVED:
        raise ConflictError("De regel die dit voorstel wijzigt, geldt niet meer. Wijs het voorstel af.")
    old.version += 1
    if new.valid_from > context.today:
        last = new.valid_from - timedelta(days=1)
        if old.valid_until is None or old.valid_until > last:
            fields = [("valid_until", old.valid_until, last)]
            old.valid_until = last
            history.note(services, session, context, old, "shortened", fields=fields)
        return
    old.state, old.ended_at = "replaced", context.now
    history.note(services, session, context, old, "replaced")


def end_entry(services: Services, context: Context, entry_id: str, *, reason: str = "") -> None:
    """End an entry: from this moment it opens nothing. A change of it that waited goes with it.

    The officer may do so too, and who opened break-glass may close it.
    """
    with services.db.writing() as session:
        row = locked(session, context, entry_id)
        own_glass = row.kind == rules.BREAK_GLASS and row.account_id == context.person.account_id
        if context.person.role not in ENDERS and not own_glass:
            raise NotFoundError
        if row.state not in {rules.PROPOSED, rules.APPROVED}:
            raise ConflictError("Deze regel is al beëindigd.")
        end(services, session, context, row, reason=reason)


def end(services: Services, session: Session, context: Context, row: AccessEntry, *, reason: str = "") -> None:
    """End an entry in the caller's transaction, with the change of it that waits."""
    row.version += 1
    row.state, row.ended_at = "ended", context.now
    history.note(services, session, context, row, "ended", reason=reason)
    waiting = waiting_for(session, row.id)
    if waiting is not None:
        end(services, session, context, waiting, reason=reason)


def take_out(
    services: Services, session: Session, context: Context, row: AccessEntry, dossier_id: str, *, reason: str = ""
) -> None:
    """One dossier less in an entry that opens dossiers by name; where it was the only one, the entry ends."""
    left = [each for each in row.scope_ids if each != dossier_id]
    if not left:
        end(services, session, context, row, reason=reason)
        return
    fields = [("scope_ids", list(row.scope_ids), left)]
    row.version += 1
    row.scope_ids = left
    history.note(services, session, context, row, "narrowed", fields=fields, reason=reason)


def confirm_entry(services: Services, context: Context, entry_id: str, *, seen: int) -> None:
    """The privacy officer looked at an entry and lets it stand for another year. Source: PR8.2, PR10.2."""
    if context.person.role is not Role.PRIVACY_OFFICER:
        raise NotFoundError
    with services.db.writing() as session:
        row = locked(session, context, entry_id)
        if row.state != rules.APPROVED or row.kind != rules.LISTED:
            raise ConflictError("Deze regel geldt niet meer.")
        if row.version != seen:
            raise ConflictError(_MEANWHILE)
        row.version += 1
        row.reviewed_by, row.reviewed_at = context.person.account_id, context.now
        history.note(services, session, context, row, "confirmed", action=Action.REVIEW)


def accept_confidentiality(services: Services, context: Context) -> None:
    """The signed-in person accepts confidentiality; the version of the text is kept. Source: PR10.3."""
    account_id = context.person.account_id
    with services.db.writing() as session:
        row = session.get(Confidentiality, account_id)
        if row is None:
            session.add(
                Confidentiality(account_id=account_id, text_version=CONFIDENTIALITY_VERSION, accepted_on=context.today)
            )
        elif row.text_version != CONFIDENTIALITY_VERSION:
            row.text_version, row.accepted_on = CONFIDENTIALITY_VERSION, context.today
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            object_type="confidentiality",
            object_id=account_id,
            article="PR10.3",
            payload={"accepted": CONFIDENTIALITY_VERSION},
        )


def has_accepted(services: Services, account_id: str) -> bool:
    """Whether this person accepted the text in force."""
    with services.db.reading() as session:
        return accepted_now(session, account_id)


def accepted_now(session: Session, account_id: str) -> bool:
    """Whether this person accepted the text in force."""
    row = session.get(Confidentiality, account_id)
    return row is not None and row.text_version == CONFIDENTIALITY_VERSION


def locked(session: Session, context: Context, entry_id: str) -> AccessEntry:
    """An entry of the actor's tenant, held until this transaction ends.

    The one that an entry would replace is held first, so that two who start at either end do not wait for each other.
    """
    found = session.get(AccessEntry, entry_id)
    if found is None or found.tenant_id != context.person.tenant_id:
        raise NotFoundError
    for each in (found.replaces_id, entry_id):
        if each is not None:
            row = session.get_one(AccessEntry, each, with_for_update=True, populate_existing=True)
    return row


def waiting_for(session: Session, entry_id: str) -> AccessEntry | None:
    """The change of an entry that waits for approval."""
    query = select(AccessEntry).where(AccessEntry.replaces_id == entry_id, AccessEntry.state == rules.PROPOSED)
    return session.scalars(query).first()


def _row(account: Account, context: Context) -> AccessEntry:
    return AccessEntry(
        tenant_id=account.tenant_id,
        account_id=account.id,
        kind=rules.LISTED,
        state=rules.PROPOSED,
        version=1,
        made_by=context.actor.account_id if context.actor else account.organisation_id,
        made_at=context.now,
    )


def _checked(session: Session, context: Context, account: Account, entry: NewEntry) -> dict[str, Any]:
    for school_id in entry.school_ids:
        school = session.get(Organisation, school_id)
        if school is None or school.tenant_id != account.tenant_id:
            raise NotFoundError
    written = entry.written()
    rules.check(written, of_expert=account.role == Role.EXPERT.value, on=context.today)
    return written


def _account(session: Session, context: Context, account_id: str) -> Account:
    account = session.get(Account, account_id)
    if account is None or account.tenant_id != context.person.tenant_id or not account.active:
        raise NotFoundError
    if Role(account.role) not in LISTED_ROLES:
        raise InvalidInputError("Deze rol kan niet op de toegangslijst staan.", field="account_id")
    return account


def _writer(context: Context) -> None:
    if context.person.role not in WRITERS:
        raise RefusedError("Alleen een beheerder kan de toegangslijst wijzigen.", article="PR8.2")


def _approver(session: Session, context: Context) -> None:
    organisation = session.get(Organisation, context.person.organisation_id)
    if context.person.role not in APPROVERS or organisation is None or organisation.kind != "swv":
        raise NotFoundError
