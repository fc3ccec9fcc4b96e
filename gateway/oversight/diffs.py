"""What an act on settings or accounts changed, from what to what, as the officer reads it in the log (issue 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.ids import is_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.context import Context
    from gateway.oversight.queries import LogLine
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field: its code, and what stood and stands there; empty is nothing."""

    field: str
    was: str
    now: str


def of_event(services: Services, context: Context, line: LogLine) -> Sequence[Change]:
    """What an event says that changed; opaque ids become the names that the tenant knows them by."""
    changed = line.details.get("changed")
    if not isinstance(changed, dict):
        return ()
    values = {field: pair for field, pair in changed.items() if isinstance(pair, list) and len(pair) == 2}  # noqa: PLR2004 - from and to
    names = _names(services, context, values)
    return [
        Change(field=str(field), was=_text(pair[0], names), now=_text(pair[1], names)) for field, pair in values.items()
    ]


def _names(services: Services, context: Context, values: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    ids = {each for pair in values.values() for value in pair for each in _each(value) if is_id(each)}
    if not ids:
        return {}
    with services.db.reading() as session:
        query = select(Organisation).where(
            Organisation.id.in_(ids), Organisation.tenant_id == context.officer.tenant_id
        )
        found = {row.id: row.name for row in session.scalars(query)}
        persons = people.names_of(session, services.vault, ids - set(found))
    return found | {account: str(person.name) for account, person in persons.items()}


def _each(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _each(item)
    elif value is not None:
        yield str(value)


def _text(value: Any, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(each, each) for each in _each(value))
