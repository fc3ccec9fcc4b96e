"""Which letters there are: of one request or besluit, of a dossier, of one person; and one letter, opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.errors import NotFoundError
from gateway.letters.house import House, logo_of
from gateway.letters.kinds import KINDS
from gateway.letters.making import Addressee
from gateway.letters.tables import Letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """A letter in a list."""

    id: str
    kind: str
    title: str
    subject: str
    to: str
    about: str
    account_id: str | None
    made_on: date
    handed_on: date | None
    way: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A letter as it is read: its text in Dutch, and beside it in the language of who asked. `row` None: an example."""

    row: Letter | None
    to: Addressee
    house: House
    signed: Mapping[str, str]
    texts: Mapping[str, Any]
    logo: bytes | None


def of(session: Session, vault: Vault, about: str) -> list[LetterLine]:
    """The letters of a request or besluit, newest first."""
    return _lines(session, vault, session.scalars(_newest_first().where(Letter.about == about)))


def of_dossier(session: Session, vault: Vault, dossier_id: str) -> list[LetterLine]:
    """The letters of a dossier, newest first."""
    return _lines(session, vault, session.scalars(_newest_first().where(Letter.dossier_id == dossier_id)))


def of_account(
    session: Session, vault: Vault, account_id: str, dossier_ids: Sequence[str], *, about: str | None = None
) -> list[LetterLine]:
    """What was sent to this account about these dossiers: what is still to be sent is not theirs to read yet."""
    query = _newest_first().where(
        Letter.account_id == account_id, Letter.dossier_id.in_(dossier_ids), Letter.handed_on.is_not(None)
    )
    if about is not None:
        query = query.where(Letter.about == about)
    return _lines(session, vault, session.scalars(query))


def of_row(session: Session, dossier_id: str, letter_id: str, *, lock: bool = False) -> Letter:
    """A letter of this dossier.

    Raises:
        NotFoundError: it is of another, or does not exist.
    """
    row = session.get(Letter, letter_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.dossier_id != dossier_id:
        raise NotFoundError
    return row


def opened(session: Session, vault: Vault, row: Letter) -> Opened:
    """A letter with everything that stands in it."""
    found = _details(session, vault, row)
    return Opened(
        row=row,
        to=Addressee(**found["to"]),
        house=House(**found["house"]),
        signed=found["signed"],
        texts=found["texts"],
        logo=logo_of(session, row.house_id),
    )


def _newest_first() -> Any:
    return select(Letter).order_by(Letter.made_at.desc(), Letter.id.desc())


def _lines(session: Session, vault: Vault, rows: Iterable[Letter]) -> list[LetterLine]:
    found = []
    for row in rows:
        details = _details(session, vault, row)
        found.append(
            LetterLine(
                id=row.id,
                kind=row.kind,
                title=KINDS[row.kind].title,
                subject=details["texts"]["nl"]["subject"],
                to=details["to"]["name"],
                about=row.about,
                account_id=row.account_id,
                made_on=row.made_on,
                handed_on=row.handed_on,
                way=row.way,
            )
        )
    return found


def _details(session: Session, vault: Vault, row: Letter) -> dict[str, Any]:
    return dict(vault.open_json(session, row.dossier_id, f"letter:{row.id}", row.details))
