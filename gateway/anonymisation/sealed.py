"""What is sealed in a rendition's row: what was found in the whole document, what was decided on it, the report.

All of it is sealed under the document's own key, so that it dies with the document.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.choices import Added, Area, Choices
from gateway.dossiers import labels

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.anonymisation.rendition_tables import AnonymisedRendition
    from gateway.vault.keys import Vault

UNDO_MAX: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Group:
    """All finds in a document that read the same: one line for the reviewer, one entry of the mapping.

    `replacement` stands in their place (`[broer 1]`); `certainty` is the lowest of them; `places` are names of parts
    (`pagina 2`); `locked`: the dossier says that this is the pupil's or a guardian's, and it never stays.
    """

    key: str
    text: str
    kind: str
    source: str
    certainty: float
    replacement: str
    count: int
    places: tuple[str, ...]
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Decisions:
    """What people decided. `accepted` and `rejected` are keys of groups; `made` is what the output was made with."""

    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    added: tuple[Added, ...] = ()
    areas: tuple[Area, ...] = ()
    made: dict[str, Any] | None = None
    before: tuple[dict[str, Any], ...] = field(default=())

    @property
    def choices(self) -> Choices:
        """What the next output must be made with."""
        return Choices(keep=frozenset(self.rejected), added=self.added, areas=self.areas)

    @property
    def is_made(self) -> bool:
        """Whether the output holds all that was decided."""
        return self.made == self.choices.to_json()

    def changed(self, **to: Any) -> Decisions:
        """With this change, and the way back from it."""
        return replace(self, **to, before=(*self.before, self._now())[-UNDO_MAX:])

    def undone(self) -> Decisions:
        """As it was before the last change."""
        if not self.before:
            return self
        *earlier, last = self.before
        return replace(_decisions(last), made=self.made, before=tuple(earlier))

    def _now(self) -> dict[str, Any]:
        told = {"accepted": list(self.accepted), "rejected": list(self.rejected)}
        return {**told, "added": [asdict(each) for each in self.added], "areas": [asdict(each) for each in self.areas]}

    def to_json(self) -> dict[str, Any]:
        """As it is sealed."""
        return {**self._now(), "made": self.made, "before": list(self.before)}


def _decisions(told: dict[str, Any]) -> Decisions:
    return Decisions(
        accepted=tuple(told["accepted"]),
        rejected=tuple(told["rejected"]),
        added=tuple(Added(**each) for each in told["added"]),
        areas=tuple(Area(**each) for each in told["areas"]),
        made=told.get("made"),
        before=tuple(told.get("before", ())),
    )


def finds_of(vault: Vault, session: Session, row: AnonymisedRendition) -> list[Group]:
    """What was found in the document; nothing while it was never made."""
    found = _open(vault, session, row, "finds", row.finds) or []
    return [Group(**{**each, "places": tuple(each["places"])}) for each in found]


def seal_finds(vault: Vault, session: Session, row: AnonymisedRendition, groups: list[Group]) -> None:
    """Keep what was found."""
    row.finds = _seal(vault, session, row, "finds", [asdict(each) for each in groups])


def decisions_of(vault: Vault, session: Session, row: AnonymisedRendition) -> Decisions:
    """What people decided so far."""
    told = _open(vault, session, row, "decisions", row.decisions)
    return _decisions(told) if told else Decisions()


def seal_decisions(vault: Vault, session: Session, row: AnonymisedRendition, decided: Decisions) -> None:
    """Keep what people decided."""
    row.decisions = _seal(vault, session, row, "decisions", decided.to_json())


def report_of(vault: Vault, session: Session, row: AnonymisedRendition) -> dict[str, Any] | None:
    """The report of the last time it was made (docs/anonymisation-files.md); it holds no value of the document."""
    told: dict[str, Any] | None = _open(vault, session, row, "report", row.report)
    return told


def seal_report(vault: Vault, session: Session, row: AnonymisedRendition, report: dict[str, Any]) -> None:
    """Keep the report."""
    row.report = _seal(vault, session, row, "report", report)


def _place(row: AnonymisedRendition, what: str) -> str:
    return f"anonymised-{what}:{row.id}"


def _seal(vault: Vault, session: Session, row: AnonymisedRendition, what: str, value: Any) -> bytes:
    labels.own_part(vault, session, row.dossier_id, row.document_id)
    return vault.seal_json(session, row.dossier_id, _place(row, what), value, part=row.document_id)


def _open(vault: Vault, session: Session, row: AnonymisedRendition, what: str, sealed: bytes | None) -> Any:
    if sealed is None:
        return None
    return vault.open_json(session, row.dossier_id, _place(row, what), sealed, part=row.document_id)
