"""Benchmarks of the log, as JSON lines ``{"bench","metric","value","goal","holds"}``; ratios of one and the same run.

``python -m benchmarks.bench_audit [--events N]``; PostgreSQL is what DOSSIERPOORT_TEST_POSTGRES names, else its own.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import sqlalchemy as sa

from audit import merkle, tree
from audit.events import Action, Event, Outcome, canonical_bytes
from audit.log import append, events
from audit.sequencer import sequence
from audit.tables import event as event_table
from audit.tables import metadata
from audit.tables import pending as pending_table
from audit.verify import verify_log
from benchmarks.servers import durable_postgresql
from crypto.stream import Sealed, generate_key
from gateway.dossiers import pages, upload
from gateway.dossiers.files.kinds import PDF
from gateway.ids import new_id
from gateway.services import Services, utc_now
from tests import builders
from tests.personas import OWNER

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
LOG_ID = "main"
BATCH = 10_000

# A stand-in for "document toevoegen" without its content: what a use case reads and writes beside the event.
business = sa.MetaData()
dossier = sa.Table(
    "bench_dossier",
    business,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("school", sa.String(32)),
    sa.Column("state", sa.String(16)),
)
document = sa.Table(
    "bench_document",
    business,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("dossier", sa.ForeignKey("bench_dossier.id"), index=True),
    sa.Column("state", sa.String(16)),
    sa.Column("sealed_name", sa.LargeBinary),
)
version = sa.Table(
    "bench_version",
    business,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("document", sa.ForeignKey("bench_document.id"), index=True),
    sa.Column("wrapped_key", sa.LargeBinary),
    sa.Column("sha256", sa.LargeBinary),
)
job = sa.Table(
    "bench_job",
    business,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("document", sa.String(32)),
    sa.Column("due", sa.String(27), index=True),
)


class PlainSealer:
    """No cipher: the sealing is measured where it lives."""

    def seal(self, *, dossier: str | None, event_id: str, plain: bytes) -> bytes:  # noqa: ARG002 - the protocol's form
        return plain

    def open(self, *, dossier: str | None, event_id: str, sealed: bytes) -> bytes:  # noqa: ARG002 - the protocol's form
        return sealed


def tell(metric: str, value: float, goal: float | None = None, *, above: bool = False) -> None:
    holds = None if goal is None else (value >= goal if above else value <= goal)
    print(
        json.dumps({"bench": "audit", "metric": metric, "value": round(value, 4), "goal": goal, "holds": holds}),
        flush=True,
    )


@contextmanager
def sqlite() -> Iterator[sa.Engine]:
    with tempfile.TemporaryDirectory() as directory:
        engine = sa.create_engine(f"sqlite:///{Path(directory) / 'bench.db'}")

        @sa.event.listens_for(engine, "connect")
        def _open(raw, _record) -> None:  # noqa: ANN001 - SQLAlchemy's hook
            raw.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                raw.execute(f"PRAGMA {pragma}")

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        yield engine
        engine.dispose()


@contextmanager
def beside(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A second connection to read on, which takes no write lock as those of `sqlite()` do."""
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            yield connection
        return
    reader = sa.create_engine(engine.url)
    with reader.connect() as connection:
        yield connection
    reader.dispose()


def connect(schema: str) -> sa.Engine:
    url = os.environ["DOSSIERPOORT_TEST_POSTGRES"]
    return sa.create_engine(url, connect_args={"options": f"-c search_path={schema}"})


@contextmanager
def postgresql(schema: str) -> Iterator[sa.Engine]:
    engine = connect(schema)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()


@contextmanager
def database() -> Iterator[str]:
    """An empty database beside the one that the setting names, for a whole installation; its address."""
    url = sa.engine.make_url(os.environ["DOSSIERPOORT_TEST_POSTGRES"])
    name = f"bench_{uuid.uuid4().hex[:12]}"
    maker = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with maker.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    maker.dispose()


def make(number: int) -> Event:
    return Event.new(
        action=Action.RECORD,
        outcome=Outcome.SUCCESS,
        at=AT + timedelta(seconds=number),
        software="dossierpoort 0.1.0",
        actor=hashlib.md5(str(number % 97).encode()).hexdigest(),
        role="school-staff",
        organisation=f"{number % 31:032x}",
        tenant=f"{number % 3:032x}",
        purpose="ondersteuning",
        legal_basis="wettelijke-taak",
        article="PR6.1",
        profile="reglement@1",
        object_type="document",
        object_id=uuid.uuid4().hex,
        dossier=hashlib.md5(str(number % 5003).encode()).hexdigest(),
        network="192.0.2.0/24",
        request_id=uuid.uuid4().hex,
    )


