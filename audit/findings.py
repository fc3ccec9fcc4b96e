"""What a check of the log reports: each finding with its place."""

from dataclasses import dataclass, field
from typing import Final

from audit.errors import TamperError

MOST_FINDINGS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong. ``place`` names leaf, event, node or checkpoint by number and opaque id."""

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} ({self.code})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of ``verify_log``: counts, and findings (none: the log is whole).

    ``waiting`` events have no leaf yet; ``expired`` leaves lost their bytes lawfully; ``unopened`` payloads could not
    be opened when a sealer was given, which a destroyed key explains. ``confirmed`` is the size of the largest right
    checkpoint: leaves beyond it are not yet under a signature. ``start`` is the leaf from which every byte was looked
    at; 0 is all of them.
    """

    size: int
    root: bytes
    waiting: int
    expired: int
    unopened: int
    checkpoints: int
    confirmed: int
    start: int = 0
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def raise_for_findings(self) -> None:
        """Raise ``TamperError`` that names the first finding, if there is one."""
        if self.findings:
            more = len(self.findings) - 1
            raise TamperError(f"{self.findings[0]}" + (f" and {more} more" if more else ""))


@dataclass(slots=True)
class Findings:
    """The findings of a check as it goes; past the first thousand they are not kept."""

    found: list[Finding] = field(default_factory=list)

    def add(self, code: str, place: str, message: str) -> None:
        """Note a finding."""
        if len(self.found) < MOST_FINDINGS:
            self.found.append(Finding(code=code, place=place, message=message))

    def extend(self, others: "Findings") -> None:
        """Note the findings of another part of the check."""
        for each in others.found:
            self.add(each.code, each.place, each.message)
