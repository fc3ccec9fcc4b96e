"""The plan of keeping for a million dossiers: `python -m benchmarks.bench_retention [--small]`. JSON lines.

Dossiers with one matter each, every tenth a second one, every hundredth an objection that ended: read from the database
and planned as `dossierpoort retention due` does it. Memory is what Python itself held at most, above the start.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

import gateway.tables  # noqa: F401 - registers every table
from gateway.accounts.tables import Organisation, Tenant
from gateway.db import Base, Database
from gateway.dossiers.tables import Dossier
from gateway.keeping.planning import plans
from gateway.matters.tables import Hold, Matter

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
T, SCHOOL, WHO = "a" * 32, "b" * 32, "c" * 32
PART = 20_000


def tell(metric: str, value: float, goal: float | None = None) -> bool:
    holds = goal is None or value <= goal
    line = {"bench": "retention", "metric": metric, "value": round(value, 3), "goal": goal, "holds": holds}
    print(json.dumps(line), flush=True)
    return holds


def fill(db: Database, first: int, count: int) -> None:
    """Dossiers from this number on, each with what the plan reads."""
    made = {"made_by": WHO, "made_at": NOW}
    for start in range(first, first + count, PART):
        numbers = range(start, min(start + PART, first + count))
        ids = [f"{number:032x}" for number in numbers]
        dossiers = [
            {"id": each, "tenant_id": T, "school_id": SCHOOL, "state": "submitted", "pupil": b"", **made}
            | {"changed_at": NOW, "submitted_at": NOW}
            for each in ids
        ]
        days = [TODAY - timedelta(days=number % 2200) for number in numbers]
        matters = [
            {"id": f"1{each[1:]}", "tenant_id": T, "dossier_id": each, "kind": "admissibility", "started_on": day}
            | {"ended_on": day, **made}
            for each, day in zip(ids, days, strict=True)
        ]
        matters += [{**row, "id": f"2{row['id'][1:]}"} for row in matters[::10]]
        holds = [
            {"id": f"3{each[1:]}", "tenant_id": T, "dossier_id": each, "kind": "bezwaar", "owner_id": WHO}
            | {"started_on": TODAY, "review_on": TODAY, "details": b"", "ended_on": TODAY, "final_decision_on": TODAY}
            | made
            for each in ids[::100]
        ]
        with db.writing() as session:
            session.execute(insert(Dossier), dossiers)
            session.execute(insert(Matter), matters)
            session.execute(insert(Hold), holds)


def planned(db: Database) -> tuple[int, int, float]:
    """How many were planned, how many were due, and in how many seconds."""
    began, count, due = time.perf_counter(), 0, 0
    for each in plans(db, TODAY):
        count += 1
        due += each.is_due(TODAY)
    return count, due, time.perf_counter() - began


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="ten thousand dossiers, to see that it runs")
    small = parser.parse_args(arguments).small
    many, few = (10_000, 2_000) if small else (1_000_000, 100_000)
    with tempfile.TemporaryDirectory() as root:
        db = Database(f"sqlite:///{Path(root) / 'plan.db'}")
        Base.metadata.create_all(db.engine)
        with db.writing() as session:
            session.add(Tenant(id=T, slug="bench", name="Bench", profile_id="po-raad-2014", created_at=NOW))
            session.flush()
            session.add(Organisation(id=SCHOOL, tenant_id=T, kind="school", name="Bench"))
        fill(db, 0, few)
        _, _, of_few = planned(db)
        fill(db, few, many - few)
        count, due, seconds = planned(db)
        tracemalloc.start()
        planned(db) if small else _first(db, 200_000)
        held = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        db.dispose()
    assert count == many
    assert 0 < due < many
    holds = [
        tell(f"seconds for {many} dossiers", seconds, 60),
        tell("cost of a dossier, many against few", (seconds / many) / (of_few / few), None if small else 1.3),
        tell("MB held while planning", held, 64),
    ]
    tell("due", due)
    return 0 if all(holds) else 1


def _first(db: Database, most: int) -> None:
    for number, _ in enumerate(plans(db, TODAY)):
        if number == most:
            return


if __name__ == "__main__":
    sys.exit(main())
