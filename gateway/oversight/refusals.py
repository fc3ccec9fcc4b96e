"""Patterns of refusals for the privacy officer: by article, by organisation, by month, and what was granted later.

Source: issue 4 ("Refusals are first-class"); PR9.3.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from audit.errors import AuditError
from audit.log import events, open_payload
from crypto.errors import CryptoError
from gateway.accounts.tables import Organisation
from gateway.oversight.calendar import day_of, next_day, start_of
from gateway.oversight.queries import note_reading
from gateway.recording import Action, LogSealer, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.context import Context
    from gateway.services import Services

DAYS = 90
"""How far back the page looks when nobody chose."""
MOST = 500
"""So many refusals are looked at, newest first; more than that is said on the page."""
_GRANTS = (Action.DISCLOSE, Action.CONSULT, Action.DOWNLOAD, Action.PRINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal, and whether the same was granted later."""

    event_id: str
    at: datetime
    article: str
    organisation: str
    recipient: str
    about: str
    granted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How often something was refused, and how often it was granted later."""

    key: str
    count: int
    granted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The refusals of a period."""

    since: date
    until: date
    refusals: Sequence[Refusal]
    more: bool
    by_article: Sequence[Pattern]
    by_organisation: Sequence[Pattern]
    by_month: Sequence[Pattern]


def patterns(services: Services, context: Context, since: date | None, until: date | None) -> Patterns:
    """The refusals of a period and their patterns; that the officer looked stands in the log."""
    last = until or context.today
    first = since or last - timedelta(days=DAYS)
    with services.db.reading() as session:
        found = events(
            session.connection(),
            tenant=context.person.tenant_id,
            action=Action.REFUSE,
            since=start_of(first),
            until=start_of(next_day(last)),
            limit=MOST,
        )
        refusals = _refusals(services, session, context, found.rows)
    note_reading(services, context, "refusals")
    return Patterns(
        since=first,
        until=last,
        refusals=refusals,
        more=found.next_cursor is not None,
        by_article=counted_by(refusals, (each.article for each in refusals)),
        by_organisation=counted_by(refusals, (each.organisation for each in refusals)),
        by_month=sorted(
            counted_by(refusals, (f"{day_of(each.at):%Y-%m}" for each in refusals)), key=lambda each: each.key
        ),
    )


def counted_by(refusals: Sequence[Refusal], keys: Iterable[str]) -> list[Pattern]:
    """The refusals counted by a key each, the most frequent first."""
    named = list(zip(keys, refusals, strict=True))
    count = Counter(key for key, _ in named)
    granted = Counter(key for key, refusal in named if refusal.granted_at is not None)
    return [Pattern(key=key, count=number, granted=granted[key]) for key, number in count.most_common()]


def _refusals(services: Services, session: Session, context: Context, rows: Sequence[Entry]) -> list[Refusal]:
    query = select(Organisation).where(Organisation.tenant_id == context.person.tenant_id)
    names = {row.id: row.name for row in session.scalars(query)}
    sealer = LogSealer(session, services.vault, organisation_id=context.person.tenant_id, year=context.now.year)
    services.vault.preload(session, {row.dossier for row in rows if row.dossier})
    grants = {row.dossier: _grants(session, row.dossier, sealer) for row in rows if row.dossier}
    made = []
    for row in rows:
        payload = _payload(row, sealer)
        made.append(
            Refusal(
                event_id=row.event_id,
                at=row.at,
                article=row.article or "",
                organisation=names.get(row.organisation or "", ""),
                recipient=str(payload.get("recipient_name") or ""),
                about=row.object_type or "",
                granted_at=_granted(row, payload, grants.get(row.dossier or "", [])),
            )
        )
    return made


def _grants(session: Session, dossier_id: str, sealer: LogSealer) -> list[tuple[Entry, dict[str, Any]]]:
    """What was granted in a dossier, oldest first."""
    found = events(session.connection(), dossier=dossier_id, action=_GRANTS, limit=MOST).rows
    return [(row, _payload(row, sealer)) for row in reversed(found) if row.outcome is Outcome.SUCCESS]


def _granted(row: Entry, payload: dict[str, Any], grants: Sequence[tuple[Entry, dict[str, Any]]]) -> datetime | None:
    """When the same was granted after all: these documents to this recipient, or this document to this person."""
    documents = set(payload.get("document_ids") or ())
    for grant, given in grants:
        if grant.at <= row.at:
            continue
        if row.object_type == "verstrekking":
            same = grant.action is Action.DISCLOSE and given.get("recipient") == payload.get("recipient")
            if same and documents <= set(given.get("document_ids") or ()):
                return grant.at
        elif grant.actor == row.actor and grant.object_id == row.object_id:
            return grant.at
    return None


def _payload(row: Entry, sealer: LogSealer) -> dict[str, Any]:
    try:
        return dict(open_payload(row, sealer))
    except (AuditError, CryptoError, LookupError):
        return {}
