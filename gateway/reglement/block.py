"""Reading one JSON object of the facts strictly."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from gateway.reglement.errors import FactsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
ISO_LENGTH = len("2026-11-21")


class Block:
    """One JSON object of the facts: knows its keys, its path, and reads each value by its type."""

    __slots__ = ("_path", "_values")

    def __init__(self, values: object, path: str, keys: frozenset[str]) -> None:
        if not isinstance(values, dict):
            raise FactsError(path.rstrip(".") or "feiten", "hier hoort een object te staan")
        if not keys.issuperset(values):
            unknown = min(str(key) for key in values if key not in keys)
            # ASCII, so that a key with half a character in it can still be written out.
            raise FactsError(path + ascii(unknown[:60])[1:-1], "deze sleutel is niet bekend")
        self._values: Mapping[str, object] = values
        self._path = path

    def _wrong(self, key: str, problem: str) -> FactsError:
        return FactsError(self._path + key, problem)

    def block(self, key: str, keys: frozenset[str]) -> Block:
        """The object under `key`; a missing one is read as an empty one."""
        value = self._values.get(key)
        return Block({} if value is None else value, f"{self._path}{key}.", keys)

    def optional(self, key: str, build: Callable[[Block], T], keys: frozenset[str]) -> T | None:
        """The object under `key`, built; None where there is none (which differs from an empty one)."""
        return None if self._values.get(key) is None else build(self.block(key, keys))

    def day(self, key: str) -> date | None:
        """A date in the form jjjj-mm-dd."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(key, "hier hoort een datum te staan (jjjj-mm-dd)")
        # date.fromisoformat also takes 20261121 and 2026-W47-6: those are not the form we agreed on.
        if len(value) != ISO_LENGTH or value[4] != "-" or value[7] != "-":
            raise self._wrong(key, "dit is geen datum in de vorm jjjj-mm-dd")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self._wrong(key, "deze datum bestaat niet") from None

    def flag(self, key: str) -> bool | None:
        """True or false."""
        value = self._values.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise self._wrong(key, "hier hoort true of false te staan")

    def text(self, key: str) -> str | None:
        """The text under `key`; a blank one counts as none."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(key, "hier hoort tekst te staan")
        return value if value.strip() else None

    def count(self, key: str) -> int | None:
        """A whole number."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(key, "hier hoort een geheel getal te staan")
        return value

    def one_of(self, key: str, known: frozenset[str]) -> str | None:
        """One known value."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(key, "hier hoort tekst te staan")
        if value not in known:
            raise self._wrong(key, "deze waarde is niet bekend")
        return value

    def some_of(self, key: str, known: frozenset[str]) -> frozenset[str] | None:
        """A list of known values, as a set."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self._wrong(key, "hier hoort een lijst te staan")
        for element in value:
            if not isinstance(element, str):
                raise self._wrong(key, "in deze lijst hoort alleen tekst te staan")
            if element not in known:
                raise self._wrong(key, "in deze lijst staat een onbekende waarde")
        return frozenset(value)

    def needed(self, key: str) -> FactsError:
        """The error for a key that may not be missing."""
        return self._wrong(key, "deze sleutel ontbreekt")
