"""The certificate leaves: as JSON or as PDF, made as things stand now, and in the log before it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from audit.errors import AuditError
from audit.receipt import NotYetError
from gateway.context import Role
from gateway.destruction import certificate
from gateway.dossiers.queries import is_of_swv
from gateway.erasure.tables import Destruction
from gateway.errors import ConflictError, NotFoundError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

READERS = (Role.SWV_STAFF, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER)
GONE = ("erased", "journalled", "objects_gone", "certified", "final")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A certificate: its text, and what it says."""

    text: str
    body: dict[str, Any]
    confirmed: bool


def make(services: Services, context: Context, destruction_id: str, what: str) -> Made:
    """Make the certificate for somebody of the SWV, or its privacy officer.

    Raises:
        NotFoundError: it is another tenant's, or nothing was destroyed. ConflictError: the log was not signed yet.
    """
    if context.person.role not in READERS:
        raise NotFoundError
    with services.db.writing() as session:
        row = session.get(Destruction, destruction_id)
        if context.person.role is not Role.PRIVACY_OFFICER and not is_of_swv(session, context.person.organisation_id):
            raise NotFoundError
        if row is None or row.tenant_id != context.person.tenant_id or row.state not in GONE:
            raise NotFoundError
        return _made(services, session, context, row, what)


def for_command(services: Services, context: Context, dossier_id: str) -> str:
    """The certificate of a dossier by its opaque id, for the command line; or of one destruction, by its own id.

    Of a dossier of which only sets of categories went, the last one of those.
    """
    with services.db.writing() as session:
        named = or_(Destruction.dossier_id == dossier_id, Destruction.id == dossier_id)
        query = select(Destruction).where(named, Destruction.state.in_(GONE))
        row = session.scalars(query.order_by(Destruction.categories != "", Destruction.erased_at.desc())).first()
        if row is None:
            raise NotFoundError
        return _made(services, session, context, row, "json").text


def _made(services: Services, session: Session, context: Context, row: Destruction, what: str) -> Made:
    try:
        text = certificate.make(services, session, row, context.now)
    except NotYetError as error:
        raise ConflictError("Het logboek is nog niet ondertekend. Probeer het over een minuut opnieuw.") from error
    except AuditError:  # the event left the log at the end of the log's own term: the last certificate stands
        if row.certificate is None:
            raise
        text = row.certificate
    record(
        session,
        services.vault,
        context,
        Action.EXPORT,
        tenant_id=row.tenant_id,
        object_type="destruction",
        object_id=row.id,
        article="PR12.1",
        payload={"form": what},
    )
    checked = certificate.check(text, *certificate.public_keys(services.vault.keyring))
    return Made(text=text, body=checked.body, confirmed=checked.confirmed)
