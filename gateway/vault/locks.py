"""The lock per organisation and period: no wrap under an old period key may be committed after that key was destroyed.

Who wraps holds it shared, who supersedes or destroys holds it alone, both to the end of their transaction. On SQLite
`Database.writing()` starts with BEGIN IMMEDIATE and lets one writer in at a time, which is this lock and more.

Source: `crypto/FORMAT.md`, Destroying.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, select, text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def may_wrap(session: Session, organisation_id: str, period: str) -> None:
    """Hold the lock shared; take it before the live key is asked for. Waits while a key is superseded or destroyed."""
    if _is_postgres(session):
        session.execute(select(func.pg_advisory_xact_lock_shared(_number(organisation_id, period))))


def may_destroy(session: Session, organisation_id: str, period: str) -> None:
    """Hold the lock alone: every wrap that was made is committed or gone, and nobody makes one until this ends."""
    if _is_postgres(session):
        session.execute(select(func.pg_advisory_xact_lock(_number(organisation_id, period))))


def durable(session: Session) -> None:
    """Make this commit wait for the disk, whatever the server's default: a key is destroyed on the strength of it."""
    if _is_postgres(session):
        session.execute(text("SET LOCAL synchronous_commit = on"))


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _number(organisation_id: str, period: str) -> object:
    digest = hashlib.sha256(f"dossierpoort.period\n{organisation_id}\n{period}".encode()).digest()
    return bindparam("lock", int.from_bytes(digest[:8], "big", signed=True), type_=BigInteger)
