"""Checking the whole log: against itself, against the separate place, and against what the witnesses signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audit.closing import closings
from audit.findings import Finding, Findings
from audit.note import ED25519
from audit.verify import verify_log
from gateway import log_copies
from gateway.logbook import LOG_ID, all_keys, former_keys, own_keys
from gateway.recording import LogSealer
from gateway.storage import StorageError
from gateway.witness import asking
from gateway.witness.asking import CONTRADICTIONS
from gateway.witness.queries import witness_keys

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from audit.closing import Closing
    from audit.findings import Report
    from audit.note import VerifierKey
    from gateway.services import Services
    from gateway.witness.asking import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The report, how many copies elsewhere were held against the log, and how each witness answered."""

    report: Report
    copies: int
    places_away: tuple[str, ...]
    asked: tuple[Asked, ...]
    ended: tuple[Ended, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A log that ended: how, and what its check gave."""

    closing: Closing
    report: Report


def check(
    services: Services,
    *,
    since: str | None = None,
    offline: bool = False,
    payloads: bool = False,
    by_itself: bool = False,
) -> Checked:
    """Check everything; the report names what is wrong and where.

    `by_itself` holds it against its own tree only: a copy of the database is older than what lies elsewhere.

    `since`: a checkpoint (signed note) from which on every byte is looked at. `offline` asks no witness. `payloads`
    also opens what still opens. A place that does not answer now is named and passed over; it is not a finding.
    """
    found, away = _copies(services, by_itself=by_itself)
    with services.db.reading() as session, services.db.reading() as other:
        if not services.db.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        sealer = LogSealer(session, services.vault, organisation_id="", year=0) if payloads else None
        keys = [*own_keys(services.vault.keyring), *witness_keys(session)]
        ended, more = _check_ended(services, session, by_itself=by_itself)
        held = sum(each.report.size - each.report.expired for each in ended)
        report = verify_log(
            session.connection(),
            LOG_ID,
            keys=keys,
            copies=found,
            since=since,
            sealer=sealer,
            beside=other.connection(),
            held_elsewhere=held,
        )
    asked = () if offline or by_itself else tuple(asking.ask_all(services))
    said = [_said(each, report.size) for each in asked if each.trouble in CONTRADICTIONS]
    return Checked(
        report=replace(report, findings=(*report.findings, *more, *said)),
        copies=len(found),
        places_away=away,
        asked=asked,
        ended=ended,
    )


def _check_ended(services: Services, session: Session, *, by_itself: bool) -> tuple[tuple[Ended, ...], list[Finding]]:
    """The logs that this one goes on from, each checked against its own copies, and what is wrong with any of them."""
    keyring, connection = services.vault.keyring, session.connection()
    own = [key for key in all_keys(keyring) if key.kind == ED25519]
    findings = Findings()
    found: list[Ended] = []
    for done in closings(connection, LOG_ID, own, findings):
        former = former_keys(keyring).get(done.origin, [])
        copies = _copies(services, former[0], by_itself=by_itself)[0] if former else {}
        keys = [*former, *own, *witness_keys(session)]
        report = verify_log(connection, done.origin, keys=keys, copies=copies, closing=done)
        for each in report.findings:
            findings.add(each.code, f"ended log {done.origin}, {each.place}", each.message)
        found.append(Ended(closing=done, report=report))
    return tuple(found), findings.found


def _copies(
    services: Services, key: VerifierKey | None = None, *, by_itself: bool = False
) -> tuple[dict[str, str], tuple[str, ...]]:
    if by_itself:
        return {}, ()
    try:
        return log_copies.trusted(services, key=key), ()
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
