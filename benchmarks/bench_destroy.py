"""Destroying dossiers by their keys against unlinking their files: `python -m benchmarks.bench_destroy`. JSON lines.

The key step is what `dossierpoort keys renew` does: rows of the erased dossiers deleted and committed, the period key
superseded, every surviving wrap moved to the new one in transactions that are committed with fsync, the old key
destroyed in the keyring with fsync. The files are those of the destroyed dossiers, on the same file system, unlinked
one by one; `--sync` adds an fsync of each directory, as an erasure that must outlive a power cut would need.

Two figures: survivors that are wraps only (as in the table of the issue), and dossiers with their sealed pupil and the
search tokens that must be made again (a BSN and two parts of a name each).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert

import gateway.tables  # noqa: F401 - registers every table
from audit.tables import metadata as audit_metadata
from crypto.context import SealContext
from crypto.fields import seal_field
from crypto.keyring import FileKeyring, generate_root_secret
from crypto.keys import WrappingKey
from crypto.stream import generate_key
from gateway.context import Context
from gateway.db import Base, Database
from gateway.dossiers.rules import Pupil
from gateway.dossiers.search_values import search_values, values_of_json
from gateway.vault import renewal
from gateway.vault.keys import DOSSIER, Vault, data_context, field_context, subject_context
from gateway.vault.tables import DataKey, KeyRenewal, SearchToken, SubjectKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.vault.keys import OpenJson

ORGANISATION, PERIOD = "a" * 32, "2026Q4"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PUPIL = Pupil(
    first_name="Jip",
    infix="van",
    last_name="Zwollebol",
    born=date(2016, 3, 9),
    bsn="123456782",
    street="Bedachte Kade 7",
    postcode="0000 BB",
    town="Verzinstad",
    enrolled_from=date(2020, 8, 17),
    reason="Heeft meer hulp nodig bij lezen dan de school kan geven (voorbeeld).",
)


def tell(metric: str, value: float, goal: float | None = None, *, at_most: bool = False) -> bool:
    holds = goal is None or (value <= goal if at_most else value >= goal)
    print(
        json.dumps({"bench": "destroy", "metric": metric, "value": round(value, 3), "goal": goal, "holds": holds}),
        flush=True,
    )
    return holds


class Pupils:
    """The sealed pupils of the survivors, as the table of dossiers would hold them."""

    def __init__(self) -> None:
        self.sealed: dict[str, bytes] = {}

    def tell_again(
        self, _session: Session, subject_ids: Sequence[str], open_json: OpenJson
    ) -> Mapping[str, Mapping[str, list[str]]]:
        return {i: values_of_json(open_json(i, "pupil", self.sealed[i])) for i in subject_ids}


def fill(db: Database, vault: Vault, pupils: Pupils | None, *, gone: int, files: int, kept: int) -> None:
    """Rows of dossiers: those to be destroyed with a key for each file, the survivors with or without tokens."""
    key_id = vault.keyring.ensure_period_key(ORGANISATION, PERIOD)
    plain = json.dumps(PUPIL.to_json()).encode()
    subjects, data, tokens = [], [], []
    for number in range(gone + kept):
        subject_id, key = f"{number:032x}", generate_key()
        wrapped = vault.keyring.wrap(key_id, key, subject_context(DOSSIER, ORGANISATION, subject_id))
        subjects.append(
            {
                "subject_id": subject_id,
                "kind": DOSSIER,
                "organisation_id": ORGANISATION,
                "period_key_id": key_id,
                "wrapped": wrapped,
            }
        )
        wrapping = WrappingKey(subject_id, key)
        refs = [("document", f"{number:024x}{n:08x}") for n in range(files if number < gone else 0)]
        if pupils is not None and number >= gone:
            fields = generate_key()
            data.append(
                {
                    "subject_id": subject_id,
                    "purpose": "fields",
                    "ref": "",
                    "wrapped": wrapping.wrap(fields, data_context(subject_id, "fields", "")),
                }
            )
            pupils.sealed[subject_id] = seal_field(fields, field_context(subject_id, "pupil"), plain)
            for kind, values in search_values(PUPIL).items():
                tokens += [
                    {"subject_id": subject_id, "kind": kind, "token": os.urandom(32), "period_key_id": key_id}
                    for _ in values
                ]
        data += [
            {
                "subject_id": subject_id,
                "purpose": purpose,
                "ref": ref,
                "wrapped": wrapping.wrap(generate_key(), SealContext(purpose=purpose)),
            }
            for purpose, ref in refs
        ]
    with db.writing() as session:
        for table, rows in ((SubjectKey, subjects), (DataKey, data), (SearchToken, tokens)):
            if rows:
                session.connection().execute(insert(table.__table__), rows)


def key_step(
    directory: Path, *, gone: int, files: int, kept: int, with_tokens: bool, url: str = ""
) -> tuple[float, float, float]:
    """Seconds from the first delete to the destroyed key; of it the deleting of rows; and processor seconds of it."""
    directory.mkdir()
    keyring = FileKeyring.create(directory / "keys" / "keyring", generate_root_secret().encode())
    pupils = Pupils() if with_tokens else None
    vault = Vault(keyring, {DOSSIER: pupils.tell_again} if pupils else {})
    db = Database(url or f"sqlite:///{directory / 'bench.sqlite3'}")
    tables = [
        t for t in Base.metadata.sorted_tables if t.name in {"subject_key", "data_key", "search_token", "key_renewal"}
    ]
    Base.metadata.drop_all(db.engine, tables)
    audit_metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine, tables)
    audit_metadata.create_all(db.engine)
    fill(db, vault, pupils, gone=gone, files=files, kept=kept)
    ids = [f"{number:032x}" for number in range(gone)]
    start, cpu = time.perf_counter(), time.process_time()
    for at in range(0, gone, 1000):
        part = ids[at : at + 1000]
        with db.writing() as session:
            live = keyring.live_key_ids(ORGANISATION)[0]
            asked = [
                {
                    "id": i,
                    "organisation_id": ORGANISATION,
                    "period": PERIOD,
                    "period_key_id": live,
                    "subject_id": i,
                    "part": False,
                    "asked_at": NOW,
                }
                for i in part
            ]
            session.connection().execute(insert(KeyRenewal.__table__), asked)
            session.execute(delete(SubjectKey).where(SubjectKey.subject_id.in_(part)))
    rows = time.perf_counter() - start
    (done,) = renewal.renew(db, vault, Context(actor=None, now=NOW, request_id="b" * 32))
    taken = time.perf_counter() - start
    if done.done != kept:
        raise SystemExit(f"moved {done.done} of {kept}")
    db.dispose()
    return taken, rows, time.process_time() - cpu


def unlink_step(directory: Path, *, count: int, size: int, sync: bool) -> float:
    """Seconds to unlink the files, in 256 directories as the local storage keeps them."""
    content = os.urandom(size)
    paths = []
    for number in range(256):
        (directory / f"{number:02x}").mkdir(parents=True)
    for number in range(count):
        path = directory / f"{number % 256:02x}" / f"{number:032x}"
        path.write_bytes(content)
        paths.append(path)
    os.sync()
    start = time.perf_counter()
    for path in paths:
        path.unlink()
    for number in range(256 if sync else 0):
        descriptor = os.open(directory / f"{number:02x}", os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return time.perf_counter() - start


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--small", action="store_true", help="a hundredth of everything, one round, no goals (for a test)"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=100_000, help="bytes in each file that is unlinked")
    parser.add_argument("--sync", action="store_true", help="fsync each directory after unlinking")
    parser.add_argument("--directory", type=Path, help="on the file system to be measured; default: the present one")
    parser.add_argument("--postgres", default="", help="SQLAlchemy address of an EMPTY database, instead of SQLite")
    chosen = parser.parse_args(arguments)
    part = 100 if chosen.small else 1
    gone, files, kept, rounds = 10_000 // part, 5, 100_000 // part, 1 if chosen.small else chosen.rounds
    keys, tokens, unlinks, rows, cpu, token_cpu = [], [], [], [], [], []
    own = Path.cwd() / "var"  # not in git, and on the disk that a portal here would use
    own.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.directory or own) as name:
        for number in range(rounds):
            here = Path(name) / str(number)
            here.mkdir()
            counts = {"gone": gone, "files": files, "kept": kept, "url": chosen.postgres}
            taken, deleting, busy = key_step(here / "wraps", with_tokens=False, **counts)
            keys.append(taken)
            rows.append(deleting)
            cpu.append(busy)
            taken, _, busy = key_step(here / "tokens", with_tokens=True, **counts)
            tokens.append(taken)
            token_cpu.append(busy)
            unlinks.append(unlink_step(here / "files", count=gone * files, size=chosen.size, sync=chosen.sync))
    key, token, unlink = statistics.median(keys), statistics.median(tokens), statistics.median(unlinks)
    what = f"{gone} dossiers x {files} files, {kept} surviving wraps"
    limit, ratio = (None, None) if chosen.small else (5.0, 3.0)
    tell(f"deleting the rows of {gone} dossiers, part of the key step, s", statistics.median(rows))
    tell(f"unlinking {gone * files} files of {chosen.size} bytes, s", unlink)
    tell("processor seconds in the key step", statistics.median(cpu))
    tell("processor seconds in the key step with search tokens", statistics.median(token_cpu))
    tell("load of this machine (runnable processes, last minute)", os.getloadavg()[0])
    held = [
        tell(f"key step, {what}, s", key, limit, at_most=True),
        tell("key step against unlinking, times as fast", unlink / key, ratio),
        tell(f"key step with search tokens made again, {what}, s", token, limit, at_most=True),
        tell("key step with search tokens against unlinking, times as fast", unlink / token, ratio),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
