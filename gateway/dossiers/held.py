"""What the parties already hold on a pupil, shown before anything is asked or added again (double demand).

Existence by category and date, never content or a file name; and no more than the asker may see by themselves.
Source: CV3.3, PR10.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.errors import AuditError
from audit.log import events, open_payload
from crypto.errors import CryptoError
from gateway.accounts.tables import Organisation, Tenant
from gateway.dossiers.queries import documents_of, ids_in_scope, pupil_of, visible_dossier
from gateway.dossiers.tables import Dossier
from gateway.recording import Action, LogSealer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

EVENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """That a party holds data of a category, how many documents, and since when the newest."""

    party: str
    category: str
    count: int
    newest: datetime


def held(services: Services, context: Context, dossier_id: str) -> list[Held]:
    """What the school, the SWV and recipients hold on the pupil of this dossier, as far as the asker may know.

    Raises:
        NotFoundError: the dossier is not within the actor's reach.
    """
    found: dict[tuple[str, str], list[datetime]] = {}
    with services.db.reading() as session:
        for row in _dossiers(services, session, context, dossier_id):
            for party, categories, at in (
                *_kept(services, session, context, row),
                *_disclosed(services, session, context, row),
            ):
                for category in {each[0] for each in categories}:
                    found.setdefault((party, category), []).append(at)
    return [
        Held(party=party, category=category, count=len(days), newest=max(days))
        for (party, category), days in sorted(found.items())
    ]


def _dossiers(services: Services, session: Session, context: Context, dossier_id: str) -> list[Dossier]:
    """This dossier, and the others of the same pupil that the actor works on."""
    row = visible_dossier(session, context, dossier_id)
    bsn = pupil_of(session, services.vault, row).bsn
    same = services.vault.find(session, row.tenant_id, "bsn", bsn) & set(ids_in_scope(session, context))
    return [row, *(session.get_one(Dossier, each) for each in sorted(same - {row.id}))]


def _kept(
    services: Services, session: Session, context: Context, row: Dossier
) -> Iterator[tuple[str, list[str], datetime]]:
    parties = [session.get_one(Organisation, row.school_on(context.today)).name]
    if row.state != "draft":
        parties.append(session.get_one(Tenant, row.tenant_id).name)
    lines, _ = documents_of(services, session, context, row)
    for line in lines:
        if line.document.withdrawn_at is None and line.version.state in {"in_check", "ready"}:
            for party in parties:
                yield party, line.version.category_list, line.version.made_at


def _disclosed(
    services: Services, session: Session, context: Context, row: Dossier
) -> Iterator[tuple[str, list[str], datetime]]:
    sealer = LogSealer(session, services.vault, organisation_id=row.tenant_id, year=context.now.year)
    for entry in events(session.connection(), dossier=row.id, action=Action.DISCLOSE, limit=EVENTS).rows:
        try:
            payload = dict(open_payload(entry, sealer))
        except (AuditError, CryptoError, LookupError):
            continue
        yield str(payload.get("recipient_name") or ""), list(payload.get("categories") or ()), entry.at
