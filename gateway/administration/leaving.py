"""Someone leaves: account, sessions and access end in one act, and the open work goes to a colleague (PR8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from gateway.access import history, rules
from gateway.access import usecases as access
from gateway.access.tables import AccessEntry
from gateway.access.usecases import LISTED_ROLES, NewEntry
from gateway.accounts import people
from gateway.accounts import usecases as accounts
from gateway.accounts.tables import Account
from gateway.context import Role
from gateway.disclosure.tables import Verstrekking
from gateway.errors import InvalidInputError, NotFoundError
from gateway.notices import outbox
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What waits on someone, and who could take it over: (account id, name)."""

    verstrekkingen: int
    notices: int
    entries: int
    successors: Sequence[tuple[str, str]]

    @property
    def waits(self) -> bool:
        """Whether there is work that would lie still."""
        return bool(self.verstrekkingen or self.notices)


def open_work(services: Services, context: Context, account_id: str) -> OpenWork:
    """What waits on this person of the tenant."""
    with services.db.reading() as session:
        account = session.get(Account, account_id)
        if account is None or account.tenant_id != context.person.tenant_id:
            raise NotFoundError
        return _open_work(services, session, context, account)


def _open_work(services: Services, session: Session, context: Context, account: Account) -> OpenWork:
    sent = select(func.count()).where(
        Verstrekking.made_by == account.id,
        Verstrekking.state.in_(("open", "asked")),
        Verstrekking.closed_at.is_(None),
        Verstrekking.confirmed_at.is_(None),
        Verstrekking.open_until >= context.today,
    )
    others = accounts.colleagues(session, account)
    persons = people.names_of(session, services.vault, [other.id for other in others])
    named = [(other.id, persons[other.id].name) for other in others if other.id in persons]
    return OpenWork(
        verstrekkingen=session.scalar(sent) or 0,
        notices=len(outbox.unread_of(session, account.id)),
        entries=len(_standing(session, account.id)),
        successors=sorted(named, key=lambda pair: pair[1].casefold()),
    )


def leave(
    services: Services, context: Context, account_id: str, *, successor: str = "", take_over_access: bool = False
) -> None:
    """End someone's account, sessions and access at once, and give what waits on them to a colleague.

    `successor` is an account id, or `NOBODY` where the administrator says that nobody takes it. The successor gets no
    access by this: where asked, the same access is proposed for them, and a second person decides on it.

    Raises:
        InvalidInputError: work waits, and nobody was chosen for it.
        ConflictError: the administrator's own account, or it ended before.
    """
    with services.db.writing() as session:
        before = session.get(Account, account_id)
        if before is None or before.tenant_id != context.person.tenant_id:
            raise NotFoundError
        work = _open_work(services, session, context, before)
        if not successor and work.waits and work.successors:
            raise InvalidInputError("Kies wie het open werk overneemt.", field="successor")
        successor_id = successor if successor not in {"", NOBODY} else None
        account = accounts.close_account(services, session, context, account_id, successor_id=successor_id)
        if successor_id is not None:
            outbox.hand_over(session, services.vault, context, from_id=account.id, to_id=successor_id)
        reason = sentence("Vertrokken.")
        for row in _standing(session, account.id):
            if successor_id is not None and take_over_access and row.state == rules.APPROVED:
                _propose(services, session, context, row, successor_id)
            if row.state in {rules.APPROVED, rules.PROPOSED}:
                access.end(services, session, context, row, reason=reason)


def _propose(services: Services, session: Session, context: Context, row: AccessEntry, successor_id: str) -> None:
    """The same access for the successor, as a proposal; what they reach already is not asked again."""
    successor = session.get_one(Account, successor_id)
    if row.kind != rules.LISTED or Role(successor.role) not in LISTED_ROLES or _has(session, row, successor_id):
        return
    if row.valid_until is not None and row.valid_until < context.today:
        return
    written = history.content(session, services.vault, row)
    is_dossier = row.scope == "dossier"
    entry = NewEntry(
        account_id=successor_id,
        valid_from=max(row.valid_from, context.today),
        valid_until=row.valid_until,
        categories=row.categories,
        scope=row.scope,
        school_ids=() if is_dossier else tuple(row.scope_ids),
        dossier_id=row.scope_ids[0] if is_dossier else "",
        motivation=written["motivation"],
    )
    access.propose(services, session, context, successor, entry, reason=sentence("Neemt werk over van een collega."))


def _has(session: Session, row: AccessEntry, account_id: str) -> bool:
    same = (scope for scope in _standing(session, account_id) if set(row.categories) <= set(scope.categories))
    return any(
        held.scope == "tenant" or (held.scope == row.scope and set(row.scope_ids) <= set(held.scope_ids))
        for held in same
    )


def _standing(session: Session, account_id: str) -> list[AccessEntry]:
    """The entries that stand or wait, those that are replaced first."""
    query = select(AccessEntry).where(
        AccessEntry.account_id == account_id,
        or_(AccessEntry.state == rules.APPROVED, AccessEntry.state == rules.PROPOSED),
    )
    return list(session.scalars(query.order_by(AccessEntry.replaces_id.is_not(None), AccessEntry.id).with_for_update()))
