"""Benchmark of the register of verstrekkingen: its first page at many rows against at 1 000, in the same run.

``python -m benchmarks.bench_register [--rows N]``; the small form is the default. Source: issue 5, PR9.3.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, text

from gateway.context import Context
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.tables import Dossier
from gateway.ids import new_id
from gateway.oversight import months, register
from gateway.oversight.register import Chosen
from tests import builders, personas

BATCH = 20_000
SMALL = 1_000
BEGIN = datetime(2023, 11, 23, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)


def tell(metric: str, value: float, goal: float | None = None) -> None:
    holds = None if goal is None else value <= goal
    print(
        json.dumps({"bench": "register", "metric": metric, "value": round(value, 4), "goal": goal, "holds": holds}),
        flush=True,
    )


def fill(services: builders.Services, first: int, count: int, of: int) -> None:
    partner = builders.account(services, personas.PARTNER)
    with services.db.reading() as session:
        dossiers = session.scalars(select(Dossier.id)).all()
    for start in range(first, first + count, BATCH):
        rows = [
            {
                "id": new_id(),
                "tenant_id": partner.tenant_id,
                "dossier_id": dossiers[number % len(dossiers)],
                "recipient_id": partner.organisation_id,
                "purpose": "support_allocation",
                "basis": ("consent", "law")[number % 2],
                "categories": "g k",
                "article": "PR9.1b",
                "profile": "po-raad-2014@1",
                "statement": b"",
                "made_by": partner.id,
                "made_at": BEGIN + SPAN * (number / of),
                "open_until": date(2026, 12, 1),
            }
            for number in range(start, min(start + BATCH, first + count))
        ]
        with services.db.writing() as session:
            session.execute(insert(Verstrekking), rows)


def page_seconds(services: builders.Services, officer: Context, rounds: int = 30) -> float:
    took = []
    for _ in range(rounds):
        started = time.process_time()  # neighbours on the machine do not count: both measurements lie minutes apart
        register.page(services, officer, Chosen())
        took.append(time.process_time() - started)
    return statistics.median(took)


def count_ahead(services: builders.Services) -> float:
    months._set(services, None)  # noqa: SLF001 - counted anew, as on the first night
    started = time.perf_counter()
    months.count_ahead(services, services.clock())
    return time.perf_counter() - started


def settle(services: builders.Services) -> None:
    """As an installation is that grew row by row: statistics known, nothing waits in the write-ahead log."""
    with services.db.writing() as session:
        session.execute(text("ANALYZE"))
    with services.db.engine.connect() as connection:
        connection.rollback()
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, builders.demo_installation(Path(place)) as services:
        officer = builders.context(services, personas.OFFICER)
        for number in range(60):
            builders.draft(services, bsn="100000009", first_name=f"Kind{number}")
        fill(services, 0, SMALL, options.rows)
        count_ahead(services)
        settle(services)
        small = page_seconds(services, officer)
        fill(services, SMALL, options.rows - SMALL, options.rows)
        tell(f"counting {options.rows} rows ahead, seconds", count_ahead(services))
        settle(services)
        large = page_seconds(services, officer)
        total = register.page(services, officer, Chosen()).total
        assert total == register.Total(number=options.rows, exact=True), total
        tell(f"first page at {options.rows} / at {SMALL}, with its total, median", large / small, 2.0)
        tell(f"first page at {options.rows}, ms of processor", large * 1000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
