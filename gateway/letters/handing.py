"""A letter goes out: put in the portal, sent by post or given by hand, on a day. Source: Awb 3:41; PR11.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dossiers.telling import tell
from gateway.errors import ConflictError, InvalidInputError
from gateway.letter_words import WAYS
from gateway.letters.queries import of_row
from gateway.recording import Action, record

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.services import Services


def hand(
    services: Services,
    session: Session,
    context: Context,
    *,
    dossier: Dossier,
    letter_id: str,
    way: str,
    on: date,
) -> None:
    """Say how and when a letter went out, once, in the caller's transaction; in the portal its reader gets a notice.

    Raises:
        InvalidInputError: a day before the letter was made or in the future, or a way that cannot be.
        ConflictError: it went out already.
    """
    row = of_row(session, dossier.id, letter_id, lock=True)
    if row.handed_on is not None:
        raise ConflictError("Van deze brief staat al wanneer hij is verstuurd.")
    if way not in WAYS:
        raise InvalidInputError("Kies hoe de brief is verstuurd.", field="way")
    if way == "portal" and row.account_id is None:
        raise InvalidInputError("Wie deze brief krijgt, heeft geen account. Verstuur de brief.", field="way")
    if not row.made_on <= on <= context.today:
        raise InvalidInputError("Deze dag ligt na het maken van de brief, en niet in de toekomst.", field="on")
    row.way, row.handed_on = way, on
    row.handed_by = context.actor.account_id if context.actor else None
    if row.account_id is not None:
        tell(services, session, context, dossier, row.account_id, "letter", f"/rechten/brieven/{row.id}")
    record(
        session,
        services.vault,
        context,
        Action.NOTIFY,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        object_type="letter",
        object_id=row.id,
        article="PR11.5",
        payload={"letter": row.kind, "way": way, "on": on.isoformat()},
    )
