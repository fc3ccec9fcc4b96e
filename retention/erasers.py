"""What each slice keeps of a dossier, and how that goes when the dossier is destroyed. The interface only; pure.

A slice writes one `Share` in its own module `erasers.py`; the gateway gathers them in one place, and a run asks each of
them in turn. Every table stands in exactly one list of one share: a test walks the schema and fails on any that is in
none, so that no slice can be forgotten. Source: issue 10 ("completeness by construction"), PR12.1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retention.errors import ErasersError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Erase = Callable[[Any, Any, Any, str], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The tables of one slice, each in one list that says what becomes of its rows when a dossier is destroyed.

    `erased`: the slice's own `erase` removes or empties them. `follows`: they go by foreign key with a row that does.
    `stays`: opaque ids, codes and counts, or what is sealed and opens no more. `of_accounts`: about a person's account
    and not about a dossier. `of_nobody`: nothing in it is about a pupil.

    `objects` are the columns ("table.column") that name an object in storage. `erase(services, session, context,
    dossier_id)` works in the caller's transaction, does the same when it is asked twice, and gives what went by kind.
    """

    slice: str
    erased: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    of_accounts: tuple[str, ...] = ()
    of_nobody: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    erase: Erase | None = None

    def __post_init__(self) -> None:
        """What is erased has someone who erases it."""
        if self.erased and self.erase is None:
            raise ErasersError(f"{self.slice} says that rows are erased, and not how")

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that this share speaks of."""
        return (*self.erased, *self.follows, *self.stays, *self.of_accounts, *self.of_nobody)


def unregistered(shares: Iterable[Share], tables: Iterable[str]) -> dict[str, str]:
    """What is wrong with these shares for a schema: a table in no list, in two, or unknown; empty is right."""
    counts = Counter(table for share in shares for table in share.tables)
    known = set(tables)
    wrong = dict.fromkeys(sorted(known - set(counts)), "no slice says what becomes of it")
    wrong |= dict.fromkeys(sorted(set(counts) - known), "there is no such table")
    return wrong | {name: "two lists name it" for name, count in counts.items() if count > 1}


def erase_all(shares: Iterable[Share], services: Any, session: Any, context: Any, dossier_id: str) -> dict[str, int]:
    """Ask every share in its order to erase its part of a dossier; gives what went, added up by kind."""
    gone: Counter[str] = Counter()
    for share in shares:
        if share.erase is not None:
            gone.update(share.erase(services, session, context, dossier_id))
    return {kind: count for kind, count in sorted(gone.items()) if count}
