"""Which days are no working days for a legal term, and how a day is written in Dutch.

Source: Algemene termijnenwet (Atw) art. 3; judgement.md, "Terms".
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from retention.errors import TermError

if TYPE_CHECKING:
    from collections.abc import Mapping

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
SATURDAY = 5
# The holiday library is silent outside these years, and silence would read as "a working day".
FIRST_YEAR, LAST_YEAR = 1966, 2100
_FIFTH_OF_MAY = (5, 5)


def _no_days() -> Mapping[date, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The free days of the Atw: weekends, public holidays and the days made equal to them by decree.

    `decreed` maps such a day to what it is called ("de vrijdag na Hemelvaartsdag").
    """

    decreed: Mapping[date, str] = field(default_factory=_no_days)

    def free_day(self, day: date) -> str | None:
        """Why this is no working day ("Koningsdag", "een zaterdag"), or None when it is one.

        Raises `TermError` for a year whose holidays are not known.
        """
        name = _public_holidays(day.year).get(day)
        if name is not None:
            return name
        if day in self.decreed:
            return f"gelijkgesteld met een feestdag ({self.decreed[day]})"
        return f"een {WEEKDAYS[day.weekday()]}" if day.weekday() >= SATURDAY else None

    def extended(self, extra: Mapping[date, str]) -> Calendar:
        """This calendar with an SWV's own decreed days added."""
        return Calendar(decreed=MappingProxyType({**self.decreed, **extra}))


@lru_cache(maxsize=256)
def _public_holidays(year: int) -> Mapping[date, str]:
    """The days of Atw art. 3 lid 1 in one year, by name: the library's, with 5 May in every year."""
    # The library is slow to import and most commands never need it.
    import holidays  # noqa: PLC0415  # see the line above

    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise TermError(f"de feestdagen van het jaar {year} zijn niet bekend, daarom is deze termijn niet te berekenen")
    found = {
        day: name.replace("Eerste ", "eerste ").replace("Tweede ", "tweede ").replace("Goede v", "Goede V")
        for day, name in holidays.country_holidays("NL", years=year, language="nl").items()
    }
    # The library follows the collective agreements (once in five years); the Atw names 5 May without a condition.
    found[date(year, *_FIFTH_OF_MAY)] = "Bevrijdingsdag"
    return MappingProxyType(found)


def parse_days(document: Mapping[str, Any]) -> dict[date, str]:
    """The decreed days in a parsed days file; `TermError` when the file is not in the agreed form."""
    if set(document) - {"checked_on", "source", "days"} or not isinstance(document.get("days"), list):
        raise TermError("het bestand met gelijkgestelde dagen heeft niet de afgesproken vorm")
    found: dict[date, str] = {}
    for entry in document["days"]:
        if not isinstance(entry, dict) or set(entry) != {"on", "name"}:
            raise TermError("elke gelijkgestelde dag heeft precies een `on` en een `name`")
        day, name = entry["on"], entry["name"]
        if isinstance(day, datetime) or not isinstance(day, date) or not isinstance(name, str) or not name.strip():
            raise TermError("een gelijkgestelde dag heeft een datum en een naam nodig")
        if day in found:
            raise TermError(f"de gelijkgestelde dag {day.isoformat()} staat er twee keer in")
        found[day] = name
    return found


def read_days(text: str) -> dict[date, str]:
    """The decreed days in the text of a days file (TOML); `TermError` when it cannot be read."""
    try:
        return parse_days(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TermError("het bestand met gelijkgestelde dagen is geen geldige TOML") from error


@lru_cache(maxsize=1)
def shipped_calendar() -> Calendar:
    """The calendar with the decreed days that are shipped."""
    text = files("retention").joinpath("data", "gelijkgestelde-dagen.toml").read_text(encoding="utf-8")
    return Calendar(decreed=MappingProxyType(read_days(text)))


def local_date(instant: datetime) -> date:
    """The day in Europe/Amsterdam on which an aware instant falls; a naive one is a `TermError`.

    Source: judgement.md, "Terms" (instants are UTC, days are Dutch).
    """
    if instant.tzinfo is None:
        raise TermError("dit tijdstip heeft geen tijdzone")
    return instant.astimezone(AMSTERDAM).date()


def dutch_date(day: date) -> str:
    """A date as people write it: "27 november 2026"."""
    return f"{dutch_day(day)} {day.year}"


def dutch_day(day: date) -> str:
    """A date without its year: "27 november"."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def dutch_weekday(day: date) -> str:
    """A date with its weekday, without its year: "vrijdag 27 november"."""
    return f"{WEEKDAYS[day.weekday()]} {dutch_day(day)}"
