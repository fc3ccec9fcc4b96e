"""Requests as others read them: one row within reach, and one request opened with its term, items and steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.errors import NotFoundError
from gateway.reglement import versions
from gateway.rights import rules
from gateway.rights.rules import Deadline, Pause, Standing
from gateway.rights.tables import RightItem, RightPause, RightRequest, RightStep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.reglement.profiles import Rights
    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One item of a request, opened."""

    row: RightItem
    wrong: str
    should_be: str
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseLine:
    """A time that the term stood still, and why proof was asked."""

    row: RightPause
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One thing that happened with a request; `by` is the account, None for the gateway itself."""

    kind: str
    by: str | None
    at: datetime
    event_id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request with what is sealed in it opened, and its term as it is now."""

    row: RightRequest
    text: str
    who: str
    identified: str
    assisted: str
    extension: str
    reasons: str
    article: str
    excessive: bool
    items: Sequence[ItemLine]
    pauses: Sequence[PauseLine]
    standing: Standing
    deadline: Deadline

    @property
    def running(self) -> bool:
        """Whether it still asks something of the SWV."""
        return self.row.state in rules.RUNNING

    @property
    def undecided(self) -> bool:
        """Whether the legal term still counts."""
        return self.row.state in rules.UNDECIDED


def by_id(session: Session, context: Context, request_id: str, *, lock: bool = False) -> RightRequest:
    """A request of the privacy officer's own SWV.

    Raises:
        NotFoundError: it is another's, or it does not exist.
    """
    officer = context.officer
    row = session.get(RightRequest, request_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.tenant_id != officer.tenant_id:
        raise NotFoundError
    return row


def line(session: Session, vault: Vault, row: RightRequest) -> RequestLine:
    """One request, opened; the caller has judged who reads it."""
    details = opened(session, vault, row, "details")
    decision = opened(session, vault, row, "decision")
    pauses = pauses_of(session, row.id)
    standing = standing_of(row, pauses)
    return RequestLine(
        row=row,
        text=str(details.get("text") or ""),
        who=str(details.get("who") or ""),
        identified=str(details.get("identified") or ""),
        assisted=str(opened(session, vault, row, "assisted").get("by") or ""),
        extension=str(opened(session, vault, row, "extension").get("why") or ""),
        reasons=str(decision.get("reasons") or ""),
        article=str(decision.get("article") or ""),
        excessive=bool(decision.get("excessive")),
        items=items_of(session, vault, row),
        pauses=[
            PauseLine(row=each, why=vault.open_json(session, row.dossier_id, f"right-pause:{each.id}", each.why)["why"])
            for each in pauses
        ],
        standing=standing,
        deadline=rules.deadline(standing, rights_of(session, row.tenant_id, row.received_on)),
    )


def items_of(session: Session, vault: Vault, row: RightRequest) -> list[ItemLine]:
    """What a request points at, in the order of the requester."""
    found = []
    for item in session.scalars(
        select(RightItem).where(RightItem.request_id == row.id).order_by(RightItem.position, RightItem.id)
    ):
        place = f"right-item:{item.id}"
        details = vault.open_json(session, row.dossier_id, place, item.details)
        answer = vault.open_json(session, row.dossier_id, place, item.answer) if item.answer else {}
        found.append(
            ItemLine(
                row=item,
                wrong=details["wrong"],
                should_be=details["should_be"],
                reasons=str(answer.get("reasons") or ""),
            )
        )
    return found


def steps_of(session: Session, vault: Vault, row: RightRequest) -> list[StepLine]:
    """What happened with a request, oldest first."""
    query = select(RightStep).where(RightStep.request_id == row.id).order_by(RightStep.number)
    return [
        StepLine(
            kind=step.kind,
            by=step.made_by,
            at=step.made_at,
            event_id=step.event_id,
            note=str(
                vault.open_json(session, row.dossier_id, f"right-step:{row.id}:{step.number}", step.body)["note"]
                if step.body
                else ""
            ),
        )
        for step in session.scalars(query)
    ]


def of_dossier(session: Session, dossier_id: str) -> Sequence[RightRequest]:
    """The requests about a dossier, newest first."""
    query = select(RightRequest).where(RightRequest.dossier_id == dossier_id)
    return session.scalars(query.order_by(RightRequest.received_on.desc(), RightRequest.made_at.desc())).all()


def pauses_of(session: Session, request_id: str) -> Sequence[RightPause]:
    """The times that its term stood still, oldest first."""
    query = select(RightPause).where(RightPause.request_id == request_id)
    return session.scalars(query.order_by(RightPause.from_on, RightPause.id)).all()


def standing_of(row: RightRequest, pauses: Sequence[RightPause]) -> Standing:
    """What the rules need to know of this row."""
    return Standing(
        kind=row.kind,
        state=row.state,
        capacity=row.capacity,
        way=row.way,
        asked_by=row.asked_by,
        received_on=row.received_on,
        pauses=tuple(Pause(asked_on=each.from_on, until=each.until_on) for each in pauses),
        extension_weeks=row.extension_weeks,
        outcome=row.outcome,
    )


def deadline_of(session: Session, row: RightRequest) -> Deadline:
    """The last day of a request as it is now, and why."""
    standing = standing_of(row, pauses_of(session, row.id))
    return rules.deadline(standing, rights_of(session, row.tenant_id, row.received_on))


def rights_of(session: Session, tenant_id: str, on: date) -> Rights:
    """What the reglement of this SWV said on rights on that day."""
    tenant = people.tenant_of(session, tenant_id)
    return versions.in_force(session, tenant.id, tenant.profile_id, on).rights


def opened(session: Session, vault: Vault, row: RightRequest, name: str) -> dict[str, Any]:
    """A sealed column of a request (`details`, `assisted`, `extension`, `decision`); nothing where there is none."""
    sealed: bytes | None = getattr(row, name)
    return dict(vault.open_json(session, row.dossier_id, f"right:{row.id}:{name}", sealed)) if sealed else {}


def seal(session: Session, vault: Vault, row: RightRequest, name: str, value: dict[str, Any]) -> bytes:
    """Seal what `opened` opens."""
    return vault.seal_json(session, row.dossier_id, f"right:{row.id}:{name}", value)
