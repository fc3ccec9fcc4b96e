"""Killed in the middle of the work, again and again: nothing lost, nothing double, no fork."""

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint
from audit.events import Action, Event, Outcome
from audit.log import append
from audit.note import Signer
from audit.sequencer import sequence
from audit.tables import event as event_table
from audit.tables import metadata
from audit.verify import verify_log

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
KEY = Signer(name="log.example/main", private=Ed25519PrivateKey.from_private_bytes(b"\1" * 32))

acts = sa.Table(
    "act", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("event_id", sa.String(32))
)


class OpenSealer:
    """No cipher: this test is about transactions."""

    def seal(self, *, dossier, event_id, plain):
        return plain

    def open(self, *, dossier, event_id, sealed):
        return sealed


def open_engine(path):
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def _open(raw, _record):
        raw.isolation_level = None
        raw.execute("PRAGMA journal_mode=WAL")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def work(path):
    """What web and worker do, without end."""
    engine = open_engine(path)
    print("started", flush=True)  # noqa: T201 - the parent waits for it
    while True:
        for _ in range(random.randint(1, 5)):
            with engine.begin() as connection:
                event = Event.new(
                    action=Action.RECORD, outcome=Outcome.SUCCESS, at=AT, software="test", payload={"a": 1}
                )
                connection.execute(sa.insert(acts), {"event_id": event.event_id})
                append(connection, event, OpenSealer())
        with engine.begin() as connection:
            sequence(connection, "main", 3)
        with engine.begin() as connection:
            checkpoint.make(connection, "main", signers=[KEY], now=AT)


def test_a_process_killed_at_any_moment_leaves_a_whole_log(tmp_path):
    path = tmp_path / "log.db"
    engine = open_engine(path)
    metadata.create_all(engine)
    acts.metadata.create_all(engine)
    sizes, notes = [0], []
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, __file__, str(path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(ROOT)},
        )
        assert child.stdout.readline() == "started\n"
        time.sleep(random.uniform(0.05, 0.4))
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        child.stdout.close()
        with engine.begin() as connection:
            report = verify_log(connection, "main", keys=[KEY.key], trusted=notes, sealer=OpenSealer())
            assert report.findings == ()
            last = checkpoint.latest(connection, "main")
            notes += [] if last is None else [last.note]
            written = set(connection.execute(sa.select(acts.c.event_id)).scalars())
            assert written == set(connection.execute(sa.select(event_table.c.event_id)).scalars())
            assert report.size + report.waiting == len(written)
            sizes.append(report.size)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 0
    engine.dispose()


if __name__ == "__main__":
    work(sys.argv[1])
