"""The letters of a request: receipt, request for proof, extension, decision. Source: PR11.2, PR11.5, PR11.10, PR13."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.accounts import people
from gateway.accounts.tables import Account
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError
from gateway.letters import handing, making
from gateway.letters import queries as letters
from gateway.letters.kinds import Both
from gateway.letters.making import Addressee
from gateway.rights import queries
from gateway.rights.rules import REFUSED

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.letters.queries import LetterLine
    from gateway.rights.rules import Deadline, Decision
    from gateway.rights.tables import RightRequest
    from gateway.services import Services

PORTAL = "portal"
DECISIONS = frozenset({"decision", "refusal", "complaint_answer"})
"""The letters with which a request is answered (PR11.5, PR13)."""


def receipt(services: Services, session: Session, context: Context, row: RightRequest, deadline: Deadline) -> None:
    """We received it, and when the answer comes."""
    values = {**_asked(row), "until": deadline.last_day, "until_why": deadline.why}
    write(services, session, context, row, "receipt", values)


def proof_asked(services: Services, session: Session, context: Context, row: RightRequest, proof: str) -> None:
    """Which proof is needed; until it comes the term stands still (PR11.2)."""
    write(services, session, context, row, "proof_asked", {**_asked(row), "proof": proof})


def extension(services: Services, session: Session, context: Context, row: RightRequest, why: str) -> None:
    """The term is longer, until when and why (AVG 12(3))."""
    write(services, session, context, row, "extension", {**_asked(row), "until": row.due, "reasons": why})


def decision(services: Services, session: Session, context: Context, row: RightRequest, made: Decision) -> None:
    """What was decided, why, by which article, and what one can do against it (PR11.5, PR11.10, PR13)."""
    if row.kind == "klacht":
        values = {"received_on": row.received_on, "outcome": f"complaint_{made.outcome}", "reasons": made.reasons}
        write(services, session, context, row, "complaint_answer", values)
        return
    article = Both(nl=in_words(made.article), en=in_words(made.article, "en"))
    values = {**_asked(row), "reasons": made.reasons, "article": article}
    if made.outcome == REFUSED:
        write(services, session, context, row, "refusal", values)
    else:
        write(services, session, context, row, "decision", {**values, "outcome": made.outcome})


def write(
    services: Services, session: Session, context: Context, row: RightRequest, kind: str, values: dict[str, Any]
) -> None:
    """Make a letter to who asked; who may read it in the portal today gets it there at once."""
    dossier = session.get_one(Dossier, row.dossier_id)
    to = addressee(services, session, context, row, dossier)
    letter_id = making.make(
        services,
        session,
        context,
        dossier=dossier,
        kind=kind,
        to=to,
        values=values,
        about=row.id,
        language=row.language,
    )
    if to.account_id is not None and row.way == PORTAL:  # who wrote on paper is answered on paper
        handing.hand(services, session, context, dossier=dossier, letter_id=letter_id, way="portal", on=context.today)


def addressee(services: Services, session: Session, context: Context, row: RightRequest, dossier: Dossier) -> Addressee:
    """Who asked; by account only while that account may look at this dossier, else the letter goes by post."""
    details = queries.opened(session, services.vault, row, "details")
    address = {name: str(details.get(name) or "") for name in ("street", "postcode", "town")}
    if row.asked_by is None:
        return Addressee(name=str(details["who"]), **address)
    account = session.get_one(Account, row.asked_by)
    person = people.person_or_nameless(session, services.vault, account)
    reads = account.active and account.id in entitled_accounts(services, session, dossier, context.today)
    return Addressee(name=person.name, account_id=account.id if reads else None, **address)


def answered(services: Services, session: Session, row: RightRequest) -> LetterLine:
    """The letter with the answer, that went out.

    Raises:
        ConflictError: there is none, or nobody said yet that it was sent: then this cannot be closed.
    """
    line = next((each for each in letters.of(session, services.vault, row.id) if each.kind in DECISIONS), None)
    if line is None or line.handed_on is None:
        raise ConflictError("De brief met de beslissing is nog niet verstuurd. Leg eerst vast wanneer dat gebeurde.")
    return line


def in_words(article: str, language: str = "nl") -> str:
    """An article as a letter says it: `AVG 12(5)` is `artikel 12 lid 5 AVG`, in English `article 12(5) GDPR`.

    What an officer wrote in words stays as it is.
    """
    return re.sub(r"\bAVG (\d+)(?:\((\d+)\))?", _spelled if language == "nl" else _spelled_in_english, article)


def _spelled(found: re.Match[str]) -> str:
    number, part = found.groups()
    return f"artikel {number}{f' lid {part}' if part else ''} AVG"


def _spelled_in_english(found: re.Match[str]) -> str:
    number, part = found.groups()
    return f"article {number}{f'({part})' if part else ''} GDPR"


def _asked(row: RightRequest) -> dict[str, Any]:
    return {"request": row.kind, "received_on": row.received_on}