def fill(engine: sa.Engine, first: int, count: int) -> None:
    for start in range(first, first + count, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, first + count)):
            event = make(number)
            rows.append({"seq": number + 1, **event.clear(), "canonical": canonical_bytes(event, None), "sealed": None})
        with engine.begin() as connection:
            connection.execute(sa.insert(event_table), rows)
            connection.execute(sa.insert(pending_table), [{"event_seq": row["seq"]} for row in rows])
            sequence(connection, LOG_ID, BATCH)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence('audit_event', 'seq'), (SELECT max(seq) FROM audit_event))"
            )
    if engine.dialect.name == "postgresql":  # as its own cleaning does in quiet hours
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def add_document(engine: sa.Engine, number: int, *, with_event: bool, of: str = "d") -> None:
    with engine.begin() as connection:
        connection.execute(sa.select(dossier).where(dossier.c.id == of)).one()
        one, two, three = (uuid.uuid4().hex for _ in range(3))
        connection.execute(
            sa.insert(document), {"id": one, "dossier": of, "state": "in_check", "sealed_name": bytes(120)}
        )
        connection.execute(
            sa.insert(version), {"id": two, "document": one, "wrapped_key": bytes(80), "sha256": bytes(32)}
        )
        connection.execute(sa.insert(job), {"id": three, "document": one, "due": "2026-03-01T09:05:00.000000Z"})
        connection.execute(sa.update(dossier).where(dossier.c.id == of).values(state="draft"))
        if with_event:
            append(connection, make(number), PlainSealer())


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bench_append(engine: sa.Engine, name: str, rounds: int = 400) -> None:
    business.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(dossier), {"id": "d", "school": "s", "state": "draft"})
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for with_event in (True, False) if number % 2 else (False, True):
            times[with_event].append(
                timed(lambda which=with_event, at=number: add_document(engine, at, with_event=which))
            )
    tell(
        f"{name}: stand-in use case with event / without, median",
        statistics.median(times[True]) / statistics.median(times[False]),
    )
    tell(f"{name}: stand-in use case without event, ms", statistics.median(times[False]) * 1000)


def append_seconds(engine: sa.Engine, first: int, rounds: int = 300) -> float:
    def one(number: int) -> None:
        with engine.begin() as connection:
            append(connection, make(number), PlainSealer())

    took = statistics.median(timed(lambda at=number: one(at)) for number in range(first, first + rounds))
    with engine.begin() as connection:
        sequence(connection, LOG_ID, BATCH)
    return took


def page_seconds(engine: sa.Engine) -> float:
    with engine.connect() as connection:
        return statistics.median(timed(lambda: events(connection, tenant=f"{1:032x}")) for _ in range(50))


def bench_size(engine: sa.Engine, name: str, count: int, goal: float) -> None:
    metadata.create_all(engine)
    bench_append(engine, name)
    with engine.begin() as connection:
        sequence(connection, LOG_ID, BATCH)
    used = 400
    fill(engine, used, 1000 - used)
    small_append, small_page = append_seconds(engine, 1000), page_seconds(engine)
    fill(engine, 1300, count - 1300)
    tell(f"{name}: append at {count} / at 1000, median", append_seconds(engine, count) / small_append, 1.1)
    tell(f"{name}: first page at {count} / at 1000, median", page_seconds(engine) / small_page, 2.0)
    bench_proof(engine, name, count)
    with engine.connect() as connection:
        stored = list(connection.execute(sa.select(event_table.c.canonical)).scalars())
    plain = min(timed(lambda: [hashlib.sha256(each).digest() for each in stored]) for _ in range(3))
    stored.clear()
    with engine.connect() as connection, beside(engine) as other:
        reports = []
        took = min(
            timed(lambda: reports.append(verify_log(connection, LOG_ID, keys=[], beside=other))) for _ in range(2)
        )
    assert reports[0].ok, reports[0].findings[:3]
    tell(f"{name}: verify {reports[0].size} events / one SHA-256 each in memory", took / plain, goal)
    tell(f"{name}: verify, microseconds an event", took / reports[0].size * 1e6)


def bench_proof(engine: sa.Engine, name: str, count: int) -> None:
    with engine.connect() as connection:
        size = tree.size(connection, LOG_ID)
        places = [(number * 7919) % size for number in range(200)]
        took = statistics.median(
            timed(lambda at=place: tree.inclusion_proof(connection, LOG_ID, at, size)) for place in places
        )
        longest = max(len(tree.inclusion_proof(connection, LOG_ID, place, size)) for place in places)
    tell(f"{name}: inclusion proof at {count}, ms", took * 1000, 1.0)
    tell(f"{name}: inclusion proof at {count}, bytes", longest * merkle.HASH_BYTES, 700)


