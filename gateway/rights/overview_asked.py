"""Requests, complaints and letters in an inzage: those of who asks, and of nobody else (AVG 15(4)). Source: PR11.3.

What a parent asked or complained of is that parent's own data, also where it is about the pupil. To the pupil who asks
is told that a guardian exercised a right on their behalf: which and when, no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dossiers.queries import pupil_of
from gateway.letter_words import WAYS
from gateway.letters import queries as letters
from gateway.rights import overview_words, queries
from gateway.rights.overview_values import Coded, LetterPart, RequestPart
from gateway.rights.overview_words import coded

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.letters.queries import LetterLine
    from gateway.rights.tables import RightRequest
    from gateway.services import Services

TO_RECIPIENTS = "notice_third"
"""The letter to an organisation that had the data: it names that organisation and no person of the family."""
ON_BEHALF = frozenset({"guardian", "representative"})
COMPLAINT = "klacht"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """For whom the answer is: capacity, which of the guardians of the pupil, and for which request it is made."""

    capacity: str
    guardian_id: str = ""
    account_id: str | None = None
    request_id: str = ""

    @property
    def is_guardian(self) -> bool:
        """Whether a parent or representative asks, not the pupil."""
        return self.capacity != "data_subject"


def parts(
    services: Services, session: Session, dossier: Dossier, requester: Requester
) -> tuple[tuple[RequestPart, ...], tuple[LetterPart, ...]]:
    """The requests and the letters of a dossier as this requester gets them, newest first."""
    rows = queries.of_dossier(session, dossier.id)
    name = _name(services, session, dossier, requester)
    own = {row.id for row in rows if _is_own(services, session, row, requester, name)}
    others = {row.id for row in rows} - own
    asked = [
        _request(row) if row.id in own else _on_behalf(row)
        for row in rows
        if row.id in own or (not requester.is_guardian and row.capacity in ON_BEHALF and row.kind != COMPLAINT)
    ]
    sent = [
        _letter(line)
        for line in letters.of_dossier(session, services.vault, dossier.id)
        if line.kind == TO_RECIPIENTS
        or line.about in own
        or (line.about not in others and _is_addressed(line, requester, name))
    ]
    return tuple(asked), tuple(sent)


def _name(services: Services, session: Session, dossier: Dossier, requester: Requester) -> str:
    """The name under which this requester wrote on paper; empty where it could be someone else's."""
    pupil = pupil_of(session, services.vault, dossier)
    if not requester.is_guardian:
        return pupil.name
    names = [each.name for each in pupil.guardians]
    found = next((each.name for each in pupil.guardians if each.id == requester.guardian_id), "")
    return found if names.count(found) == 1 else ""


def _is_own(services: Services, session: Session, row: RightRequest, requester: Requester, name: str) -> bool:
    if row.id == requester.request_id:
        return True
    if row.asked_by is not None:
        return row.asked_by == requester.account_id
    if row.capacity != requester.capacity:
        return False
    if not requester.is_guardian:
        return True
    return bool(name) and queries.opened(session, services.vault, row, "details").get("who") == name


def _is_addressed(line: LetterLine, requester: Requester, name: str) -> bool:
    """Whether a letter that belongs to no request (a bezwaar) went to this requester."""
    if line.account_id is not None:
        return line.account_id == requester.account_id
    return bool(name) and line.to == name


def _request(row: RightRequest) -> RequestPart:
    return RequestPart(
        kind=coded(row.kind, overview_words.REQUESTS),
        received_on=row.received_on,
        state=coded(row.state, overview_words.REQUEST_STATES),
        outcome=coded(row.outcome, overview_words.OUTCOMES) if row.outcome else None,
    )


def _on_behalf(row: RightRequest) -> RequestPart:
    return RequestPart(
        kind=coded(row.kind, overview_words.REQUESTS),
        received_on=row.received_on,
        state=Coded(code="", words=""),
        outcome=None,
    )


def _letter(line: LetterLine) -> LetterPart:
    return LetterPart(
        title=line.title,
        to=line.to,
        made_on=line.made_on,
        handed_on=line.handed_on,
        way=coded(line.way, WAYS) if line.way else None,
    )
