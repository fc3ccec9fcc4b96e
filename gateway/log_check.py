"""Checking the whole log: against itself, against the separate place, and against what the witnesses signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audit.findings import Finding
from audit.verify import verify_log
from gateway import log_copies
from gateway.logbook import LOG_ID, own_keys
from gateway.recording import LogSealer
from gateway.storage import StorageError
from gateway.witness import asking
from gateway.witness.asking import CONTRADICTIONS
from gateway.witness.queries import witness_keys

if TYPE_CHECKING:
    from audit.findings import Report
    from gateway.services import Services
    from gateway.witness.asking import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The report, how many copies elsewhere were held against the log, and how each witness answered."""

    report: Report
    copies: int
    places_away: tuple[str, ...]
    asked: tuple[Asked, ...]


def check(services: Services, *, since: str | None = None, offline: bool = False, payloads: bool = False) -> Checked:
    """Check everything; the report names what is wrong and where.

    `since`: a checkpoint (signed note) from which on every byte is looked at. `offline` asks no witness. `payloads`
    also opens what still opens. A place that does not answer now is named and passed over; it is not a finding.
    """
    found, away = _copies(services)
    with services.db.reading() as session, services.db.reading() as other:
        if not services.db.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        sealer = LogSealer(session, services.vault, organisation_id="", year=0) if payloads else None
        keys = [*own_keys(services.vault.keyring), *witness_keys(session)]
        report = verify_log(
            session.connection(),
            LOG_ID,
            keys=keys,
            copies=found,
            since=since,
            sealer=sealer,
            beside=other.connection(),
        )
    asked = () if offline else tuple(asking.ask_all(services))
    said = [_said(each, report.size) for each in asked if each.trouble in CONTRADICTIONS]
    return Checked(
        report=replace(report, findings=(*report.findings, *said)),
        copies=len(found),
        places_away=away,
        asked=asked,
    )


def _copies(services: Services) -> tuple[dict[str, str], tuple[str, ...]]:
    try:
        return log_copies.trusted(services), ()
    except (OSError, StorageError) as error:
        return {}, (str(error) if isinstance(error, StorageError) else type(error).__name__,)


def _said(asked: Asked, size: int) -> Finding:
    place = f"witness {asked.name}"
    if asked.trouble == "ahead":
        held = asked.held or 0
        message = f"confirmed {held} leaves, the log's newest checkpoint has {asked.size}"
        gone = f"leaves {asked.size} to {held - 1} are gone" if held > size else "newer checkpoints are gone"
        return Finding(code="truncated", place=place, message=f"{message}: {gone}")
    if asked.trouble == "fork":
        return Finding(code="root-changed", place=place, message=f"confirmed another root of {asked.size} leaves")
    return Finding(
        code="root-changed", place=place, message="what it confirmed before is not the beginning of this log"
    )