def write_for(schema: str, of: str, seconds: float, with_event: bool) -> int:
    """One of the eight writers: how many use cases it finished in this time."""
    engine = connect(schema)
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        add_document(engine, done, with_event=with_event, of=of)
        done += 1
    engine.dispose()
    return done


def bench_writers(engine: sa.Engine, schema: str, seconds: float = 4.0, rounds: int = 3) -> None:
    """Eight writers on PostgreSQL, with the sequencer live every second against no audit, by turns."""
    own = [f"d{number}" for number in range(8)]
    with engine.begin() as connection:
        connection.execute(sa.insert(dossier), [{"id": of, "school": "s", "state": "draft"} for of in own])
    done = {True: 0, False: 0}
    with ProcessPoolExecutor(8, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(write_for, [schema] * 8, own, [0.5] * 8, [True] * 8))  # everyone connected and warm
        for _ in range(rounds):
            for with_event in (False, True):
                writers = [pool.submit(write_for, schema, of, seconds, with_event) for of in own]
                while with_event and not all(writer.done() for writer in writers):
                    with engine.begin() as connection:
                        sequence(connection, LOG_ID, BATCH)
                    time.sleep(1)
                done[with_event] += sum(writer.result() for writer in writers)
    tell("postgresql: eight writers, sequencer live / no audit, throughput", done[True] / done[False], 0.8, above=True)
    tell("postgresql: eight writers, no audit, use cases a second", done[False] / (rounds * seconds))


class Use:
    """The real use case *document toevoegen* without its content, and *raadplegen*, in an installation of its own."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._context = builders.context(services, OWNER)
        self._dossier_id = builders.draft(services)

    def add(self) -> None:
        """Everything after the last byte: rows, keys, job, event, commit."""
        stored = upload._Stored(  # noqa: SLF001 - the content is what this leaves out
            key=generate_key(),
            object_key=uuid.uuid4().hex,
            sealed=Sealed(sealed_size=100, sealed_sha256=bytes(32), plain_size=50),
            mark=os.urandom(32),
            kind=PDF,
            document_id=new_id(),
            version_id=new_id(),
        )
        upload._keep(  # noqa: SLF001 - as above
            self._services, self._context, self._dossier_id, "verslag.pdf", stored, replaces=None, described=None
        )

    def consult(self) -> None:
        """The page of a dossier, opened: its consultation is an event of its own."""
        pages.consult(self._services, self._context, self._dossier_id)


def bench_use_cases(name: str, rounds: int, **settings: str) -> None:
    """With the event against without, in turns, one writer, at the durability that is shipped."""
    with (
        tempfile.TemporaryDirectory() as home,
        builders.demo_installation(Path(home), clock=utc_now, **settings) as services,
    ):
        use = Use(services)
        for what, act, place, goal in (
            ("document toevoegen", use.add, "gateway.dossiers.upload.record", 1.15),
            ("raadplegen", use.consult, "gateway.dossiers.pages.record", None),
        ):
            times: dict[bool, list[float]] = {True: [], False: []}
            for number in range(rounds):
                for with_event in (True, False) if number % 2 else (False, True):
                    with nullcontext() if with_event else patch(place, lambda *_, **__: None):
                        times[with_event].append(timed(act))
            ratio = statistics.median(times[True]) / statistics.median(times[False])
            tell(f"{name}: {what} with event / without, median", ratio, goal)
            tell(f"{name}: {what} without event, ms", statistics.median(times[False]) * 1000)


def progress(what: str) -> None:
    """Say on the error channel what is being measured; the lines on standard output are the figures."""
    print(f"bench audit: {what}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200, help="of each use case")
    parser.add_argument("--postgresql", action="store_true", help="PostgreSQL only")
    parser.add_argument("--small", action="store_true", help="3000 events, SQLite only (for a test)")
    options = parser.parse_args(arguments)
    if options.small:
        options.events, options.rounds = 3000, 3
    if not options.postgresql:
        progress("use cases with and without their event, SQLite")
        bench_use_cases("sqlite", options.rounds)
        progress(f"a log of {options.events} events, SQLite")
        with sqlite() as engine:
            bench_size(engine, "sqlite", options.events, 2.5)
    if options.small:
        return 0
    with durable_postgresql() as there:
        if there:
            bench_postgresql(options.events, options.rounds)
    return 0


def bench_postgresql(count: int, rounds: int) -> None:
    progress("use cases with and without their event, PostgreSQL")
    with database() as url:
        bench_use_cases("postgresql", rounds, database_url=url)
    progress(f"a log of {count} events and eight writers, PostgreSQL")
    schema = f"bench_{uuid.uuid4().hex[:12]}"
    with postgresql(schema) as engine:
        bench_size(engine, "postgresql", count, 4.0)
        bench_writers(engine, schema)


if __name__ == "__main__":
    sys.exit(main())
