"""Who may read which letter, and that they did: the SWV's people of the dossier, the privacy officer, the addressee.

What answers a request about rights or a complaint is between who asked and the privacy officer: a complaint can be
about the very people who work on the dossier. They read the other letters.
Source: PR8.2, PR10.1, PR11.10, PR13.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.context import Role
from gateway.dossiers import seen
from gateway.dossiers.queries import covered, swv_dossier
from gateway.dossiers.tables import Dossier
from gateway.errors import NotFoundError
from gateway.letters import handing, queries
from gateway.letters.signing import signs_for
from gateway.letters.tables import Letter
from gateway.matters.tables import Besluit
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.letters.queries import LetterLine, Opened
    from gateway.services import Services

IN_IT = frozenset("ap")
"""What stands in a letter: who it is about and to, and what the law has the SWV write."""
OF_RIGHTS = frozenset({"receipt", "proof_asked", "extension", "decision", "refusal", "complaint_answer"})
"""The kinds that answer a request about rights; an objection has one of them too: `extension`, about its besluit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfFamily:
    """The letters to one person about one child."""

    pupil_name: str
    letters: Sequence[LetterLine]


def of_dossier(services: Services, context: Context, dossier_id: str) -> list[LetterLine]:
    """The letters of a dossier, for the SWV's people who work on it: without those that answer a request."""
    with services.db.reading() as session:
        dossier = _dossier(session, context, dossier_id)
        lines = queries.of_dossier(session, services.vault, dossier.id)
        return [each for each in lines if _theirs(session, context, each.kind, each.about)]


def read(
    services: Services, context: Context, dossier_id: str, letter_id: str, *, action: Action
) -> tuple[Opened, bool]:
    """One letter for staff, and whether it is signed digitally; in the log before it is shown or leaves."""
    with services.db.writing() as session:
        dossier = _dossier(session, context, dossier_id)
        row = _row(session, context, dossier, letter_id)
        return _open(services, session, context, row, action), signs_for(services, session, row.tenant_id)


def hand(services: Services, context: Context, dossier_id: str, letter_id: str, *, way: str, on: date) -> None:
    """Say how and when a letter went out; see `handing.hand`."""
    with services.db.writing() as session:
        dossier = _dossier(session, context, dossier_id)
        row = _row(session, context, dossier, letter_id)
        handing.hand(services, session, context, dossier=dossier, letter_id=row.id, way=way, on=on)


def of_family(services: Services, context: Context) -> list[OfFamily]:
    """The letters that this parent or pupil got, by child."""
    with services.db.reading() as session:
        found = []
        for dossier, pupil in seen.family_dossiers(services, session, context):
            lines = queries.of_account(session, services.vault, context.person.account_id, [dossier.id])
            found.append(OfFamily(pupil_name=pupil.name, letters=lines))
        return found


def own(services: Services, context: Context, letter_id: str, *, action: Action) -> tuple[Opened, bool]:
    """One letter for the parent or pupil it is to, once it went out; in the log before it is shown or leaves."""
    with services.db.writing() as session:
        row = session.get(Letter, letter_id)
        if row is None or row.account_id != context.person.account_id or row.handed_on is None:
            raise NotFoundError
        seen.family_dossier(services, session, context, row.dossier_id)
        return _open(services, session, context, row, action), signs_for(services, session, row.tenant_id)


def _dossier(session: Session, context: Context, dossier_id: str) -> Dossier:
    """The dossier, for who may read its letters: within the access list, or the privacy officer of its tenant."""
    if context.person.role is Role.PRIVACY_OFFICER:
        row = session.get(Dossier, dossier_id)
        if row is None or row.tenant_id != context.person.tenant_id or row.state == "draft":
            raise NotFoundError
        return row
    dossier = swv_dossier(session, context, dossier_id)
    if not covered(session, context, dossier) >= IN_IT:
        raise NotFoundError
    return dossier


def _row(session: Session, context: Context, dossier: Dossier, letter_id: str) -> Letter:
    row = queries.of_row(session, dossier.id, letter_id)
    if not _theirs(session, context, row.kind, row.about):
        raise NotFoundError
    return row


def _theirs(session: Session, context: Context, kind: str, about: str) -> bool:
    """Whether this reader handles such letters: the privacy officer all, staff what does not answer a request."""
    if context.person.role is Role.PRIVACY_OFFICER or kind not in OF_RIGHTS:
        return True
    return session.get(Besluit, about) is not None


def _open(services: Services, session: Session, context: Context, row: Letter, action: Action) -> Opened:
    record(
        session,
        services.vault,
        context,
        action,
        dossier_id=row.dossier_id,
        object_type="letter",
        object_id=row.id,
        article="PR11.10",
        payload={"letter": row.kind},
    )
    return queries.opened(session, services.vault, row)
