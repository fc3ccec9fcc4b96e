"""An old decision judged again, on the facts of then and under the version of then: the same answer, or a finding.

Source: issue 4 ("a decision stores profile, version and article, and an old decision replays to the same answer").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.reglement import facts as strict
from gateway.reglement import versions
from gateway.reglement.rules import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from gateway.services import Services
    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One kept decision, and what the same question gives now; `again` None: its facts were not kept."""

    verstrekking_id: str
    version_id: str
    profile: str
    kept: str
    again: str | None

    @property
    def same(self) -> bool:
        """Whether the answer is the same."""
        return self.again == self.kept


def replay(session: Session, vault: Vault, row: Verstrekking) -> list[Replayed]:
    """Judge every document of a verstrekking again under the profile version that the decision names."""
    if row.export_id is not None:
        return [_coded(session, vault, row)]
    query = select(VerstrekkingDocument).where(VerstrekkingDocument.verstrekking_id == row.id)
    return [_one(session, vault, row, item) for item in session.scalars(query)]


def replay_all(services: Services) -> Iterator[Replayed]:
    """Every verstrekking of the installation, oldest first."""
    with services.db.reading() as session:
        ids = session.scalars(select(Verstrekking.id).order_by(Verstrekking.made_at, Verstrekking.id)).all()
    for row_id in ids:
        with services.db.reading() as session:
            row = session.get(Verstrekking, row_id)
            if row is not None:
                yield from replay(session, services.vault, row)


def _one(session: Session, vault: Vault, row: Verstrekking, item: VerstrekkingDocument) -> Replayed:
    again: str | None = None
    if item.facts is not None:
        asked = vault.open_json(session, row.dossier_id, f"facts:{row.id}:{item.version_id}", item.facts)
        again = _answer(session, row, asked)
    return Replayed(
        verstrekking_id=row.id,
        version_id=item.version_id,
        profile=row.profile,
        kept=item.article or row.article,
        again=again,
    )


def _coded(session: Session, vault: Vault, row: Verstrekking) -> Replayed:
    """The one decision on a dossier that left as coded fields."""
    asked = vault.open_json(session, row.dossier_id, "verstrekking", row.details).get("asked") if row.details else None
    return Replayed(
        verstrekking_id=row.id,
        version_id="",
        profile=row.profile,
        kept=row.article,
        again=_answer(session, row, asked) if asked else None,
    )


def _answer(session: Session, row: Verstrekking, asked: dict[str, Any]) -> str:
    profile_id, _, number = row.profile.rpartition("@")
    profile = versions.find(session, row.tenant_id, profile_id, int(number))
    decision = judge(strict.parse(asked), profile)
    return decision.article if decision.allowed else f"no, {decision.article}"
