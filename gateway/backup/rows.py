"""What the rows of a database say that must be in storage, and by which period keys it opens.

It reads a copy of any age: what its schema does not know yet counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, LargeBinary, String, cast, func, inspect, null, select, table, union_all

from crypto.errors import KeyDestroyed, KeyringError
from gateway.convenant.tables import ConvenantDocument
from gateway.dossiers.tables import DocumentVersion, Rendition
from gateway.erasure.tables import Destruction
from gateway.peers.tables import PeerAttachment
from gateway.vault.tables import SubjectKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection, Select, Subquery

    from crypto.keyring import Keyring

AT_ONCE = 500
GONE = "rejected"


def _columns(key: Any, size: Any, digest: Any, dossier: Any) -> Any:
    return select(key.label("key"), size.label("size"), digest.label("digest"), dossier.label("dossier"))


_V, _R, _C, _P = DocumentVersion, Rendition, ConvenantDocument, PeerAttachment
_NO_DOSSIER = cast(null(), String(32))
QUERIES: dict[str, Select[Any]] = {
    _V.__tablename__: _columns(_V.object_key, _V.sealed_size, _V.sealed_sha256, _V.dossier_id).where(_V.state != GONE),
    _R.__tablename__: _columns(_R.object_key, _R.sealed_size, _R.sealed_sha256, _V.dossier_id).join_from(
        _R, _V, _V.id == _R.version_id
    ),
    _C.__tablename__: _columns(_C.object_key, _C.sealed_size, _C.sealed_sha256, _NO_DOSSIER).where(_C.state != GONE),
    _P.__tablename__: _columns(_P.object_key, cast(null(), BigInteger), cast(null(), LargeBinary), _NO_DOSSIER),
}
"""By table: every row that names an object that must be there. (An `Erasure` names one that must go.)"""


def objects(connection: Connection) -> Iterator[tuple[str, int | None, bytes | None, str | None]]:
    """Key, size, SHA-256 and dossier of every sealed object that must be there; None where no row says so."""
    for query in _queries(connection):
        for row in connection.execute(query, execution_options={"yield_per": AT_ONCE}):
            yield row.key, row.size, row.digest, row.dossier


def known(connection: Connection, keys: Collection[str]) -> dict[str, bytes | None]:
    """Which of these objects some row wants, with the digest that it keeps."""
    every = _every(connection)
    found = connection.execute(select(every.c.key, every.c.digest).where(every.c.key.in_(keys)))
    return {row.key: row.digest for row in found}


def count(connection: Connection) -> int:
    """How many objects the rows want."""
    return connection.scalar(select(func.count()).select_from(_every(connection))) or 0


def why_gone(connection: Connection, key: str, destroyed: Collection[str], dossier_id: str | None) -> str:
    """Why an object is rightly away by now: `destroyed` with its dossier, or `erased`; empty: it should be there.

    `destroyed` holds the dossiers of the journal; `dossier_id` is the one that the object was of, when it was of one.
    """
    if key in known(connection, [key]):
        return ""
    if dossier_id is None:
        return "erased"
    done = select(Destruction.id).where(Destruction.dossier_id == dossier_id, Destruction.erased_at.is_not(None))
    return "destroyed" if dossier_id in destroyed or connection.execute(done).first() else "erased"


def counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    found = {}
    for name in sorted(inspect(connection).get_table_names()):
        found[name] = connection.scalar(select(func.count()).select_from(table(name))) or 0
    return found


def periods(connection: Connection) -> dict[str, int]:
    """How many dossiers and accounts hang under each period key."""
    if not inspect(connection).has_table(SubjectKey.__tablename__):
        return {}
    query = select(SubjectKey.period_key_id, func.count().label("number")).group_by(SubjectKey.period_key_id)
    return {row.period_key_id: row.number for row in connection.execute(query)}


def closed(keyring: Keyring, found: dict[str, int]) -> tuple[int, int]:
    """How many dossiers and accounts do not open with this keyring: their key destroyed, or not known to it."""
    destroyed = unknown = 0
    for key, number in found.items():
        try:
            keyring.describe(key)
        except KeyDestroyed:
            destroyed += number
        except KeyringError:
            unknown += number
    return destroyed, unknown


def _queries(connection: Connection) -> list[Select[Any]]:
    there = set(inspect(connection).get_table_names())
    return [query for name, query in QUERIES.items() if name in there]


def _every(connection: Connection) -> Subquery:
    queries = _queries(connection) or [QUERIES[_V.__tablename__]]
    return union_all(*queries).subquery()
