"""Reading one table of a profile document strictly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from gateway.reglement.errors import ProfileError
from retention.errors import TermError
from retention.terms import Length

MAX_YEARS: Final = 100


class Section:
    """One table of a profile document: every key is known and is read by its type, or the profile is refused."""

    def __init__(self, values: object, name: str, needed: set[str], optional: set[str] | None = None) -> None:
        if not isinstance(values, Mapping):
            raise ProfileError(f"{name}: hier hoort een tabel te staan")
        for key in sorted(set(values) - needed - (optional or set())):
            raise ProfileError(f"{name}: de sleutel {key} is niet bekend")
        for key in sorted(needed - set(values)):
            raise ProfileError(f"{name}: de sleutel {key} ontbreekt")
        self._values = values
        self._name = name

    def wrong(self, key: str, problem: str) -> ProfileError:
        """The error that names a key of this table."""
        return ProfileError(f"{self._name}.{key}: {problem}")

    def has(self, key: str) -> bool:
        """Whether an optional key is there."""
        return key in self._values

    def raw(self, key: str) -> Any:
        """The value as it stands, for a table within this one."""
        return self._values[key]

    def text(self, key: str) -> str:
        """A text that is not blank."""
        value = self._values[key]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "hier hoort tekst te staan")
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._values[key]
        if not isinstance(value, bool):
            raise self.wrong(key, "hier hoort true of false te staan")
        return value

    def number(self, key: str) -> int:
        """A whole number from 1."""
        value = self._values[key]
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_YEARS:
            raise self.wrong(key, f"hier hoort een geheel getal van 1 tot en met {MAX_YEARS} te staan")
        return value

    def day(self, key: str) -> date:
        """A date, or its ISO text."""
        value = self._values[key]
        if isinstance(value, str):  # a version kept as JSON has its dates as text
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise self.wrong(key, "hier hoort een datum te staan") from None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.wrong(key, "hier hoort een datum te staan")
        return value

    def lines(self, key: str) -> tuple[str, ...]:
        """A list of sentences, which may be empty."""
        value = self._values[key]
        if not isinstance(value, list) or not all(isinstance(line, str) and line.strip() for line in value):
            raise self.wrong(key, "hier hoort een lijst van zinnen te staan")
        return tuple(value)

    def some_of(self, key: str, known: frozenset[str]) -> frozenset[str]:
        """A set of known values that is not empty; the word "all" stands for all of them."""
        value = self._values[key]
        if value == "all":
            return known
        if not isinstance(value, list) or not all(isinstance(element, str) for element in value):
            raise self.wrong(key, "hier hoort een lijst te staan")
        if not value:
            raise self.wrong(key, "deze verzameling is leeg")
        if unknown := sorted(set(value) - known):
            raise self.wrong(key, f"deze waarde is niet bekend: {unknown[0]}")
        if len(set(value)) != len(value):
            raise self.wrong(key, "een waarde staat er twee keer in")
        return frozenset(value)

    def length(self, key: str) -> Length:
        """The length of a term, in its ISO form."""
        try:
            return Length.parse(self.text(key))
        except TermError as error:
            raise self.wrong(key, str(error)) from error
