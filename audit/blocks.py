"""The quick way over a log: a block of events in one statement, hashed in one go; only a block that differs is named.

What is right is told quickly here; what exactly is wrong with a block, and where, the careful way says afterwards.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from audit.events import FIELD_ORDER, FORMAT_VERSION
from audit.findings import Findings
from audit.treecheck import BLOCK, Scope, stored_nodes

_TABLE: Final = "audit_event"
_CANONICAL: Final = f"{_TABLE}.canonical"

# Each record spelled anew from its columns, in the database. The format has no character that needs an escape; only the
# payload's hash, which has no column, is taken from the end of the bytes themselves: `null}` or `"<64 hex digits>"}`.
_SQLITE_SPELLED: Final = (
    f"CAST(json_object('v',{FORMAT_VERSION},"
    + "".join(f"'{name}',{_TABLE}.{name}," for name in FIELD_ORDER)
    + f"'payload',CASE WHEN substr({_CANONICAL},-5)=x'6e756c6c7d' THEN NULL"
    + f" ELSE CAST(substr({_CANONICAL},-66,64) AS TEXT) END) AS BLOB)"
)
_POSTGRESQL_SPELLED: Final = (
    f"""convert_to(concat('{{"v":{FORMAT_VERSION}'"""
    + "".join(f""",',"{name}":',coalesce('"'||{_TABLE}.{name}||'"','null')""" for name in FIELD_ORDER)
    + f""",',"payload":'),'UTF8') || CASE WHEN substr({_CANONICAL},length({_CANONICAL})-4)='\\x6e756c6c7d'::bytea"""
    + f""" THEN '\\x6e756c6c7d'::bytea ELSE substr({_CANONICAL},length({_CANONICAL})-66) END"""
)

# Records hold no newline, so many can travel as one: each but the first with the byte before it that a leaf hash wants.
# The order is that of the join; were it another, the hashes would differ and the careful way would be taken.
_FROM: Final = f"""
    FROM audit_leaf CROSS JOIN {_TABLE} WHERE {_TABLE}.seq = audit_leaf.event_seq
    AND audit_leaf.log_id = ? AND audit_leaf.leaf_index >= ? AND audit_leaf.leaf_index < ?
"""
_SAME: Final = f"CASE WHEN {_CANONICAL} = {{spelled}} THEN {_CANONICAL} END"
_SQLITE: Final = (
    f"SELECT count(*), CAST(group_concat({_SAME.format(spelled=_SQLITE_SPELLED)}, x'0a00') AS BLOB) {_FROM}"
)
_POSTGRESQL: Final = (
    f"SELECT count(*), string_agg({_SAME.format(spelled='(' + _POSTGRESQL_SPELLED.replace('%', '%%') + ')')},"
    f" '\\x0a00'::bytea ORDER BY audit_leaf.leaf_index) {_FROM.replace('?', '%s')}"
)


def spelled_differs(dialect: str) -> str:
    """The condition, in SQL, that the columns of a row of ``audit_event`` do not say what its bytes say."""
    return f"{_POSTGRESQL_SPELLED if dialect == 'postgresql' else _SQLITE_SPELLED} <> {_CANONICAL}"


def differing(scope: Scope, blocks: Iterable[int]) -> list[int]:
    """Those of ``blocks`` (their first leaves) of which anything is not as it should be: leaf, bytes, columns, hash.

    Several callers, each with a connection of its own, may take from one iterator of blocks.
    """
    found: list[int] = []
    quiet = replace(scope, findings=Findings())
    for first in blocks:
        count = min(BLOCK, scope.size - first)
        stored = stored_nodes(quiet, 0, first, count, report=True)
        if quiet.findings.found or _leaf_hashes(scope, first, count) != stored:
            quiet.findings.found.clear()
            found.append(first)
    return found


def _leaf_hashes(scope: Scope, first: int, count: int) -> bytes | None:
    """The leaf hashes of a block of events, in order; None unless each is there and its columns say what it says."""
    rows, joined = _read(scope.connection, (scope.log_id, first, first + count))
    if rows != count or joined is None:
        return None
    entries = joined.split(b"\n")
    if len(entries) != count:  # a row was left out because its columns differ, or holds a newline: no record does
        return None
    entries[0] = b"\x00" + entries[0]
    sha256 = hashlib.sha256
    return b"".join([sha256(entry).digest() for entry in entries])


def _read(connection: Connection, values: tuple[str, int, int]) -> tuple[int, bytes | None]:
    """How many rows the block has, and its records joined; from PostgreSQL in binary, for hex takes longer to read."""
    if connection.dialect.name == "postgresql":
        with connection.connection.driver_connection.cursor(binary=True) as cursor:  # type: ignore[union-attr] # psycopg's
            row: Any = cursor.execute(_POSTGRESQL, values).fetchone()
    else:
        row = connection.exec_driver_sql(_SQLITE, values).one()
    return row[0], row[1]
