"""Data breaches: words and the clock of 72 hours (AVG 33). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor
from typing import TYPE_CHECKING

from gateway.context import AMSTERDAM

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS = 72
KINDS: Mapping[str, str] = {
    "confidentiality": "iemand zag of kreeg gegevens die dat niet mocht",
    "integrity": "gegevens zijn gewijzigd of verwisseld",
    "availability": "gegevens zijn weg of niet te bereiken",
}
CAUSES: Mapping[str, str] = {
    "wrong_recipient": "naar de verkeerde ontvanger gestuurd",
    "wrong_document": "verkeerd stuk toegevoegd of verstrekt",
    "access": "iemand had meer toegang dan nodig",
    "account": "iemand gebruikte het account van een ander",
    "lost": "apparaat of papier kwijt of gestolen",
    "attack": "inbraak of kwaadaardige software",
    "failure": "storing of fout in een systeem",
    "other": "iets anders",
}
AP, PERSONS, MEASURE = "ap", "persons", "measure"
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How the 72 hours stand: until when, whole hours left (negative when past), and whether the report is done."""

    until: datetime
    hours_left: int
    done: bool
    late: bool
    stopped: bool = False

    @property
    def running(self) -> bool:
        """Whether someone still has to decide or report."""
        return not self.done and not self.stopped


def deadline(discovered_at: datetime) -> datetime:
    """The last instant to report: 72 hours on the clock, weekends and the change to summer time included.

    Source: AVG 33(1). Running hours are the strictest reading; no hour is given away.
    """
    return discovered_at + timedelta(hours=HOURS)


def clock(discovered_at: datetime, now: datetime, *, reported_at: datetime | None, verdict: str | None) -> Clock:
    """The clock of a breach. A decision not to report stops it; a report that came late stays late."""
    until = deadline(discovered_at)
    left = (until - now).total_seconds() / 3600
    return Clock(
        until=until,
        hours_left=floor(left),
        done=reported_at is not None,
        late=(reported_at or now) > until and not (reported_at is None and verdict == NO),
        stopped=verdict == NO,
    )


def from_local(moment: datetime) -> datetime:
    """The instant of a time as someone in Amsterdam types it.

    The hour that comes twice in October is the first one: then the term ends sooner, which is the safe side.
    """
    return moment.replace(tzinfo=AMSTERDAM, fold=0).astimezone(UTC)
