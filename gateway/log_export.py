"""The log for others to read, line by line: an export is itself an event. Source: issue 5 (commands), NEN 7513."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from audit import export
from audit.log import events
from crypto.context import SealContext
from crypto.errors import CryptoError
from crypto.fields import open_field, seal_field
from gateway.accounts.tables import Tenant
from gateway.context import Context
from gateway.ids import new_id
from gateway.logbook import LOG_ID, own_keys
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.services import Services

FORMS = ("nen7513", "csv", "logboek")
SUBJECT_TYPE = "urn:dossierpoort:dossier"
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is exported: a form of `FORMS`, one tenant or all, from (included) until (not included)."""

    form: str
    tenant_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def lines(services: Services, wanted: Wanted) -> Iterator[str]:
    """The export, a line at a time, newest first; that it was made stands in the log before the first line leaves."""
    context = Context(actor=None, now=services.clock(), request_id=new_id())
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.EXPORT,
            tenant_id=wanted.tenant_id,
            object_type="log",
            payload={"form": wanted.form},
        )
    own = own_keys(services.vault.keyring)[0].name
    if wanted.form == "csv":
        yield _csv_line(export.NEN_COLUMNS)
    for entry in _entries(services, wanted):
        # A log that ended bears its origin as its id; what waits comes into the log of now.
        origin = own if entry.log_id in {None, LOG_ID} else entry.log_id
        if wanted.form == "csv":
            yield _csv_line(["" if value is None else value for value in export.nen7513(entry, origin).values()])
        elif wanted.form == "nen7513":
            yield _json_line(export.nen7513(entry, origin))
        else:
            yield _json_line(_logboek(services, entry))


def open_subject(services: Services, dossier_id: str, event_id: str, sealed: str) -> str:
    """The id that a line of the Logboek dataverwerkingen sealed: for the controller who must answer a data subject.

    Raises:
        LookupError, crypto.errors.CryptoError: another dossier or event, or the keys are destroyed.
    """
    with services.db.reading() as session:
        key = services.vault.data_key(session, dossier_id, "audit")
    return open_field(key, _subject_context(dossier_id, event_id), base64.b64decode(sealed, validate=True)).decode()


def _entries(services: Services, wanted: Wanted) -> Iterator[Entry]:
    cursor: str | None = None
    while True:
        with services.db.reading() as session:
            page = events(
                session.connection(),
                tenant=wanted.tenant_id,
                since=wanted.since,
                until=wanted.until,
                before=cursor,
                limit=_PAGE,
            )
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _logboek(services: Services, entry: Entry) -> dict[str, object]:
    with services.db.reading() as session:
        prefixes: dict[str | None, str] = {
            tenant.id: f"urn:dossierpoort:{tenant.slug}:verwerking" for tenant in session.scalars(select(Tenant))
        }
        subject = _sealed_subject(services, session, entry)
    return export.logboek(
        entry, activity=export.activity_of(entry, prefixes), subject=subject, subject_type=SUBJECT_TYPE
    )


def _sealed_subject(services: Services, session: Session, entry: Entry) -> str | None:
    """The dossier's id, sealed under the dossier's audit key: who destroyed the dossier can no longer tell whose."""
    if entry.dossier is None:
        return None
    try:
        key = services.vault.data_key(session, entry.dossier, "audit")
    except (LookupError, CryptoError):
        return None
    sealed = seal_field(key, _subject_context(entry.dossier, entry.event_id), entry.dossier.encode())
    return base64.b64encode(sealed).decode()


def _subject_context(dossier_id: str, event_id: str) -> SealContext:
    return SealContext(purpose="logboek", dossier=dossier_id, document=event_id)


def _json_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv_line(cells: object) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)  # type: ignore[arg-type] # a sequence of texts and numbers
    return buffer.getvalue()
